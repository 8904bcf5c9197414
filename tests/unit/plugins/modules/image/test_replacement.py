# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
    answered,
    time_text,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import run


def test_image_with_other_content_is_replaced(glance: FakeGlance, src: str) -> None:
    old = glance.add(b"\0old", name="cirros", visibility="public", p="1", tags=["a"], min_ram=64)
    result = run(src=src)
    (new,) = glance.images.values()
    assert (result["action"], result["id"]) == ("replace", new["id"])
    assert new["id"] != old
    assert glance.data[new["id"]] == CONTENT
    kept = {"name": "cirros", "visibility": "public", "p": "1", "tags": ["a"], "min_ram": 64}
    assert kept.items() <= new.items()


def test_protected_image_is_not_replaced(glance: FakeGlance, src: str) -> None:
    glance.add(b"\0old", name="cirros", protected=True)
    result = run(src=src)
    assert "is protected, so its content cannot be replaced" in result["msg"]
    assert glance.writes() == []
    assert run(src=src, protected=False)["action"] == "replace"


def test_replaced_image_in_use_is_hidden(glance: FakeGlance, src: str) -> None:
    old = glance.add(b"\0old", name="cirros")
    glance.in_use.add(old)
    assert run(src=src)["warnings"] == [f"The replaced image {old} is in use; it is renamed and hidden"]
    assert glance.images[old]["os_hidden"] is True
    assert len(glance.named("cirros")) == 1
    assert not run(src=src)["changed"]


def test_replaced_image_that_cannot_be_removed_is_reported(glance: FakeGlance, src: str, monkeypatch: Any) -> None:
    old = glance.add(b"\0old", name="cirros")
    monkeypatch.setattr(glance, "_delete", lambda _id: answered(403, {"error": "policy"}))
    assert f"but the replaced image {old} could not be removed or renamed" in run(src=src)["msg"]
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("replace", "name", "hidden"),
    [
        pytest.param("rotate", f"cirros ({time_text(1)})", False, id="rotate"),
        pytest.param("hide", f"cirros ({time_text(1)})", True, id="hide"),
    ],
)
def test_replaced_image_is_kept(glance: FakeGlance, src: str, replace: str, name: str, hidden: bool) -> None:
    old = glance.add(b"\0old", name="cirros", protected=True, osops_source="stale")
    result = run(src=src, replace=replace)
    assert result["retired"] == [{"id": old, "name": name}]
    kept = {"name": name, "os_hidden": hidden, "protected": True, "osops_retired": "true"}
    assert kept.items() <= glance.images[old].items()
    assert not run(src=src, replace=replace)["changed"]


def test_surplus_copies_are_removed(glance: FakeGlance, tmp_path: Path) -> None:
    glance.add(CONTENT, name="a snapshot", osops_retired="true", osops_source='{"image": "id-9", "retired": "cirros"}')
    disk = tmp_path / "disk"
    for number in range(5):
        disk.write_bytes(bytes([0, number]))
        options = {"src": str(disk), "replace": "rotate", "keep": 2}
        predicted = run(check_mode=True, **options)
        result = run(**options)
        assert predicted["diff"] == result["diff"]
        assert len(result["removed"]) == (number > 2)
        assert not run(**options)["changed"]
    contents = {each["name"]: glance.data[key] for key, each in glance.images.items()}
    assert set(contents.values()) == {b"\0\2", b"\0\3", b"\0\4", CONTENT}
    assert contents["cirros"] == b"\0\4"


def test_replace_never_refuses_other_content(glance: FakeGlance, src: str) -> None:
    glance.add(b"\0old", name="cirros")
    assert "replace: never forbids to replace it" in run(src=src, replace="never")["msg"]
    assert glance.writes() == []


def test_replaced_image_with_members_is_kept_and_its_members_are_copied(glance: FakeGlance, src: str) -> None:
    old = glance.add(b"\0old", name="cirros", visibility="shared")
    glance.members[old] = {"a": "accepted"}
    result = run(src=src)
    assert glance.members == {old: {"a": "accepted"}, result["id"]: {"a": "accepted"}}
    assert result["warnings"] == [f"The replaced image {old} has members; it is renamed and kept"]
    assert not run(src=src)["changed"]


def test_protected_image_is_removed_by_force(glance: FakeGlance, src: str) -> None:
    glance.add(b"\0old", name="cirros", protected=True)
    assert run(src=src, force=True)["action"] == "replace"
    assert run(state="absent")["failed"]
    assert run(state="absent", force=True)["action"] == "remove"
