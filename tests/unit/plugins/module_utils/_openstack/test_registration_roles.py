# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_roles import (
    assignment_label,
    project_in_assignments,
    roles_in_assignments,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.registration_samples import (
    DEFAULT,
    OTHER,
    USER,
    assignment,
)


@pytest.mark.parametrize(
    ("assignments", "expected"),
    [
        ([assignment("admin", "r1")], "p1"),
        ([assignment("admin", "r1", project={"id": "p9", "name": "service", "domain": {"id": "another"}})], None),
        ([OTHER, assignment("r", "r1", system={"all": True})], None),
        (
            [
                assignment(
                    "admin",
                    "r1",
                    project={"id": "p1", "name": "service", "domain": DEFAULT},
                    **{"OS-INHERIT:inherited_to": "projects"},
                )
            ],
            None,
        ),
    ],
    ids=["direct", "other-domain", "other-scope", "inherited"],
)
def test_project_is_read_from_the_role_assignments(assignments: Any, expected: Any) -> None:
    project = project_in_assignments(USER, "default", assignments)

    assert (project and project["id"]) == expected


def test_roles_of_one_domain_are_not_used() -> None:
    domain_role = {"role": {"id": "r9", "name": "admin", "domain": DEFAULT}, "scope": {}}
    assert roles_in_assignments([domain_role, OTHER]) == {"member": "r2"}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"project": {"id": "p1", "name": "demo"}}, "admin on project demo"),
        ({"system": {"all": True}}, "admin on system"),
        (
            {"domain": {"id": "d", "name": "Default"}, "OS-INHERIT:inherited_to": "projects"},
            "admin on all projects of domain Default",
        ),
    ],
    ids=["project", "system", "inherited"],
)
def test_assignment_has_a_label(scope: dict[str, Any], expected: str) -> None:
    assert assignment_label({"scope": scope, "role": {"id": "r1", "name": "admin"}}) == expected
