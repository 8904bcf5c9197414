# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Keystone must be told so that it knows a service: its user, the user's roles, the service, its endpoints."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Iterable, Iterator, Mapping, Sequence, Union
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, GlanceError, Plan, Step

INTERFACES = ("public", "internal", "admin")

Desired = Mapping[str, Any]  # the options of the module
Entity = Mapping[str, Any]  # a thing as Keystone describes it

_NEVER_EMPTY = ("project", "domain", "user", "password", "roles", "name", "type", "region")
# Keystone's IDs of domains: UUIDs without hyphens, and `default` for the domain that it starts with.
DOMAIN_ID = re.compile(r"default|[0-9a-f]{32}")
# Whose domain keystoneauth asks for.
DOMAIN_OWNERS = ("user", "project")
_HTTP_URL = re.compile(r"https?://[^\s/:?#]\S*")


@dataclass(frozen=True)
class New:
    """The id of a thing that does not exist yet; it is known when the step that creates the thing was carried out."""

    resource: str


Id = Union[str, New]


@dataclass(frozen=True)
class Current:
    """What Keystone has of what is wanted.

    roles: the wanted roles, with their ids; None: there is no such role.
    assignments: what roles the user holds, and where.
    password_works: None where it was not tried.
    services: all services of the type, whatever their name.
    endpoints: the endpoints of these services, in every region.
    """

    domain_id: str = ""
    project: Entity | None = None
    user: Entity | None = None
    roles: Mapping[str, str | None] = field(default_factory=dict)
    assignments: Sequence[Entity] = ()
    password_works: bool | None = None
    services: Sequence[Entity] = ()
    endpoints: Sequence[Entity] = ()


def check(wanted: Desired) -> None:
    """Raise GlanceError where an option says nothing that Keystone could be told."""
    for option in _NEVER_EMPTY:
        if wanted[option] == "" or (option == "roles" and "" in wanted[option]):
            raise GlanceError(f"`{option}` holds an empty string: give it a value, or leave it out.")
    for interface, url in (wanted["endpoints"] or {}).items():
        if interface not in INTERFACES:
            raise GlanceError(f"`endpoints` names the interface {interface!r}: there are {', '.join(INTERFACES)}.")
        if not _HTTP_URL.fullmatch(str(url)):
            raise GlanceError(
                f"`endpoints.{interface}` is {url!r}, not a URL: give one such as http://controller:9292, "
                "or leave the interface out."
            )


def predicted(wanted: Desired) -> tuple[Desired, Current]:
    """Return what can be predicted without asking Keystone, and what is taken to be there.

    That is no user, no project, no service; but the roles, and what the options do not suffice to create.
    """
    beyond = ["user"] if wanted["password"] is None else []
    beyond += ["description", "endpoints"] if wanted["name"] is None else []
    return {**wanted, **dict.fromkeys(beyond)}, Current(roles=dict.fromkeys(wanted["roles"], "unknown"))


def concerns_service(wanted: Desired) -> bool:
    """Say whether the service is spoken of; its type alone, which has a default, says nothing."""
    return any(wanted[option] is not None for option in ("name", "description", "endpoints"))


def needs_endpoints(wanted: Desired, services: Sequence[Entity]) -> bool:
    """Say whether the plan depends on the endpoints: to set, to remove or, with several services, to move them."""
    return wanted["endpoints"] is not None or wanted["state"] == "absent" or len(services) > 1


def needs_probe(wanted: Desired, user: Entity | None) -> bool:
    """Say whether the password must be tried; of a disabled user Keystone refuses any, so nothing is learned."""
    asked = wanted["state"] == "present" and wanted["password"] is not None and wanted["enabled"]
    return asked and user is not None and bool(user["enabled"])


def is_domain_id(domain: str) -> bool:
    """Return whether a domain is given by its ID, which its form shows."""
    return DOMAIN_ID.fullmatch(domain) is not None


def domain_options(domain: str) -> dict[str, str | None]:
    """Return the options of [keystone_authtoken] for the domain of the user and the project; null removes an option."""
    given, other = ("id", "name") if is_domain_id(domain) else ("name", "id")
    return {
        f"{owner}_domain_{key}": value for owner in DOMAIN_OWNERS for key, value in ((given, domain), (other, None))
    }


