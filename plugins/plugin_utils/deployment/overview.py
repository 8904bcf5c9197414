# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show what a deployment would write to a host, without secrets."""

from __future__ import annotations

from typing import Any, Iterator, Mapping

import yaml

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, SECRET_NAME
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import redact, secrets_in_text
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.database import service_url
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inputs
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.plan import plan

Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# Input values with such a name that are no secrets: they must not be masked by value in other places.
NUMBERS = (int, float)


def overview(host: Host) -> dict[str, Any]:
    """Return the packages, files, policies, directories and accounts of a host, with all secrets masked."""
    parts = plan(host, ("database", "identity", "service"))
    service, account = parts["service"], parts["database"]["account"]
    registration = parts["identity"]["registration"]
    shown = {
        "release": service["release"],
        "version": service["version"] or "the version that the repositories of the host offer",
        "packages": service["install"]["names"],
        "virtualenv": service["virtualenv"],
        "units": service["service"]["units"],
        "directories": {entry["path"]: _attributes(entry) for entry in service["directories"]},
        "files": {path: _file(entry) for path, entry in {**service["files"], **service["unit_files"]}.items()},
        "policies": {service["policies"]["path"]: service["policies"]["rules"]},
        "database": {name: account[name] for name in ("name", "user", "hosts", "privileges", "tls")},
        "registration": {name: registration[name] for name in ("user", "project", "domain", "roles", "endpoints")},
    }
    return dict(masked(shown, secrets_of(host.inputs)))


def _attributes(entry: Mapping[str, Any]) -> str:
    return f"{entry['owner']}:{entry['group']} {entry['mode']}"


def _file(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"attributes": _attributes(entry), "sections": entry["options"]}


def secrets_of(inputs: Inputs) -> set[str]:
    """Return the secrets in the public variables: the values of names such as `password`, and passwords in URLs."""
    found = {str(text) for name, value in inputs.items() for text in _secrets(name, value)}
    found |= secrets_in_text(f"connection = {service_url(inputs)}")
    return {text for text in found if text.strip()}


def _secrets(name: str, value: Any, is_secret: bool = False) -> Iterator[str]:
    is_secret = is_secret or bool(SECRET_NAME.search(name))
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _secrets(str(key), inner, is_secret)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _secrets(name, inner, is_secret)
    elif isinstance(value, str):
        yield from [value] if is_secret else secrets_in_text(f"value = {value}")


def masked(value: Any, secrets: set[str], name: str = "") -> Any:
    """Return a value with every secret masked, by the name of its option and by its text."""
    if isinstance(value, Mapping):
        return {str(key): masked(inner, secrets, str(key)) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(inner, secrets, name) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    for number in NUMBERS:
        if isinstance(value, number):
            # ansible-core tags values with subclasses, which the dumper of YAML refuses.
            return number(value)
    return SECRET if SECRET_NAME.search(name) else redact(str(value), secrets)


def overview_text(host: Host) -> str:
    """Return the overview as YAML."""
    return str(yaml.dump(overview(host), Dumper=Dumper, sort_keys=False, width=120, allow_unicode=True))
