# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run glance-manage."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.process import TIMED_OUT, BackgroundCommand
from ansible_collections.osops.glance.plugins.module_utils._core.progress import Progress
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import redact, secrets_in_files
from ansible_collections.osops.glance.plugins.module_utils._schema.diagnosis import (
    failure_advice,
    failure_reason,
    is_interrupted,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.lock_watch import LockTimeout, LockWatch
from ansible_collections.osops.glance.plugins.module_utils._schema.login import DatabaseAccess, Interrupted

WRONG_USAGE = 2  # the exit status of a Python command for unknown arguments


class GlanceManage:
    """Run glance-manage as the user of the service, with one configuration file.

    progress: displays the command while it runs.
    inherited: file descriptors that stay open while glance-manage runs, even if the module ends.
    """

    def __init__(self, command: str, runuser: str, params: Mapping[str, Any], access: DatabaseAccess) -> None:
        """Prepare to run glance-manage.

        command, runuser: the paths of the programs.
        params: the options of the module.
        """
        self.progress = Progress(lambda _text: None)
        self.inherited: Sequence[int] = ()
        self._command = command
        self._runuser = runuser
        self._params = params
        self._access = access
        self._secrets = secrets_in_files([access.config_file])

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run glance-manage, and return its exit status and its output without secrets.

        GlanceError if it waits too long for a lock in the database.
        """
        name, target = f"glance-manage {' '.join(arguments)}", self._access.target
        with self._lock_watch() as poll, self.progress.during(str(target), f"running {name}"):
            try:
                status, output = self._start(*arguments).wait(poll)
            except LockTimeout as error:
                raise GlanceError(f"`{name}` on the database {target} {error}") from None
        return status, redact(output, self._secrets)

    def run_successfully(self, *arguments: str) -> str:
        """Run glance-manage, and return its output; GlanceError if it fails."""
        status, output = self.run(*arguments)
        if status:
            raise self.failure(arguments, status, output)
        return output

    def failure(self, arguments: Sequence[str], status: int, output: str) -> GlanceError:
        """Return the error for a failed command; Interrupted if the server or the connection ended."""
        limit = self._params["timeout"]
        result = f"did not end within {limit} seconds" if status == TIMED_OUT else f"ended with status {status}"
        kind = Interrupted if self._access.target.is_mysql and is_interrupted(output) else GlanceError
        return kind(
            f"`glance-manage {' '.join(arguments)}` {result} on the database {self._access.target}: "
            f"{failure_reason(output).rstrip('.')}.{failure_advice(output)}"
        )

    @contextmanager
    def _lock_watch(self) -> Iterator[Callable[[], None] | None]:
        """Yield the function that checks for lock waits; None if the engine does not list its connections."""
        target = self._access.target
        if not target.is_mysql:
            yield None
            return
        with LockWatch(target, self._access.log_in, self._params["lock_timeout"], self.progress) as watch:
            yield watch.check

    def _start(self, *arguments: str) -> BackgroundCommand:
        """Start glance-manage; it logs to its output instead of the configured log file."""
        limit = ["timeout", "--kill-after=10", str(self._params["timeout"])]
        options = ["--config-file", self._access.config_file, "--log-file=", "--log-dir="]
        command = [self._runuser, "-u", self._params["user"], "--", *limit, self._command, *options, *arguments]
        return BackgroundCommand(command, inherited=self.inherited)
