"""Provide the supported versions of ansible-core, each in its own virtual environment."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools.cores import CORES, TOP, NoInterpreter, environment


class Core:
    """A version of ansible-core that runs playbooks on the control node."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.python = environment(version) / "bin/python"

    def play(self, playbook: Path, *options: str, inventory: str = "localhost,") -> None:
        """Run a playbook without a connection."""
        command = [
            str(self.python.parent / "ansible-playbook"),
            "-i",
            inventory,
            "-c",
            "local",
            str(playbook),
            *options,
        ]
        setting = {
            "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections"),
            "ANSIBLE_PYTHON_INTERPRETER": str(self.python),
        }
        done = subprocess.run(command, env={**os.environ, **setting}, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session", params=list(CORES))
def core(request: Any) -> Core:
    try:
        return Core(request.param)
    except NoInterpreter as error:
        pytest.skip(str(error))
