"""The plan is the same with every supported version of ansible-core."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Inventory
from tests import plans
from tests.cores.conftest import Core
from tools.tables import RELEASES

PLAY = """
- hosts: localhost
  gather_facts: false
  vars:
    # Before ansible-core 2.19 the result of a template is text that is parsed again.
    plan: "{{ lookup('osops.glance.plan', 'service') }}"
    __glance_gathered: true
  tasks:
    - ansible.builtin.set_fact:
        rendered: "{{ rendered | default({}) | combine({item: made}) }}"
      vars:
        glance_release: "{{ item }}"
        made: "{{ {'files': plan['files'], 'policies': plan['policies']['rules']} }}"
      loop: RELEASES
    - ansible.builtin.copy:
        content: "{{ rendered | to_json }}"
        dest: OUT
        mode: "0600"
"""


def variables() -> dict[str, Any]:
    host = plans.host_of()
    return {**plans.SECRETS, "ansible_facts": {"osops_glance": dict(host.facts)}}


def expected() -> dict[str, Any]:
    inventory = Inventory("localhost")
    parts = {release: plans.service_part_of(release, inventory=inventory) for release in RELEASES}
    return {name: {"files": part["files"], "policies": part["policies"]["rules"]} for name, part in parts.items()}


def test_files_of_every_release_are_the_same(core: Core, tmp_path: Path) -> None:
    playbook, out, given = tmp_path / "play.yml", tmp_path / "out.json", tmp_path / "vars.json"
    playbook.write_text(PLAY.replace("RELEASES", json.dumps(RELEASES)).replace("OUT", str(out)))
    given.write_text(json.dumps(variables()))
    core.play(playbook, "-e", f"@{given}")
    assert as_text(json.loads(out.read_text())) == as_text(expected())


def as_text(value: Any) -> Any:
    """Return a value as it is written to a file: a number in text is written like a number."""
    if isinstance(value, dict):
        return {name: as_text(inner) for name, inner in value.items()}
    return [as_text(inner) for inner in value] if isinstance(value, (list, tuple)) else str(value)
