"""The examples work without a change, as far as that is possible without their hosts."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
EXAMPLES = TOP / "examples"
INVENTORIES = sorted(path.parent for path in EXAMPLES.glob("*/hosts"))
PLAYBOOKS = [EXAMPLES / "images-only/images.yml", *sorted((EXAMPLES / "ci/molecule/default").glob("[!m]*.yml"))]


def ansible_playbook(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(TOP / "ansible.cfg"),
        "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections"),
        "ANSIBLE_NOCOLOR": "1",
        "GLANCE_DATABASE_PASSWORD": "d4tab@se",
        "GLANCE_SERVICE_PASSWORD": "s3rvice",
    }
    command = ["ansible-playbook", *arguments]
    return subprocess.run(command, env=environment, cwd=TOP, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("inventory", INVENTORIES, ids=lambda path: path.name)
def test_inventory_has_a_deployment_plan(inventory: Path) -> None:
    distribution = "glance_plan_distribution='debian 12'"
    done = ansible_playbook("-i", str(inventory), "playbooks/plan.yml", "-e", distribution)
    assert done.returncode == 0, done.stdout
    assert "/etc/glance/glance-api.conf" in done.stdout
    assert "d4tab@se" not in done.stdout
    assert ("/srv/wheels" in done.stdout) is (inventory.name == "air-gapped")


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.name)
def test_playbook_has_no_error(playbook: Path) -> None:
    done = ansible_playbook("--syntax-check", "-i", "controller,", str(playbook))
    assert done.returncode == 0, done.stderr


def test_pipeline_uses_existing_playbooks() -> None:
    pipeline: dict[str, Any] = yaml.safe_load((EXAMPLES / "ci/gitlab-ci.yml").read_text())
    commands = [command for job in ("check", "test") for command in pipeline[job]["script"]]
    named = {word.partition("osops.glance.")[2] for command in commands for word in command.split() if "osops" in word}
    assert named == {"site", "plan"}
    assert all((TOP / f"playbooks/{name}.yml").is_file() for name in named)
