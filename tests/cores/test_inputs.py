"""Check that public variables have their documented types with every version of ansible-core and every source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cores.conftest import Core

SHOW = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{{{ lookup('osops.glance.inputs') | to_json }}}}"
        dest: "{out}"
        mode: "0600"
    # The values keep their types in another variable.
    - ansible.builtin.assert:
        that:
          - seen['database_port'] + 1 == 3308
          - seen['remove_data'] is sameas false
          - seen['api_min_free_gib'] < 1
          - seen['api_workers'] is none
          - seen['memcached_servers'] | length == 2
      vars:
        seen: "{{{{ lookup('osops.glance.inputs') }}}}"
"""
TEXTS = {
    "glance_remove_data": "no",
    "glance_api_migrate": "false",
    "glance_api_backup": "0",
    "glance_database_tls": "False",
    "glance_database_port": "3307",
    "glance_api_min_free_gib": "0.5",
    "glance_api_workers": "",
    "glance_region": "",
    "glance_memcached_servers": '["c1:11211", "c2:11211"]',
    "glance_images": '[{"name": "a", "protected": "no"}]',
    "glance_config": '{"DEFAULT": {"debug": true}}',
    "glance_database_password": "a$b%c",
}
VALUES = {
    "remove_data": False,
    "api_migrate": False,
    "api_backup": False,
    "database_tls": False,
    "database_port": 3307,
    "api_min_free_gib": 0.5,
    "api_workers": None,
    "region": "RegionOne",
    "memcached_servers": ["c1:11211", "c2:11211"],
    "images": [{"name": "a", "protected": False}],
    "config": {"DEFAULT": {"debug": True}},
    "database_password": "a$b%c",
    # A default may refer to another variable.
    "admin_url": "http://controller:9292",
}


def extra_vars(folder: Path) -> tuple[str, list[str]]:
    return "localhost,", [option for name, text in TEXTS.items() for option in ("-e", f"{name}='{text}'")]


def survey(folder: Path) -> tuple[str, list[str]]:
    """AWX passes the answers of a survey as JSON."""
    (folder / "answers.json").write_text(json.dumps(TEXTS))
    return "localhost,", ["-e", f"@{folder / 'answers.json'}"]


def ini_inventory(folder: Path) -> tuple[str, list[str]]:
    lines = "".join(f"{name}={text}\n" for name, text in TEXTS.items())
    (folder / "hosts.ini").write_text(f"localhost\n[all:vars]\n{lines}")
    return str(folder / "hosts.ini"), []


@pytest.mark.parametrize("source", [extra_vars, survey, ini_inventory], ids=lambda source: source.__name__)
def test_values_have_their_documented_types(core: Core, source: Any, tmp_path: Path) -> None:
    inventory, options = source(tmp_path)
    playbook, out = tmp_path / "show.yml", tmp_path / "seen.json"
    playbook.write_text(SHOW.format(out=out))
    core.play(playbook, *options, inventory=inventory)
    seen = json.loads(out.read_text())
    assert {name: seen[name] for name in VALUES} == VALUES
