# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the types and contents of input variables against their argument specs.

A problem is a sentence without full stop that begins with the label: the variable, with the path to the value inside
it. It never contains the value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Tuple

from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET_NAME
from ansible_collections.osops.glance.plugins.module_utils._core.suggest import closest_match
from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.config import DOCUMENTS, STORES
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import Unresolved
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.text import (
    number_problems,
    password_problems,
    path_problems,
    template_problems,
    text_problems,
)
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.urls import url_problems

Spec = Mapping[str, Any]


def value_problems(label: str, value: Any, spec: Spec) -> Iterator[str]:
    """Yield the problems of a value, and of the values inside it.

    spec: the option as in an argument spec.
    """
    if isinstance(value, Unresolved):
        yield f"{label} {value.reason}"
        return
    if value is None:
        return
    expected, is_valid = _TYPES.get(spec.get("type", "str"), _ANY)
    if not is_valid(value):
        expected = "a dictionary of sections ({section: {option: value}})" if label in DOCUMENTS else expected
        hint = ": put it in quotes" if isinstance(value, bool) and is_valid is _is_text else ""
        yield f"{label} must be {expected}, not {describe_type(value)}{hint}"
    elif isinstance(value, (list, tuple)):
        yield from _list_problems(label, value, {**spec, "type": spec.get("elements", "raw")})
    elif isinstance(value, Mapping):
        options = spec.get("options")
        yield from _options_problems(label, value, options) if options else _dict_problems(label, value)
    else:
        yield from _scalar_problems(label, value, spec)


def _list_problems(label: str, value: Iterable[Any], spec: Spec) -> Iterator[str]:
    for index, item in enumerate(value):
        if item is None:
            yield f"{label}[{index}] is null: set a value, or remove the item"
        else:
            yield from value_problems(f"{label}[{index}]", item, spec)


def _dict_problems(label: str, value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems of a dictionary that can have any keys."""
    for name, item in value.items():
        # The passwords in configuration files are checked together with the other options.
        is_password = _is_password(str(name)) and not label.startswith((*DOCUMENTS, STORES))
        yield from value_problems(f"{label}.{name}", item, {"type": "raw", "no_log": is_password})


def _options_problems(label: str, value: Mapping[str, Any], options: Mapping[str, Spec]) -> Iterator[str]:
    """Yield the problems of a dictionary whose keys the argument spec defines."""
    for name in map(str, value):
        if name not in options:
            match = closest_match(name, options, cutoff=0.6)
            hint = f"; did you mean {match}?" if match else f"; valid options are {', '.join(options)}"
            yield f"{label}.{name} is not an option{hint}"
    for name, spec in options.items():
        if name in value:
            yield from value_problems(f"{label}.{name}", value[name], spec)
        if spec.get("required") and is_empty(value.get(name)):
            yield f"{label}.{name} is required and not set"


def _scalar_problems(label: str, value: Any, spec: Spec) -> Iterator[str]:
    """Yield the problems of a text, number or boolean of the right type."""
    problems = list(text_problems(label, value))
    if not is_secret(label.rpartition(".")[2], spec):
        problems += template_problems(label, value)
    if problems:
        yield from problems
    elif _is_password(label) if spec.get("no_log") is None else spec["no_log"]:
        yield from password_problems(label, value)
    elif spec.get("type") == "raw":
        return
    elif label.endswith("_url"):
        yield from url_problems(label, value)
    elif label.endswith("_port") and not (_is_int(value) and 1 <= int(value) <= 65535):
        yield f"{label} must be a port, an integer from 1 to 65535"
    elif spec.get("type") in ("int", "float") and not label.endswith("_port"):
        yield from number_problems(label, float(value))
    elif spec.get("type") == "path":
        yield from path_problems(label, value)
    elif spec.get("choices"):
        yield from _choice_problems(label, value, spec)


def _choice_problems(label: str, value: Any, spec: Spec) -> Iterator[str]:
    choices = [str(choice) for choice in spec["choices"]]
    if str(value) in choices or value in spec["choices"]:
        return
    match = None if is_secret(label, spec) else closest_match(str(value), choices, cutoff=0.6)
    yield f"{label} must be one of {', '.join(choices)}" + (f"; did you mean {match}?" if match else "")


def is_empty(value: Any) -> bool:
    """Return whether a value does not satisfy a required option: null, blank, or an empty list or dictionary."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def is_secret(name: str, spec: Spec) -> bool:
    """Return whether an option contains a secret, by its argument spec or its name."""
    return bool(spec.get("no_log") or SECRET_NAME.search(name))


def _is_password(name: str) -> bool:
    return name.lower().endswith("password")


def _is_text(value: Any) -> bool:
    return isinstance(value, (str, int, float)) and not isinstance(value, bool)


def _is_int(value: Any) -> bool:
    return _is_text(value) and re.fullmatch(r"[+-]?\d+", str(value).strip()) is not None


def _is_float(value: Any) -> bool:
    return _is_text(value) and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", str(value).strip()) is not None


def _is_bool(value: Any) -> bool:
    try:
        boolean(value)
    except TypeError:
        return False
    return True


Type = Tuple[str, Callable[[Any], bool]]
"""The type as a message names it, and the check for it."""
_ANY: Type = ("any value", lambda value: True)
_TYPES: Mapping[str, Type] = {
    "str": ("a string", _is_text),
    "path": ("a path", lambda value: isinstance(value, str)),
    "int": ("an integer", _is_int),
    "float": ("a number", _is_float),
    "bool": ("true or false", _is_bool),
    "list": ("a list", lambda value: isinstance(value, (list, tuple))),
    "dict": ("a dictionary", lambda value: isinstance(value, Mapping)),
}
