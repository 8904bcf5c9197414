# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Public variables of the collection: their argument specs, and their values for a host.

An input is a variable `glance_*` that a role documents in its argument specs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.new_accounts import with_new_accounts
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import InputTemplar, find_unresolved, trust
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.types import ConversionError, convert, is_blank

PREFIX = "glance_"
ROLES = Path(__file__).parents[3] / "roles"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# A default that is the value of another input. Resolving it without Jinja saves about 1 ms.
_REFERENCE = re.compile(r"\{\{ (\w+) \}\}")

Specs = Mapping[str, Mapping[str, Any]]


@lru_cache(maxsize=1)
def argument_specs(roles: Path = ROLES) -> dict[str, dict[str, Any]]:
    """Return the options of each role, merged from all its entry points.

    Parsing the files takes about 12 ms. A call in the main process of Ansible saves that time in each forked worker.
    """
    files = {path.name: path / "meta/argument_specs.yml" for path in sorted(roles.iterdir()) if path.is_dir()}
    return {role: _options(file) for role, file in files.items()}


def _options(file: Path) -> dict[str, Any]:
    document = yaml.load(file.read_text(), _Loader) if file.is_file() else {}
    entry_points = document.get("argument_specs", {}).values()
    return {name: option for point in entry_points for name, option in point.get("options", {}).items()}


class InputValue(NamedTuple):
    """The value of an input.

    value: the value with its documented type; unconverted if it cannot be converted; Unresolved if its template fails.
    problem: why the value cannot be used, a sentence without full stop that begins with the name; None if it can.
    is_default: whether the value is the default of the role.
    """

    value: Any
    problem: str | None
    is_default: bool


def read_inputs(templar: Any, variables: Mapping[str, Any], specs: Specs) -> dict[str, InputValue]:
    """Return the values of all inputs for one host, by name.

    templar: the templar of Ansible for the host.
    variables: the variables of the host, with templates not rendered.
    specs: the options of each role, see argument_specs().
    """
    known = {name: option for options in specs.values() for name, option in options.items()}
    reader = _Reader(templar, variables, known)
    return with_new_accounts({name: reader.read(name) for name in known})


class _Reader:
    """Read the inputs of one host.

    variables: the variables of the host, with templates not rendered. known: the options of all roles, by name.
    """

    def __init__(self, templar: Any, variables: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> None:
        self._variables = variables
        self._known = known
        # A template may refer to another input, which then must have its default, too.
        defaults = {name: option["default"] for name, option in known.items() if option.get("default") is not None}
        set_variables = {name: value for name, value in variables.items() if name not in known or not is_blank(value)}
        self._templar = InputTemplar(templar, {**trust(defaults), **set_variables})

    def read(self, name: str) -> InputValue:
        """Return the value of an input."""
        value, problem = _converted(name, self._rendered(name), self._known[name])
        return InputValue(value, problem, self._is_default(name))

    def _is_default(self, name: str) -> bool:
        raw = self._variables.get(name)
        # Comparing only text is enough to recognize a template, and decrypts nothing.
        return is_blank(raw) or (isinstance(raw, str) and raw == self._known[name].get("default"))

    def _rendered(self, name: str) -> Any:
        if self._is_default(name):
            return self._rendered_default(name)
        rendered = self._templar.render(self._variables[name], name)
        return self._rendered_default(name) if is_blank(rendered) else rendered

    def _rendered_default(self, name: str) -> Any:
        default = self._known[name].get("default")
        reference = _REFERENCE.fullmatch(default) if isinstance(default, str) else None
        if reference and reference[1] in self._known:
            return self._rendered(reference[1])
        return None if default is None else self._templar.render(trust(default), name)


def _converted(name: str, value: Any, option: Mapping[str, Any]) -> tuple[Any, str | None]:
    """Return the value with its documented type, and the problem with it."""
    for unresolved in find_unresolved(value):
        return value, f"{name} {unresolved.reason}"
    try:
        return convert(name, value, option), None
    except ConversionError as error:
        return value, str(error)


def unknown_variables(variables: Mapping[str, Any], known: Iterable[str], prefix: str) -> list[str]:
    """Return the variables with the prefix of the collection that it does not define; groups may have the prefix."""
    allowed = {*known, *variables.get("groups", {})}
    return sorted(name for name in variables if name.startswith(prefix) and name not in allowed)
