# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Select the resources of a host that are compared with the plan, and decide which tasks are not necessary."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._host.preflight_spec import OPTIONS as PREFLIGHT_OPTIONS
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.plan import plan

# By each part, the parts whose changes make its comparison obsolete: on the same host, or on any host.
# The configuration may name another database, and other credentials must be proven with the running service.
AFTER_HOST: Mapping[str, tuple[str, ...]] = {
    "configure": ("install",),
    "schema": ("install", "configure"),
    "service": ("install", "configure", "schema"),
}
AFTER_DEPLOYMENT: Mapping[str, tuple[str, ...]] = {
    "schema": ("database",),
    "service": ("database", "identity", "schema"),
    "images": ("identity",),
}
# Seconds in which the service must respond to a comparison. The task that starts it waits longer.
SERVICE_SECONDS = 5
# Modules that are compared in other processes, by name, while Keystone responds to the first one: those that need no
# token, and the one that asks the service.
PROCESSES: Mapping[str, str] = {
    **dict.fromkeys(("config_drift", "database", "db_sync", "ini", "policy", "service_account", "virtualenv"), "local"),
    "service": "service",
}
# The return value of the module preflight that the hosts are judged by together.
PROBLEMS_OF_HOSTS = "problems_of_hosts"
# The state of a part without a difference.
IN_SYNC = "in sync"


class Part(NamedTuple):
    """A part of the deployment on a host.

    name: empty for checks that belong to no part.
    to_do: what differs according to the facts of the host.
    resources: the name and the options of each module that manages a resource of the part.
    is_required: whether an error of the comparison ends the run.
    results: the return values of the modules that later tasks use.
    """

    name: str
    to_do: tuple[str, ...] = ()
    resources: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    is_required: bool = False
    results: tuple[str, ...] = ()


def parts_of(host: Host) -> list[Part]:
    """Return the parts of the deployment on a host."""
    parts: list[Part] = []
    if host.inventory.is_api_host:
        parts += _service_parts(host)
    if host.inventory.is_database_host:
        part = plan(host, ["database"])["database"]
        options = {**part["login"], **part["account"]}
        parts.append(Part("database", _installation(part["install"]), (("database", options),), is_required=True))
    if host.inventory.is_image_host:
        parts += _cloud_parts(host)
    return parts


def _cloud_parts(host: Host) -> Iterator[Part]:
    """Yield the parts that a host does with the account of the cloud's administrator."""
    part = plan(host, ["identity"])["identity"]
    options = {**part["registration"], "name": "glance", "type": "image"}
    to_do = _installation(part["install"])
    yield Part("identity", to_do, (("keystone_service", options),), is_required=True, results=("password_works",))
    images = plan(host, ["images"])["images"]
    names = ("cloud", "images", "parallel", "timeout")
    options = {**{name: images[name] for name in names}, "region_name": images["region"]}
    yield Part("images", to_do, (("image", options),) if images["images"] else (), results=("images",))


def _service_parts(host: Host) -> Iterator[Part]:
    """Yield the parts of a host of the API."""
    service = plan(host, ["service"])["service"]
    yield Part("", resources=tuple(_checks(host, service)), is_required=True, results=(PROBLEMS_OF_HOSTS,))
    install = service["install"]
    to_do = _installation(install) or tuple(f"mask {unit}" for unit in install["units_to_mask"])
    to_do += tuple(install["upgrade"]["changes"])
    account = {"user": install["account"], "directory": install["config_directory"]}
    environment = (("service_account", account), ("virtualenv", service["virtualenv"]))
    yield Part("install", to_do, environment if service["virtualenv"] else ())
    missing = tuple(f"create or correct {directory['path']}" for directory in service["directories_to_create"])
    yield Part("configure", missing, tuple(_files(service)))
    yield Part("schema", resources=(("db_sync", _whole_migration(service["schema"])),))
    options = {**service["service"], "timeout": SERVICE_SECONDS}
    yield Part("service", resources=(("service", options),))


def _checks(host: Host, service: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the checks that need the facts of the host: what a change would remove, and the way to the other hosts."""
    if service["drift"]["needed"]:
        yield "config_drift", drift_options(host.inventory.host, service)
    workers = plan(host, ["release"])["release"]["workers"]
    if workers["needed"]:
        yield "preflight", {"resolve": workers["resolve"], "reach": workers["reach"], "gather": False}


def _whole_migration(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options of the module db_sync for a migration with all of its phases."""
    return {**schema, "phase": "all"} if schema["phase"] == "rolling" else schema


def _installation(install: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what must be installed."""
    if install["interrupted"]:
        return ("complete an interrupted installation",)
    return (f"install {' '.join(install['names'])}",) if install["needed"] else ()


def _files(service: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the module and the options of each configuration file."""
    names = ("base", "managed_marker", "package_defaults", "options", "dialect", "owner", "group", "mode")
    for path, file in {**service["files"], **service["unit_files"]}.items():
        # As in the tasks of the role, a link to /dev/null that masks a unit is not followed.
        follow = {"follow": False} if path in service["unit_files"] else {}
        yield "ini", {"path": path, **{name: file[name] for name in names if name in file}, **follow}
    if service["policies"]["needed"]:
        policies = {name: service["policies"][name] for name in ("path", "rules")}
        yield "policy", {**policies, "owner": "root", "group": "glance", "mode": "0640"}


def drift_options(host: str, service: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the module config_drift."""
    drift, policies = service["drift"], service["policies"]
    return {
        "host": host,
        **{name: drift[name] for name in ("files", "mode", "managed_marker", "package_defaults")},
        "unit_files": list(service["unit_files"]),
        "policy": {"path": policies["path"], "rules": policies["rules"], "files": policies["other_files"]},
    }


def is_in_sync(name: str, host: str, compared: Mapping[str, Mapping[str, str]]) -> bool:
    """Return whether a part needs no task on a host: it matches, and so does each part on which it depends.

    compared: the states of the parts that were compared in this run, by host; other hosts are missing.
    """
    if name not in compared.get(host, {}):
        return False
    before = [(host, other) for other in AFTER_HOST.get(name, ())]
    before += [(each, other) for each in compared for other in AFTER_DEPLOYMENT.get(name, ())]
    return all(compared[each].get(part, IN_SYNC) == IN_SYNC for each, part in [(host, name), *before])


def preflight_resource(checks: Mapping[str, Any]) -> dict[str, Any]:
    """Return the checks of a host as the first resource of the module compare.

    checks: the part of the plan for the preflight.
    """
    names = [name for name in PREFLIGHT_OPTIONS if name in checks]
    return {
        "part": "",
        "module": "preflight",
        "options": {name: checks[name] for name in names},
        "precondition": True,
        "results": ["ansible_facts", PROBLEMS_OF_HOSTS],
    }


def resources_of(parts: Iterable[Part]) -> list[dict[str, Any]]:
    """Return the resources of the parts, as the module compare accepts them."""
    return [
        {
            "part": part.name,
            "module": module,
            "options": dict(options),
            "required": part.is_required,
            "process": PROCESSES.get(module, ""),
            "results": list(part.results),
        }
        for part in parts
        for module, options in part.resources
    ]


def part_states(parts: Iterable[Part], differences: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the state of each part: in sync, or what differs according to the facts and to the comparison."""
    return {
        part.name: "; ".join([*part.to_do, *differences.get(part.name, ())]) or IN_SYNC for part in parts if part.name
    }
