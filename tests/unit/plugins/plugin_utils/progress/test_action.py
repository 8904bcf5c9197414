# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.action import ActionBase
from ansible.plugins.action.normal import ActionModule as Normal
from ansible.plugins.loader import become_loader, connection_loader
from ansible.template import Templar

from ansible_collections.osops.glance.plugins.action import database, db_sync, image, service
from ansible_collections.osops.glance.plugins.module_utils._core.progress import VARIABLE, State
from ansible_collections.osops.glance.plugins.plugin_utils.progress import action as progress_action
from ansible_collections.osops.glance.plugins.plugin_utils.progress.action import (
    Monitor,
    ProgressAction,
    second_connection,
)

MIB = 1 << 20


def states(done: int, at: float, name: str = "ubuntu") -> str:
    """Return what a module has written about an image of 100 MiB."""
    return json.dumps([State(name, "", done * MIB, 100 * MIB, 0.0, at)])


class Shell:
    """The shell of a connection."""

    def __init__(self, family: str | None = "sh") -> None:
        if family:
            self.SHELL_FAMILY = family


class Connection:
    """A connection with a name and a shell."""

    def __init__(self, transport: str = "ssh", family: str | None = "sh") -> None:
        self.transport = transport
        self._shell = Shell(family)
        self.become = MagicMock()


