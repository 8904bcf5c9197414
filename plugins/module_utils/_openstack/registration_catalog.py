# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps for the service and its endpoints in the catalog."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import (
    INTERFACES,
    Current,
    Desired,
    Entity,
    first,
    id_of,
    manages_service,
    service_label,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_steps import (
    converge,
    labelled,
    remove,
)


def matching_services(desired: Desired, current: Current) -> list[Entity]:
    """Return the services that are the desired one: the first is kept, the others are duplicates of it."""
    used = [endpoint["service_id"] for endpoint in current.endpoints if endpoint["region_id"] == desired["region"]]
    ordered = sorted(current.services, key=lambda service: (-used.count(service["id"]), service["id"]))
    names = {service.get("name") for service in ordered}
    name = desired["name"]
    if name not in names:
        if not names or (name is not None and desired["state"] == "absent"):
            return []
        names_with_endpoints = {service.get("name") for service in ordered if service["id"] in used}
        candidates = names if len(names) == 1 else names_with_endpoints
        if len(candidates) != 1:
            raise _ambiguous_service(desired, ordered)
        name = candidates.pop()
    return [service for service in ordered if service.get("name") == name]


def _ambiguous_service(desired: Desired, services: Iterable[Entity]) -> GlanceError:
    listed = ", ".join(f"{service.get('name')!r} ({service['id']})" for service in services)
    return GlanceError(
        f"It is ambiguous which service of type {desired['type']!r} is meant. There are {listed}. Set `name` to the "
        "name of one of them, or remove those that are not needed."
    )


def service_steps(desired: Desired, current: Current) -> Iterator[Step]:
    """Yield the steps that create or update the service and its endpoints, and remove duplicates."""
    if not manages_service(desired):
        return
    services = matching_services(desired, current)
    kept = first(services)
    if kept is None and desired["name"] is None:
        raise GlanceError(
            f"There is no service of type {desired['type']!r}, and `name` is not set. Set it to create the service."
        )
    resource = service_label(desired, kept)
    attributes = {"name": desired["name"], "description": desired["description"], "enabled": True}
    yield from converge(resource, "service", kept, {"type": desired["type"]}, attributes)
    yield from _endpoint_steps(desired, current, services)
    for duplicate in services[1:]:
        yield remove(f"{resource} {duplicate['id']}", "service", duplicate, ("name", "type"))


def _endpoint_steps(desired: Desired, current: Current, services: Sequence[Entity]) -> Iterator[Step]:
    """Yield the steps to one endpoint for each desired interface; other endpoints of duplicates move to the service."""
    service_id = id_of(first(services), service_label(desired, None))
    done = set()
    for interface, url in desired_urls(desired):
        endpoints = region_endpoints(desired, current, services, interface)
        identity = {"interface": interface, "region": desired["region"]}
        attributes = {"url": url, "service_id": service_id, "enabled": True}
        yield from converge(f"endpoint {interface}", "endpoint", first(endpoints), identity, attributes)
        for resource, duplicate in list(labelled(f"endpoint {interface}", endpoints))[1:]:
            yield remove(resource, "endpoint", duplicate, ("region_id", "url"))
        done |= {endpoint["id"] for endpoint in endpoints}
    for endpoint in endpoints_of(services, current):
        if endpoint["id"] not in done:
            resource = f"endpoint {endpoint['interface']} {endpoint['id']}"
            yield from converge(resource, "endpoint", endpoint, {}, {"service_id": service_id})


def service_removal_steps(desired: Desired, current: Current) -> Iterator[Step]:
    """Yield the steps that remove the endpoints of the region, and the services that no other region uses."""
    if not manages_service(desired):
        return
    services = matching_services(desired, current)
    for interface in INTERFACES:
        endpoints = region_endpoints(desired, current, services, interface)
        for resource, endpoint in labelled(f"endpoint {interface}", endpoints):
            yield remove(resource, "endpoint", endpoint, ("region_id", "url"))
    used = {endpoint["service_id"] for endpoint in _endpoints_in_other_regions(desired, current)}
    unused = [service for service in services if service["id"] not in used]
    for resource, service in labelled(service_label(desired, first(services)), unused):
        yield remove(resource, "service", service, ("name", "type"))


def other_regions(desired: Desired, current: Current) -> list[str]:
    """Return the names of the other regions that have endpoints of the service, for messages."""
    return sorted({f"the region {endpoint['region_id']}" for endpoint in _endpoints_in_other_regions(desired, current)})


def _endpoints_in_other_regions(desired: Desired, current: Current) -> list[Entity]:
    services = matching_services(desired, current) if manages_service(desired) else []
    return [endpoint for endpoint in endpoints_of(services, current) if endpoint["region_id"] != desired["region"]]


def desired_urls(desired: Desired) -> list[tuple[str, str]]:
    """Return the interfaces and URLs of the option `endpoints`, in a fixed order."""
    urls = desired["endpoints"] or {}
    return [(interface, urls[interface]) for interface in INTERFACES if interface in urls]


def endpoints_of(services: Sequence[Entity], current: Current) -> list[Entity]:
    """Return the endpoints of services in all regions."""
    ids = {service["id"] for service in services}
    return [endpoint for endpoint in current.endpoints if endpoint["service_id"] in ids]


def region_endpoints(desired: Desired, current: Current, services: Sequence[Entity], interface: str) -> list[Entity]:
    """Return the endpoints of an interface in the region; the first one, which is kept, needs the fewest changes."""
    url = (desired["endpoints"] or {}).get(interface)

    def changes(endpoint: Entity) -> tuple[bool, bool, bool, str]:
        has_other_service = endpoint["service_id"] != services[0]["id"]
        return (endpoint["url"] != url, has_other_service, not endpoint["enabled"], endpoint["id"])

    place = (interface, desired["region"])
    endpoints = (
        endpoint
        for endpoint in endpoints_of(services, current)
        if (endpoint["interface"], endpoint["region_id"]) == place
    )
    return sorted(endpoints, key=changes)


def service_outcome(desired: Desired, current: Current) -> dict[str, Any]:
    """Return the return values `service` and `endpoints`."""
    services = matching_services(desired, current)
    kept = first(services)
    name = desired["name"] or (kept or {}).get("name")
    service = {"id": id_of(kept, service_label(desired, kept)), "name": name, "type": desired["type"]}
    if desired["endpoints"] is None:
        return {"service": service}
    endpoints = {}
    for interface, url in desired_urls(desired):
        endpoint = first(region_endpoints(desired, current, services, interface))
        endpoints[interface] = {"id": id_of(endpoint, f"endpoint {interface}"), "url": url}
    return {"service": service, "endpoints": endpoints}
