# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the current registration from Keystone with few requests."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._openstack.keystone import Keystone
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import (
    Current,
    Desired,
    Entity,
    manages_service,
    needs_endpoints,
    needs_password_check,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_roles import (
    project_in_assignments,
    roles_in_assignments,
)


def read_current(keystone: Keystone, desired: Desired, password_works: bool | None = None) -> Current:
    """Return the part of the current state that the options refer to.

    password_works: the result of an earlier check of the password, which is not repeated; None if there is none.
    """
    account = read_account(keystone, desired, password_works) if desired["user"] is not None else {}
    catalog = read_catalog(keystone, desired) if manages_service(desired) else {}
    return Current(**account, **catalog)


def read_account(keystone: Keystone, desired: Desired, password_works: bool | None) -> dict[str, Any]:
    """Return the fields of Current for the user, its project, roles and password."""
    domain_id = keystone.domain_id(desired["domain"])
    user = keystone.first("users", name=desired["user"], domain_id=domain_id)
    assignments = read_assignments(keystone, user)
    if desired["state"] == "absent" and not assignments:
        return {"domain_id": domain_id, "user": user}
    project = project_in_assignments(desired, domain_id, assignments)
    if password_works is None and user and needs_password_check(desired, user):
        password_works = keystone.authenticates(user["id"], desired["password"], project)
    if not is_project_known(desired, project, password_works):
        project = keystone.first("projects", name=desired["project"], domain_id=domain_id)
    return {
        "domain_id": domain_id,
        "user": user,
        "project": project,
        "roles": role_ids(keystone, desired["roles"], assignments),
        "assignments": assignments,
        "password_works": password_works,
    }


def is_project_known(desired: Desired, project: Entity | None, password_works: bool | None) -> bool:
    """Return whether the project need not be read: a token for it proves that it is enabled."""
    return project is not None and (bool(password_works) or desired["state"] == "absent")


def read_assignments(keystone: Keystone, user: Entity | None) -> list[Entity]:
    """Return all role assignments of the user, with names."""
    if user is None:
        return []
    query = {"user.id": user["id"], "include_names": "true"}
    assignments: list[Entity] = keystone.get("/role_assignments", **query)["role_assignments"]
    return assignments


def role_ids(keystone: Keystone, names: list[str], assignments: list[Entity]) -> dict[str, str | None]:
    """Return the IDs of roles by name; None for a role that does not exist."""
    known = roles_in_assignments(assignments)
    return {name: known.get(name) or role_id(keystone, name) for name in names}


def role_id(keystone: Keystone, name: str) -> str | None:
    """Return the ID of a role, or None."""
    role = keystone.first("roles", name=name)
    return str(role["id"]) if role else None


def read_catalog(keystone: Keystone, desired: Desired) -> dict[str, Any]:
    """Return the fields of Current for the services and their endpoints."""
    services = keystone.get("/services", type=desired["type"])["services"]
    endpoints: list[Entity] = []
    if needs_endpoints(desired, services):
        for service in services:
            endpoints += keystone.get("/endpoints", service_id=service["id"])["endpoints"]
    return {"services": services, "endpoints": endpoints}
