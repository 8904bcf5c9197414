"""Run the collection's playbooks on the scenario's host, as a person at the screen would."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest
import testinfra
import yaml

TOP = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parents[1]
# Another scenario that runs these checks names its own directory.
SCENARIO = Path(os.environ.get("MOLECULE_SCENARIO_DIRECTORY", HERE))


class Run:
    """One finished run of a playbook."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.rc = done.returncode
        self.output = done.stdout + done.stderr

    @property
    def words(self) -> str:
        """The output on one line, as wrapping breaks sentences anywhere."""
        return " ".join(self.output.split())

    @property
    def changed(self) -> int:
        """How many tasks changed something, on all hosts."""
        return sum(int(number) for number in re.findall(r"\bchanged=(\d+)", self.output))


@pytest.fixture(scope="session")
def host() -> Any:
    """The host, entered by podman itself: through Ansible, every look at it would take seconds."""
    name = (
        os.environ.get("OSOPS_TEST_HOST")
        or yaml.safe_load((SCENARIO / "molecule.yml").read_text())["platforms"][0]["name"]
    )
    return testinfra.get_host(f"podman://{name}")


@pytest.fixture(scope="session")
def variables() -> dict[str, Any]:
    """What the scenario's inventory says."""
    variables = dict(yaml.safe_load((HERE / "group_vars/all.yml").read_text()))
    for file in SCENARIO.glob("host_vars/*.yml"):
        variables.update(yaml.safe_load(file.read_text()))
    return variables


@pytest.fixture(scope="session")
def secrets(variables: dict[str, Any]) -> list[str]:
    return [value for name, value in variables.items() if name.endswith("_password")]


@pytest.fixture(scope="session")
def play() -> Callable[..., Run]:
    inventory = Path(os.environ["MOLECULE_INVENTORY_FILE"]).parent

    def run(playbook: str, *options: str, inventory: Path = inventory, **extra: Any) -> Run:
        command = [
            "ansible-playbook",
            "-i",
            str(inventory),
            f"playbooks/{playbook}.yml",
            "-e",
            json.dumps(extra),
            *options,
        ]
        environment = {
            **os.environ,
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_FORCE_COLOR": "0",
            "ANSIBLE_CONFIG": str(TOP / "ansible.cfg"),
        }
        return Run(
            subprocess.run(command, cwd=TOP, env=environment, text=True, capture_output=True, timeout=300, check=False)
        )

    return run
