# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    PROJECT,
    FakeGlance,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import run


def test_attributes_need_no_source(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros", visibility="public", tags=["a"], p="1")
    result = run(tags=[], properties={"p": None}, hidden=True)
    assert result["action"] == "update"
    assert result["image"]["visibility"] == "public"
    assert glance.writes() == ["PATCH"]
    assert not run(tags=[], properties={"p": None}, hidden=True)["changed"]


@pytest.mark.parametrize(
    ("options", "after"),
    [
        pytest.param({"members": ["a", "c"]}, {"a": "accepted", "c": "pending"}, id="exact"),
        pytest.param(
            {"members": ["c"], "members_mode": "merge"},
            {"a": "accepted", "b": "pending", "c": "pending"},
            id="append",
        ),
        pytest.param({"members": {"a": "rejected", "b": None}}, {"a": "rejected", "b": "pending"}, id="states"),
        pytest.param({"members": []}, {}, id="none"),
        pytest.param({"members": ["sales"]}, {PROJECT: "pending"}, id="by name"),
        pytest.param({"tags": []}, {"a": "accepted", "b": "pending"}, id="not mentioned"),
    ],
)
def test_members_are_set(glance: FakeGlance, options: Any, after: Any) -> None:
    shared = glance.add(CONTENT, name="cirros", visibility="shared", tags=["x"])
    glance.members[shared] = {"a": "accepted", "b": "pending"}
    assert run(check_mode=True, **options)["diff"] == (real := run(**options))["diff"]
    assert (real["action"], glance.members[shared]) == ("update", after)
    assert not run(**options)["changed"]


def test_state_that_only_the_member_may_set_is_a_warning(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros", visibility="shared")
    assert "cannot be set with this account" in run(members={"strict": "accepted"})["warnings"][0]


@pytest.mark.parametrize("existing", [True, False], ids=["existing", "new"])
def test_members_need_a_shared_image(glance: FakeGlance, src: str, existing: bool) -> None:
    if existing:
        glance.add(CONTENT, name="cirros", visibility="private")
    result = run(src=src, members=["a"])
    assert result["msg"] == (
        "The image cirros would be private, and only shared images have members. Set visibility: shared"
    )
    assert glance.writes() == []
    assert run(src=src, members=["a"], visibility="shared")["changed"]
    assert list(glance.members.values()) == [{"a": "pending"}]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"owner": "missing"}, "There is no project missing", id="none"),
        pytest.param({"owner": "twice"}, f"2 projects have the name twice: {'7' * 32}, {'8' * 32}", id="several"),
    ],
)
def test_unknown_or_ambiguous_project_is_refused(glance: FakeGlance, options: Any, message: str) -> None:
    assert message in run(**options)["msg"]


def test_owner_is_looked_up_in_its_domain(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros")
    assert run(owner="twice", owner_domain="here")["image"]["owner"] == "7" * 32


def test_image_is_deactivated_and_reactivated(glance: FakeGlance, src: str) -> None:
    existing = glance.add(CONTENT, name="cirros")
    for options, status, changed in [
        ("deactivated", "deactivated", True),
        ("deactivated", "deactivated", False),
        ("present", "deactivated", False),
        ("active", "active", True),
        ("active", "active", False),
    ]:
        assert run(check_mode=True, src=src, state=options)["changed"] is changed
        assert run(src=src, state=options)["changed"] is changed
        assert glance.images[existing]["status"] == status


def test_new_content_of_a_deactivated_image_is_deactivated(glance: FakeGlance, src: str) -> None:
    glance.images[glance.add(b"\0old", name="cirros")]["status"] = "deactivated"
    run(src=src)
    assert [each["status"] for each in glance.images.values()] == ["deactivated"]


def test_kernel_is_selected_by_name(glance: FakeGlance, src: str) -> None:
    kernel = glance.add(b"\0kernel", name="vmlinuz")
    assert run(src=src, kernel="vmlinuz")["image"]["kernel_id"] == kernel
    assert not run(src=src, kernel="vmlinuz")["changed"]
    glance.add(b"\0kernel", name="vmlinuz")
    assert "needs the image vmlinuz, but 2 images have the name" in run(src=src, kernel="vmlinuz")["msg"]
    assert "there is no such image" in run(src=src, ramdisk="initrd")["msg"]
    assert "kernel_id" not in run(src=src, kernel="")["image"]
