# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Do work in another process, while the first one waits for responses of services.

Threads would not do: concurrent imports can block each other forever (seen with Python 3.11), or return a
half-initialized module (3.9, from archives). The work must not change anything: it may be done twice, or stopped.
"""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from functools import cached_property
from typing import Any, Callable


class SecondProcess:
    """A process that does work, and returns what JSON can represent."""

    def __init__(self, work: Callable[[], Any]) -> None:
        """Start the process; if this host does not permit another one, the result is worked out here."""
        self._work = work
        self._process: int | None = None
        self._receiving, sending = os.pipe()
        with suppress(OSError):
            self._process = os.fork()
        if self._process == 0:
            _work_and_exit(work, sending)
        os.close(sending)

    @cached_property
    def result(self) -> Any:
        """The result of the work; if the process failed, after doing the work here."""
        with os.fdopen(self._receiving, "rb") as pipe:
            content = pipe.read()
        return json.loads(content) if self._status() == 0 else self._work()

    def stop(self) -> None:
        """Stop the process if it was not waited for; its result is not needed."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        self._status()
        os.close(self._receiving)

    def _status(self) -> int | None:
        """Wait for the end of the process; None if it was not started, or if the parent of this one ignores SIGCHLD."""
        process, self._process = self._process, None
        if process is None:
            return None
        try:
            return os.waitpid(process, 0)[1]
        except ChildProcessError:
            return None


def _work_and_exit(work: Callable[[], Any], sending: int) -> None:
    """Send the result of the work, and exit without the cleanup that the first process does.

    Nothing is printed: the output of the first process is the result of the module.
    """
    status = 1
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        content = json.dumps(work()).encode()
        with os.fdopen(sending, "wb") as pipe:
            pipe.write(content)
        status = 0
    finally:
        os._exit(status)
