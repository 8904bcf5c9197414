# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Execution of a module: plan, apply, result. No other code reads the check mode."""

from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager
from typing import Any, Callable, Iterator, Protocol

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, PartialFailure, Plan

# Between two garbage collections; the default of Python is 700.
ALLOCATIONS = 50_000


class MissingRequirement(GlanceError):
    """A requirement for reading the current state that an earlier task installs.

    requirement: its name; a Python library if no message is given.
    library: the import name of a Python library; another interpreter of the host may have it.
    warning: the assumption of the prediction; by default, that nothing exists.
    predict: returns the resource that predicts, instead of the method of that name.
    """

    def __init__(
        self,
        requirement: str,
        message: str | None = None,
        library: str | None = None,
        warning: str | None = None,
        predict: Callable[[AnsibleModule], Resource] | None = None,
    ) -> None:
        super().__init__(message or missing_required_lib(requirement))
        self.requirement = requirement
        self.library = library
        self.warning = warning or f"{requirement} is not installed yet; the prediction assumes that nothing exists."
        self.predict = predict


class Resource(Protocol):
    """The object that a module manages.

    plan() reads the current state and compares it with the desired state; it never writes.
    apply() executes the plan. It returns another plan if the state had changed in the meantime.
    result() returns the return values of the module, after apply() or, in check mode, as predicted. A list under
    "warnings" becomes warnings of the task, and a "diff" replaces the diff of the plan.
    All three raise GlanceError.

    If the constructor or plan() raises MissingRequirement, a class method predict(module) may return a resource that
    predicts in check mode without reading the current state.
    """

    def plan(self) -> Plan:
        """Compare the current state with the desired state."""

    def apply(self, plan: Plan) -> Plan | None:
        """Execute the plan."""

    def result(self, plan: Plan) -> dict[str, Any]:
        """Return the return values of the module."""


def run(module: AnsibleModule, make: Callable[[AnsibleModule], Resource]) -> None:
    """Update the resource that make() returns to the desired state, and exit the module."""
    # At its end, Python searches all objects for garbage, which takes 50 ms after an import of openstacksdk and frees
    # only memory that the end of the process frees, too.
    atexit.register(gc.freeze)
    with rare_garbage_collection():
        _run(module, make)


@contextmanager
def rare_garbage_collection() -> Iterator[None]:
    """Collect garbage seldom: almost everything that a module imports and allocates stays in use until it ends."""
    thresholds = gc.get_threshold()
    gc.set_threshold(ALLOCATIONS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)


def _run(module: AnsibleModule, make: Callable[[AnsibleModule], Resource]) -> None:
    try:
        resource, plan = _planned(module, make)
        if plan.steps and not module.check_mode:
            plan = resource.apply(plan) or plan
        result = resource.result(plan)
    except PartialFailure as error:
        module.fail_json(msg=str(error), **error.result)
    except GlanceError as error:
        module.fail_json(msg=str(error))
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    module.exit_json(**{"changed": plan.changed, "diff": plan.diff(), **result})


def _planned(module: AnsibleModule, make: Callable[[AnsibleModule], Resource]) -> tuple[Resource, Plan]:
    """Return the resource and its plan; in check mode, predicted ones if a requirement is missing."""
    try:
        resource = make(module)
        return resource, resource.plan()
    except MissingRequirement as missing:
        if missing.library:
            # Most runs find the library, and the import delays every run.
            from ansible_collections.osops.glance.plugins.module_utils._core.interpreter import respawn_with

            respawn_with(module, missing.library)
        predict = missing.predict or getattr(make, "predict", None)
        if predict is None or not module.check_mode:
            raise
        resource = predict(module)
        module.warn(missing.warning)
        return resource, resource.plan()
