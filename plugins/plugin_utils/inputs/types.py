# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of inputs to the types that their argument specs document.

AWX surveys, `-e key=value` and INI inventories deliver text. A value that is blank or null counts as not set.

ArgumentSpecValidator of ansible-core is not used because it gives other results in documented cases:

- A blank value is an error for bool, int, float and dict, instead of not set.
- A list in JSON or YAML text is split at its commas, and so is the pip requirement `a>=1,<2`.
- A dictionary in YAML text is an error, and `a=b` is a dictionary.
- A boolean is accepted as a number or a string, a list as a string, and 22.10, which YAML reads as 22.1, as "22.1".
- `~` and variables in a path are expanded on the control node, although the path is one of the managed host.
- Messages contain the value, which may be a secret, and do not contain the index of the list item.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET_NAME, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.text import UNQUOTED_SECRET

Spec = Mapping[str, Any]

_CONTAINER = re.compile(r"\s*[\[{]|\s*-\s|[^\n]*:\s*\n")
"""Text that starts like a list or a dictionary in JSON or YAML."""


class ConversionError(GlanceError):
    """A value cannot be converted to its documented type."""


def is_blank(value: Any) -> bool:
    """Return whether a value counts as not set: null, or text without a visible character."""
    return value is None or (isinstance(value, str) and not value.strip())


def convert(label: str, value: Any, spec: Spec) -> Any:
    """Return a value with the type that its argument spec documents; None for a blank value.

    label: the name of the variable, with the path to the value inside it, such as `glance_stores[0].options`.
    spec: the option as in an argument spec: type, elements, options, default.
    Raises ConversionError, whose message contains the label and never the value.
    """
    if is_blank(value):
        return None
    return _CONVERTERS[spec.get("type", "str")](label, value, spec)


def _wrong_type(label: str, expected: str, value: Any) -> ConversionError:
    return ConversionError(f"{label} must be {expected}, not {describe_type(value)}")


def _to_str(label: str, value: Any, spec: Spec) -> str:
    if isinstance(value, str):
        return value
    is_secret = bool(spec.get("no_log") or SECRET_NAME.search(label))
    # YAML may have changed a number already: 0123 is 83, and 22.10 is 22.1.
    is_int = isinstance(value, int) and not isinstance(value, bool)
    if (is_int and not is_secret) or (isinstance(value, float) and str(value) in spec.get("choices", ())):
        return str(value)
    hint = UNQUOTED_SECRET if is_secret else "put it in quotes"
    raise ConversionError(f"{_wrong_type(label, 'a string', value)}: {hint}")


def _to_int(label: str, value: Any, spec: Spec) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d+", str(value).strip()):
        raise _wrong_type(label, "an integer", value)
    return int(value)


def _to_float(label: str, value: Any, spec: Spec) -> float:
    if isinstance(value, bool):
        raise _wrong_type(label, "a number", value)
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise _wrong_type(label, "a number", value) from error


def _to_bool(label: str, value: Any, spec: Spec) -> bool:
    try:
        return bool(boolean(value))
    except TypeError as error:
        raise _wrong_type(label, "true or false", value) from error


def _to_list(label: str, value: Any, spec: Spec) -> list[Any]:
    items = _split_items(value, spec) if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise _wrong_type(label, "a list", value)
    element = {**spec, "type": spec.get("elements", "raw")}
    return [convert(f"{label}[{index}]", item, element) for index, item in enumerate(items)]


def _split_items(text: str, spec: Spec) -> Any:
    """Return the list that text contains: JSON, YAML, one item per line, or items separated by commas."""
    parsed = _parse(text)
    if not isinstance(parsed, str) or spec.get("elements") == "dict":
        return parsed
    # A pip requirement, such as `a>=1,<2`, contains commas.
    is_one_per_line = "\n" in text.strip() or re.search(r"[<>=!~]", text)
    parts = text.splitlines() if is_one_per_line else text.split(",")
    return [part.strip() for part in parts if part.strip()]


def _to_dict(label: str, value: Any, spec: Spec) -> dict[str, Any]:
    entries = _parse(value) if isinstance(value, str) else value
    if not isinstance(entries, Mapping):
        raise _wrong_type(label, "a dictionary", value)
    options: Mapping[str, Spec] = spec.get("options") or {}
    converted = {str(name): item for name, item in entries.items()}
    for name in [name for name in converted if name in options]:
        option, item = options[name], converted[name]
        # Blank text stays: a string can be set to an empty one.
        if option.get("type", "str") != "str" or not is_blank(item):
            converted[name] = convert(f"{label}.{name}", item, option)
    defaults = {name: option["default"] for name, option in options.items() if option.get("default") is not None}
    return {**converted, **{name: value for name, value in defaults.items() if converted.get(name) is None}}


def _to_raw(label: str, value: Any, spec: Spec) -> Any:
    return _parse(value) if isinstance(value, str) else value


def _parse(text: str) -> Any:
    """Return the list or dictionary that text contains in JSON or YAML; any other text unchanged."""
    if not _CONTAINER.match(text):
        return text
    for parse, error in ((json.loads, ValueError), (yaml.safe_load, yaml.YAMLError)):
        try:
            parsed = parse(text)
        except error:
            continue
        if isinstance(parsed, (list, dict)):
            return parsed
    return text


_CONVERTERS: Mapping[str, Callable[[str, Any, Spec], Any]] = {
    "str": _to_str,
    "path": _to_str,
    "int": _to_int,
    "float": _to_float,
    "bool": _to_bool,
    "list": _to_list,
    "dict": _to_dict,
    "raw": _to_raw,
}