def known_project(wanted: Desired, domain_id: str, assignments: Iterable[Entity]) -> Entity | None:
    """Return the project if the user holds a role on it, taken to be enabled."""
    for scope in (assignment["scope"] for assignment in assignments if _is_direct(assignment)):
        project = scope.get("project", {})
        if project.get("name") == wanted["project"] and project["domain"]["id"] == domain_id:
            return {"id": project["id"], "name": project["name"], "enabled": True}
    return None


def is_proven(wanted: Desired, project: Entity | None, password_works: bool | None) -> bool:
    """Say whether enough is known of the project: a token for it proves that it is enabled."""
    return project is not None and (bool(password_works) or wanted["state"] == "absent")


def known_roles(assignments: Iterable[Entity]) -> dict[str, str]:
    """Return the roles that the user holds anywhere, with their ids, but those that belong to one domain."""
    roles = (assignment["role"] for assignment in assignments)
    return {role["name"]: role["id"] for role in roles if "domain" not in role}


def refused_anyway(wanted: Desired) -> str:
    """Return what to say when Keystone refuses the password that it was just given."""
    return (
        f"Keystone refuses the password of the {_user(wanted)}, although it was just written. Usually this is "
        "change_password_upon_first_use in [security_compliance] of keystone.conf: exempt the user with "
        f"`openstack user set --ignore-change-password-upon-first-use {wanted['user']}`, and run again."
    )


def plan(wanted: Desired, found: Current) -> Plan:
    """Return the steps from what Keystone has to what is wanted."""
    if wanted["state"] == "absent":
        return Plan((*_service_removal(wanted, found), *_user_removal(wanted, found)))
    # The password comes last: should it be the one of the account that does all this, it ends the account's token.
    return Plan((*_account(wanted, found), *_service(wanted, found), *_password(wanted, found)))


def writes_password(plan: Plan) -> bool:
    """Say whether the plan gives an enabled user a password."""
    given = ((step.arguments or {}).get("attributes", {}) for step in plan.steps)
    return any("password" in attributes and attributes.get("enabled") for attributes in given)


def outcome(wanted: Desired, found: Current) -> dict[str, Any]:
    """Return what is there when the plan was carried out; ids of new things are `New`."""
    if wanted["state"] == "absent":
        return {"kept": kept(wanted, found)}
    told: dict[str, Any] = {}
    if wanted["user"] is not None:
        told["project"] = {"id": _id(found.project, _project(wanted)), "name": wanted["project"]}
        told["user"] = {"id": _id(found.user, _user(wanted)), "name": wanted["user"]}
    if concerns_service(wanted):
        told.update(_service_outcome(wanted, found))
    return told


def kept(wanted: Desired, found: Current) -> dict[str, str]:
    """Return what is not removed though it was named, and why."""
    told = {}
    regions = ", ".join(_other_regions(wanted, found))
    if regions:
        told[_named(wanted, _first(_same_services(wanted, found)))] = f"it has endpoints in {regions}"
    if found.user is not None and regions:
        told[_user(wanted)] = f"the service has endpoints in {regions}"
    elif found.user is not None and _elsewhere(found):
        told[_user(wanted)] = f"it has the role {', the role '.join(map(_place, _elsewhere(found)))}"
    return told


def warnings(wanted: Desired, found: Current) -> list[str]:
    """Return what is left as it is, and yet may be a slip."""
    told = []
    user = _user(wanted)
    stays = kept(wanted, found) if wanted["state"] == "absent" else {}
    # Of a user that has none of our roles any more, everything was said when they went.
    if user in stays and (_ours(found) or _other_regions(wanted, found)):
        told.append(f"The {user} stays: {stays[user]}.")
    if concerns_service(wanted):
        same = _same_services(wanted, found)
        for other in found.services:
            if other not in same:
                named = f"{other.get('name')!r} ({other['id']})"
                told.append(f"There is another service of type {wanted['type']!r}, {named}: it is left alone.")
    hosts = {interface: urlsplit(url).hostname for interface, url in (wanted["endpoints"] or {}).items()}
    # A public endpoint has, more often than not, a name of its own.
    if {"internal", "admin"} <= hosts.keys() and hosts["internal"] != hosts["admin"]:
        told.append(
            f"The internal endpoint is on the host {hosts['internal']}, the admin endpoint on {hosts['admin']}: "
            "look whether `endpoints` has a slip."
        )
    return told


