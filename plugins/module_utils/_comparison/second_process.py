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
        """Start the process; if this host does not permit another one, the work is done here when it is needed."""
        self._work = work
        self._process: int | None = None
        self._receiving: int | None = None
        with suppress(OSError):
            self._start()

    def _start(self) -> None:
        receiving, sending = os.pipe()
        try:
            process = os.fork()
        except OSError:
            os.close(receiving)
            os.close(sending)
            raise
        if not process:
            # If the first process is killed, this one gets an error when it sends the result, and ends as well.
            os.close(receiving)
            _work_and_exit(self._work, sending)
        os.close(sending)
        self._process, self._receiving = process, receiving

    @cached_property
    def result(self) -> Any:
        """The result of the work; if the process did not send a complete one, after doing the work here."""
        with suppress(ValueError):
            return json.loads(self._content())
        return self._work()

    def _content(self) -> bytes:
        if self._receiving is None:
            return b""
        receiving, self._receiving = self._receiving, None
        with os.fdopen(receiving, "rb") as pipe:
            content = pipe.read()
        self._wait()
        return content

    def stop(self) -> None:
        """Stop the process, if it runs; its result is not needed. A command that it has started ends by itself."""
        if self._receiving is not None:
            os.close(self._receiving)
            self._receiving = None
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGKILL)
        self._wait()

    def _wait(self) -> None:
        process, self._process = self._process, None
        # If the parent of this process ignores SIGCHLD, there is nothing to wait for.
        with suppress(ChildProcessError):
            if process is not None:
                os.waitpid(process, 0)


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
