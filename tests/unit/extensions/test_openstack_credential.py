"""The template for the credential type OpenStack of AWX gives glance_cloud the entry that AWX wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from openstack.config import OpenStackConfig

from ansible_collections.osops.glance.plugins.module_utils._openstack.options import loader_arguments, sdk_arguments
from tests.unit.extensions.awx_files import AWX, load

TEMPLATE = load(AWX / "data/credential_types.yml")["awx_openstack_cloud"]
PASSWORDS = ["12345", '[1, "{{ b }}"]: ä']


def written_by_awx(password: str) -> dict[str, Any]:
    """Return what AWX writes to the clouds file of a credential."""
    auth = {
        "auth_url": "http://controller:5000/v3",
        "username": "admin",
        "password": password,
        "project_name": "admin",
        "project_domain_name": "Default",
        "domain_name": "Default",
    }
    return {"clouds": {"devstack": {"auth": auth, "verify": True, "region_name": "RegionOne"}}}


@pytest.mark.parametrize("password", PASSWORDS)
def test_template_returns_the_entry_of_the_file(password: str, tmp_path: Path) -> None:
    clouds = written_by_awx(password)
    (tmp_path / "clouds").write_text(yaml.safe_dump(clouds, allow_unicode=True))
    (tmp_path / "variables.yml").write_text(yaml.safe_dump({"glance_cloud": TEMPLATE}))
    program = str(Path(sys.executable).parent / "ansible")
    command = [program, "localhost", "-m", "ansible.builtin.debug", "-a", "var=glance_cloud"]
    environment = {
        **os.environ,
        "OS_CLIENT_CONFIG_FILE": str(tmp_path / "clouds"),
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
        "ANSIBLE_NOCOLOR": "1",
    }
    done = subprocess.run(
        [*command, "-e", f"@{tmp_path / 'variables.yml'}"], env=environment, text=True, capture_output=True, check=True
    )
    assert json.loads(done.stdout.partition("=> ")[2]) == {"glance_cloud": clouds["clouds"]["devstack"]}


def test_domain_of_the_credential_is_that_of_the_user() -> None:
    """AWX writes it as domain_name, which openstacksdk uses as the domain of the user."""
    params = {"cloud": written_by_awx("secret")["clouds"]["devstack"]}
    cloud = OpenStackConfig(**loader_arguments(params["cloud"])).get_one(**sdk_arguments(params))
    auth = cloud.config["auth"]
    assert (auth["user_domain_name"], auth["project_domain_name"]) == ("Default", "Default")
    assert "domain_name" not in auth
    assert (cloud.get_region_name(), cloud.config["verify"]) == ("RegionOne", True)
