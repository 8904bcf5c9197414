# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role assignments of a user in Keystone."""

from __future__ import annotations

from typing import Iterable

from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import (
    Current,
    Desired,
    Entity,
)


def is_direct(assignment: Entity) -> bool:
    """Return whether a role is assigned on a project or domain itself, not on the projects in it."""
    return "OS-INHERIT:inherited_to" not in assignment["scope"]


def is_desired(assignment: Entity, current: Current) -> bool:
    """Return whether an assignment is one of the desired roles on the desired project."""
    if current.project is None or not is_direct(assignment):
        return False
    is_on_project = assignment["scope"].get("project", {}).get("id") == current.project["id"]
    return is_on_project and assignment["role"]["id"] in current.roles.values()


def assigned_role_ids(current: Current) -> set[str]:
    """Return the IDs of the desired roles that the user has on the project."""
    return {assignment["role"]["id"] for assignment in current.assignments if is_desired(assignment, current)}


def other_assignments(current: Current) -> list[Entity]:
    """Return the roles of the user that the options do not refer to."""
    return [assignment for assignment in current.assignments if not is_desired(assignment, current)]


def assignment_label(assignment: Entity) -> str:
    """Return the name of an assignment in messages, such as "admin on project demo"."""
    kind = next(kind for kind in ("project", "domain", "system") if kind in assignment["scope"])
    name = assignment["scope"][kind].get("name", "")
    inherited = "" if is_direct(assignment) else "all projects of "
    return f"{assignment['role']['name']} on {inherited}{kind} {name}".rstrip()


def project_in_assignments(desired: Desired, domain_id: str, assignments: Iterable[Entity]) -> Entity | None:
    """Return the project if the user has a role on it; it is assumed to be enabled."""
    for scope in (assignment["scope"] for assignment in assignments if is_direct(assignment)):
        project = scope.get("project", {})
        if project.get("name") == desired["project"] and project["domain"]["id"] == domain_id:
            return {"id": project["id"], "name": project["name"], "enabled": True}
    return None


def roles_in_assignments(assignments: Iterable[Entity]) -> dict[str, str]:
    """Return the IDs of all roles that the user has anywhere, by name, except roles that belong to one domain."""
    roles = (assignment["role"] for assignment in assignments)
    return {role["name"]: role["id"] for role in roles if "domain" not in role}
