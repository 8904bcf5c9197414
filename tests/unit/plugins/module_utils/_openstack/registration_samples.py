# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options and states of a registration for tests."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import Current
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_plan import plan_registration

URL = "http://controller:9292"
URLS = {"public": URL, "internal": URL, "admin": URL}
HERE, THERE = "RegionOne", "RegionTwo"
OMITTED: dict[str, Any] = {
    "state": "present",
    "user": None,
    "password": None,
    "email": None,
    "user_description": None,
    "enabled": True,
    "project": "service",
    "domain": "Default",
    "roles": ["admin"],
    "type": "image",
    "name": None,
    "description": None,
    "region": HERE,
    "endpoints": None,
}
USER = {**OMITTED, "user": "glance", "password": "pw"}
SERVICE = {**OMITTED, "name": "glance", "endpoints": URLS}
ABSENT = {**OMITTED, "state": "absent", "user": "glance", "name": "glance"}
DEFAULT = {"id": "default", "name": "Default"}
GLANCE = {"id": "u1", "name": "glance", "domain_id": "default", "enabled": True}
PROJECT = {"id": "p1", "name": "service", "domain_id": "default", "enabled": True}


def service(id: str = "s1", name: str = "glance", **more: Any) -> dict[str, Any]:
    return {"id": id, "name": name, "type": "image", "enabled": True, **more}


def endpoint(
    id: str, interface: str, url: str = URL, region: str = HERE, of: str = "s1", **more: Any
) -> dict[str, Any]:
    return {
        "id": id,
        "interface": interface,
        "url": url,
        "region_id": region,
        "service_id": of,
        "enabled": True,
        **more,
    }


def assignment(role: str, role_id: str, on: str = "p1", **scope: Any) -> dict[str, Any]:
    """Return a role assignment on a project, or with another scope."""
    where = scope or {"project": {"id": on, "name": {"p1": "service"}.get(on, on), "domain": DEFAULT}}
    return {"scope": where, "role": {"id": role_id, "name": role}}


ACCOUNT = Current(
    domain_id="default",
    project=PROJECT,
    user=GLANCE,
    roles={"admin": "r1"},
    assignments=[assignment("admin", "r1")],
    password_works=True,
)
THREE = (endpoint("e1", "public"), endpoint("e2", "internal"), endpoint("e3", "admin"))
REGISTERED = Current(services=[service()], endpoints=THREE)
OTHER = assignment("member", "r2", "demo")


def account(**changed: Any) -> Current:
    return Current(**{**vars(ACCOUNT), **changed})


def catalog(*objects: dict[str, Any]) -> Current:
    """Return the current state with services and endpoints."""
    return Current(
        services=[resource for resource in objects if "interface" not in resource],
        endpoints=[resource for resource in objects if "interface" in resource],
    )


def actions(desired: dict[str, Any], current: Current) -> dict[str, str]:
    return plan_registration(desired, current).actions()
