# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the migrations of a phase, and recover from interrupted ones."""

from __future__ import annotations

from typing import Any, Callable, ContextManager, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._schema.database import Database
from ansible_collections.osops.glance.plugins.module_utils._schema.diagnosis import (
    find_leftover,
    is_interrupted,
    is_partially_applied,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.glance_manage import GlanceManage
from ansible_collections.osops.glance.plugins.module_utils._schema.login import DatabaseAccess
from ansible_collections.osops.glance.plugins.module_utils._schema.phases import COMMANDS
from ansible_collections.osops.glance.plugins.module_utils._schema.state import Leftover, are_glance_tables

# Attempts to run a migration; a revision leaves fewer objects behind.
ATTEMPTS = 10


class Migration:
    """Run the migrations of a phase.

    If a migration fails because an earlier one was interrupted, objects without data are removed and the migration is
    repeated.
    """

    def __init__(
        self, access: DatabaseAccess, manage: GlanceManage, params: Mapping[str, Any], warn: Callable[[str], None]
    ) -> None:
        self._access = access
        self._target = access.target
        self._manage = manage
        self._params = params
        self._warn = warn
        self._leftovers: list[Leftover] = []

    def run(self, phase: str) -> str:
        """Run glance-manage until the phase succeeds, and return its output.

        Interrupted if the server or the connection ended, GlanceError if the migration cannot be repeated.
        """
        return "\n".join(self._run_repeatedly(command) for command in COMMANDS[phase])

    def _run_repeatedly(self, command: Sequence[str]) -> str:
        self._leftovers = []
        for _attempt in range(ATTEMPTS):
            status, output = self._manage.run(*command)
            if not status:
                return output
            if not self._recover(output):
                break
        raise self._manage.failure(command, status, output)

    def _recover(self, output: str) -> bool:
        """Remove the cause of a failure, and return whether this was possible without loss of data."""
        if not self._target.is_mysql or is_interrupted(output):
            return False
        # MariaDB cannot roll back DDL, so the next migration fails on tables and columns of an interrupted one.
        return is_partially_applied(output) and (self._drop_empty_tables() or self._remove_leftovers(output))

    def _drop_empty_tables(self) -> bool:
        """Drop the tables of an interrupted creation, and return whether this was possible without loss of data."""
        with self._log_in_for_changes() as database:
            if not are_glance_tables(database.read_state().tables) or not database.is_unused():
                return False
            database.drop_tables()
        self._warn(
            f"All tables of an interrupted migration in {self._target} were empty; they were dropped and created again."
        )
        return True

    def _remove_leftovers(self, output: str) -> bool:
        """Remove the object of an interrupted upgrade, and the objects that this run has added again before it.

        Return whether this was possible without loss of data.
        """
        leftover = find_leftover(output)
        if not leftover or leftover in self._leftovers:
            return False
        self._leftovers.append(leftover)
        with self._log_in_for_changes() as database:
            is_removed = all(database.remove_leftover(one) for one in self._leftovers)
        if is_removed:
            self._warn(
                f"An interrupted migration left the {leftover} without data in {self._target}; it was removed and "
                "created again."
            )
        return is_removed

    def _log_in_for_changes(self) -> ContextManager[Database]:
        """Log in with the timeouts for changes of the schema."""
        return self._access.log_in(self._params["timeout"], self._params["lock_timeout"])
