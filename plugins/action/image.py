# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import secrets
import shlex
import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, Iterator

from ansible.plugins.action.normal import ActionModule as Normal
from ansible.utils.display import Display

from ansible_collections.osops.glance.plugins.module_utils._core.progress import VARIABLE, ProgressReport, parsed

DIRECTORY = "/tmp"  # the user whom the module runs as may have no home
# The connections that start a process for each command, so that a copy of one can look while the other waits.
WATCHED = ("ssh", "local", "podman", "docker")
QUIET = 5.0  # seconds in which nothing is told, and between two lines
SELDOM = 30.0  # seconds between two lines of what takes very long
PATIENCE = 1.0  # seconds that the end of the task waits for a look that is under way

display = Display()


class ActionModule(Normal):  # type: ignore[misc]
    """Run the module as usual, and tell from time to time how far a long upload is."""

    def _execute_module(self, task_vars: dict[str, Any] | None = None, **how: Any) -> dict[str, Any]:
        execute = partial(super()._execute_module, task_vars=task_vars, **how)
        if not self._can_be_watched():
            return dict(execute())
        path = f"{DIRECTORY}/.osops.glance-{secrets.token_hex(16)}"
        with self._environment(path), watching(lambda: self._seen(path), self._tell(task_vars or {})):
            return dict(execute())

    @contextmanager
    def _environment(self, path: str) -> Iterator[None]:
        """Let the module know where to note how far it is; an argument would be in the results of the task."""
        given = self._task.environment
        self._task.environment = [*(given or []), {VARIABLE: path}]
        try:
            yield
        finally:
            self._task.environment = given

    def _can_be_watched(self) -> bool:
        task, connection = self._task, self._connection
        return (
            not (task.check_mode or task.async_val or task.no_log)
            and str(connection.transport).rpartition(".")[2] in WATCHED
            and getattr(connection._shell, "SHELL_FAMILY", None) == "sh"
        )

    def _seen(self, path: str) -> str:
        """Return what the module has noted on the host; nothing where it has noted nothing."""
        # The name is known to all users of the host while a command has it: what is read must be the module's.
        file = shlex.quote(path)
        command = f"if [ -O {file} ] && [ ! -L {file} ]; then cat {file}; fi"
        return str(self._twin()._low_level_execute_command(command).get("stdout", ""))

    def _twin(self) -> ActionModule:
        """Return an action that shares with this one nothing that a command changes."""
        twin = copy.copy(self)
        twin._connection = copy.copy(self._connection)
        twin._connection._shell = copy.copy(self._connection._shell)
        twin._connection.become = copy.copy(self._connection.become)
        return twin

    def _tell(self, task_vars: dict[str, Any]) -> Callable[[str], None]:
        host = task_vars.get("inventory_hostname")
        # The standard output may be buffered until the end, or be read by a program that expects JSON.
        return lambda line: display.display(f"[{host}] {line}", stderr=True)


class Watch:
    """Someone who looks from time to time, in a thread of its own, and tells what there is to see."""

    def __init__(self, look: Callable[[], str], tell: Callable[[str], None]) -> None:
        self._look = look
        self._tell = tell
        self._watched = ProgressReport()
        self._ended = threading.Event()
        self._telling = threading.Lock()

    def run(self) -> None:
        began = time.monotonic()
        try:
            while not self._ended.wait(pause(time.monotonic() - began)):
                self.once()
        except Exception as error:  # whatever keeps us from watching, the upload itself goes on
            display.vvv(f"The progress of the image is not shown: {type(error).__name__}: {error}")

    def once(self) -> None:
        line = self._watched.told(parsed(self._look()))
        with self._telling:  # nothing is told after the end
            if line and not self._ended.is_set():
                self._tell(line)

    def end(self) -> None:
        with self._telling:
            self._ended.set()


def pause(elapsed: float) -> float:
    """Return the seconds to the next look: the longer it takes, the more seldom."""
    return min(SELDOM, max(QUIET, elapsed / 20))


@contextmanager
def watching(look: Callable[[], str], tell: Callable[[str], None]) -> Iterator[None]:
    """Watch while the block runs."""
    watch = Watch(look, tell)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        watch.end()
        thread.join(PATIENCE)
