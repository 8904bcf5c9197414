# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import (
    Current,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_plan import (
    plan_registration,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.registration_samples import (
    ACCOUNT,
    GLANCE,
    OMITTED,
    PROJECT,
    USER,
    account,
    actions,
    assignment,
)


@pytest.mark.parametrize(
    ("desired", "current", "expected"),
    [
        pytest.param(USER, ACCOUNT, {}, id="as-desired"),
        pytest.param({**USER, "password": None}, account(password_works=None), {}, id="password-omitted"),
        pytest.param(OMITTED, Current(), {}, id="user-omitted"),
        pytest.param(
            {**USER, "roles": ["admin", "service"]},
            Current(domain_id="default", roles={"admin": "r1", "service": None}),
            {
                "project service": "create",
                "user glance": "create",
                "role admin of user glance on project service": "create",
                "role service": "create",
                "role service of user glance on project service": "create",
            },
            id="missing",
        ),
        pytest.param(
            USER,
            account(assignments=[]),
            {"role admin of user glance on project service": "create"},
            id="role-missing",
        ),
        pytest.param(
            USER, account(project={**PROJECT, "enabled": False}), {"project service": "update"}, id="project-disabled"
        ),
        pytest.param(USER, account(password_works=False), {"password of user glance": "update"}, id="password-refused"),
        pytest.param({**USER, "email": "a@b"}, ACCOUNT, {"user glance": "update"}, id="email-missing"),
        pytest.param({**USER, "email": ""}, ACCOUNT, {}, id="email-empty-and-missing"),
        pytest.param(
            {**USER, "email": ""},
            account(user={**GLANCE, "email": "a@b"}),
            {"user glance": "update"},
            id="email-emptied",
        ),
        pytest.param(
            {**USER, "user_description": "Image"},
            account(user={**GLANCE, "description": "Image", "email": "a@b"}),
            {},
            id="description-as-desired",
        ),
        pytest.param(
            USER,
            account(user={**GLANCE, "enabled": False}, password_works=None),
            {"user glance": "update"},
            id="user-disabled",
        ),
        pytest.param({**USER, "enabled": False}, account(password_works=None), {"user glance": "update"}, id="disable"),
        pytest.param(
            {**USER, "enabled": False},
            account(user={**GLANCE, "enabled": False}, password_works=None),
            {},
            id="disabled",
        ),
        pytest.param(
            USER,
            account(assignments=[assignment("admin", "r1", "other")]),
            {"role admin of user glance on project service": "create"},
            id="role-on-another-project",
        ),
        pytest.param(
            USER,
            account(
                assignments=[assignment("admin", "r1", project={"id": "p1"}, **{"OS-INHERIT:inherited_to": "projects"})]
            ),
            {"role admin of user glance on project service": "create"},
            id="inherited-role",
        ),
    ],
)
def test_account_steps(desired: dict[str, Any], current: Current, expected: dict[str, str]) -> None:
    assert actions(desired, current) == expected


def test_disabled_user_is_enabled_with_its_password() -> None:
    (step,) = plan_registration(USER, account(user={**GLANCE, "enabled": False}, password_works=None)).steps

    assert step.arguments is not None
    assert step.arguments["attributes"] == {"enabled": True, "password": "pw"}
    assert step.after == {"enabled": True, "password": SECRET}


def test_refused_password_is_written_and_the_user_is_unlocked() -> None:
    (step,) = plan_registration(USER, account(password_works=False)).steps

    assert step.arguments is not None
    assert step.arguments["attributes"] == {"password": "pw", "enabled": True}
    assert step.after == {"password": SECRET}


@pytest.mark.parametrize(
    "current",
    [Current(), account(password_works=False), account(user={**GLANCE, "enabled": False}, password_works=None)],
    ids=["created", "refused", "enabled"],
)
def test_written_password_is_not_in_the_diff(current: Current) -> None:
    plan = plan_registration({**USER, "password": "s3cret"}, current)

    assert "s3cret" in str([step.arguments for step in plan.steps])
    assert "s3cret" not in json.dumps(plan.diff())
    assert SECRET in json.dumps(plan.diff())
    assert plan.diff()["before"] != plan.diff()["after"]
