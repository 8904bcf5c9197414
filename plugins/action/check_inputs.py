# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Iterable, Iterator, Mapping

import ansible.template
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from jinja2.exceptions import TemplateError

from ansible_collections.osops.glance.plugins.module_utils._inputs import PREFIX, Unresolved, faults, told, warnings

ROLES = Path(__file__).parents[2] / "roles"
# ansible-core 2.19 resolves templates only in what it is told to trust; before, there is nothing to be told.
TRUSTED = {"trusted_as_template": True} if hasattr(ansible.template, "trust_as_template") else {}
TEMPLATE_ERRORS = (AnsibleError, TemplateError)
# What the errors of a template name, and how it is told; only names are taken over, for the rest may hold values.
REASONS = (
    (re.compile(r"'([^']+)' is undefined"), "uses {0}, which is not defined: set it, or correct the name"),
    (re.compile(r"has no (?:attribute|element) '?(\w+)"), "looks for {0} where there is none"),
    (re.compile(r"""(?:No (?:filter|test) named '|Could not load ")([^'"]+)"""), "uses {0}, which is not installed"),
)
ARGUMENTS = {
    "roles": {"type": "list", "elements": "str", "required": True},
    "groups": {"type": "list", "elements": "str", "default": []},
    "release": {"type": "str"},
    "version": {"type": "str", "default": ""},
    "servers": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Tell all that is wrong with the variables of a host at once, before anything is changed on it."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        arguments = self.validate_argument_spec(ARGUMENTS)[1]
        specs = {role: self.options_of(role) for role in role_names()}
        absent = sorted(set(arguments["roles"]) - set(specs))
        if absent:
            return {**result, "failed": True, "msg": f"This collection has no role {', '.join(absent)}."}
        advice: list[str] = []
        found = empty_groups(task_vars or {}, arguments["groups"])
        if not found:
            found, advice = self.judged(task_vars or {}, specs, arguments)
        if advice:
            result["warnings"] = advice
        if found:
            result.update(failed=True, msg=told(found, (task_vars or {}).get("inventory_hostname", "this host")))
        return {"changed": False, **result}

    def judged(
        self, task_vars: dict[str, Any], specs: dict[str, Any], arguments: Mapping[str, Any]
    ) -> tuple[list[str], list[str]]:
        """Return what is wrong, and what had better be changed, a line each."""
        defaults = {name: value for role in specs for name, value in self.document(role, "defaults/main.yml").items()}
        known = {name for options in specs.values() for name in options}
        values = Values(self._templar, {**defaults, **task_vars})
        resolved = {name: values.of(name) for name in sorted(known & values.raw.keys())}
        wrong = faults(
            variables={**resolved, **dict.fromkeys(strangers(task_vars, known))},
            specs=specs,
            roles=arguments["roles"],
            release=arguments["release"],
            servers=arguments["servers"],
            ours=[name for name in resolved if is_default(name, task_vars, defaults)],
        )
        return wrong, warnings(resolved, release=arguments["release"], version=arguments["version"])

    def options_of(self, role: str) -> dict[str, Any]:
        """Return the options in the argument spec of a role."""
        points = self.document(role, "meta/argument_specs.yml").get("argument_specs", {})
        options: dict[str, Any] = points.get("main", {}).get("options", {})
        return options

    def document(self, role: str, path: str) -> dict[str, Any]:
        """Return what stands in a YAML file of a role."""
        file = ROLES / role / path
        if not file.is_file():
            return {}
        return self._loader.load_from_file(str(file), **TRUSTED) or {}


def empty_groups(task_vars: Mapping[str, Any], wanted: Iterable[str]) -> list[str]:
    """Return the groups without a host, a line for each; without them the variables say nothing yet."""
    groups = task_vars.get("groups", {})
    return [
        f"The inventory has no host in the group {name}: put one into it" for name in wanted if not groups.get(name)
    ]


def role_names() -> list[str]:
    """Return the roles of the collection."""
    return sorted(path.name for path in ROLES.iterdir() if path.is_dir())


def strangers(task_vars: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    """Return the variables that begin like ours and are not; a group of the inventory may begin so too."""
    apart = {*known, *task_vars.get("groups", {})}
    return sorted(name for name in task_vars if name.startswith(PREFIX) and name not in apart)


def is_default(name: str, task_vars: Mapping[str, Any], defaults: Mapping[str, Any]) -> bool:
    """Say whether a variable has the value that a role gives it when nobody else does."""
    # Only a string is compared: that is enough to find a template, and does not decrypt anything.
    raw = task_vars.get(name)
    return name not in task_vars or (isinstance(raw, str) and raw == defaults.get(name))


class Values:
    """The values of a host's variables, with the templates in them resolved."""

    def __init__(self, templar: Any, raw: dict[str, Any]) -> None:
        self.raw = raw
        self._templar = templar.copy_with_new_env(available_variables=raw)

    def of(self, name: str) -> Any:
        """Return the value of a variable; what cannot be resolved in it is Unresolved."""
        return self._resolved(self.raw[name], name)

    def _resolved(self, value: Any, name: str) -> Any:
        if isinstance(value, Mapping):
            return {str(key): self._resolved(inner, name) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._resolved(inner, name) for inner in value]
        try:
            resolved = plain(self._templar.template(value))
        except Exception as error:  # a filter or a lookup in a template can raise anything
            omitted = any("Omit" in type(cause).__name__ for cause in chain(error))
            return None if omitted else Unresolved(why(error, name, self.raw.get("inventory_hostname", "HOST")))
        # Before ansible-core 2.19, `omit` is a string like any other.
        return None if isinstance(resolved, str) and resolved == self.raw.get("omit") else resolved


def plain(value: Any) -> Any:
    """Return a value without what ansible-core wraps around it: templates that wait, strings that are encrypted."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value if isinstance(value, (str, int, float)) or not hasattr(value, "encode") else str(value)


def why(error: BaseException, name: str, host: str) -> str:
    """Return why a value cannot be resolved, as the end of a sentence; never the text of the template or a value."""
    for cause in chain(error):
        for pattern, told_ in REASONS:
            found = pattern.search(str(cause)) if isinstance(cause, TEMPLATE_ERRORS) else None
            if found:
                return told_.format(*found.groups())
    if any("Vault" in type(cause).__name__ for cause in chain(error)):
        return "cannot be decrypted: give the password of the vault with --ask-vault-pass or --vault-password-file"
    if any("SyntaxError" in type(cause).__name__ for cause in chain(error)):
        return "holds a template that is not well-formed: look for braces and quotes without their partner"
    return f"holds a template that fails: `ansible {host} -m ansible.builtin.debug -a var={name}` says why"


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
