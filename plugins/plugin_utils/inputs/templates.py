# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the templates in input variables, on the control node.

A value that cannot be rendered becomes Unresolved with a reason, so that one run reports all of them. A reason never
contains a template or a value, because either can hold a secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import ansible.template
from ansible.errors import AnsibleError
from jinja2.exceptions import TemplateError

# ansible-core 2.19 renders only templates that are marked as trusted; older versions render all.
_trust_as_template = getattr(ansible.template, "trust_as_template", str)

# Text without a match needs no rendering, which takes about 1 ms for each template.
_TEMPLATE = re.compile(r"\{[{%#]|^#jinja2:")

_TEMPLATE_ERRORS = (AnsibleError, TemplateError)
# Patterns of errors that contain a name. Only the name is reported: the rest of the error may contain values.
_REASONS = (
    (re.compile(r"'([^']+)' is undefined"), "uses {0}, which is not defined: define it, or correct the name"),
    (re.compile(r"has no (?:attribute|element) '?(\w+)"), "uses the key {0}, which does not exist"),
    (re.compile(r"""(?:No (?:filter|test) named '|Could not load ")([^'"]+)"""), "uses {0}, which is not installed"),
)


class Unresolved(NamedTuple):
    """A value whose template cannot be rendered.

    reason: the end of a sentence that begins with the name of the variable.
    """

    reason: str


def trust(value: Any) -> Any:
    """Return a value of the collection itself with its templates marked as trusted."""
    if isinstance(value, Mapping):
        return {name: trust(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [trust(inner) for inner in value]
    return _trust_as_template(value) if isinstance(value, str) else value


class InputTemplar:
    """Render the templates in the variables of one host.

    templar: the templar of Ansible. variables: the variables of the host, including the defaults of the roles.
    """

    def __init__(self, templar: Any, variables: dict[str, Any]) -> None:
        self._templar = templar.copy_with_new_env(available_variables=variables)
        self._omit = variables.get("omit")
        self._host = variables.get("inventory_hostname", "HOST")

    def render(self, value: Any, name: str) -> Any:
        """Return the value of the variable `name` with its templates rendered.

        Each part that cannot be rendered is Unresolved; `omit` is None.
        """
        if isinstance(value, str):
            return self._render_template(value, name) if _TEMPLATE.search(value) else value
        if isinstance(value, Mapping):
            return {str(key): self.render(inner, name) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.render(inner, name) for inner in value]
        is_plain = value is None or isinstance(value, (bool, int, float))
        return value if is_plain else self._render_template(value, name)

    def _render_template(self, value: Any, name: str) -> Any:
        try:
            rendered = unwrap(self._templar.template(value))
        except Exception as error:  # a filter or a lookup in a template can raise any exception
            is_omitted = any("Omit" in type(cause).__name__ for cause in _causes(error))
            return None if is_omitted else Unresolved(error_reason(error, name, self._host))
        # Before ansible-core 2.19, `omit` is an ordinary string.
        return None if isinstance(rendered, str) and rendered == self._omit else rendered


def unwrap(value: Any) -> Any:
    """Return a value without the wrappers of ansible-core: lazy containers and encrypted strings."""
    if isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Mapping):
        return {str(key): unwrap(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [unwrap(inner) for inner in value]
    return str(value) if hasattr(value, "encode") else value


def find_unresolved(value: Any) -> Iterator[Unresolved]:
    """Yield the parts of a value that could not be rendered."""
    if isinstance(value, Unresolved):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from find_unresolved(inner)


def error_reason(error: BaseException, name: str, host: str) -> str:
    """Return why a variable cannot be rendered, as the end of a sentence that begins with its name."""
    for cause in _causes(error):
        for pattern, reason in _REASONS:
            match = pattern.search(str(cause)) if isinstance(cause, _TEMPLATE_ERRORS) else None
            if match:
                return reason.format(*match.groups())
    types = [type(cause).__name__ for cause in _causes(error)]
    if any("Vault" in type_ for type_ in types):
        return "cannot be decrypted: pass the vault password with --ask-vault-pass or --vault-password-file"
    if any("SyntaxError" in type_ for type_ in types):
        return (
            "has a template with a syntax error: check for unbalanced braces and quotes, or put the tag !unsafe before "
            "text that contains {{, {% or {#"
        )
    return f"has a template that fails: `ansible {host} -m ansible.builtin.debug -a var={name}` prints the reason"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and its causes. With ansible-core 2.19, an error can be a cause of its own cause."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        yield error
        error = error.__cause__ or error.__context__
