# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Update the schema and the metadata definitions to the installed release."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import Any, Callable, Iterator, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._core.wait_report import reported
from ansible_collections.osops.glance.plugins.module_utils._schema.diagnosis import is_nothing_migrated
from ansible_collections.osops.glance.plugins.module_utils._schema.glance_manage import GlanceManage
from ansible_collections.osops.glance.plugins.module_utils._schema.host_lock import lock_config_file
from ansible_collections.osops.glance.plugins.module_utils._schema.installed_release import read_installed_release
from ansible_collections.osops.glance.plugins.module_utils._schema.interruption import Repetition
from ansible_collections.osops.glance.plugins.module_utils._schema.login import DatabaseAccess, Interrupted
from ansible_collections.osops.glance.plugins.module_utils._schema.metadefs_loader import MetadefsLoader
from ansible_collections.osops.glance.plugins.module_utils._schema.migration import Migration
from ansible_collections.osops.glance.plugins.module_utils._schema.phases import (
    DONE,
    ROLLING,
    check_hosts,
    check_phase_order,
    is_pending,
    phase_of,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.planner import (
    METADEFS,
    SCHEMA,
    check_completed,
    make_plan,
    unusable_schema,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.reader import SchemaReader
from ansible_collections.osops.glance.plugins.module_utils._schema.release import Release, check_revision_is_known
from ansible_collections.osops.glance.plugins.module_utils._schema.state import State
from ansible_collections.osops.glance.plugins.module_utils._schema.target import Target


class Begun(NamedTuple):
    """The plan of an interrupted update, and the state before it."""

    plan: Plan
    before: State
    namespaces: list[str]
    spanned: list[str]


class SchemaSync:
    """Compare the database with the installed release, and update it.

    before, after: the state before and after the run; in check mode, `after` is predicted.
    namespaces: the namespaces of metadata definitions that are loaded.
    spanned: the releases whose schema is added while the previous release runs.
    """

    def __init__(
        self, target: Target, command: str, runuser: str, params: Mapping[str, Any], warn: Callable[[str], None]
    ) -> None:
        """Prepare the update.

        command, runuser: the paths of glance-manage and runuser.
        params: the options of the module.
        """
        self.target = target
        self.before = self.after = State()
        self.namespaces: list[str] = []
        self.spanned: list[str] = []
        self._command = command
        self._params = params
        self._warn = warn
        self._begun: Begun | None = None
        self._phase: str = params["phase"]
        self._directory = metadefs_directory(params)
        self._access = DatabaseAccess(target, params["config_file"])
        self._manage = GlanceManage(command, runuser, params, self._access)
        self._reader = SchemaReader(self._access, self._manage, params, command)
        self._migration = Migration(self._access, self._manage, params, warn)
        self._loader = MetadefsLoader(self._directory, params["metadefs_merge"], self._manage, target)
        self._release = Release()
        self._stage = DONE

    def plan(self) -> Plan:
        """Read the current state, and compare it with the installed release."""
        self.before = self._reader.state()
        self._release = read_installed_release(self._command)
        check_revision_is_known(self.before, self._release, self.target)
        self._loader.read_files()
        self._stage = self._reader.stage(self.before, self._release)
        has_phases = bool(self.before.revisions and self._release.expand_head) and self.target.is_mysql
        self._phase = phase_of(self._params["phase"], has_phases)
        migrates = is_pending(self._stage, self._phase) and self._phase != "none"
        self.after = self._release.state_after(self.before, self._phase) if migrates else self.before
        self.namespaces = self._loader.outstanding(self.before, migrates)
        self.spanned = self._release.spanned(self.before) if migrates and self._phase == ROLLING else []
        return make_plan(self.before, self._release, self._phase, self._stage, self._directory, self.namespaces)

    def apply(self) -> Plan:
        """Update the database, and return the plan that was applied."""
        if self._phase == "none":
            raise unusable_schema(self.before, self._release, self.target)
        self._reader.waits_for_nodes = True
        with reported() as progress:
            self._manage.progress = progress
            plan = Repetition(self._access, self._params, progress, self._warn).run(self._update)
        if self._begun is not None:
            plan, self.before, self.namespaces, self.spanned = self._begun
        return plan

    def _update(self) -> Plan:
        """Run the phase and load the definitions; Interrupted if the server or the connection ended."""
        with self._exclusive():
            # An earlier run may have changed the state during the wait for the locks.
            plan = self.plan()
            check_phase_order(self._stage, self._phase, self.before, self.target)
            # A creation that was interrupted has a revision, and no host uses it yet.
            if self._begun is None:
                check_hosts(self._stage, self._phase, self._params, self.before, self.target)
            try:
                return self._apply(plan)
            except Interrupted:
                # The repetition finds a part of the work done.
                self._begun = self._begun or Begun(plan, self.before, self.namespaces, self.spanned)
                raise

    def _apply(self, plan: Plan) -> Plan:
        if SCHEMA in plan.actions():
            plan = self._migrate(plan)
        if METADEFS in plan.actions():
            self._loader.load(self.before, self._reader.state)
        return plan

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        """Exclude other runs of the module, and runs of glance-manage that a killed module left on this host."""
        seconds, target, progress = self._params["timeout"], self.target, self._manage.progress
        with ExitStack() as locks:
            with progress.during(str(target), "waiting for glance-manage on this host"):
                descriptor = lock_config_file(self._params["config_file"], seconds)
            locks.callback(os.close, descriptor)
            self._manage.inherited = [descriptor]
            if target.is_mysql:
                with progress.during(str(target), "waiting for a run on another host"):
                    locks.enter_context(self._access.exclusive(seconds))
            yield
        self._manage.inherited = ()

    def _migrate(self, plan: Plan) -> Plan:
        """Run the phase, and return the plan without it if there was no data to migrate."""
        output = self._migration.run(self._phase)
        self.after = self._reader.state()
        if self._phase in ("migrate", ROLLING) and not self._reader.uses_db_check:
            pending = False
            if is_nothing_migrated(output) and self.after.revisions == self.before.revisions:
                plan = Plan(tuple(step for step in plan.steps if step.resource != SCHEMA))
        else:
            pending = is_pending(self._reader.stage(self.after, self._release), self._phase)
        check_completed(self.after, pending, self.target, output)
        return plan


def metadefs_directory(params: Mapping[str, Any]) -> str | None:
    """Return the directory with the metadata definitions; None if they are not managed."""
    return params["metadefs"] if params["phase"] != "none" else None
