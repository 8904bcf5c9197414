# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
    time_text,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import run


def test_absent_image_is_created_once(glance: FakeGlance, src: str) -> None:
    options = {
        "src": src,
        "visibility": "public",
        "tags": ["b", "a"],
        "properties": {"p": True, "n": 1},
        "protected": True,
    }
    result = run(**options)
    (created,) = glance.images.values()
    assert (result["changed"], result["action"], result["id"]) == (True, "create", created["id"])
    assert result["image"] == created
    assert result["transfer"]["bytes"] == len(CONTENT)
    assert glance.data[created["id"]] == CONTENT
    assert {
        "name": "cirros",
        "visibility": "public",
        "protected": True,
        "p": "true",
        "n": "1",
    }.items() <= created.items()
    assert [name for name in created if name.startswith("osops")] == ["osops_source"]
    assert glance.writes() == ["POST", "PATCH", "PUT", "PATCH"]
    glance.calls.clear()
    again = run(**options)
    assert (again["changed"], again["action"], again["id"]) == (False, "none", created["id"])
    assert (glance.writes(), len(glance.calls)) == ([], 2)


CASES = [
    pytest.param(None, {}, id="create"),
    pytest.param({"content": CONTENT, "visibility": "public"}, {"visibility": "private"}, id="update"),
    pytest.param({"content": CONTENT}, {}, id="none"),
    pytest.param({"content": b"\0old", "p": "1"}, {"properties": {"q": 1}}, id="replace"),
    pytest.param({"content": CONTENT}, {"state": "absent"}, id="remove"),
    pytest.param(
        {"name": "(upload of osops.glance) cirros", "osops_upload_of": "cirros", "updated_at": time_text(-9999)},
        {"visibility": "public"},
        id="unfinished upload",
    ),
]


@pytest.mark.parametrize(("existing", "options"), CASES)
def test_check_mode_predicts_and_writes_nothing(glance: FakeGlance, src: str, existing: Any, options: Any) -> None:
    if existing:
        glance.add(**{"name": "cirros", **existing})
    predicted = run(check_mode=True, src=src, **options)
    assert glance.writes() == []
    real = run(src=src, **options)
    assert not real.get("failed")
    for part in ("changed", "action", "diff"):
        assert predicted[part] == real[part]
    assert not run(src=src, **options)["changed"]


def test_wrong_checksum_leaves_no_image(glance: FakeGlance, src: str) -> None:
    assert "not sha256:0000" in run(src=src, checksum="sha256:" + "0" * 64)["msg"]
    assert glance.images == {}


def test_forbidden_visibility_is_reported_before_the_upload(glance: FakeGlance, src: str) -> None:
    glance.forbidden = {"public"}
    assert "not authorized to complete publicize_image" in run(src=src, visibility="public")["msg"]
    assert glance.writes() == ["POST", "PATCH", "DELETE"]
    assert glance.images == {}


@pytest.mark.parametrize(
    ("size", "quota", "expected"),
    [
        pytest.param(2, (9, 10), "to 11 MiB, and its quota (image_size_total) is 10 MiB", id="too much"),
        pytest.param(0, (11, 10), "to 11 MiB", id="too much already"),
        pytest.param(1, (9, 10), None, id="just enough"),
        pytest.param(9, (99, -1), None, id="no limit"),
        pytest.param(9, None, None, id="no quota"),
    ],
)
def test_quota_is_checked_before_the_upload(
    glance: FakeGlance, tmp_path: Path, size: int, quota: Any, expected: str | None
) -> None:
    (tmp_path / "disk").write_bytes(b"\0")
    os.truncate(tmp_path / "disk", max(1, size * 2**20))
    glance.quota = quota
    for check_mode in (True, False):
        result = run(src=str(tmp_path / "disk"), check_mode=check_mode)
        assert (expected in result["msg"]) if expected else result["changed"]
    assert bool(glance.images) is (expected is None)


def test_quota_includes_the_replaced_image(glance: FakeGlance, tmp_path: Path) -> None:
    (tmp_path / "disk").write_bytes(bytes(5 * 2**20))
    glance.add(b"\0" * (4 * 2**20), name="cirros")
    glance.quota = (4, 5)
    assert "to 9 MiB" in run(src=str(tmp_path / "disk"), replace="rotate")["msg"]
    assert run(src=str(tmp_path / "disk"))["action"] == "replace"


QCOW2 = b"QFI\xfb" + (3).to_bytes(4, "big") + bytes(16) + (3 * 2**30 + 1).to_bytes(8, "big") + bytes(1000)


@pytest.mark.parametrize(
    ("content", "expected", "gibibytes"),
    [
        pytest.param(CONTENT, None, 1, id="raw"),
        pytest.param(QCOW2, None, 4, id="qcow2"),
        pytest.param(QCOW2, 5 * 2**30, 5, id="virtual size of the service"),
    ],
)
def test_min_disk_auto_is_the_size_of_the_disk(
    glance: FakeGlance, tmp_path: Path, content: bytes, expected: int | None, gibibytes: int
) -> None:
    (tmp_path / "disk").write_bytes(content)
    glance.virtual_size = expected
    first = run(src=str(tmp_path / "disk"), min_disk="auto")
    assert first["image"]["min_disk"] == gibibytes
    assert not run(src=str(tmp_path / "disk"), min_disk="auto")["changed"]
    assert run(min_disk="0")["image"]["min_disk"] == 0
    again = run(min_disk="auto")
    assert again["image"]["min_disk"] == (0 if content == QCOW2 and not expected else gibibytes)


def test_unknown_hash_algorithm_is_verified_by_a_download(glance: FakeGlance, src: str) -> None:
    glance.algorithm = "sha3_256"
    assert run(src=src)["action"] == "create"
    assert any(call.startswith("GET") and call.endswith("/file") for call in glance.calls)
    glance.calls.clear()
    glance.add(CONTENT, name="fedora")
    assert not run(src=src)["changed"]


@pytest.mark.parametrize(
    ("existing", "options", "message"),
    [
        pytest.param(False, {}, "There is no image cirros, and neither src nor url is set", id="nothing there"),
        pytest.param(True, {"disk_format": "qcow2"}, "does not have the desired checksum", id="other format"),
        pytest.param(True, {"src": "/nowhere"}, "does not exist on the host", id="no file"),
        pytest.param(False, {"src": "/"}, "is not a regular file", id="directory"),
    ],
)
def test_missing_source_is_reported_before_any_change(
    glance: FakeGlance, existing: bool, options: Any, message: str
) -> None:
    if existing:
        glance.add(CONTENT, name="cirros")
    assert message in run(**options)["msg"]
    assert glance.writes() == []


def test_file_is_not_read_if_the_checksum_is_known(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros")
    assert not run(src="/nowhere", checksum=f"sha512:{hashlib.sha512(CONTENT).hexdigest()}")["changed"]


def test_checksum_unknown_to_the_service_is_recorded(glance: FakeGlance, src: str) -> None:
    checksum = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    assert run(src=src, checksum=checksum)["action"] == "create"
    assert not run(src="/nowhere", checksum=checksum)["changed"]


def test_absent_image_is_removed_once(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros")
    glance.add(None, name="cirros", os_hidden=True)
    assert (run(state="absent")["action"], glance.images) == ("remove", {})
    assert run(state="absent")["changed"] is False


def test_token_that_expires_soon_is_renewed_before_the_upload(glance: FakeGlance, src: str) -> None:
    glance.tokens = 0
    run(src=src)
    assert glance.tokens == 1
