# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.refusals import (
    check_protection,
    check_quota,
    check_replacement,
    missing_source,
    replacement_action,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import (
    desired,
    image,
)


def test_image_of_another_project_is_not_replaced() -> None:
    with pytest.raises(GlanceError, match="belongs to the project me"):
        check_replacement(image(), desired(), {"you"}, has_members=False, content="")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"id": "1"}, "the content of an image ID cannot change", id="ID"),
        pytest.param({"replace": "never"}, "has other content .old., and replace: never forbids", id="never"),
    ],
)
def test_replacement_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        check_replacement(image(), desired(**options), {"me"}, has_members=False, content="old")


@pytest.mark.parametrize(
    ("replace", "has_members", "action"),
    [
        ("delete", False, "delete"),
        ("delete", True, "rotate"),
        ("rotate", True, "rotate"),
        ("hide", True, "hide"),
        ("never", False, "rotate"),
    ],
)
def test_image_with_members_is_not_deleted(replace: str, has_members: bool, action: str) -> None:
    assert replacement_action(desired(replace=replace), has_members) == action


@pytest.mark.parametrize("options", [{"force": True}, {"attributes": {"protected": False}}], ids=["force", "protected"])
def test_protection_can_be_overridden(options: dict[str, Any]) -> None:
    protected = image(protected=True)
    check_protection(protected, desired(**options), "it cannot be removed")
    with pytest.raises(GlanceError, match="is protected, so it cannot be removed. Set protected: false or force: true"):
        check_protection(protected, desired(), "it cannot be removed")


@pytest.mark.parametrize(
    ("quota", "added", "removed", "is_refused"),
    [
        pytest.param(None, 9, 0, False, id="no quota"),
        pytest.param((9, -1), 9, 0, False, id="no limit"),
        pytest.param((9, 10), 1, 0, False, id="equal to the limit"),
        pytest.param((9, 10), 2, 0, True, id="above the limit"),
        pytest.param((9, 10), 2, 1, False, id="replaces an image"),
        pytest.param((11, 10), 0, 0, True, id="already above the limit"),
    ],
)
def test_quota_is_checked(quota: tuple[int, int] | None, added: int, removed: int, is_refused: bool) -> None:
    arguments = (desired(), quota, added * 2**20, removed * 2**20)
    if not is_refused:
        check_quota(*arguments)
        return
    with pytest.raises(GlanceError, match=r"its quota \(image_size_total\) is 10 MiB"):
        check_quota(*arguments)


def test_missing_source_is_described() -> None:
    assert missing_source(None, desired()) == ("There is no image cirros, and neither src nor url is set to create it")
    assert "does not have the desired checksum, disk_format or container_format" in missing_source(image(), desired())
