# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Base of the action plugins that show the progress of a module while it runs."""

from __future__ import annotations

import os
import secrets
import shlex
import signal
import threading
import time
from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, Iterator

from ansible.plugins.action.normal import ActionModule as Normal
from ansible.plugins.loader import become_loader, connection_loader
from ansible.utils.display import Display

from ansible_collections.osops.glance.plugins.module_utils._core.progress import VARIABLE
from ansible_collections.osops.glance.plugins.plugin_utils.progress.display_lock import release_inherited_lock
from ansible_collections.osops.glance.plugins.plugin_utils.progress.report import ProgressReport, parse_states
from ansible_collections.osops.glance.plugins.plugin_utils.quick_archive import QuickArchive

DIRECTORY = "/tmp"  # the user that the module runs as may have no home
# Connections that start a process for each command, so that a second one can run at the same time.
SUPPORTED_CONNECTIONS = ("ssh", "local", "podman", "docker")
SHORTEST_PAUSE = 5.0  # seconds before the first line, and between two lines
LONGEST_PAUSE = 30.0  # seconds between two lines of a task that takes very long
PARENT_INTERVAL = 1.0  # seconds between two checks whether ansible-playbook still runs
JOIN_TIMEOUT = 1.0  # seconds that the end of the task waits for a command that reads the progress, and for its display

display = Display()


class ProgressAction(QuickArchive, Normal):  # type: ignore[misc]
    """Run the module as usual, and show its progress if it takes long."""

    def _execute_module(self, task_vars: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
        execute = partial(super()._execute_module, task_vars=task_vars, **options)
        if not self._supports_progress():
            return dict(execute())
        path = f"{DIRECTORY}/.osops.glance-{secrets.token_hex(16)}"
        with self._environment(path), monitor(lambda: self._read(path), self._show(task_vars or {})):
            return dict(execute())

    @contextmanager
    def _environment(self, path: str) -> Iterator[None]:
        """Pass the path to the module in its environment; an argument would be in the results of the task."""
        environment = self._task.environment
        self._task.environment = [*(environment or []), {VARIABLE: path}]
        try:
            yield
        finally:
            self._task.environment = environment

    def _supports_progress(self) -> bool:
        task, connection = self._task, self._connection
        return (
            not (task.check_mode or task.async_val or task.no_log)
            and str(connection.transport).rpartition(".")[2] in SUPPORTED_CONNECTIONS
            and getattr(connection._shell, "SHELL_FAMILY", None) == "sh"
        )

    def _read(self, path: str) -> str:
        """Return the progress that the module has written on the host; empty if there is none."""
        # All users of the host can see the path while a command contains it: only the module's own file is read.
        file = shlex.quote(path)
        command = f"if [ -O {file} ] && [ ! -L {file} ]; then cat {file}; fi"
        return str(self._second_action()._low_level_execute_command(command).get("stdout", ""))

    def _second_action(self) -> Normal:
        """Return an action with a connection of its own, which can run commands during the module."""
        return Normal(
            task=self._task,
            connection=second_connection(self._connection, self._play_context, str(self._task._uuid)),
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )

    def _show(self, task_vars: dict[str, Any]) -> Callable[[str], None]:
        host = task_vars.get("inventory_hostname")
        # The standard output may be buffered until the end, or be read by a program that expects JSON.
        return lambda line: display.display(f"[{host}] {line}", stderr=True)


def second_connection(connection: Any, play_context: Any, task_uuid: str) -> Any:
    """Return another connection to the same host, with the same options and privileges."""
    second = connection_loader.get(
        play_context.connection,
        play_context,
        new_stdin=None,  # required by plugins for ansible-core before 2.19
        task_uuid=task_uuid,
        ansible_playbook_pid=str(os.getppid()),
    )
    second.set_options(direct=connection.get_options())
    second._shell.set_options(direct=connection._shell.get_options())
    if connection.become:
        become = become_loader.get(connection.become.name)
        become.set_options(direct=connection.become.get_options())
        second.set_become_plugin(become)
    return second


class Monitor:
    """Periodic display of the progress, in a thread of its own.

    read: returns the text that the module has written.
    show: displays a line.
    end_if_orphaned: called every second; ends this process if ansible-playbook is gone.
    """

    def __init__(
        self, read: Callable[[], str], show: Callable[[str], None], end_if_orphaned: Callable[[], None] = lambda: None
    ) -> None:
        self._read = read
        self._show = show
        self._end_if_orphaned = end_if_orphaned
        self._report = ProgressReport()
        self._ended = threading.Event()
        self._lock = threading.Lock()

    def run(self) -> None:
        """Show the progress until the end."""
        began = time.monotonic()
        try:
            while not self._ends_within(pause(time.monotonic() - began)):
                self.update()
        except Exception as error:  # a failure to show the progress must not affect the module
            display.vvv(f"The progress of the task is not shown: {type(error).__name__}: {error}")

    def _ends_within(self, seconds: float) -> bool:
        """Wait, and return whether the task has ended."""
        until = time.monotonic() + seconds
        while (remaining := until - time.monotonic()) > 0:
            if self._ended.wait(min(PARENT_INTERVAL, remaining)):
                return True
            self._end_if_orphaned()
        return self._ended.is_set()

    def update(self) -> None:
        """Show the progress once, if it has changed."""
        line = self._report.summary(parse_states(self._read()))
        with self._lock:  # nothing is shown after the end
            if line and not self._ended.is_set():
                self._show(line)

    def end(self) -> None:
        # A line that is not displayed, because its reader does not continue, must not delay the end of the task.
        is_locked = self._lock.acquire(timeout=JOIN_TIMEOUT)
        self._ended.set()
        if is_locked:
            self._lock.release()


def pause(elapsed: float) -> float:
    """Return the seconds before the next line; they increase with the elapsed seconds."""
    return min(LONGEST_PAUSE, max(SHORTEST_PAUSE, elapsed / 20))


def end_if_orphaned(parent: int) -> None:
    """End this worker process and its children if its parent process has ended.

    Workers have a session of their own since ansible-core 2.19. They survive ansible-playbook if it is killed, for
    example when ansible-runner cancels a job. The module on the host then ends, because its output has no reader.
    """
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def monitor(read: Callable[[], str], show: Callable[[str], None]) -> Iterator[None]:
    """Show the progress during the block."""
    release_inherited_lock(display)
    watcher = Monitor(read, show, partial(end_if_orphaned, os.getppid()))
    thread = threading.Thread(target=watcher.run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        watcher.end()
        thread.join(JOIN_TIMEOUT)
