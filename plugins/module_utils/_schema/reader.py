# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the state of the schema, and the phase that is pending."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.diagnosis import parse_revisions
from ansible_collections.osops.glance.plugins.module_utils._schema.glance_manage import WRONG_USAGE, GlanceManage
from ansible_collections.osops.glance.plugins.module_utils._schema.login import DatabaseAccess
from ansible_collections.osops.glance.plugins.module_utils._schema.phases import DONE, EXPAND, STAGES
from ansible_collections.osops.glance.plugins.module_utils._schema.release import Release
from ansible_collections.osops.glance.plugins.module_utils._schema.state import State


class SchemaReader:
    """Read the state of the schema, and compare it with the installed release.

    waits_for_nodes: whether the state contains the changes that were made on other nodes of a cluster. A backup that
    locks the node delays this, so it is only required for changes.
    """

    def __init__(self, access: DatabaseAccess, manage: GlanceManage, params: Mapping[str, Any], command: str) -> None:
        self._access = access
        self._manage = manage
        self._phase: str = params["phase"]
        self._check: str = params["check"]
        self._command = command
        self.waits_for_nodes = False

    @property
    def uses_db_check(self) -> bool:
        """Whether `glance-manage db check` determines the pending phase."""
        return self._phase != "none" and self._check == "command" and self._access.target.supports_db_check

    def state(self) -> State:
        """Return the state of the schema."""
        if not self._access.target.is_mysql:
            return State(parse_revisions(self._manage.run_successfully("db_version")))
        with self._access.log_in() as database:
            if self.waits_for_nodes:
                database.wait_for_other_nodes()
            return database.read_state()

    def stage(self, state: State, release: Release) -> int:
        """Return the first pending phase of the migration to the release."""
        if not state.revisions:
            return EXPAND
        # At the newest revision, `db check` checks nothing else; and it takes longer than everything else here.
        if release.is_at_head(state):
            return DONE
        if not self.uses_db_check:
            return self._stage_by_revision(state, release)
        status, output = self._manage.run("db", "check")
        if status not in STAGES:
            hint = " Releases before Queens need `check: version`." if status == WRONG_USAGE else ""
            raise GlanceError(f"{self._manage.failure(('db', 'check'), status, output)}{hint}")
        return status

    def _stage_by_revision(self, state: State, release: Release) -> int:
        if release.heads:
            return release.stage(state, self._phase)
        if self._phase == "none":
            return DONE
        raise GlanceError(
            f"Cannot find the migration scripts of {self._command}, so it is unknown whether revision "
            f"{state.revision} of the database {self._access.target} is the newest. Check `glance_manage`, which must "
            "be a Python script."
        )