# The user, its project and its roles.


def _project(wanted: Desired) -> str:
    return f"project {wanted['project']}"


def _user(wanted: Desired) -> str:
    return f"user {wanted['user']}"


def _account(wanted: Desired, found: Current) -> Iterator[Step]:
    if wanted["user"] is None:
        return
    if found.user is None and wanted["password"] is None:
        raise GlanceError(f"There is no user {wanted['user']!r}, and `password` is left out: give it to create one.")
    domain = {"domain_id": found.domain_id}
    project = {"name": wanted["project"], **domain}
    yield from _present(_project(wanted), "project", found.project, project, {"enabled": True})
    profile: dict[str, Any] = {
        "email": wanted["email"],
        "description": wanted["user_description"],
        "enabled": wanted["enabled"],
    }
    if found.user is None or (wanted["enabled"] and not found.user["enabled"]):
        profile["password"] = wanted["password"]
    yield from _present(_user(wanted), "user", found.user, {"name": wanted["user"], **domain}, profile)
    yield from _roles(wanted, found)


def _roles(wanted: Desired, found: Current) -> Iterator[Step]:
    project, user = _project(wanted), _user(wanted)
    held = _ours(found)
    for name, role_id in found.roles.items():
        role = f"role {name}"
        if role_id is None:
            yield _created(role, "role", {"name": name})
        if role_id is None or role_id not in held:
            grant = {
                "method": "PUT",
                "path": _grant(_id(found.project, project), _id(found.user, user), role_id or New(role)),
            }
            yield Step(f"{role} of {user} on {project}", "create", None, _granted(wanted, name), grant)


def _grant(project: Id, user: Id, role: Id) -> tuple[Id, ...]:
    return ("projects", project, "users", user, "roles", role)


def _granted(wanted: Desired, role: str) -> Mapping[str, str]:
    return {"role": role, "user": wanted["user"], "project": wanted["project"]}


def _is_direct(assignment: Entity) -> bool:
    """Say whether the role is held on the project or domain itself; else it is held on the projects below."""
    return "OS-INHERIT:inherited_to" not in assignment["scope"]


def _is_ours(assignment: Entity, found: Current) -> bool:
    """Say whether it is one of the wanted roles on the project."""
    if found.project is None or not _is_direct(assignment):
        return False
    there = assignment["scope"].get("project", {}).get("id") == found.project["id"]
    return there and assignment["role"]["id"] in found.roles.values()


def _ours(found: Current) -> set[str]:
    """Return the ids of the wanted roles that the user holds on the project."""
    return {assignment["role"]["id"] for assignment in found.assignments if _is_ours(assignment, found)}


def _elsewhere(found: Current) -> list[Entity]:
    return [assignment for assignment in found.assignments if not _is_ours(assignment, found)]


def _place(assignment: Entity) -> str:
    """Say what role is held where, as in: admin on project demo."""
    kind = next(kind for kind in ("project", "domain", "system") if kind in assignment["scope"])
    name = assignment["scope"][kind].get("name", "")
    return (
        f"{assignment['role']['name']} on {'' if _is_direct(assignment) else 'all projects of '}{kind} {name}".rstrip()
    )


def _password(wanted: Desired, found: Current) -> Iterator[Step]:
    if found.user is not None and found.password_works is False:
        refused = {"password": f"{SECRET} (refused by Keystone)"}
        # To say that the user is enabled ends a lock, and forgets the failed logins that led to it.
        call = _patch("user", found.user, {"password": wanted["password"], "enabled": True})
        yield Step(f"password of {_user(wanted)}", "update", refused, {"password": SECRET}, call)


