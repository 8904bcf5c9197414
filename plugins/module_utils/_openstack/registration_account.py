# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps for the user of the service, its project, its roles and its password."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_catalog import other_regions
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import (
    Current,
    Desired,
    Id,
    New,
    id_of,
    project_label,
    user_label,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_roles import (
    assigned_role_ids,
    other_assignments,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_steps import (
    converge,
    create,
    patch_request,
    remove,
)


def account_steps(desired: Desired, current: Current) -> Iterator[Step]:
    """Yield the steps that create or update the project, the user and its roles."""
    if desired["user"] is None:
        return
    if current.user is None and desired["password"] is None:
        raise GlanceError(f"There is no user {desired['user']!r}, and `password` is not set. Set it to create one.")
    domain = {"domain_id": current.domain_id}
    project = {"name": desired["project"], **domain}
    yield from converge(project_label(desired), "project", current.project, project, {"enabled": True})
    attributes: dict[str, Any] = {
        "email": desired["email"],
        "description": desired["user_description"],
        "enabled": desired["enabled"],
    }
    if current.user is None or (desired["enabled"] and not current.user["enabled"]):
        attributes["password"] = desired["password"]
    yield from converge(user_label(desired), "user", current.user, {"name": desired["user"], **domain}, attributes)
    yield from _role_steps(desired, current)


def _role_steps(desired: Desired, current: Current) -> Iterator[Step]:
    project, user = project_label(desired), user_label(desired)
    assigned = assigned_role_ids(current)
    for name, role_id in current.roles.items():
        role = f"role {name}"
        if role_id is None:
            yield create(role, "role", {"name": name})
        if role_id is None or role_id not in assigned:
            path = _assignment_path(id_of(current.project, project), id_of(current.user, user), role_id or New(role))
            request = {"method": "PUT", "path": path}
            yield Step(f"{role} of {user} on {project}", "create", None, _assignment(desired, name), request)


def _assignment_path(project: Id, user: Id, role: Id) -> tuple[Id, ...]:
    return ("projects", project, "users", user, "roles", role)


def _assignment(desired: Desired, role: str) -> Mapping[str, str]:
    return {"role": role, "user": desired["user"], "project": desired["project"]}


def password_steps(desired: Desired, current: Current) -> Iterator[Step]:
    """Yield the step that writes a password which Keystone refuses."""
    if current.user is not None and current.password_works is False:
        before = {"password": f"{SECRET} (refused by Keystone)"}
        # Keystone unlocks a user and resets its count of failed logins when `enabled` is set.
        request = patch_request("user", current.user, {"password": desired["password"], "enabled": True})
        yield Step(f"password of {user_label(desired)}", "update", before, {"password": SECRET}, request)


def user_removal_steps(desired: Desired, current: Current) -> Iterator[Step]:
    """Yield the step that removes the user, or those that remove its roles if it has other roles, too."""
    if current.user is None or other_regions(desired, current):
        return
    if not other_assignments(current):  # Keystone removes the roles of a user with it
        yield remove(user_label(desired), "user", current.user, ("name", "domain_id"))
        return
    for name, role_id in current.roles.items():
        if current.project is not None and role_id in assigned_role_ids(current):
            path = _assignment_path(current.project["id"], current.user["id"], role_id)
            resource = f"role {name} of {user_label(desired)} on {project_label(desired)}"
            yield Step(resource, "remove", _assignment(desired, name), None, {"method": "DELETE", "path": path})
