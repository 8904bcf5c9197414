"""The commands in the documentation that are marked as runnable work on a deployed host."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Any

import pytest
from controllers import TOP

RUNNABLE = re.compile(r"<!-- runnable -->\n *```console\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"^ *\$ (.*(?:\\\n.*)*)", re.MULTILINE)
INVENTORY = re.compile(r"(?<=-i )(?:\.\./)?my-cloud")
COMMANDS = [
    pytest.param(command, id=f"{page.stem}: {command}")
    for page in sorted(TOP.glob("docs/*.md"))
    for block in RUNNABLE.findall(page.read_text())
    for command in COMMAND.findall(block)
]


def test_commands_are_marked() -> None:
    assert len(COMMANDS) > 8


@pytest.mark.parametrize("command", COMMANDS)
def test_command_works(command: str, controller: Any) -> None:
    own = INVENTORY.sub(str(controller.inventory), command)
    assert own != command, "the command names no inventory"
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_CONFIG": str(TOP / "ansible.cfg")}
    done = subprocess.run(own, shell=True, cwd=TOP, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
