"""What the roles make of their variables for each release, as Ansible itself templates them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Mapping

import yaml

TOP = Path(__file__).resolve().parent.parent
TABLE: dict[str, dict[str, Any]] = yaml.safe_load((TOP / "roles/glance/vars/main/releases.yml").read_text())[
    "__glance_releases"
]
RELEASES = list(TABLE)

RENDER = """
- hosts: localhost
  gather_facts: false
  vars_files: {files}
  tasks:
    - ansible.builtin.set_fact:
        rendered: "{{{{ rendered | default({{}}) | combine({{item: made}}) }}}}"
      vars:
        glance_release: "{{{{ item }}}}"
        made:
          files: "{{{{ __glance_api_files }}}}"
          names: "{{{{ __glance_api_file_names }}}}"
          policy: "{{{{ __glance_api_policy }}}}"
          method: "{{{{ glance_api_install_method }}}}"
      loop: {releases}
    - ansible.builtin.copy:
        content: "{{{{ rendered | to_json }}}}"
        dest: "{out}/rendered.json"
        mode: "0600"
"""
INPUTS = {
    "glance_database_password": "p@ss",
    "glance_service_password": "pa$$word",
    # Every advisory is fixed in it.
    "__glance_version": "33.0.0",
    "__glance_host": {"family": "Debian", "distribution": "debian 12"},
}


def render(out: Path, inputs: Mapping[str, Any] | None = None, python: Path = Path(sys.executable)) -> dict[str, Any]:
    """Return of every release the configuration files, the names of those that it has, and the policies.

    out: a directory to work in.
    python: the interpreter of the ansible-core that renders.
    """
    files = [TOP / f"roles/{role}/defaults/main.yml" for role in ("glance", "glance_api")]
    files += sorted(TOP.glob("roles/glance*/vars/main/*.yml"))
    playbook = out / "render.yml"
    playbook.write_text(
        RENDER.format(files=json.dumps([str(file) for file in files]), out=out, releases=json.dumps(RELEASES))
    )
    command = [str(python.parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(playbook)]
    command += ["-e", json.dumps({**INPUTS, "ansible_python_interpreter": str(python), **(inputs or {})})]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections")}
    done = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    rendered: dict[str, Any] = json.loads((out / "rendered.json").read_text())
    return rendered
