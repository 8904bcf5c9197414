# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of the stores after a start."""

from __future__ import annotations

import json
import os
from typing import Any, Dict, Sequence

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image import store_check
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.service_fakes import (
    FakeHost,
    configure,
    run,
)

URL = "http://127.0.0.1:9292"
OPTIONS: dict[str, Any] = {"check_stores": True, "stores": ["fs", "ceph"], "endpoint": URL, "timeout": 7}
Problems = Dict[str, str]


@pytest.fixture
def problems(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> Problems:
    """Return why the stores of the service do not work, by name; empty strings for those that work."""
    found = {"fs": "", "ceph": ""}

    def writable_stores(service: Any, required: Sequence[str]) -> list[str]:
        assert service == ("image", URL)
        if missing := set(required) - set(found):
            raise GlanceError(f"The service does not have {missing}")
        return list(found)

    def check_upload(_service: Any, store: str) -> None:
        host.ran.append(f"upload to {store}")
        if found[store]:
            raise GlanceError(found[store])

    monkeypatch.setattr(store_check, "writable_stores", writable_stores)
    monkeypatch.setattr(store_check, "check_upload", check_upload)
    return found


def test_each_store_is_checked_after_a_restart(host: FakeHost, problems: Problems) -> None:
    configure(host)
    result = run(host, **OPTIONS)
    assert (result["changed"], result["store_problem"]) == (True, None)
    assert host.ran == ["restart glance-api", "upload to fs", "upload to ceph"]
    assert host.limits == [7, 7, 7]


def test_service_without_a_change_is_not_checked(host: FakeHost, problems: Problems) -> None:
    result = run(host, **OPTIONS)
    assert (result["changed"], "store_problem" in result, host.ran) == (False, False, [])


@pytest.mark.parametrize(("check_mode", "options"), [(True, OPTIONS), (False, {})], ids=["check mode", "default"])
def test_nothing_is_uploaded(host: FakeHost, problems: Problems, check_mode: bool, options: dict[str, Any]) -> None:
    configure(host)
    result = run(host, check_mode, **options)
    assert "store_problem" not in result
    assert not [each for each in host.ran if each.startswith("upload")]


def test_next_run_checks_a_store_that_does_not_work_again(host: FakeHost, problems: Problems) -> None:
    configure(host)
    problems["fs"] = "The store fs does not work: PUT / answered 503 for s3cret."
    first = run(host, **OPTIONS)
    assert (first["changed"], first["units"]) == (True, {"unit glance-api": "restart"})
    assert first["store_problem"].startswith("The store fs does not work: PUT / answered 503")
    assert "Likely cause: " in first["store_problem"]
    assert not first["store_problem"].endswith(".")
    assert (host.file.read_text(), "upload to ceph" in host.ran) == ("new", False)
    problems["fs"] = ""
    host.ran.clear()
    assert run(host, **OPTIONS)["store_problem"] is None
    assert host.ran == ["restart glance-api", "upload to fs", "upload to ceph"]
    assert not run(host, **OPTIONS)["changed"]


def test_check_that_was_interrupted_is_repeated(
    host: FakeHost, problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(host)
    before = os.stat(host.file).st_mtime_ns

    def interrupt(*_arguments: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(store_check, "check_upload", interrupt)
        with pytest.raises(SystemExit):
            run(host, **OPTIONS)
    host.ran.clear()
    assert run(host, **OPTIONS)["store_problem"] is None
    assert host.ran == ["restart glance-api", "upload to fs", "upload to ceph"]
    assert os.stat(host.file).st_mtime_ns >= before


def test_successful_check_does_not_change_the_date_of_a_file(host: FakeHost, problems: Problems) -> None:
    configure(host)
    before = os.stat(host.file).st_mtime_ns
    run(host, **OPTIONS)
    assert os.stat(host.file).st_mtime_ns == before


def test_change_of_the_file_during_the_check_restarts_the_service_in_the_next_run(
    host: FakeHost, problems: Problems, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(host)
    monkeypatch.setattr(store_check, "check_upload", lambda *_arguments: host.file.write_text("edited"))
    run(host, **OPTIONS)
    assert run(host, check_mode=True, **OPTIONS)["units"] == {"unit glance-api": "restart"}


def test_unit_file_gets_no_new_date(host: FakeHost, problems: Problems) -> None:
    """It has no copy, so that a rollback would remove it as a new one."""
    unit = host.file.with_name("glance-api.service")
    unit.write_text("[Service]")
    before = os.stat(unit).st_mtime_ns
    problems["fs"] = "no access"
    host.state, host.started = "inactive", None
    assert run(host, files=[str(unit), str(host.file)], **OPTIONS)["store_problem"]
    assert os.stat(unit).st_mtime_ns == before


def test_missing_store_is_a_problem(host: FakeHost, problems: Problems) -> None:
    configure(host)
    assert run(host, **{**OPTIONS, "stores": ["web"]})["store_problem"].startswith("The service does not have {'web'}")


def test_problem_contains_no_secret(host: FakeHost, problems: Problems) -> None:
    host.file.write_text("[DEFAULT]\ntransport_url = rabbit://glance:s3cret-word@host/\n")
    host.started = None
    host.state = "inactive"
    problems["fs"] = "no access with s3cret-word"
    assert "s3cret-word" not in json.dumps(run(host, **OPTIONS))


def test_problem_of_a_service_without_files_is_reported(host: FakeHost, problems: Problems) -> None:
    host.state, host.started = "inactive", None
    problems["fs"] = "no access"
    assert run(host, files=[], **OPTIONS)["store_problem"].startswith("no access")
