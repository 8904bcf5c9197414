# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the variables of a host, judged by the argument specs of the collection's roles."""

from __future__ import annotations

import re
from typing import Any, Callable, Iterable, Iterator, Mapping, Tuple

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET_NAME, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.words import Unresolved, in_words
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import encode_password
from ansible_collections.osops.glance.plugins.plugin_utils.advisories import KNOWN, advice
from ansible_collections.osops.glance.plugins.plugin_utils.input_rules import (
    UNRESTRICTED,
    ReleaseRules,
    account_faults,
    database_faults,
    number_faults,
    option_faults,
    path_faults,
    release_faults,
    text_faults,
    url_faults,
)
from ansible_collections.osops.glance.plugins.plugin_utils.oslo_options import (
    config_faults,
    is_placeholder,
    nearest,
    other_names,
    renamed,
)
from ansible_collections.osops.glance.plugins.plugin_utils.policies import policy_faults
from ansible_collections.osops.glance.plugins.plugin_utils.references import reference_warnings
from ansible_collections.osops.glance.plugins.plugin_utils.stores import conflict

PREFIX = "glance_"
# The variables that hold sections of a configuration file, and which file.
DOCUMENTS = {"glance_config": "api", "glance_registry_config": "registry"}
STORES = "glance_stores"
POLICY = "glance_api_policy"
INVENTORY = "the inventory"
VAULT = "the inventory, best encrypted with ansible-vault"


Spec = Mapping[str, Any]
Specs = Mapping[str, Mapping[str, Spec]]


def faults(
    variables: Mapping[str, Any],
    specs: Specs,
    roles: Iterable[str],
    release: str | None = None,
    ours: Iterable[str] = (),
    servers: Iterable[str] = (),
    rules: ReleaseRules = UNRESTRICTED,
) -> list[str]:
    """Return what is wrong with a host's variables, a line for each fault.

    variables: the resolved values, by name; what has no value is Unresolved.
    specs: the options of every role of the collection, by role.
    roles: the roles that are going to run.
    servers: what can serve the release; nothing where that is not known yet.
    ours: the variables that hold the default of a role; what they refer to is judged by itself.
    rules: the restrictions of the release; none if they are not known yet.
    """
    known = {name: spec for options in specs.values() for name, spec in options.items()}
    missing = dict(_missing(variables, specs, roles))
    given = {name: value for name, value in variables.items() if name not in {*ours, *missing}}
    found = [
        *_unknown(variables, known),
        *missing.values(),
        *(fault for name in known if name in given for fault in value_faults(name, given[name], known[name])),
        *_document_faults(variables, release),
        *_server_faults(variables, release, list(servers)),
        *policy_faults(POLICY, variables.get(POLICY), release),
        *account_faults(variables),
        *database_faults({name: value for name, value in given.items() if not isinstance(value, Unresolved)}),
        *release_faults(variables, rules),
    ]
    return list(dict.fromkeys(found))


def warnings(variables: Mapping[str, Any], release: str | None, version: str) -> list[str]:
    """Return what is not wrong, and had better be changed, a line for each piece of advice.

    version: the version of the package that the host has or would install; empty where it is not known.
    """
    documents = {name: variables[name] for name in DOCUMENTS if _is_document(variables.get(name))}
    names = [
        f"{variable}: {'/'.join(old)} is called {'/'.join(new)} in Glance {str(release).capitalize()}, "
        f"and is written as that"
        for variable, sections in documents.items()
        for old, new in other_names(sections, release, file=DOCUMENTS[variable]).items()
    ]
    stores = {
        str(store["name"]): store["options"]
        for store in _entries(variables.get(STORES))
        if store.get("name") and isinstance(store.get("options"), Mapping)
    }
    names += reference_warnings(STORES, stores, release, documents.get("glance_config", {}))
    for variable, sections in documents.items():
        names += reference_warnings(variable, sections, release, stores)
    policy = variables.get(POLICY)
    rules = policy if isinstance(policy, Mapping) else {}
    return [*names, *advice(version, documents.get("glance_config", {}), variables.get(KNOWN) or [], rules)]


