# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage a running Image service: its units, the verification of its API, and the rollback."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from functools import partial
from typing import Any, Iterable, Iterator

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.files import touch
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._core.wait_report import reported
from ansible_collections.osops.glance.plugins.module_utils._host.drain import Drain, connections
from ansible_collections.osops.glance.plugins.module_utils._host.file_copies import modification_times, remove_copies
from ansible_collections.osops.glance.plugins.module_utils._host.rollback import PendingChange, Rollback
from ansible_collections.osops.glance.plugins.module_utils._host.service_verification import ServiceVerification
from ansible_collections.osops.glance.plugins.module_utils._host.systemd import Systemd, boot_time
from ansible_collections.osops.glance.plugins.module_utils._host.units import (
    Unit,
    is_masked_by_hand,
    plan_units,
    state_of,
    unit_files,
    unread_files,
)

# Contains the time of the last verified start during a change; a reboot removes it.
STATE_DIRECTORY = "/run/osops.glance"
NOTHING_TO_RESTORE = "There is no earlier configuration to restore."


class Service:
    """The units of the Image service, started with their current files and verified."""

    @classmethod
    def predict(cls, module: AnsibleModule) -> Service:
        """Return the prediction for check mode; see Resource."""
        return PredictedService(module)

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._names: list[str] = module.params["units"]
        self._files: list[str] = module.params["files"]
        self._systemd = Systemd(module, self._names, module.params["command_timeout"])
        self._verification = ServiceVerification(module, self._systemd)
        self._drain = Drain(module.params["drain"], partial(connections, module.run_command))
        self._pending = PendingChange(f"{STATE_DIRECTORY}/{self._names[0]}.started")
        self._units: list[Unit] = []
        self._stores: dict[str, Any] = {}  # in the result, if the stores were checked

    def plan(self) -> Plan:
        self._units = self._systemd.units()
        absent = [unit.name for unit in self._units if not unit.exists]
        if absent:
            resource = f"The unit {' and '.join(absent)}"
            raise MissingRequirement(resource, f"{resource} is not on this host. Install the Image service first.")
        for unit in filter(is_masked_by_hand, self._units):
            self._module.warn(mask_warning(unit))
        cloud = self._verification.connect()
        plan = plan_units(
            self._units, modification_times(self._files), time.time(), restart=self._module.params["restart"]
        )
        if plan.steps:
            return plan
        if self._pending.exists:
            # An interrupted run restarted the service and did not verify it; apply() can still restore the files.
            self._verification.restarted = True
            verify = Step("configuration of an interrupted run", "verify", is_change=False)
            return Plan((verify, *self._return_steps()))
        cloud.authenticate()
        self._verification.run()
        return Plan(tuple(self._return_steps()))

    def _return_steps(self) -> Iterator[Step]:
        """Yield the step that returns the host to a load balancer, if an earlier run has left it out."""
        if self._drain.is_left or self._is_marked:
            yield self._drain.step()

    @property
    def _is_marked(self) -> bool:
        """Whether a run ended before its tasks returned the host to a load balancer."""
        return os.path.exists(self._module.params["drain_marker"] or "")

    def apply(self, plan: Plan) -> None:
        since = self._pending.begin(self._started())
        calls = [step.arguments for step in plan.steps if step.arguments]
        try:
            # A refusal by the Identity service must not be reported as a failure of the Image service.
            self._verification.connect().authenticate(self._verification.import_check)
            if any(call["verb"] in ("start", "restart") for call in calls):
                self._take_out()
            self._prepare()
            self._verification.run(*([call["verb"], call["unit"]] for call in calls))
        except GlanceError as error:
            raise GlanceError(f"{self._verification.redacted(error)}. {self._roll_back(since)}") from error
        self._remove_copies(since)
        self._pending.end()
        self._warn(self._drain.end())
        if self._module.params["check_stores"]:
            self._check_stores()

    def _check_stores(self) -> None:
        """Upload to each store. Unless all of them work, the next run restarts the service and checks them again."""
        units = unit_files(self._names, self._files)
        files = [path for path in self._files if path not in units and os.path.exists(path)]
        reverts = [touch(path) for path in files[:1]]
        problem = self._verification.store_problem(self._module.params["stores"])
        self._stores = {"store_problem": problem}
        if problem is None:
            for revert in reverts:
                revert()

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"units": plan.actions(), **self._verification.response, **self._stores}

    def _take_out(self) -> None:
        """Take the host out of the load balancer, and wait for the end of its connections."""
        with reported() as progress, progress.during("load balancer", "waiting for the end of the connections"):
            self._warn(self._drain.begin(all(unit.is_running for unit in self._units)))

    def _warn(self, warnings: Iterable[str]) -> None:
        for warning in warnings:
            self._module.warn(warning)

    def _started(self) -> float | None:
        """Return when the first of the running units was started, in seconds since 1970; None if none runs."""
        return min((unit.started for unit in self._units if unit.started), default=None)

    def _prepare(self) -> None:
        """Reload new unit files, and reset the failure counters of failed units."""
        times = modification_times(self._files)
        if any(unit.needs_reload or unread_files(unit, times) for unit in self._units):
            self._systemd.call("daemon-reload")
        self._systemd.reset_failed([unit.name for unit in self._units if unit.state == "failed"])

    def _roll_back(self, since: float | None) -> str:
        """Restore the previous configuration and return the sentences that report the result."""
        try:
            rollback = Rollback(self._systemd, self._files, since)
            if rollback.is_empty:
                return f"{NOTHING_TO_RESTORE} {self._final_state(since)}"
            sentences = rollback.run(self._verification.run_previous, self._verification.restarted)
        except (GlanceError, OSError) as error:
            return f"The previous configuration was not restored: {error}. {self._final_state(since)}"
        if rollback.succeeded:
            self._remove_copies(since, keep=rollback.kept)
            self._warn(self._drain.end())
        self._pending.end()
        return sentences

    def _final_state(self, since: float | None) -> str:
        """Return the sentences that report in which state the service is left."""
        times = modification_times(self._files, since)
        paths = [path for path in self._files if os.path.exists(path)] if since is None else times
        sentences = f"The new {' and '.join(paths)} is kept. " if paths else ""
        with suppress(GlanceError):
            sentences += f"State of the units: {', '.join(map(state_of, self._systemd.units()))}."
        return sentences.strip()

    def _remove_copies(self, since: float | None, keep: Iterable[str] = ()) -> None:
        """Remove the copies that were made for this change; before the first start, those since the boot."""
        if not self._module.params["keep_copies"]:
            remove_copies(self._files, boot_time() if since is None else since, list(keep))


