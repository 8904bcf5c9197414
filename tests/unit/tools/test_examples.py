"""The examples in the documentation are valid: YAML, playbooks and shell commands."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any, Iterator, NamedTuple

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
PAGES = [*sorted(TOP.glob("docs/*.md")), TOP / "README.md", *sorted(TOP.glob("roles/*/README.md"))]
BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w+)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ (.*(?:\\\n.*)*)", re.MULTILINE)
PLAYBOOK = re.compile(r"\bosops\.glance\.(\w+)(?: |$)")
MODULES = {path.stem for path in TOP.glob("plugins/modules/*.py")}


class Example(NamedTuple):
    """A block of code on a page."""

    page: str
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}-{self.number}"


def examples(language: str) -> Iterator[Example]:
    for page in PAGES:
        for number, found in enumerate(BLOCK.finditer(page.read_text()), 1):
            if found["language"] == language:
                lines = [line.removeprefix(found["indent"]) for line in found["text"].splitlines()]
                yield Example(str(page.relative_to(TOP)), number, "\n".join(lines) + "\n")


def is_playbook(content: Any) -> bool:
    return isinstance(content, list) and all(
        isinstance(play, dict) and ("hosts" in play or "ansible.builtin.import_playbook" in play) for play in content
    )


@pytest.mark.parametrize("example", list(examples("yaml")), ids=str)
def test_yaml_can_be_read(example: Example) -> None:
    assert list(yaml.safe_load_all(example.text)) != [None]


def test_playbooks_have_no_error(tmp_path: Path) -> None:
    """Ansible finds their roles, modules and options of plays."""
    playbooks = [example for example in examples("yaml") if is_playbook(yaml.safe_load(example.text))]
    assert len(playbooks) > 8
    files = [tmp_path / f"{number}.yml" for number in range(len(playbooks))]
    for file, example in zip(files, playbooks):
        file.write_text(example.text)
    done = subprocess.run(
        ["ansible-playbook", "--syntax-check", "-i", "controller,", *map(str, files)],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("example", list(examples("console")), ids=str)
def test_commands_are_those_of_a_shell(example: Example) -> None:
    commands = COMMAND.findall(example.text)
    assert commands, "no line begins with a prompt"
    script = "\n".join(commands)
    checked = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    named = {name for command in commands if "playbook" in command for name in PLAYBOOK.findall(command)}
    assert named <= {path.stem for path in TOP.glob("playbooks/*.yml")} | MODULES
