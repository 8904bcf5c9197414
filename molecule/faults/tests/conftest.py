"""Hosts that start from the prepared one, and runs that are interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from controllers import LIMIT, TOP, Controller, create_controller, run_hosts_tool

SAVED = "faults"
# Processes that a run starts on the host, and that continue when the run is killed.
PROCESSES = "AnsiballZ|apt-get|/usr/bin/apt|dpkg|glance-manage|oslo-config"


def wait_for_keystone(controller: Controller) -> None:
    """Wait until Keystone responds, which takes long after a boot."""
    command = "openstack --os-cloud sandbox token issue >/dev/null 2>&1"
    controller.host.check_output(f"timeout 120 sh -c 'until {command}; do sleep 1; done'; {command}")


@pytest.fixture(scope="session")
def boot(controller: Controller, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Controller]]:
    """Return a function that boots a host in the state of the prepared one."""
    run_hosts_tool("save", controller.name, SAVED)
    wait_for_keystone(controller)
    booted = []

    def boot(name: str) -> Controller:
        booted.append(name)
        run_hosts_tool("up", name, "--image", SAVED)
        booted_controller = create_controller(name, tmp_path_factory.mktemp(name))
        wait_for_keystone(booted_controller)
        return booted_controller

    yield boot
    run_hosts_tool("down", *booted)
    run_hosts_tool("forget", SAVED)


@pytest.fixture(scope="session")
def converged(boot: Callable[[str], Controller]) -> Controller:
    """Deploy a host in one run without a fault."""
    return deploy(boot("glance-converged"))


@pytest.fixture(scope="session")
def disposable(boot: Callable[[str], Controller]) -> Controller:
    """Deploy a host for tests that do not restore it."""
    return deploy(boot("glance-disposable"))


def deploy(controller: Controller) -> Controller:
    run = controller.play("site")
    assert run.rc == 0, run.output[-3000:]
    return controller


class BackgroundRun:
    """A run of a playbook in the background, during which a test injects a fault."""

    def __init__(self, controller: Controller, playbook: str, folder: Path, **extra: Any) -> None:
        self.mark = f"OSOPS_RUN={uuid.uuid4()}"
        self.controller = controller
        self.started = folder / "started-tasks"
        self.started.write_text("")
        self.output = folder / "output"
        command = controller.command(playbook, **extra)
        name, value = self.mark.split("=")
        command["env"].update(
            {
                name: value,
                "OSOPS_STARTED_TASKS": str(self.started),
                "ANSIBLE_CALLBACK_PLUGINS": str(TOP / "molecule/faults/callback_plugins"),
                "ANSIBLE_CALLBACKS_ENABLED": "started_tasks",
            }
        )
        with self.output.open("w") as output:
            self.process = subprocess.Popen(**command, stdout=output, stderr=subprocess.STDOUT)

    @property
    def tasks(self) -> list[str]:
        """Return the names of the tasks that have started."""
        return self.started.read_text().splitlines()

    def wait_for(self, condition: Callable[[list[str]], bool]) -> bool:
        """Wait until the started tasks meet a condition. Return False if the run ends before."""
        limit = time.monotonic() + LIMIT
        while not condition(self.tasks):
            assert time.monotonic() < limit
            if self.process.poll() is not None:
                return condition(self.tasks)
            time.sleep(0.02)
        return True

    def wait(self) -> int:
        """Wait until the run ends and return its exit status."""
        return self.process.wait(LIMIT)

    def kill(self) -> None:
        """Kill the run with its processes on this machine and on the host."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    os.kill(int(folder.name), signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        self.process.wait(LIMIT)
        self.controller.host.run(f"pkill -KILL -f '{PROCESSES}'")


@pytest.fixture
def background_run(tmp_path: Path) -> Callable[..., BackgroundRun]:
    def start(controller: Controller, playbook: str, **extra: Any) -> BackgroundRun:
        return BackgroundRun(controller, playbook, tmp_path, **extra)

    return start
