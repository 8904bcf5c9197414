# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public variables of the collection: their argument specs, and the values that a host has for them."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping, NamedTuple

import ansible.template
import yaml
from ansible.errors import AnsibleError
from jinja2.exceptions import TemplateError

from ansible_collections.osops.glance.plugins.module_utils._core.words import Unresolved
from ansible_collections.osops.glance.plugins.plugin_utils.input_types import ConversionError, convert, is_blank

PREFIX = "glance_"
ROLES = Path(__file__).parents[2] / "roles"
# ansible-core 2.19 renders only templates that are marked as trusted; older versions render all.
trusted = getattr(ansible.template, "trust_as_template", str)
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

TEMPLATE_ERRORS = (AnsibleError, TemplateError)
# What the errors of a template name, and how it is reported. Only names are taken: an error may hold values, too.
REASONS = (
    (re.compile(r"'([^']+)' is undefined"), "uses {0}, which is not defined: set it, or correct the name"),
    (re.compile(r"has no (?:attribute|element) '?(\w+)"), "looks for {0} where there is none"),
    (re.compile(r"""(?:No (?:filter|test) named '|Could not load ")([^'"]+)"""), "uses {0}, which is not installed"),
)

# Text without it needs no rendering, which takes 0.1 ms for each value.
TEMPLATE = re.compile(r"\{[{%#]|^#jinja2:")

Specs = Mapping[str, Mapping[str, Any]]


@lru_cache(maxsize=1)
def argument_specs(roles: Path = ROLES) -> dict[str, dict[str, Any]]:
    """Return the options of each role, those of all its entry points together."""
    files = {path.name: path / "meta/argument_specs.yml" for path in sorted(roles.iterdir()) if path.is_dir()}
    return {role: _options(file) for role, file in files.items()}


def _options(file: Path) -> dict[str, Any]:
    document = yaml.load(file.read_text(), Loader) if file.is_file() else {}
    points = document.get("argument_specs", {}).values()
    return {name: option for point in points for name, option in point.get("options", {}).items()}


class Value(NamedTuple):
    """What a variable holds.

    value: with the documented type; as it was given where it cannot be converted; Unresolved what cannot be rendered.
    fault: why it cannot be rendered or converted, a sentence without its end that begins with the name; or None.
    is_default: whether it is the default of the role, and not a value of the operator.
    """

    value: Any
    fault: str | None
    is_default: bool


def read_inputs(templar: Any, variables: Mapping[str, Any], specs: Specs) -> dict[str, Value]:
    """Return the values of all public variables for one host, by name.

    templar: of Ansible, with the variables of the host.
    variables: the variables of the host, templates not rendered.
    specs: the options of each role.
    """
    known = {name: option for options in specs.values() for name, option in options.items()}
    # A variable may refer to another one, which then has its default too.
    defaults = {name: option["default"] for name, option in known.items() if option.get("default") is not None}
    given = {name: value for name, value in variables.items() if name not in known or not is_blank(value)}
    templates = Templates(templar, {**{name: trusted_value(value) for name, value in defaults.items()}, **given})
    return {name: _value(name, option, templates, variables) for name, option in known.items()}


def _value(name: str, option: Mapping[str, Any], templates: Templates, variables: Mapping[str, Any]) -> Value:
    default, raw = option.get("default"), variables.get(name)
    # Text alone is compared: it is enough to recognize a template, and decrypts nothing.
    is_default = is_blank(raw) or (isinstance(raw, str) and raw == default)
    resolved = None if raw is None else templates.resolve(raw, name)
    if is_blank(resolved) and default is not None:
        resolved = templates.resolve(trusted_value(default), name)
    return Value(*_converted(name, resolved, option), is_default)


def _converted(name: str, value: Any, option: Mapping[str, Any]) -> tuple[Any, str | None]:
    for unresolved in _unresolved(value):
        return value, f"{name} {unresolved.why}"
    try:
        return convert(name, value, option), None
    except ConversionError as error:
        return value, str(error)


def _unresolved(value: Any) -> Iterator[Unresolved]:
    """Yield what could not be rendered in a value."""
    if isinstance(value, Unresolved):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _unresolved(inner)


def trusted_value(value: Any) -> Any:
    """Return a value of the collection itself whose templates may be rendered."""
    if isinstance(value, Mapping):
        return {name: trusted_value(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [trusted_value(inner) for inner in value]
    return trusted(value) if isinstance(value, str) else value


class Templates:
    """The templates in the variables of a host, rendered.

    templar: of Ansible. variables: the variables of the host, with the defaults of the roles.
    """

    def __init__(self, templar: Any, variables: dict[str, Any]) -> None:
        self._templar = templar.copy_with_new_env(available_variables=variables)
        self._omit = variables.get("omit")
        self._host = variables.get("inventory_hostname", "HOST")

    def resolve(self, value: Any, name: str) -> Any:
        """Return a value of a variable with its templates rendered; what cannot be rendered in it is Unresolved."""
        if isinstance(value, Mapping):
            return {str(key): self.resolve(inner, name) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.resolve(inner, name) for inner in value]
        if isinstance(value, (bool, int, float)) or (isinstance(value, str) and not TEMPLATE.search(value)):
            return plain(value)
        try:
            resolved = plain(self._templar.template(value))
        except Exception as error:  # a filter or a lookup in a template can raise anything
            omitted = any("Omit" in type(cause).__name__ for cause in chain(error))
            return None if omitted else Unresolved(why(error, name, self._host))
        # Before ansible-core 2.19, `omit` is a string like any other.
        return None if isinstance(resolved, str) and resolved == self._omit else resolved


def plain(value: Any) -> Any:
    """Return a value without the wrappers of ansible-core: lazy templates, encrypted strings."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value if isinstance(value, (str, int, float)) or not hasattr(value, "encode") else str(value)


def why(error: BaseException, name: str, host: str) -> str:
    """Return why a variable cannot be rendered, as the end of a sentence; never the text of the template or a value."""
    for cause in chain(error):
        for pattern, reason in REASONS:
            found = pattern.search(str(cause)) if isinstance(cause, TEMPLATE_ERRORS) else None
            if found:
                return reason.format(*found.groups())
    if any("Vault" in type(cause).__name__ for cause in chain(error)):
        return "cannot be decrypted: give the password of the vault with --ask-vault-pass or --vault-password-file"
    if any("SyntaxError" in type(cause).__name__ for cause in chain(error)):
        return "holds a template that is not well-formed: look for braces and quotes without their partner"
    return f"holds a template that fails: `ansible {host} -m ansible.builtin.debug -a var={name}` prints the reason"


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def unknown_variables(variables: Mapping[str, Any], known: Iterable[str], prefix: str) -> list[str]:
    """Return the variables that begin like those of the collection and are none; a group may begin so, too."""
    allowed = {*known, *variables.get("groups", {})}
    return sorted(name for name in variables if name.startswith(prefix) and name not in allowed)
