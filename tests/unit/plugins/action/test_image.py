# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module runs as if there were nobody beside it, and who is beside it tells how far it is."""

from __future__ import annotations

import json
import threading
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task
from ansible.plugins.action import ActionBase
from ansible.plugins.action.normal import ActionModule as Normal
from ansible.template import Templar

from ansible_collections.osops.glance.plugins.action import image
from ansible_collections.osops.glance.plugins.module_utils._core.progress import VARIABLE, State

MIB = 1 << 20


def note(done: int, at: float, name: str = "ubuntu") -> str:
    """Return what a module has noted of an image of 100 MiB."""
    return json.dumps([State(name, "", done * MIB, 100 * MIB, 0.0, at)])


class Shell:
    """A shell as a connection has one."""

    def __init__(self, family: str | None = "sh") -> None:
        if family:
            self.SHELL_FAMILY = family


class Connection:
    """A connection that only says what it is."""

    def __init__(self, transport: str = "ssh", family: str | None = "sh") -> None:
        self.transport = transport
        self._shell = Shell(family)
        self.become = MagicMock()


class Host:
    """A host on which modules run, and which answers who looks at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answers: Any = ()) -> None:
        self.ran: list[dict[str, Any]] = []
        self.looks: list[tuple[Any, str]] = []
        self.told: list[str] = []
        self.done = threading.Event()
        self._answers = iter(answers)
        monkeypatch.setattr(image, "pause", lambda _elapsed: 0.001)
        monkeypatch.setattr(image.display, "display", lambda line, **_how: self.told.append(line))
        host = self

        def execute_module(self: Any, **how: Any) -> dict[str, Any]:
            return host.execute(self, **how)

        def execute_command(self: Any, cmd: str) -> Any:
            return host.answer(self, cmd)

        monkeypatch.setattr(Normal, "_execute_module", execute_module)
        monkeypatch.setattr(ActionBase, "_low_level_execute_command", execute_command)

    def execute(self, action: Any, **how: Any) -> dict[str, Any]:
        """Run until everything that there is to see was seen; at once where nobody was told where to look."""
        environment = {name: value for one in action._task.environment or [] for name, value in one.items()}
        self.ran.append({**how, "environment": environment})
        assert VARIABLE not in environment or self.done.wait(30)
        return {"changed": True}

    def answer(self, action: Any, command: str) -> dict[str, Any]:
        self.looks.append((action, command))
        answer = next(self._answers, None)
        if isinstance(answer, Exception):
            self.done.set()
            raise answer
        if answer is None:
            self.done.set()
        return {"rc": 0, "stdout": answer or "", "stderr": ""}


def action(connection: Any = None, **attributes: Any) -> image.ActionModule:
    task, loader = Task(), DataLoader()
    task.action, task.args = "osops.glance.image", {"name": "ubuntu"}
    for name, value in attributes.items():
        setattr(task, name, value)
    return image.ActionModule(
        task, connection or Connection(), MagicMock(), loader, Templar(loader=loader, variables={}), MagicMock()
    )


def run(watched: image.ActionModule) -> dict[str, Any]:
    return watched._execute_module(task_vars={"inventory_hostname": "controller"}, wrap_async=False)


def test_a_long_upload_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, ["", note(10, 5.0), note(10, 5.0), note(60, 10.0)])
    assert run(action())["changed"] is True
    assert host.told == [
        "[controller] ubuntu: 10 % of 100 MiB, 2.0 MiB/s, 45 s left",
        "[controller] ubuntu: 60 % of 100 MiB, 10 MiB/s, 4 s left",
    ]


def test_a_short_upload_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch, [note(10, 5.0)])
    host.done.set()
    monkeypatch.setattr(image, "pause", lambda _elapsed: image.QUIET)
    run(action())
    assert host.looks == host.told == []
    assert len(host.ran) == 1


def test_the_module_is_told_where_to_note_and_the_task_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    host, watched = Host(monkeypatch), action(environment=[{"http_proxy": "http://proxy:3128"}])
    run(watched)
    run(watched)
    paths = [ran["environment"].pop(VARIABLE) for ran in host.ran]
    assert all(path.startswith("/tmp/.osops.glance-") for path in paths)
    assert len(set(paths)) == 2
    assert paths[0] in host.looks[0][1]
    assert host.ran[0]["environment"] == {"http_proxy": "http://proxy:3128"}
    assert watched._task.environment == [{"http_proxy": "http://proxy:3128"}]


def test_who_looks_shares_nothing_that_a_command_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    host, watched = Host(monkeypatch), action()
    run(watched)
    looker = host.looks[0][0]
    assert looker is not watched
    for path in ("_connection", "_connection._shell", "_connection.become"):
        mine, theirs = watched, looker
        for name in path.split("."):
            mine, theirs = getattr(mine, name), getattr(theirs, name)
        assert mine is not theirs


UNWATCHED: dict[str, tuple[Any, dict[str, Any]]] = {
    "a connection of one command at a time": (Connection("paramiko"), {}),
    "a connection to a network device": (Connection("ansible.netcommon.network_cli"), {}),
    "a shell that is not like sh": (Connection("ssh", "powershell"), {}),
    "a shell of no known family": (Connection("ssh", None), {}),
    "check mode": (Connection(), {"check_mode": True}),
    "an asynchronous task": (Connection(), {"async_val": 60}),
    "a task whose output is hidden": (Connection(), {"no_log": True}),
}


@pytest.mark.parametrize(("connection", "attributes"), UNWATCHED.values(), ids=UNWATCHED)
def test_what_cannot_be_watched_runs_all_the_same(
    monkeypatch: pytest.MonkeyPatch, connection: Any, attributes: dict[str, Any]
) -> None:
    host = Host(monkeypatch, [note(10, 5.0)])
    assert run(action(connection, **attributes))["changed"] is True
    assert host.ran == [{"task_vars": {"inventory_hostname": "controller"}, "wrap_async": False, "environment": {}}]
    assert host.looks == []


@pytest.mark.parametrize("transport", ["ssh", "local", "containers.podman.podman", "community.docker.docker"])
def test_connections_with_a_process_for_each_command_are_watched(
    monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    host = Host(monkeypatch)
    run(action(Connection(transport)))
    assert host.looks


@pytest.mark.parametrize(
    "answer", [OSError("connection lost"), "[[", '[["a", {}, []]]'], ids=["connection lost", "cut off", "no progress"]
)
def test_a_look_that_fails_ends_the_watching_and_nothing_else(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    host = Host(monkeypatch, [answer, note(10, 5.0)])
    why: list[str] = []

    def say(text: str) -> None:
        why.append(text)
        host.done.set()

    monkeypatch.setattr(image.display, "vvv", say)
    assert run(action())["changed"] is True
    assert len(host.looks) == len(why) == 1
    assert host.told == []


def test_nothing_is_told_after_the_end() -> None:
    told: list[str] = []
    watch = image.Watch(lambda: note(10, 5.0), told.append)
    watch.end()
    watch.once()
    watch.run()
    assert told == []


def test_an_error_of_the_module_goes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host(monkeypatch)

    def fail(*_action: Any, **_how: Any) -> dict[str, Any]:
        raise KeyError("the host is gone")

    monkeypatch.setattr(host, "execute", fail)
    with pytest.raises(KeyError, match="the host is gone"):
        run(action())


@pytest.mark.parametrize(("elapsed", "seconds"), [(0, 5), (60, 5), (200, 10), (3600, 30)])
def test_the_longer_it_takes_the_more_seldom_it_is_told(elapsed: float, seconds: float) -> None:
    assert image.pause(elapsed) == seconds