def _user_removal(wanted: Desired, found: Current) -> Iterator[Step]:
    if found.user is None or _other_regions(wanted, found):
        return
    if not _elsewhere(found):  # the roles of a user go with the user
        yield _removed(_user(wanted), "user", found.user, ("name", "domain_id"))
        return
    for name, role_id in found.roles.items():
        if found.project is not None and role_id in _ours(found):
            call = {"method": "DELETE", "path": _grant(found.project["id"], found.user["id"], role_id)}
            resource = f"role {name} of {_user(wanted)} on {_project(wanted)}"
            yield Step(resource, "remove", _granted(wanted, name), None, call)


# The service and its endpoints.


def _same_services(wanted: Desired, found: Current) -> list[Entity]:
    """Return the services that are the wanted one: the first is kept, the others are duplicates of it."""
    served = [endpoint["service_id"] for endpoint in found.endpoints if endpoint["region_id"] == wanted["region"]]
    ordered = sorted(found.services, key=lambda service: (-served.count(service["id"]), service["id"]))
    names = {service.get("name") for service in ordered}
    name = wanted["name"]
    if name not in names:
        if not names or (name is not None and wanted["state"] == "absent"):
            return []
        serving = {service.get("name") for service in ordered if service["id"] in served}
        only = names if len(names) == 1 else serving
        if len(only) != 1:
            raise _ambiguous(wanted, ordered)
        name = only.pop()
    return [service for service in ordered if service.get("name") == name]


def _ambiguous(wanted: Desired, services: Iterable[Entity]) -> GlanceError:
    listed = ", ".join(f"{service.get('name')!r} ({service['id']})" for service in services)
    return GlanceError(
        f"It cannot be told which service of type {wanted['type']!r} is meant, there are {listed}: "
        "give `name` the name of one of them, or remove those that are not needed."
    )


def _named(wanted: Desired, service: Entity | None) -> str:
    return f"service {wanted['name'] or (service or {}).get('name') or wanted['type']}"


def _service(wanted: Desired, found: Current) -> Iterator[Step]:
    if not concerns_service(wanted):
        return
    same = _same_services(wanted, found)
    keep = _first(same)
    if keep is None and wanted["name"] is None:
        raise GlanceError(
            f"There is no service of type {wanted['type']!r}, and `name` is left out: give it to create the service."
        )
    resource = _named(wanted, keep)
    attributes = {"name": wanted["name"], "description": wanted["description"], "enabled": True}
    yield from _present(resource, "service", keep, {"type": wanted["type"]}, attributes)
    yield from _endpoints(wanted, found, same)
    for duplicate in same[1:]:
        yield _removed(f"{resource} {duplicate['id']}", "service", duplicate, ("name", "type"))


def _endpoints(wanted: Desired, found: Current, same: Sequence[Entity]) -> Iterator[Step]:
    """Bring each wanted interface to one endpoint, and whatever else a duplicate has to the service that is kept."""
    service_id = _id(_first(same), _named(wanted, None))
    done = set()
    for interface, url in _urls(wanted):
        here = _here(wanted, found, same, interface)
        place = {"interface": interface, "region": wanted["region"]}
        attributes = {"url": url, "service_id": service_id, "enabled": True}
        yield from _present(f"endpoint {interface}", "endpoint", _first(here), place, attributes)
        for resource, spare in list(_things(f"endpoint {interface}", here))[1:]:
            yield _removed(resource, "endpoint", spare, ("region_id", "url"))
        done |= {endpoint["id"] for endpoint in here}
    for endpoint in _of(same, found):
        if endpoint["id"] not in done:
            resource = f"endpoint {endpoint['interface']} {endpoint['id']}"
            yield from _present(resource, "endpoint", endpoint, {}, {"service_id": service_id})


def _service_removal(wanted: Desired, found: Current) -> Iterator[Step]:
    if not concerns_service(wanted):
        return
    same = _same_services(wanted, found)
    for interface in INTERFACES:
        for resource, endpoint in _things(f"endpoint {interface}", _here(wanted, found, same, interface)):
            yield _removed(resource, "endpoint", endpoint, ("region_id", "url"))
    elsewhere = {endpoint["service_id"] for endpoint in _of_other_regions(wanted, found)}
    idle = [service for service in same if service["id"] not in elsewhere]
    for resource, service in _things(_named(wanted, _first(same)), idle):
        yield _removed(resource, "service", service, ("name", "type"))


