# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_steps import (
    converge,
    labelled,
    remove,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.registration_samples import (
    THREE,
)


@pytest.mark.parametrize(
    ("current", "action", "after"),
    [
        pytest.param(None, "create", {"name": "glance", "email": "a@b", "password": SECRET}, id="missing"),
        pytest.param(
            {"id": "u1", "email": "old", "password": None}, "update", {"email": "a@b", "password": SECRET}, id="other"
        ),
    ],
)
def test_object_is_created_or_updated(current: Any, action: str, after: dict[str, Any]) -> None:
    attributes = {"email": "a@b", "password": "pw", "description": None}
    (step,) = converge("user glance", "user", current, {"name": "glance"}, attributes)
    assert (step.action, step.after) == (action, after)
    assert step.arguments is not None
    assert step.arguments["attributes"]["password"] == "pw"


def test_object_as_desired_needs_no_step() -> None:
    assert (
        list(converge("user glance", "user", {"id": "u1", "email": "a@b"}, {}, {"email": "a@b", "description": ""}))
        == []
    )


def test_removal_shows_only_the_visible_attributes() -> None:
    step = remove("user glance", "user", {"id": "u1", "name": "glance", "email": "a@b"}, ("name",))
    assert (step.action, step.before, step.after) == ("remove", {"name": "glance"}, None)
    assert step.arguments == {"method": "DELETE", "path": ("users", "u1")}


def test_duplicates_have_their_id_in_the_label() -> None:
    assert [label for label, _entity in labelled("endpoint public", THREE)] == [
        "endpoint public",
        "endpoint public e2",
        "endpoint public e3",
    ]
