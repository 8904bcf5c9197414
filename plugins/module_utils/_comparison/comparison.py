# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the parts of a deployment with the current state, with the same code that changes them."""

from __future__ import annotations

import copy
from functools import partial
from typing import Any, Iterator, Mapping, NamedTuple, Sequence

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.osops.glance.plugins.module_utils._comparison.resources import RESOURCES
from ansible_collections.osops.glance.plugins.module_utils._comparison.second_process import SecondProcess
from ansible_collections.osops.glance.plugins.module_utils._core.interpreter import respawn_with
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import secrets_of
from ansible_collections.osops.glance.plugins.module_utils._openstack.shared_tokens import shared_tokens

# Modules that mask the secrets in their options by their place: equal words elsewhere are no secrets.
MASKS_BY_PLACE = ("config_drift", "ini")


class Compared(NamedTuple):
    """The result of the comparison of one resource.

    differences: the steps of its plan, or why it was not compared.
    warnings: of the module of the resource; none if it differs, since its task repeats them.
    results: return values of the module.
    error: the error of a required resource.
    library: the import name of a missing Python library.
    """

    differences: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    results: Mapping[str, Any] = {}
    error: str | None = None
    library: str | None = None


class Comparison:
    """The difference between resources and the current state; the plan is always empty.

    A resource whose plan has a step differs, also if the step only verifies something. The error of a precondition ends
    the comparison, that of a required resource is returned. Any other resource that cannot be compared counts as
    different, so that its own task reports the error.
    """

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._original = copy.copy(module)
        self._entries: list[Mapping[str, Any]] = module.params["resources"]
        # The options of resources include short values, such as `true`, which must not be masked in the result.
        module.no_log_values = set()
        module.params = {}
        self._compared: dict[int, Compared] = {}
        # The indexes of the resources, by the name of their process.
        self._groups: dict[str, list[int]] = {}
        for index, entry in enumerate(self._entries):
            self._groups.setdefault(entry["process"], []).append(index)
        self._others: dict[str, SecondProcess] = {}

    def plan(self) -> Plan:
        """Compare the resources: those without the name of a process here, the others meanwhile."""
        with shared_tokens(self._accounts_of_others):
            try:
                self._compare_groups()
            except BaseException:
                for other in self._others.values():
                    other.stop()
                raise
        for library in filter(None, (compared.library for compared in self._compared.values())):
            respawn_with(self._original, library)
        return Plan()

    def _compare_groups(self) -> None:
        for name in filter(None, self._groups):
            self._others[name] = SecondProcess(partial(self._compare_all, self._groups[name]))
        for index in self._groups.get("", ()):
            self._compared[index] = self._compare(self._entries[index])
            self._require(self._entries[index], self._compared[index])
        for name, other in self._others.items():
            self._add(self._groups[name], other.result)

    def _accounts_of_others(self) -> Iterator[Sequence[Any]]:
        """Yield the accounts of the processes that use the cloud; those without it can take longer."""
        for name, other in self._others.items():
            if any("cloud" in self._entries[index]["options"] for index in self._groups[name]):
                yield from other.result["accounts"]

    def _compare_all(self, indexes: list[int]) -> dict[str, Any]:
        """Return the results for some entries, the secrets in their options, and the accounts they used."""
        with shared_tokens() as tokens:
            results = [self._compare(self._entries[index]) for index in indexes]
        return {"compared": results, "secrets": sorted(self._module.no_log_values), "accounts": list(tokens.accounts)}

    def _add(self, indexes: list[int], result: Mapping[str, Any]) -> None:
        """Add what _compare_all returned, also from another process, as JSON."""
        for index, (differences, warnings, *others) in zip(indexes, result["compared"]):
            self._compared[index] = Compared(tuple(differences), tuple(warnings), *others)
        self._module.no_log_values.update(result["secrets"])

    def _require(self, entry: Mapping[str, Any], compared: Compared) -> None:
        """Raise GlanceError if a precondition has an error."""
        if entry["precondition"] and compared.error:
            for warning in self._warnings():
                self._module.warn(warning)
            raise GlanceError(compared.error)

    def _compare(self, entry: Mapping[str, Any]) -> Compared:
        warnings: list[str] = []
        module = module_in_check_mode(self._module, warnings)
        try:
            make, spec = RESOURCES[entry["module"]]()
            set_options(module, spec, entry["options"])
            if entry["module"] in MASKS_BY_PLACE:
                module.no_log_values = set()
            resource = make(module)
            plan = resource.plan()
            result = resource.result(plan)
        except MissingRequirement as missing:
            return Compared((f"missing: {missing.requirement}",), library=missing.library)
        except GlanceError as error:
            reason = (f"not compared: {error}",)
            # Of an error that does not end the run, the task of the part reports the warnings.
            is_error = entry["required"] or entry["precondition"]
            return Compared(reason, tuple(warnings), error=str(error)) if is_error else Compared(reason)
        finally:
            self._module.no_log_values.update(module.no_log_values)
        differences = tuple(f"{step.action} {step.resource}" for step in plan.steps)
        if not differences:
            warnings += result.get("warnings", ())
        results = {name: result[name] for name in entry["results"] if result.get(name) is not None}
        return Compared(differences, () if differences else tuple(warnings), results)

    def _warnings(self) -> list[str]:
        return [warning for _index, compared in sorted(self._compared.items()) for warning in compared.warnings]

    def apply(self, plan: Plan) -> None:
        """Make no change: a comparison only reads."""

    def result(self, plan: Plan) -> dict[str, Any]:
        differences: dict[str, list[str]] = {}
        results: dict[str, Any] = {}
        for index, entry in enumerate(self._entries):
            compared = self._compared[index]
            differences.setdefault(entry["part"], []).extend(compared.differences)
            results.update(compared.results)
        errors = [compared.error for _index, compared in sorted(self._compared.items()) if compared.error]
        return {"differences": differences, "errors": errors, "warnings": self._warnings(), **results}


def module_in_check_mode(module: AnsibleModule, warnings: list[str]) -> AnsibleModule:
    """Return a module without options, in check mode.

    warnings: receives the warnings instead of the result of the module.
    """
    other = copy.copy(module)
    other.params = {}
    other.check_mode = True
    other.no_log_values = set()
    other.warn = warnings.append
    return other


def set_options(module: AnsibleModule, spec: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Set the options of a module and its secrets; None means that an option is not set. Raise GlanceError."""
    validated = ArgumentSpecValidator(spec).validate(
        {name: value for name, value in options.items() if value is not None}
    )
    module.params = validated.validated_parameters
    module.no_log_values = validated._no_log_values | secrets_of(module.params.get("cloud"))
    if validated.error_messages:
        raise GlanceError(" ".join(validated.error_messages))
