"""Changes that the controllers together could not cope with are refused before the first one."""

from __future__ import annotations

from typing import Any, Iterator

import pytest
from cluster import NEWER_PACKAGE


def test_name_that_the_other_controllers_cannot_resolve(play: Any) -> None:
    refused = play("site", glance_api_worker_url="http://nowhere.invalid:9292")
    assert refused.rc != 0
    assert refused.changed == 0
    assert "glance-ha-1: glance_api_worker_url of glance-ha-2: cannot resolve nowhere.invalid" in refused.words
    assert "Nothing was changed." in refused.words


@pytest.fixture
def next_release(controllers: dict[str, Any]) -> Iterator[Any]:
    """Offer a package with the version of the next release to one controller, which is never installed."""
    host = controllers["glance-ha-2"]
    version = host.package("glance-api").version
    host.check_output(NEWER_PACKAGE.replace("&+newer1", "Version: 2:26.0.0-1"))
    host.check_output("apt-get update -qq")
    yield host
    host.check_output("rm /etc/apt/sources.list.d/newer.list && apt-get update -qq")
    assert host.package("glance-api").version == version


def test_release_without_the_controller_that_migrates_the_database(play: Any, next_release: Any) -> None:
    refused = play("upgrade", "--limit", "glance-ha-2")
    assert refused.rc != 0
    assert "would be upgraded to another release without glance-ha-1" in refused.words
    assert "Nothing was changed." in refused.words
