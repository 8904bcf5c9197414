# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import run


@pytest.mark.parametrize("supports_visibility_all", [True, False], ids=["since Stein", "before"])
@pytest.mark.parametrize("existing", [{"os_hidden": True}, {"visibility": "community"}], ids=str)
def test_hidden_and_community_images_are_found(
    glance: FakeGlance, src: str, existing: Any, supports_visibility_all: bool
) -> None:
    glance.supports_visibility_all = supports_visibility_all
    glance.add(CONTENT, name="cirros", **existing)
    assert not run(src=src)["changed"]
    assert len(glance.images) == 1


def test_name_is_case_sensitive_and_all_pages_are_read(glance: FakeGlance, src: str) -> None:
    for number in range(5):
        glance.add(b"\0other", name="CIRROS", created_at=str(number))
    glance.add(CONTENT, name="cirros")
    assert not run(src=src)["changed"]


def test_image_of_another_project_is_never_replaced(glance: FakeGlance, src: str) -> None:
    glance.add(b"\0old", name="cirros", visibility="public", owner="another")
    assert "belongs to the project another" in run(src=src)["msg"]
    assert run(state="absent")["changed"] is False
    assert run(src=src, owner="another")["action"] == "replace"


def test_private_image_of_another_project_is_ignored(glance: FakeGlance, src: str) -> None:
    glance.add(b"\0old", name="cirros", visibility="private", owner="another")
    assert run(src=src)["action"] == "create"


def test_image_selected_by_id_is_renamed(glance: FakeGlance) -> None:
    existing = glance.add(CONTENT, name="cirros")
    assert run(id=existing, name="new")["image"]["name"] == "new"
    assert not run(id=existing, name="new")["changed"]


def test_content_of_an_image_selected_by_id_is_not_replaced(glance: FakeGlance, src: str) -> None:
    existing = glance.add(b"\0old", name="cirros")
    assert "the content of an image ID cannot change" in run(id=existing, src=src)["msg"]
    assert glance.writes() == []


def test_unknown_id_is_refused(glance: FakeGlance) -> None:
    assert "no image with the ID id-9" in run(id="id-9")["msg"]
    assert not run(id="id-9", state="absent")["changed"]


def test_newest_of_several_images_is_selected_on_request(glance: FakeGlance, src: str) -> None:
    old, new = glance.add(b"\0one", name="cirros"), glance.add(b"\0two", name="cirros")
    assert f"{old}, {new}" in run(src=src)["msg"]
    result = run(src=src, select="newest")
    assert result["removed"] == [new]
    assert result["warnings"] == [f"2 images have the name cirros; {new} is managed, not {old}"]


def test_lookup_takes_two_requests_for_many_names(glance: FakeGlance, src: str) -> None:
    checksum = f"sha512:{hashlib.sha512(CONTENT).hexdigest()}"
    options = [{"name": f"image-{number}", "src": src, "checksum": checksum} for number in range(2)]
    for one in options:
        glance.add(CONTENT, name=one["name"])
    assert not run(images=options)["changed"]
    assert glance.calls == ["GET /v2/images"] * 2


@pytest.mark.parametrize("name", ["debian:12", 'a "quoted", name'])
def test_name_with_special_characters_is_found(glance: FakeGlance, src: str, name: str) -> None:
    assert [run(name=name, src=src)["changed"] for _run in range(2)] == [True, False]


def test_lookup_of_new_names_takes_few_requests(glance: FakeGlance, src: str) -> None:
    glance.add(b"other", name="other")
    run(True, images=[{"name": f"image-{number}", "src": src} for number in range(30)])
    assert glance.calls.count("GET /v2/images") == 2
