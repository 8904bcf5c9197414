# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image.context import ImageContext
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    OWN_PROJECT,
    PROJECT,
    FakeGlance,
    fake_api,
    run_context,
    temporary,
)


def context(directory: Path, glance: FakeGlance | None = None, **params: Any) -> ImageContext:
    return ImageContext({"name": "cirros", **params}, run_context(glance or FakeGlance(), directory), None)


def test_names_of_projects_are_replaced_by_their_ids(tmp_path: Path) -> None:
    image = context(tmp_path, owner="sales", members=["sales", "a"])
    assert image.owner == image.desired.attributes["owner"] == PROJECT
    assert image.desired.members == {PROJECT: None, "a": None}
    assert image.owners == {PROJECT, OWN_PROJECT}


def test_owner_is_the_project_of_the_account_by_default(tmp_path: Path) -> None:
    assert context(tmp_path).owner == OWN_PROJECT


def test_names_include_that_of_the_temporary_image(tmp_path: Path) -> None:
    assert context(tmp_path).own_names() == {"cirros", "(upload of osops.glance) cirros"}
    assert context(tmp_path, id="1").own_names() == set()


def test_temporary_images_of_other_projects_and_names_are_ignored(tmp_path: Path) -> None:
    glance = FakeGlance()
    own = glance.add(**temporary("cirros"))
    glance.add(**temporary("cirros"), owner="another")
    glance.add(**temporary("fedora"))
    assert [image["id"] for image in context(tmp_path).temporary_images(glance.images.values())] == [own]


@pytest.mark.parametrize("holds_lock", [True, False])
def test_upload_of_this_host_is_stale_unless_another_process_holds_the_lock(tmp_path: Path, holds_lock: bool) -> None:
    image = context(tmp_path)
    lock = image.run.lock
    upload = temporary("cirros", age=1, osops_upload_by=json.dumps(lock.upload_record(60)))
    assert image.is_stale(upload, holds_lock)
    with lock.acquire(image.lock_key, 0, "image cirros"):
        assert image.is_stale(upload, holds_lock) is holds_lock


def test_api_is_connected_on_first_use(tmp_path: Path) -> None:
    glance = FakeGlance()
    connections: list[int] = []

    def connect() -> Any:
        connections.append(1)
        return fake_api(glance)

    image = ImageContext({"name": "cirros"}, run_context(glance, tmp_path, api=connect), None)
    assert connections == []
    assert image.api is image.api
    assert connections == [1]
