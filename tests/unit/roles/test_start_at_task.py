"""A run that starts at a later task has no facts of the host; it fails with a message that names the cause."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tools.tables import TOP

PLAY = """
- hosts: localhost
  gather_facts: false
  vars:
    # As from the fact cache of an older run
    ansible_facts: {osops_glance: {family: Debian, distribution: debian 12, packages: {}, existing_files: []}}
  tasks:
    - ansible.builtin.debug:
        msg: "{{ lookup('osops.glance.plan', 'host') }}"
"""


def test_missing_facts_are_reported(tmp_path: Path) -> None:
    (tmp_path / "play.yml").write_text(PLAY)
    program = Path(sys.executable).parent / "ansible-playbook"
    done = subprocess.run(
        [str(program), "-i", "localhost,", "-c", "local", str(tmp_path / "play.yml")],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections"), "ANSIBLE_NOCOLOR": "1"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode
    words = " ".join((done.stdout + done.stderr).split())
    assert "The facts of this host were not gathered: --start-at-task skipped the preflight" in words
