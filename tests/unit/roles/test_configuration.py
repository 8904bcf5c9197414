"""What the roles' data becomes for each release, held against the install guides and the releases' own samples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.osops.glance.plugins.module_utils import _options

TOP = Path(__file__).resolve().parents[3]
RELEASES = list(yaml.safe_load((TOP / "roles/glance/vars/main/releases.yml").read_text())["__glance_releases"])

RENDER = """
- hosts: localhost
  gather_facts: false
  vars_files: {files}
  tasks:
    - ansible.builtin.copy:
        content: "{{{{ {{'files': __glance_api_files, 'names': __glance_api_file_names}} | to_json }}}}"
        dest: "{out}/{{{{ item }}}}.json"
        mode: "0600"
      vars:
        glance_release: "{{{{ item }}}}"
      loop: {releases}
"""
INPUTS = {
    "ansible_python_interpreter": sys.executable,
    "glance_database_password": "p@ss",
    "glance_service_password": "pa$$word",
}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The configuration files of every release, as Ansible makes them of the roles' variables."""
    out = tmp_path_factory.mktemp("rendered")
    files = [TOP / f"roles/{role}/defaults/main.yml" for role in ("glance", "glance_api")]
    files += sorted(TOP.glob("roles/glance*/vars/main/*.yml"))
    playbook = out / "render.yml"
    playbook.write_text(
        RENDER.format(files=json.dumps([str(file) for file in files]), out=out, releases=json.dumps(RELEASES))
    )
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(playbook)]
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections")}
    done = subprocess.run(
        [*command, "-e", json.dumps(INPUTS)], env=environment, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {release: json.loads((out / f"{release}.json").read_text()) for release in RELEASES}


def api(rendered: dict[str, Any], release: str) -> dict[str, dict[str, Any]]:
    sections = rendered[release]["files"]["/etc/glance/glance-api.conf"]
    return {section: {name: v for name, v in options.items() if v is not None} for section, options in sections.items()}


@pytest.mark.parametrize("release", RELEASES)
def test_only_releases_with_a_registry_configure_it(rendered: dict[str, Any], release: str) -> None:
    has_registry = RELEASES.index(release) < RELEASES.index("victoria")
    assert ("/etc/glance/glance-registry.conf" in rendered[release]["names"]) is has_registry
    assert ("registry_host" in api(rendered, release)["DEFAULT"]) is has_registry


@pytest.mark.parametrize(
    ("release", "expected", "absent"),
    [
        ("icehouse", {"auth_host": "controller", "admin_user": "glance", "admin_tenant_name": "service"}, "username"),
        (
            "liberty",
            {"auth_plugin": "password", "auth_uri": "http://controller:5000", "username": "glance"},
            "auth_type",
        ),
        ("pike", {"auth_type": "password", "auth_uri": "http://controller:5000"}, "www_authenticate_uri"),
        ("queens", {"auth_type": "password", "www_authenticate_uri": "http://controller:5000"}, "auth_uri"),
        ("train", {"www_authenticate_uri": "http://controller:5000", "project_name": "service"}, "auth_uri"),
    ],
)
def test_identity_is_named_as_the_guide_of_the_release_does(
    rendered: dict[str, Any], release: str, expected: dict[str, str], absent: str
) -> None:
    section = api(rendered, release)["keystone_authtoken"]
    assert expected.items() <= section.items()
    assert absent not in section


@pytest.mark.parametrize(
    ("release", "section", "option", "value"),
    [
        ("icehouse", "DEFAULT", "default_store", "file"),
        ("queens", "glance_store", "default_store", "file"),
        ("train", "glance_store", "default_backend", "fs"),
        ("2026.2", "os_glance_staging_store", "filesystem_store_datadir", "/var/lib/glance/staging"),
    ],
)
def test_stores_are_told_where_the_release_looks(
    rendered: dict[str, Any], release: str, section: str, option: str, value: str
) -> None:
    assert api(rendered, release)[section][option] == value


@pytest.mark.parametrize("release", RELEASES)
def test_no_option_is_written_empty(rendered: dict[str, Any], release: str) -> None:
    """Before ansible-core 2.19 a template that gives nothing gives an empty string, which the service would read."""
    sections = rendered[release]["files"]["/etc/glance/glance-api.conf"]
    assert not [name for options in sections.values() for name, value in options.items() if value in ("", None)]


@pytest.mark.parametrize("release", RELEASES)
def test_secrets_are_written_as_the_service_reads_them(rendered: dict[str, Any], release: str) -> None:
    written = api(rendered, release)
    assert written["database"]["connection"].startswith("mysql+pymysql://glance:p%40ss@controller:3306/glance")
    passwords = {written["keystone_authtoken"].get(name) for name in ("password", "admin_password")} - {None}
    assert passwords == {"pa$$$$word"}


@pytest.mark.parametrize("release", RELEASES)
def test_every_option_is_one_that_the_release_has(rendered: dict[str, Any], release: str) -> None:
    written = api(rendered, release)
    assert list(_options.config_faults("glance_config", written, stores=["fs"], release=release)) == []
