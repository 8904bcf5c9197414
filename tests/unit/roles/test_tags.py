"""Tags select the steps of site.yml."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.tables import TOP

STEPS = ("install", "configure", "database", "identity", "schema", "service", "images", "loadbalancer")
ALWAYS = {"always", "preflight"}
INVENTORY = "[glance_api]\nc1\nc2\n"


def listed(tmp_path: Path, *options: str) -> list[tuple[str, set[str]]]:
    """Return the name and the tags of each task of site.yml, as ansible-playbook lists them."""
    (tmp_path / "hosts.ini").write_text(INVENTORY)
    program = Path(sys.executable).parent / "ansible-playbook"
    command = [str(program), "-i", str(tmp_path / "hosts.ini"), str(TOP / "playbooks/site.yml"), "--list-tasks"]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections"), "ANSIBLE_NOCOLOR": "1"}
    done = subprocess.run([*command, *options], env=environment, text=True, capture_output=True, check=True)
    tasks = re.findall(r"^ {6}(?!TASK TAGS)(\S.*?)\tTAGS: \[(.*)\]$", done.stdout, re.MULTILINE)
    return [(name, set(tags.split(", "))) for name, tags in tasks]


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, set[str]]]:
    return listed(tmp_path_factory.mktemp("tags"))


def test_every_task_is_a_check_or_belongs_to_a_step(tasks: list[tuple[str, set[str]]]) -> None:
    assert [name for name, tags in tasks if not tags & ALWAYS and not tags & set(STEPS)] == []
    assert {tag for _name, tags in tasks for tag in tags} == {*ALWAYS, *STEPS}


@pytest.mark.parametrize(
    ("step", "count", "expected"),
    [
        ("install", 1, "install | Install the packages"),
        ("configure", 2, "configure | Write the configuration"),
        ("configure", 2, "units | Write the units and the options of uWSGI"),
        ("database", 1, "create | Create the database, its accounts and their grants"),
        ("identity", 1, "register | Create the service credentials and the API endpoints"),
        ("schema", 2, "schema | Populate the database"),
        ("service", 2, "start | Start the service and verify that it responds"),
        ("images", 1, "Manage the images"),
    ],
)
def test_step_contains_its_tasks(tasks: list[tuple[str, set[str]]], step: str, count: int, expected: str) -> None:
    selected = [name.rpartition(" : ")[2] for name, tags in tasks if step in tags]
    assert selected.count(expected) == count


def test_checks_always_run_and_other_steps_do_not(tmp_path: Path, tasks: list[tuple[str, set[str]]]) -> None:
    assert listed(tmp_path, "--tags", "schema") == [task for task in tasks if task[1] & {*ALWAYS, "schema"}]


def test_skipped_step_does_not_run(tmp_path: Path, tasks: list[tuple[str, set[str]]]) -> None:
    assert listed(tmp_path, "--skip-tags", "images") == [task for task in tasks if "images" not in task[1]]