def _of_other_regions(wanted: Desired, found: Current) -> list[Entity]:
    """Return the endpoints that the service has outside of the region."""
    same = _same_services(wanted, found) if concerns_service(wanted) else []
    return [endpoint for endpoint in _of(same, found) if endpoint["region_id"] != wanted["region"]]


def _other_regions(wanted: Desired, found: Current) -> list[str]:
    return sorted({f"the region {endpoint['region_id']}" for endpoint in _of_other_regions(wanted, found)})


def _service_outcome(wanted: Desired, found: Current) -> dict[str, Any]:
    same = _same_services(wanted, found)
    keep = _first(same)
    name = wanted["name"] or (keep or {}).get("name")
    told: dict[str, Any] = {"service": {"id": _id(keep, _named(wanted, keep)), "name": name, "type": wanted["type"]}}
    if wanted["endpoints"] is not None:
        told["endpoints"] = {
            interface: {"id": _id(_first(_here(wanted, found, same, interface)), f"endpoint {interface}"), "url": url}
            for interface, url in _urls(wanted)
        }
    return told


def _urls(wanted: Desired) -> list[tuple[str, str]]:
    urls = wanted["endpoints"] or {}
    return [(interface, urls[interface]) for interface in INTERFACES if interface in urls]


def _of(services: Sequence[Entity], found: Current) -> list[Entity]:
    ids = {service["id"] for service in services}
    return [endpoint for endpoint in found.endpoints if endpoint["service_id"] in ids]


def _here(wanted: Desired, found: Current, same: Sequence[Entity], interface: str) -> list[Entity]:
    """Return the region's endpoints of an interface; the first, which is kept, needs the least repair."""
    url = (wanted["endpoints"] or {}).get(interface)

    def repair(endpoint: Entity) -> tuple[bool, bool, bool, str]:
        moved = endpoint["service_id"] != same[0]["id"]
        return (endpoint["url"] != url, moved, not endpoint["enabled"], endpoint["id"])

    place = (interface, wanted["region"])
    here = (endpoint for endpoint in _of(same, found) if (endpoint["interface"], endpoint["region_id"]) == place)
    return sorted(here, key=repair)


# Steps of any kind of thing, and the calls that carry them out.


def _first(entities: Sequence[Entity]) -> Entity | None:
    return entities[0] if entities else None


def _id(entity: Entity | None, resource: str) -> Id:
    return New(resource) if entity is None else str(entity["id"])


def _things(resource: str, entities: Sequence[Entity]) -> Iterator[tuple[str, Entity]]:
    """Name each of several equal things: the first plainly, the others with their ids."""
    for position, entity in enumerate(entities):
        yield (f"{resource} {entity['id']}" if position else resource), entity


def _present(
    resource: str, kind: str, current: Entity | None, identity: Mapping[str, Any], attributes: Mapping[str, Any]
) -> Iterator[Step]:
    """Create the thing, or change those of its attributes that are given and differ."""
    given = {name: value for name, value in attributes.items() if value is not None}
    if current is None:
        yield _created(resource, kind, {**identity, **given})
        return
    # Keystone leaves out, or calls null, what was never set.
    changes = {name: value for name, value in given.items() if (current.get(name) or None) != (value or None)}
    if changes:
        before = {name: current.get(name) for name in changes}
        yield Step(resource, "update", _shown(before), _shown(changes), _patch(kind, current, changes))


def _created(resource: str, kind: str, attributes: Mapping[str, Any]) -> Step:
    call = {"method": "POST", "path": (f"{kind}s",), "kind": kind, "attributes": attributes}
    return Step(resource, "create", None, _shown(attributes), call)


def _removed(resource: str, kind: str, current: Entity, shown: Sequence[str]) -> Step:
    before = {name: current.get(name) for name in shown}
    return Step(resource, "remove", before, None, {"method": "DELETE", "path": (f"{kind}s", current["id"])})


def _patch(kind: str, current: Entity, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"method": "PATCH", "path": (f"{kind}s", current["id"]), "kind": kind, "attributes": attributes}


def _shown(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a diff may show: secrets masked, ids that are not known yet left out."""
    known = {name: value for name, value in attributes.items() if not isinstance(value, New)}
    return {name: SECRET if name == "password" else value for name, value in known.items()}
