"""A run that begins in the middle has no facts of the host; it ends with one sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tools.rendering import TOP

PLAY = """
- hosts: localhost
  gather_facts: false
  vars_files: {files}
  tasks:
    - ansible.builtin.debug:
        msg: "{{{{ __glance_platform['package_manager'] }}}} {{{{ __glance_release_facts['version'] }}}}"
"""


def test_missing_facts_are_reported_in_one_sentence(tmp_path: Path) -> None:
    files = json.dumps([str(path) for path in sorted(TOP.glob("roles/glance/vars/main/*.yml"))])
    (tmp_path / "play.yml").write_text(PLAY.format(files=files))
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
