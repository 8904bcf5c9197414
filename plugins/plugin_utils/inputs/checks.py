# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check all input variables of a host, and report every problem in one message."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.suggest import closest_match
from ansible_collections.osops.glance.plugins.plugin_utils.advisories import ACCEPTED_ADVISORIES, advisory_warnings
from ansible_collections.osops.glance.plugins.plugin_utils.batches import SERIAL, batch_problems
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.config import (
    document_problems,
    document_warnings,
    own_config,
)
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import PREFIX, Specs
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.releases import (
    UNRESTRICTED,
    ReleaseRules,
    release_problems,
)
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import Unresolved
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.text import VAULT
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.urls import database_url_problems
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.values import (
    Spec,
    is_empty,
    is_secret,
    value_problems,
)
from ansible_collections.osops.glance.plugins.plugin_utils.options.policies import policy_problems

_POLICY = "glance_api_policy"
# The variables of the accounts that the service uses, each with the one of the account before it.
PREVIOUS_ACCOUNTS = {
    "glance_database_user": "glance_previous_database_user",
    "glance_service_user": "glance_previous_service_user",
}
ADMINISTRATORS = ("admin", "mariadb.sys", "mysql", "root")
_REPLACED = "whose password and roles would be replaced: use a separate account for the service"


def input_problems(
    variables: Mapping[str, Any],
    specs: Specs,
    roles: Iterable[str],
    release: str | None = None,
    defaults: Iterable[str] = (),
    servers: Iterable[str] = (),
    rules: ReleaseRules = UNRESTRICTED,
) -> list[str]:
    """Return the problems of the variables of a host, without duplicates.

    variables: the rendered values, by name; a value that cannot be rendered is Unresolved.
    specs: the options of every role of the collection, by role.
    roles: the roles that run on the host; only their required variables must be set.
    release: the release of the host; None if it is not known yet.
    defaults: the names of the variables with the default of a role; the variables that they use are checked themselves.
    servers: the WSGI servers that the release supports; empty if they are not known yet.
    rules: the restrictions of the release; none if they are not known yet.
    """
    known = {name: spec for options in specs.values() for name, spec in options.items()}
    missing = dict(_missing(variables, specs, roles))
    checked = {name: value for name, value in variables.items() if name not in {*defaults, *missing}}
    problems = [
        *_unknown(variables, known),
        *missing.values(),
        *(problem for name in known if name in checked for problem in value_problems(name, checked[name], known[name])),
        *document_problems(variables, release),
        *_installation_problems(variables, release, list(servers)),
        *_virtualenv_problems(checked),
        *policy_problems(_POLICY, variables.get(_POLICY), release),
        *account_problems(variables),
        *database_url_problems({name: value for name, value in checked.items() if not isinstance(value, Unresolved)}),
        *release_problems(variables, rules),
        *batch_problems(checked.get(SERIAL)),
    ]
    return list(dict.fromkeys(problems))


def input_warnings(variables: Mapping[str, Any], release: str | None, version: str) -> list[str]:
    """Return warnings about valid variables.

    version: the version of the package that the host has or would install; empty if it is not known.
    """
    policy = variables.get(_POLICY)
    config = own_config(variables)
    accepted = variables.get(ACCEPTED_ADVISORIES) or []
    rules = policy if isinstance(policy, Mapping) else {}
    return [*document_warnings(variables, release), *advisory_warnings(version, config, accepted, rules)]


def report(problems: list[str], host: str) -> str:
    """Return the message that lists the problems of a host."""
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n  - ".join([f"{count} in the variables of {host}; nothing was changed:", *problems])


def _unknown(variables: Iterable[str], known: Mapping[str, Spec]) -> Iterator[str]:
    """Yield the variables with the prefix of the collection that it does not define."""
    names = {name[len(PREFIX) :]: name for name in known if name.startswith(PREFIX)}
    for name in variables:
        if not name.startswith(PREFIX) or name in known:
            continue
        match = closest_match(name[len(PREFIX) :], names)
        hint = f"; did you mean {names[match]}?" if match else f": your own variables must not begin with {PREFIX}"
        yield f"{name} is not a variable of this collection{hint}"


def _missing(variables: Mapping[str, Any], specs: Specs, roles: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the required variables of the roles that are not set, each with the problem."""
    for role in roles:
        for name, spec in specs[role].items():
            if spec.get("required") and is_empty(variables.get(name)):
                yield name, f"{name} is not set: set it in {VAULT if is_secret(name, spec) else 'the inventory'}"


def _installation_problems(variables: Mapping[str, Any], release: str | None, servers: list[str]) -> Iterator[str]:
    """Yield a WSGI server that the release does not support."""
    server = variables.get("glance_api_server", "auto")
    if servers and server not in ("auto", *servers):
        yield f"glance_api_server: Glance {release} does not support {server}; use {' or '.join(servers)}"


def _virtualenv_problems(variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield a missing version, and a store whose libraries are not in the virtual environment."""
    if variables.get("glance_api_install_method") != "venv":
        return
    if not variables.get("glance_api_version"):
        yield "glance_api_version is not set: set the version to install in the virtual environment, such as 33.0.0"
    stores, packages = variables.get("glance_stores"), variables.get("glance_api_python_packages")
    if not isinstance(stores, list) or any("rados" in str(package) for package in packages or ()):
        return
    for position, store in enumerate(stores):
        if isinstance(store, Mapping) and store.get("type") == "rbd":
            yield (
                f"glance_stores[{position}].type: rbd needs the Python libraries rados and rbd, which the Python "
                "package index does not have; add wheels of both to glance_api_python_packages, or set "
                "glance_api_install_method: package"
            )


def account_problems(variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield accounts of the service that belong to an administrator, or are still used, and an empty list of stores."""
    user, administrator = variables.get("glance_database_user"), variables.get("glance_database_login_user")
    if user is not None and user in ("root", "mysql", "mariadb.sys", administrator):
        yield f"glance_database_user is an administrator of the database, {_REPLACED}"
    cloud = variables.get("glance_cloud")
    auth = cloud.get("auth") if isinstance(cloud, Mapping) else None
    administrators = ["admin", *(auth.get(name) for name in ("username", "user_name") if isinstance(auth, Mapping))]
    user = variables.get("glance_service_user")
    if user is not None and user in administrators:
        yield f"glance_service_user is an administrator of the cloud, {_REPLACED}"
    for current, previous in PREVIOUS_ACCOUNTS.items():
        if variables.get(previous) and variables.get(previous) in (variables.get(current), *ADMINISTRATORS):
            yield f"{previous} must be an account that the service does not use any more, and no administrator"
    if variables.get("glance_stores") == []:
        yield "glance_stores is empty: the service needs at least one store"
