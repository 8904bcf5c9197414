# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of public variables to the types that their argument specs document.

AWX surveys, `-e key=value` and INI inventories deliver text. A value that is blank or null counts as not given.
"""

from __future__ import annotations

import json
import re
from typing import Any, Callable, Mapping

import yaml
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET_NAME, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.words import in_words

Spec = Mapping[str, Any]

CONTAINER = re.compile(r"\s*[\[{]|\s*-\s|[^\n]*:\s*\n")
"""Text that begins like a list or a dictionary of JSON or YAML."""


class ConversionError(GlanceError):
    """A value that cannot be converted to its documented type."""


def is_blank(value: Any) -> bool:
    """Return whether a value counts as not given: null, or text without a visible character."""
    return value is None or (isinstance(value, str) and not value.strip())


def convert(label: str, value: Any, spec: Spec) -> Any:
    """Return a value with the type that its argument spec documents.

    label: the name of the variable, with the path to the value inside it, such as `glance_stores[0].options`.
    spec: the option as in an argument spec: type, elements, options, default.
    Returns None for a blank value. Raises ConversionError, which names the label and never holds the value.
    """
    if is_blank(value):
        return None
    return CONVERTERS[spec.get("type", "str")](label, value, spec)


def _wrong(label: str, wanted: str, value: Any) -> ConversionError:
    return ConversionError(f"{label} must be {wanted}, not {in_words(value)}")


def _text(label: str, value: Any, spec: Spec) -> str:
    is_secret = bool(spec.get("no_log") or SECRET_NAME.search(label))
    if isinstance(value, str):
        return value
    # YAML may have changed a number already: 0123 is 83, and 22.10 is 22.1.
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if (is_whole and not is_secret) or (isinstance(value, float) and str(value) in spec.get("choices", ())):
        return str(value)
    raise ConversionError(f"{_wrong(label, 'a string', value)}: put it into quotes")


def _whole(label: str, value: Any, spec: Spec) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"[+-]?\d+", str(value).strip()):
        raise _wrong(label, "a whole number", value)
    return int(value)


def _number(label: str, value: Any, spec: Spec) -> float:
    try:
        return float("x" if isinstance(value, bool) else value)
    except (TypeError, ValueError) as error:
        raise _wrong(label, "a number", value) from error


def _truth(label: str, value: Any, spec: Spec) -> bool:
    try:
        return bool(boolean(value))
    except TypeError as error:
        raise _wrong(label, "true or false", value) from error


def _list(label: str, value: Any, spec: Spec) -> list[Any]:
    items = _items(value, spec) if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)):
        raise _wrong(label, "a list", value)
    element = {**spec, "type": spec.get("elements", "raw")}
    return [convert(f"{label}[{number}]", item, element) for number, item in enumerate(items)]


def _items(text: str, spec: Spec) -> Any:
    """Return the list that text holds: JSON, YAML, one item a line, or items with commas between them."""
    parsed = _parsed(text)
    if not isinstance(parsed, str) or spec.get("elements") == "dict":
        return parsed
    # A requirement of pip, such as `a>=1,<2`, has commas of its own.
    has_lines = "\n" in text.strip() or re.search(r"[<>=!~]", text)
    parts = text.splitlines() if has_lines else text.split(",")
    return [part.strip() for part in parts if part.strip()]


def _dictionary(label: str, value: Any, spec: Spec) -> dict[str, Any]:
    entries = _parsed(value) if isinstance(value, str) else value
    if not isinstance(entries, Mapping):
        raise _wrong(label, "a dictionary", value)
    options: Mapping[str, Spec] = spec.get("options") or {}
    given = {str(name): item for name, item in entries.items()}
    for name, option in options.items():
        if name in given and (option.get("type", "str") != "str" or not is_blank(given[name])):
            given[name] = convert(f"{label}.{name}", given[name], option)
        if given.get(name) is None and option.get("default") is not None:
            given[name] = option["default"]
    return given


def _raw(label: str, value: Any, spec: Spec) -> Any:
    return _parsed(value) if isinstance(value, str) else value


def _parsed(text: str) -> Any:
    """Return the list or the dictionary that text holds in JSON or YAML, else the text itself."""
    if not CONTAINER.match(text):
        return text
    for parse, error in ((json.loads, ValueError), (yaml.safe_load, yaml.YAMLError)):
        try:
            parsed = parse(text)
        except error:
            continue
        if isinstance(parsed, (list, dict)):
            return parsed
    return text


CONVERTERS: Mapping[str, Callable[[str, Any, Spec], Any]] = {
    "str": _text,
    "path": _text,
    "int": _whole,
    "float": _number,
    "bool": _truth,
    "list": _list,
    "dict": _dictionary,
    "raw": _raw,
}
