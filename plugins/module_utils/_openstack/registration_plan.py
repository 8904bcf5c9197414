# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan from the current to the desired registration, its outcome and its warnings."""

from __future__ import annotations

from typing import Any, Iterator
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_account import (
    account_steps,
    password_steps,
    user_removal_steps,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_catalog import (
    matching_services,
    other_regions,
    service_outcome,
    service_removal_steps,
    service_steps,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import (
    Current,
    Desired,
    first,
    id_of,
    manages_service,
    project_label,
    service_label,
    user_label,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_roles import (
    assigned_role_ids,
    assignment_label,
    other_assignments,
)


def plan_registration(desired: Desired, current: Current) -> Plan:
    """Return the steps from the current to the desired state."""
    if desired["state"] == "absent":
        return Plan((*service_removal_steps(desired, current), *user_removal_steps(desired, current)))
    # The password is last: if the module authenticates as this user, a new password revokes its token.
    steps = (*account_steps(desired, current), *service_steps(desired, current), *password_steps(desired, current))
    return Plan(steps)


def writes_password(plan: Plan) -> bool:
    """Return whether the plan writes the password of an enabled user."""
    writes = ((step.arguments or {}).get("attributes", {}) for step in plan.steps)
    return any("password" in attributes and attributes.get("enabled") for attributes in writes)


def outcome(desired: Desired, current: Current) -> dict[str, Any]:
    """Return the return values after the plan was carried out, with `New` for the IDs of new objects."""
    if desired["state"] == "absent":
        return {"kept": kept_objects(desired, current)}
    result: dict[str, Any] = {}
    if desired["user"] is not None:
        result["project"] = {"id": id_of(current.project, project_label(desired)), "name": desired["project"]}
        result["user"] = {"id": id_of(current.user, user_label(desired)), "name": desired["user"]}
    if manages_service(desired):
        result.update(service_outcome(desired, current))
    return result


def kept_objects(desired: Desired, current: Current) -> dict[str, str]:
    """Return the objects that are not removed although the options name them, with the reasons."""
    kept = {}
    regions = ", ".join(other_regions(desired, current))
    others = other_assignments(current)
    if regions:
        service = first(matching_services(desired, current))
        kept[service_label(desired, service)] = f"it has endpoints in {regions}"
    if current.user is not None and regions:
        kept[user_label(desired)] = f"the service has endpoints in {regions}"
    elif current.user is not None and others:
        kept[user_label(desired)] = f"it has the role {', the role '.join(map(assignment_label, others))}"
    return kept


def warnings(desired: Desired, current: Current) -> list[str]:
    """Return the warnings about objects that are not changed and may be mistakes."""
    return [
        *_kept_user_warnings(desired, current),
        *_other_service_warnings(desired, current),
        *_endpoint_warnings(desired),
    ]


def _kept_user_warnings(desired: Desired, current: Current) -> Iterator[str]:
    kept = kept_objects(desired, current) if desired["state"] == "absent" else {}
    user = user_label(desired)
    # The run that removed the roles has warned already.
    if user in kept and (assigned_role_ids(current) or other_regions(desired, current)):
        yield f"The {user} is not removed: {kept[user]}."


def _other_service_warnings(desired: Desired, current: Current) -> Iterator[str]:
    if not manages_service(desired):
        return
    matching = matching_services(desired, current)
    for other in current.services:
        if other not in matching:
            name = f"{other.get('name')!r} ({other['id']})"
            yield f"There is another service of type {desired['type']!r}, {name}. It is not changed."


def _endpoint_warnings(desired: Desired) -> Iterator[str]:
    hosts = {interface: urlsplit(url).hostname for interface, url in (desired["endpoints"] or {}).items()}
    # A public endpoint usually has its own host name.
    if {"internal", "admin"} <= hosts.keys() and hosts["internal"] != hosts["admin"]:
        yield (
            f"The internal endpoint is on the host {hosts['internal']}, the admin endpoint on {hosts['admin']}. "
            "Check `endpoints` for a typing error."
        )
