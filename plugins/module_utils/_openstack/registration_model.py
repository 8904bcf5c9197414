# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The desired and the current registration of a service in Keystone: user, project, roles, service and endpoints."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Mapping, Sequence, Union

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

INTERFACES = ("public", "internal", "admin")

Desired = Mapping[str, Any]  # the options of the module
Entity = Mapping[str, Any]  # an object of the Identity API

_NEVER_EMPTY = ("project", "domain", "user", "password", "roles", "name", "type", "region")
_HTTP_URL = re.compile(r"https?://[^\s/:?#]\S*")


@dataclass(frozen=True)
class New:
    """The placeholder for the ID of an object that does not exist yet.

    resource: the name of the step that creates it.
    """

    resource: str


Id = Union[str, New]


@dataclass(frozen=True)
class Current:
    """The part of the current state that the options refer to.

    roles: the IDs of the desired roles by name; None for a role that does not exist.
    assignments: all roles of the user, with their projects, domains or system.
    password_works: None if it was not tried.
    services: all services of the type, with any name.
    endpoints: the endpoints of these services in all regions.
    """

    domain_id: str = ""
    project: Entity | None = None
    user: Entity | None = None
    roles: Mapping[str, str | None] = field(default_factory=dict)
    assignments: Sequence[Entity] = ()
    password_works: bool | None = None
    services: Sequence[Entity] = ()
    endpoints: Sequence[Entity] = ()


def check_options(desired: Desired) -> None:
    """Raise GlanceError for an option with an invalid value."""
    for option in _NEVER_EMPTY:
        if desired[option] == "" or (option == "roles" and "" in desired[option]):
            raise GlanceError(f"`{option}` contains an empty string. Set a value, or omit the option.")
    for interface, url in (desired["endpoints"] or {}).items():
        if interface not in INTERFACES:
            raise GlanceError(
                f"`endpoints` has the unknown interface {interface!r}. The interfaces are {', '.join(INTERFACES)}."
            )
        if not _HTTP_URL.fullmatch(str(url)):
            raise GlanceError(
                f"`endpoints.{interface}` is {url!r}, not a URL. Set a URL such as http://controller:9292, or omit the "
                "interface."
            )


def predictable_part(desired: Desired) -> Desired:
    """Return the options without those that do not suffice to create an object, which is assumed to exist."""
    omitted = ["user"] if desired["password"] is None else []
    omitted += ["description", "endpoints"] if desired["name"] is None else []
    return {**desired, **dict.fromkeys(omitted)}


def predicted_state(desired: Desired) -> Current:
    """Return the state that is assumed without a request to Keystone: only the roles exist."""
    return Current(roles=dict.fromkeys(desired["roles"], "unknown"))


def manages_service(desired: Desired) -> bool:
    """Return whether an option concerns the service; its type does not, because it has a default."""
    return any(desired[option] is not None for option in ("name", "description", "endpoints"))


def needs_endpoints(desired: Desired, services: Sequence[Entity]) -> bool:
    """Return whether the plan depends on the current endpoints: several services are merged with their endpoints."""
    return desired["endpoints"] is not None or desired["state"] == "absent" or len(services) > 1


def needs_password_check(desired: Desired, user: Entity | None) -> bool:
    """Return whether to try the password; Keystone refuses any password of a disabled user."""
    has_password = desired["state"] == "present" and desired["password"] is not None and desired["enabled"]
    return has_password and user is not None and bool(user["enabled"])


def project_label(desired: Desired) -> str:
    """Return the name of the project in steps and messages."""
    return f"project {desired['project']}"


def user_label(desired: Desired) -> str:
    """Return the name of the user in steps and messages."""
    return f"user {desired['user']}"


def service_label(desired: Desired, service: Entity | None) -> str:
    """Return the name of the service in steps and messages."""
    return f"service {desired['name'] or (service or {}).get('name') or desired['type']}"


def id_of(entity: Entity | None, resource: str) -> Id:
    """Return the ID of an object, or the placeholder for one that the step of this name creates."""
    return New(resource) if entity is None else str(entity["id"])


def first(entities: Sequence[Entity]) -> Entity | None:
    """Return the first object, or None."""
    return entities[0] if entities else None