class RestoredService(Service):
    """The service with its previous files, after a run that failed before it started the service with the new ones."""

    def plan(self) -> Plan:
        self._units = self._systemd.units()
        self._sentences = NOTHING_TO_RESTORE
        rollback = Rollback(self._systemd, self._files, self._started())
        return Plan(() if rollback.is_empty else (Step("configuration", "restore"),))

    def apply(self, plan: Plan) -> None:
        # An error of the connection must occur before a file is restored.
        self._verification.connect()
        since = self._pending.begin(self._started())
        rollback = Rollback(self._systemd, self._files, since, self._module.params["current_accounts"])
        self._sentences = rollback.run(self._verification.run_previous, False)
        if rollback.succeeded:
            self._remove_copies(since, keep=rollback.kept)
        self._pending.end()

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"restored": self._sentences}


class StoppedService(Service):
    """The service on a host that the load balancer does not use, before its programs are replaced."""

    def plan(self) -> Plan:
        self._units = self._systemd.units()
        return Plan(
            tuple(
                Step(f"unit {unit.name}", "stop", {"state": unit.state}, {"state": "inactive"}, {"unit": unit.name})
                for unit in reversed(self._units)
                if unit.is_running
            )
        )

    def apply(self, plan: Plan) -> None:
        self._take_out()
        for call in (step.arguments for step in plan.steps if step.arguments):
            self._systemd.call("stop", call["unit"])

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"units": plan.actions()}


class PredictedService(Service):
    """The prediction for a host on which the service is not installed yet."""

    def plan(self) -> Plan:
        return plan_units([Unit(name, enabled=False, state="inactive") for name in self._names], {}, time.time())


def mask_warning(unit: Unit) -> str:
    """Return the warning about a unit that an operator has masked."""
    return (
        f"{unit.name}.service was masked ({unit.path}) after it was installed, so that it could not start. "
        "It is unmasked, enabled and started."
    )
