"""Hosts that begin as the prepared one, and runs that are ended in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from controllers import LIMIT, TOP, Controller, alone, hosts

SAVED = "faults"
# What a run has started on the host, and what goes on without it.
WORKING = "AnsiballZ|apt-get|/usr/bin/apt|dpkg|glance-manage|oslo-config"


def answers(controller: Controller) -> None:
    """Wait until Keystone answers, which takes it long when it has just been booted."""
    ask = "openstack --os-cloud sandbox token issue >/dev/null 2>&1"
    controller.host.check_output(f"timeout 120 sh -c 'until {ask}; do sleep 1; done'; {ask}")


@pytest.fixture(scope="session")
def boot(controller: Controller, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Controller]]:
    """Boot a host as the scenario's own was when it had been prepared."""
    hosts("save", controller.name, SAVED)
    answers(controller)
    booted = []

    def boot(name: str) -> Controller:
        booted.append(name)
        hosts("up", name, "--image", SAVED)
        there = alone(name, tmp_path_factory.mktemp(name))
        answers(there)
        return there

    yield boot
    hosts("down", *booted)
    hosts("forget", SAVED)


@pytest.fixture(scope="session")
def undisturbed(boot: Callable[[str], Controller]) -> Controller:
    """A host that was deployed in one run, in which nothing went wrong."""
    return deployed(boot("glance-undisturbed"))


@pytest.fixture(scope="session")
def doomed(boot: Callable[[str], Controller]) -> Controller:
    """A host that was deployed, for what is not put right again."""
    return deployed(boot("glance-doomed"))


def deployed(controller: Controller) -> Controller:
    run = controller.play("site")
    assert run.rc == 0, run.output[-3000:]
    return controller


class Disturbed:
    """A run of a playbook while something happens to it; as a context, it is ended at the end of the context."""

    def __init__(self, controller: Controller, playbook: str, folder: Path, **extra: Any) -> None:
        self.mark = f"OSOPS_RUN={uuid.uuid4()}"
        self.controller = controller
        self.begun = folder / "begun"
        self.begun.write_text("")
        self.output = folder / "output"
        command = controller.command(playbook, **extra)
        name, value = self.mark.split("=")
        command["env"].update(
            {
                name: value,
                "OSOPS_BEGUN": str(self.begun),
                "ANSIBLE_CALLBACK_PLUGINS": str(TOP / "molecule/faults/callback_plugins"),
                "ANSIBLE_CALLBACKS_ENABLED": "begun",
            }
        )
        with self.output.open("w") as output:
            self.process = subprocess.Popen(**command, stdout=output, stderr=subprocess.STDOUT)

    @property
    def tasks(self) -> list[str]:
        return self.begun.read_text().splitlines()

    def wait_for(self, wanted: Callable[[list[str]], bool]) -> bool:
        """Wait until the tasks that have begun are as wanted; False when the run ends before."""
        limit = time.monotonic() + LIMIT
        while not wanted(self.tasks):
            assert time.monotonic() < limit
            if self.process.poll() is not None:
                return wanted(self.tasks)
            time.sleep(0.02)
        return True

    def end(self) -> int:
        """Wait until the run ends by itself."""
        return self.process.wait(LIMIT)

    def kill(self) -> None:
        """End the run, all that belongs to it here, and all that it has started on the host."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self.mark.encode() in (folder / "environ").read_bytes():
                    os.kill(int(folder.name), signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        self.process.wait(LIMIT)
        self.controller.host.run(f"pkill -KILL -f '{WORKING}'")


@pytest.fixture
def disturbed(tmp_path: Path) -> Callable[..., Disturbed]:
    def start(controller: Controller, playbook: str, **extra: Any) -> Disturbed:
        return Disturbed(controller, playbook, tmp_path, **extra)

    return start