def told(faults_: list[str], host: str) -> str:
    """Return the message for the person who runs the play."""
    how_many = "1 thing is" if len(faults_) == 1 else f"{len(faults_)} things are"
    lines = [f"{how_many} wrong with the variables of {host}; nothing was changed:", *faults_]
    return "\n  - ".join(lines)


def _unknown(variables: Iterable[str], known: Mapping[str, Spec]) -> Iterator[str]:
    """Yield the variables that look like ours and are not."""
    names = {name[len(PREFIX) :]: name for name in known if name.startswith(PREFIX)}
    for name in variables:
        if not name.startswith(PREFIX) or name in known:
            continue
        near = nearest(name[len(PREFIX) :], names)
        hint = f"; did you mean {names[near]}?" if near else f": a variable of your own must not begin with {PREFIX}"
        yield f"{name} is not a variable of this collection{hint}"


def _missing(variables: Mapping[str, Any], specs: Specs, roles: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the variables that a role cannot do without, and that have no value, each with what is told of it."""
    for role in roles:
        for name, spec in specs[role].items():
            if spec.get("required") and _is_empty(variables.get(name)):
                yield name, f"{name} is not set: put it into {VAULT if _is_secret(name, spec) else INVENTORY}"


def _is_empty(value: Any) -> bool:
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def _is_secret(name: str, spec: Spec) -> bool:
    return bool(spec.get("no_log") or SECRET_NAME.search(name))


def value_faults(label: str, value: Any, spec: Spec) -> Iterator[str]:
    """Yield what is wrong with a value, and with the values in it."""
    if isinstance(value, Unresolved):
        yield f"{label} {value.why}"
        return
    if value is None:
        return
    wanted, fits = TYPES.get(spec.get("type", "str"), ANYTHING)
    if not fits(value):
        wanted = "a dictionary of sections ({section: {option: value}})" if label in DOCUMENTS else wanted
        quotes = ": put it into quotes" if isinstance(value, bool) and fits is _is_text else ""
        yield f"{label} must be {wanted}, not {in_words(value)}{quotes}"
    elif isinstance(value, (list, tuple)):
        yield from _item_faults(label, value, {**spec, "type": spec.get("elements", "raw")})
    elif isinstance(value, Mapping):
        yield from _entry_faults(label, value, spec["options"]) if spec.get("options") else _free_faults(label, value)
    else:
        yield from _rule_faults(label, value, spec)


def _item_faults(label: str, value: Iterable[Any], spec: Spec) -> Iterator[str]:
    """Yield what is wrong with the items of a list."""
    for number, item in enumerate(value):
        if item is None:
            yield f"{label}[{number}] holds nothing: give it a value, or leave it out"
        else:
            yield from value_faults(f"{label}[{number}]", item, spec)


def _free_faults(label: str, value: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a dictionary in which anything may stand."""
    for name, item in value.items():
        # The passwords of configuration files are looked at with the other options of theirs.
        is_password = _is_password(str(name)) and not label.startswith((*DOCUMENTS, STORES))
        yield from value_faults(f"{label}.{name}", item, {"type": "raw", "no_log": is_password})


def _entry_faults(label: str, value: Mapping[str, Any], options: Mapping[str, Spec]) -> Iterator[str]:
    """Yield what is wrong with a dictionary of which the spec says what may stand in it."""
    for name in map(str, value):
        if name not in options:
            near = nearest(name, options, cutoff=0.6)
            hint = f"; did you mean {near}?" if near else f"; it can have {', '.join(options)}"
            yield f"{label}.{name} is not an option{hint}"
    for name, spec in options.items():
        if name in value:
            yield from value_faults(f"{label}.{name}", value[name], spec)
        if spec.get("required") and _is_empty(value.get(name)):
            yield f"{label}.{name} is not set, and has to be"


def _rule_faults(label: str, value: Any, spec: Spec) -> Iterator[str]:
    """Yield what is wrong with a plain value of the right type."""
    broken = list(text_faults(label, value))
    if broken:
        yield from broken
    elif _is_password(label) if spec.get("no_log") is None else spec["no_log"]:
        yield from _password_faults(label, value)
    elif spec.get("type") == "raw":
        return
    elif label.endswith("_url"):
        yield from url_faults(label, value)
    elif label.endswith("_port") and not (_is_whole(value) and 1 <= int(value) <= 65535):
        yield f"{label} must be a port, a number from 1 to 65535"
    elif spec.get("type") in ("int", "float") and not label.endswith("_port"):
        yield from number_faults(label, float(value))
    elif spec.get("type") == "path":
        yield from path_faults(label, value)
    elif spec.get("choices"):
        yield from _choice_faults(label, value, spec)


def _is_password(name: str) -> bool:
    return name.lower().endswith("password")


def _password_faults(label: str, value: Any) -> Iterator[str]:
    if not str(value).strip():
        yield f"{label} is empty: put it into {VAULT}, or leave it out"
    elif is_placeholder(value):
        yield f"{label} still holds a placeholder: put the real one into {VAULT}"
    elif not isinstance(value, str):
        yield f"{label} must be a string, not {in_words(value)}: put it into quotes"
    elif "_database_" in label:
        yield from _sending_faults(label, value)


def _sending_faults(label: str, value: str) -> Iterator[str]:
    try:
        encode_password(value)
    except GlanceError as error:
        yield f"{label} {error}"


def _choice_faults(label: str, value: Any, spec: Spec) -> Iterator[str]:
    choices = [str(choice) for choice in spec["choices"]]
    if str(value) in choices or value in spec["choices"]:
        return
    near = None if _is_secret(label, spec) else nearest(str(value), choices, cutoff=0.6)
    yield f"{label} must be one of {', '.join(choices)}" + (f"; did you mean {near}?" if near else "")


def _server_faults(variables: Mapping[str, Any], release: str | None, servers: list[str]) -> Iterator[str]:
    """Yield what is wrong with who is to serve, and with the version that is to be installed."""
    server = variables.get("glance_api_server", "auto")
    if servers and server not in ("auto", *servers):
        yield f"glance_api_server: {server} does not serve Glance {release}, which {' or '.join(servers)} can serve"
    if variables.get("glance_api_install_method") == "venv" and not variables.get("glance_api_version"):
        yield "glance_api_version says which version is installed into the virtual environment, such as 33.0.0"


def _document_faults(variables: Mapping[str, Any], release: str | None) -> Iterator[str]:
    """Yield what is wrong with the sections for configuration files, and with the options of the stores."""
    stores = [store for store in _entries(variables.get(STORES)) if isinstance(store.get("name"), str)]
    names = [store["name"] for store in stores]
    yield from filter(None, map(conflict, stores))
    for store in stores:
        if store.get("options") and isinstance(store["options"], Mapping):
            yield from config_faults(STORES, {store["name"]: store["options"]}, stores=names, release=release)
            yield from option_faults(STORES, {store["name"]: store["options"]})
    for variable, file in DOCUMENTS.items():
        if isinstance(variables.get(variable), Mapping):
            yield from _section_faults(variable, variables[variable], file=file, stores=names, release=release)
            yield from option_faults(variable, variables[variable])


def _section_faults(
    variable: str, sections: Mapping[str, Any], file: str, stores: list[str], release: str | None
) -> Iterator[str]:
    """Yield what is wrong with sections, of which the options may have the names of another release."""
    try:
        sections = renamed(sections, release, file) if _is_document(sections) else sections
    except GlanceError as error:
        yield f"{variable}: {error}"
    yield from config_faults(variable, sections, file=file, stores=stores, release=release)


def _is_document(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(options, Mapping) for options in value.values())


def _entries(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return _is_text(value) and re.fullmatch(r"[+-]?\d+", str(value).strip()) is not None


def _is_number(value: Any) -> bool:
    return _is_text(value) and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", str(value).strip()) is not None


def _is_truth(value: Any) -> bool:
    try:
        boolean(value)
    except TypeError:
        return False
    return True


Type = Tuple[str, Callable[[Any], bool]]
ANYTHING: Type = ("anything", lambda value: True)
TYPES: Mapping[str, Type] = {
    "str": ("a string", _is_text),
    "path": ("a path", lambda value: isinstance(value, str)),
    "int": ("a whole number", _is_whole),
    "float": ("a number", _is_number),
    "bool": ("true or false", _is_truth),
    "list": ("a list", lambda value: isinstance(value, (list, tuple))),
    "dict": ("a dictionary", lambda value: isinstance(value, Mapping)),
}
