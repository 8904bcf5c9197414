# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Roll a service back to its previous configuration, and verify it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Callable, Collection, Iterable, Optional

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.credentials import KINDS
from ansible_collections.osops.glance.plugins.module_utils._host.file_copies import modification_times, real_path
from ansible_collections.osops.glance.plugins.module_utils._host.previous_files import PreviousFiles
from ansible_collections.osops.glance.plugins.module_utils._host.systemd import Systemd
from ansible_collections.osops.glance.plugins.module_utils._host.units import unit_files

# Verifies the service with the restored files. Takes whether to restart the service first; returns why it does not
# respond, or None if it does.
Verify = Callable[[PreviousFiles, bool], Optional[str]]


class Rollback:
    """The rollback of a service to its previous configuration.

    since: when the service was started with it, in seconds since 1970; None if unknown.
    kinds: the kinds of accounts that already have the passwords of the new files.
    kept: the copies that must not be removed, because they are the only record of the previous files.
    succeeded: whether the service responds again.
    """

    def __init__(
        self, systemd: Systemd, files: Iterable[str], since: float | None, kinds: Collection[str] = KINDS
    ) -> None:
        self._systemd = systemd
        self._previous = PreviousFiles(files, since, kinds)
        units = unit_files(systemd.names, modification_times(files, since)) if since is not None else []
        self._new_units = [path for path in units if real_path(path) not in self._previous.copies]
        self.kept: list[str] = []
        self.succeeded = False

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to restore."""
        return not self._previous.copies and not self._new_units

    @property
    def _description(self) -> str:
        return " and ".join([*self._previous.copies, *(f"the unit instead of {path}" for path in self._new_units)])

    def run(self, verify: Verify, restarted: bool) -> str:
        """Restore the files with the current passwords, then without a change, until the service responds.

        restarted: whether the service has read the new files.
        Return the sentences that report the result.
        """
        # Without these files, systemd uses the unit files of the package again.
        for path in self._new_units:
            os.unlink(path)
        if not restarted and not self._previous.passwords_changed:
            return self._restore_without_restart(verify)
        failure = None
        if self._previous.passwords_changed:
            failure = self._restore_with_current_passwords(verify)
            if failure is None:
                return (
                    "The previous configuration was restored with the current passwords and the service responds: "
                    f"{self._description}. The unchanged previous file is kept as {' and '.join(self.kept)}."
                )
        return self._restore_unchanged(verify, failure)

    def _restore_without_restart(self, verify: Verify) -> str:
        self._previous.restore()
        failure = verify(self._previous, False)
        self.succeeded = failure is None
        end = (
            f"but it does not respond: {self._description}. {failure}"
            if failure
            else f"and it responds: {self._description}."
        )
        return f"The previous configuration was restored, the service was not restarted, {end}"

    def _restore_with_current_passwords(self, verify: Verify) -> str | None:
        """Return why the service does not respond with the current passwords, or None if it does."""
        self.kept = list(self._previous.copies.values())
        self._previous.restore_updated()
        failure = verify(self._previous, True)
        self.succeeded = failure is None
        return failure

    def _restore_unchanged(self, verify: Verify, earlier_failure: str | None) -> str:
        """Restore the files without a change; if the service does not respond, keep the current passwords.

        earlier_failure: why the service did not respond with the current passwords; None if they were not tried.
        """
        self._previous.restore()
        failure = verify(self._previous, True)
        if failure is None:
            self.succeeded = True
            return f"The previous configuration was restored and the service responds: {self._description}."
        if earlier_failure is not None:
            self._previous.restore_updated()
            with suppress(GlanceError):
                self._systemd.restart(daemon_reload=False)
        return (
            "The previous configuration was restored, but the service does not respond with it either: "
            f"{self._description}. {earlier_failure or failure}"
        )


class PendingChange:
    """A record of when a service was started with a verified configuration, kept until the new one is verified.

    It lets a run after an interrupted one determine what to restore.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    @property
    def exists(self) -> bool:
        """Whether a change has begun and its configuration is not verified yet."""
        return os.path.exists(self._path)

    def begin(self, started: float | None) -> float | None:
        """Record when the service was started, and return when it was started with a verified configuration."""
        with suppress(OSError, ValueError), open(self._path, encoding="utf-8") as file:
            recorded = float(file.read())
            return recorded if started is None else min(recorded, started)
        if started is not None:
            with suppress(OSError):
                os.makedirs(os.path.dirname(self._path), mode=0o755, exist_ok=True)
                with open(self._path, "w", encoding="utf-8") as file:
                    file.write(f"{started:.6f}")
        return started

    def end(self) -> None:
        """Remove the record."""
        with suppress(OSError):
            os.unlink(self._path)