class Host:
    """A host on which modules run, and which answers who reads at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: Any = ()) -> None:
        self.ran: list[dict[str, Any]] = []
        self.reads: list[tuple[Any, str]] = []
        self.shown: list[str] = []
        self.done = threading.Event()
        self._answers = iter(answers)
        monkeypatch.setattr(progress_action, "pause", lambda _elapsed: 0.001)
        monkeypatch.setattr(progress_action.display, "display", lambda line, **_how: self.shown.append(line))
        host = self

        def execute_module(self: Any, **options: Any) -> dict[str, Any]:
            return host.execute(self, **options)

        def execute_command(self: Any, cmd: str) -> Any:
            return host.answer(self, cmd)

        monkeypatch.setattr(progress_action, "second_connection", lambda *_arguments: Connection())
        monkeypatch.setattr(Normal, "_execute_module", execute_module)
        monkeypatch.setattr(ActionBase, "_low_level_execute_command", execute_command)

    def execute(self, action: Any, **options: Any) -> dict[str, Any]:
        """Run until all states were read; end immediately if there is no path for them."""
        environment = {name: value for one in action._task.environment or [] for name, value in one.items()}
        self.ran.append({**options, "environment": environment})
        assert VARIABLE not in environment or self.done.wait(30)
        return {"changed": True}

    def answer(self, action: Any, command: str) -> dict[str, Any]:
        self.reads.append((action, command))
        answer = next(self._answers, None)
        if isinstance(answer, Exception):
            self.done.set()
            raise answer
        if answer is None:
            self.done.set()
        return {"rc": 0, "stdout": answer or "", "stderr": ""}


def action(connection: Any = None, **attributes: Any) -> ProgressAction:
    task, loader = Task(), DataLoader()
    task.action, task.args = "osops.glance.image", {"name": "ubuntu"}
    for name, value in attributes.items():
        setattr(task, name, value)
    return ProgressAction(
        task, connection or Connection(), MagicMock(), loader, Templar(loader=loader, variables={}), MagicMock()
    )


def run(progress: ProgressAction) -> dict[str, Any]:
    return progress._execute_module(task_vars={"inventory_hostname": "controller"}, wrap_async=False)


def test_progress_of_a_long_upload_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, ["", states(10, 5.0), states(10, 5.0), states(60, 10.0)])
    assert run(action())["changed"] is True
    assert host.shown == [
        "[controller] ubuntu: 10 % of 100 MiB, 2.0 MiB/s, 45 s left",
        "[controller] ubuntu: 60 % of 100 MiB, 10 MiB/s, 4 s left",
    ]


def test_progress_of_a_short_upload_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, [states(10, 5.0)])
    host.done.set()
    monkeypatch.setattr(progress_action, "pause", lambda _elapsed: progress_action.SHORTEST_PAUSE)
    run(action())
    assert host.reads == host.shown == []
    assert len(host.ran) == 1


def test_module_gets_the_path_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    host, progress = Host(monkeypatch), action(environment=[{"http_proxy": "http://proxy:3128"}])
    run(progress)
    run(progress)
    paths = [ran["environment"].pop(VARIABLE) for ran in host.ran]
    assert all(path.startswith("/tmp/.osops.glance-") for path in paths)
    assert len(set(paths)) == 2
    assert paths[0] in host.reads[0][1]
    assert host.ran[0]["environment"] == {"http_proxy": "http://proxy:3128"}
    assert progress._task.environment == [{"http_proxy": "http://proxy:3128"}]


UNSUPPORTED: dict[str, tuple[Any, dict[str, Any]]] = {
    "a connection of one command at a time": (Connection("paramiko"), {}),
    "a connection to a network device": (Connection("ansible.netcommon.network_cli"), {}),
    "a shell that is not like sh": (Connection("ssh", "powershell"), {}),
    "a shell of no known family": (Connection("ssh", None), {}),
    "check mode": (Connection(), {"check_mode": True}),
    "an asynchronous task": (Connection(), {"async_val": 60}),
    "a task whose output is hidden": (Connection(), {"no_log": True}),
}


@pytest.mark.parametrize(("connection", "attributes"), UNSUPPORTED.values(), ids=UNSUPPORTED)
def test_module_runs_without_progress_if_it_is_not_supported(
    monkeypatch: pytest.MonkeyPatch, connection: Any, attributes: dict[str, Any]
) -> None:
    host = Host(monkeypatch, [states(10, 5.0)])
    assert run(action(connection, **attributes))["changed"] is True
    assert host.ran == [{"task_vars": {"inventory_hostname": "controller"}, "wrap_async": False, "environment": {}}]
    assert host.reads == []


@pytest.mark.parametrize("transport", ["ssh", "local", "containers.podman.podman", "community.docker.docker"])
def test_connections_with_a_process_for_each_command_are_supported(
    monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    host = Host(monkeypatch)
    run(action(Connection(transport)))
    assert host.reads


@pytest.mark.parametrize(
    "answer", [OSError("connection lost"), "[[", '[["a", {}, []]]'], ids=["connection lost", "cut off", "no progress"]
)
def test_failed_read_only_ends_the_display(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    host = Host(monkeypatch, [answer, states(10, 5.0)])
    messages: list[str] = []

    def verbose(text: str) -> None:
        messages.append(text)
        host.done.set()

    monkeypatch.setattr(progress_action.display, "vvv", verbose)
    assert run(action())["changed"] is True
    assert len(host.reads) == len(messages) == 1
    assert host.shown == []


def test_nothing_is_shown_after_the_end() -> None:
    shown: list[str] = []
    monitor = Monitor(lambda: states(10, 5.0), shown.append)
    monitor.end()
    monitor.update()
    monitor.run()
    assert shown == []


def test_line_that_is_not_displayed_does_not_delay_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_action, "JOIN_TIMEOUT", 0.1)
    started, released = threading.Event(), threading.Event()

    def show(_line: str) -> None:
        started.set()
        released.wait()

    monitor = Monitor(lambda: states(10, 5.0), show)
    thread = threading.Thread(target=monitor.update)
    thread.start()
    started.wait()
    monitor.end()
    released.set()
    thread.join()
    monitor.run()


def ansible(output: int) -> None:
    """Run ansible-playbook with a worker that runs a module, and write the process IDs of both."""
    if os.fork():
        signal.pause()
    os.setsid()
    signal.signal(signal.SIGTERM, end_group)
    with progress_action.monitor(lambda: "", print), subprocess.Popen(["sleep", "60"]) as module:
        os.write(output, f"{os.getpid()} {module.pid}".encode())


def end_group(number: int, _frame: Any) -> None:
    """Handle the signal as the workers of ansible-core 2.19 do."""
    signal.signal(number, signal.SIG_DFL)
    os.killpg(os.getpid(), number)


def test_worker_ends_with_its_children_if_ansible_is_killed() -> None:
    output, written = os.pipe()
    parent = os.fork()
    if not parent:
        try:
            ansible(written)
        finally:
            os._exit(1)
    processes = [int(process) for process in os.read(output, 100).split()]
    assert [runs(process) for process in processes] == [True, True]
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    deadline = time.monotonic() + 30
    while any(map(runs, processes)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert [runs(process) for process in processes] == [False, False]


def runs(process: int) -> bool:
    """Return whether a process exists and is no zombie."""
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def test_error_of_the_module_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch)

    def fail(*_action: Any, **_how: Any) -> dict[str, Any]:
        raise KeyError("the host is gone")

    monkeypatch.setattr(host, "execute", fail)
    with pytest.raises(KeyError, match="the host is gone"):
        run(action())


@pytest.mark.parametrize(("elapsed", "seconds"), [(0, 5), (60, 5), (200, 10), (3600, 30)])
def test_pauses_grow_with_the_elapsed_time(elapsed: float, seconds: float) -> None:
    assert progress_action.pause(elapsed) == seconds


@pytest.mark.parametrize("plugin", [database, db_sync, image, service])
def test_modules_that_take_long_show_their_progress(plugin: Any) -> None:
    assert issubclass(plugin.ActionModule, ProgressAction)


def local_connection() -> tuple[Any, PlayContext]:
    context = PlayContext()
    context.connection = "local"
    connection = connection_loader.get("local", context, new_stdin=None)
    connection.set_options()
    connection._shell.set_options(direct={"remote_tmp": "/var/tmp/ansible"})
    become = become_loader.get("sudo")
    become.set_options(direct={"become_user": "glance", "become_pass": "secret"})
    connection.set_become_plugin(become)
    return connection, context


def test_second_connection_has_the_same_options() -> None:
    connection, context = local_connection()
    second = second_connection(connection, context, "task")
    assert second.get_options() == connection.get_options()
    assert second._shell.get_options() == connection._shell.get_options()
    assert second.become.get_options() == connection.become.get_options()


def test_second_connection_shares_no_state() -> None:
    connection, context = local_connection()
    second = second_connection(connection, context, "task")
    assert second is not connection
    assert second._shell is not connection._shell
    assert second.become is not connection.become


def test_connection_without_become_has_a_second_one_without_it() -> None:
    connection, context = local_connection()
    connection.set_become_plugin(None)
    assert second_connection(connection, context, "task").become is None
