"""A job of ansible-runner shows the progress of a task, and ends, with every supported version of ansible-core."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.cores.conftest import Core
from tools.cores import TOP

LIMIT = 120  # seconds, for a task that takes eight
PLAY = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - slow:
"""
ACTION = """
from ansible_collections.osops.glance.plugins.plugin_utils.progress.action import ProgressAction

class ActionModule(ProgressAction):
    pass
"""
MODULE = """
import json
import os
import time

from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule({})
with open(os.environ["OSOPS_GLANCE_PROGRESS"], "w") as file:
    json.dump([["ubuntu", "", 1048576, 104857600, 0.0, 5.0]], file)
time.sleep(8)
module.exit_json()
"""


def test_job_shows_progress_and_ends(core: Core, tmp_path: Path) -> None:
    """The callback plugin of ansible-runner writes in the workers, with a lock that ansible-playbook shares."""
    files = {
        "inventory/hosts": "localhost\n",
        "project/play.yml": PLAY,
        "project/action_plugins/slow.py": ACTION,
        "project/library/slow.py": MODULE,
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    programs = core.python.parent
    environment = {
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections"),
        "ANSIBLE_PYTHON_INTERPRETER": str(core.python),
    }
    command = [str(programs / "ansible-runner"), "run", str(tmp_path), "--playbook", "play.yml"]
    job = subprocess.run(command, env={**os.environ, **environment}, timeout=LIMIT, text=True, capture_output=True)
    assert job.returncode == 0, job.stdout + job.stderr
    events = [json.loads(path.read_text()) for path in tmp_path.glob("artifacts/*/job_events/*.json")]
    assert "[localhost] ubuntu: " in "".join(event["stdout"] for event in events)
