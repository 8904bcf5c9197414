"""Upgrades of one controller from release to release keep its images."""

from __future__ import annotations

import os
import subprocess
from typing import Any, Callable, Iterator

import pytest
from controllers import TOP, Controller, create_controller, run_hosts_tool

Play = Callable[..., Any]
DISK = "/var/lib/sandbox-disk.qcow2"
OLD = "glance-upgrade-old"
CONTENT = "/var/lib/glance/images"
# Only the image of Victoria must exist: the image in the inventory of this host has the same name.
NO_IMAGES: dict[str, Any] = {"glance_images": []}
# The versions with their constraints.
STEPS = {
    "30.2.0": (TOP / "molecule/upgrade/constraints-30.txt").read_text(),
    "33.0.0": (TOP / "molecule/venv/constraints.txt").read_text(),
}


def copy_between_hosts(source_script: str, target_script: str, source_host: str, target_host: str) -> None:
    """Connect the output of a script on one host with the input of a script on another host."""
    podman = ["podman", "exec", "--interactive"]
    environment = {**os.environ, "CONTAINERS_CONF": str(TOP / ".cache/containers.conf")}
    source = subprocess.Popen(
        [*podman, source_host, "sh", "-c", source_script], stdout=subprocess.PIPE, env=environment
    )
    subprocess.run([*podman, target_host, "sh", "-c", target_script], stdin=source.stdout, check=True, env=environment)
    assert source.wait() == 0


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """Deploy Victoria on a controller."""
    run_hosts_tool("up", OLD, "--prepared", "--suite", "bullseye")
    controller = create_controller(OLD, tmp_path_factory.mktemp("old"))
    for playbook in ("sandbox", "site"):
        run = controller.play(playbook)
        assert run.rc == 0, run.output
    yield controller
    run_hosts_tool("down", OLD)


@pytest.fixture(scope="module")
def identity(old: Controller, host: Any, controller: Controller) -> str:
    """Copy the database and the image content of Victoria to the new controller, and return the ID of the image."""
    image = str(old.openstack_json("image show small-disk")["id"])
    copy_between_hosts(f"tar -C {CONTENT} -c .", f"mkdir -p {CONTENT} && tar -C {CONTENT} -x", OLD, controller.name)
    host.check_output("mysql -e 'CREATE DATABASE glance CHARACTER SET utf8'")
    copy_between_hosts("mysqldump glance", "mysql glance", OLD, controller.name)
    return image


@pytest.fixture(scope="module")
def zed(identity: str, play: Play) -> str:
    run = play("site", **NO_IMAGES)
    assert run.rc == 0, run.output
    return identity


def check_image(controller: Controller, host: Any, identity: str) -> None:
    image = controller.openstack_json(f"image show {identity}")
    assert (image["name"], image["status"]) == ("small-disk", "active")
    host.check_output(f"openstack --os-cloud sandbox image save --file /root/back {identity}")
    size = image["size"]
    assert host.check_output("stat -c %s /root/back") == str(size)
    assert host.check_output("sha512sum /root/back").split()[0] == image["properties"]["os_hash_value"]


def test_zed_runs_with_database_of_victoria(zed: str, controller: Controller, host: Any, play: Play) -> None:
    check_image(controller, host, zed)
    assert host.check_output("runuser -u glance -- glance-manage db version").splitlines()[-1] == "wallaby_contract01"
    again = play("site", **NO_IMAGES)
    assert (again.rc, again.changed) == (0, 0), again.output


@pytest.mark.parametrize("version", STEPS)
def test_upgrade_to_virtual_environment(version: str, zed: str, controller: Controller, host: Any, play: Play) -> None:
    variables = {
        **NO_IMAGES,
        "glance_api_install_method": "venv",
        "glance_api_version": version,
        "glance_api_constraints": [STEPS[version]],
    }
    run = play("site", **variables)
    assert run.rc == 0, run.output
    check_image(controller, host, zed)
    manage = "runuser -u glance -- /opt/glance/current/bin/glance-manage"
    assert host.check_output(f"{manage} --version") == version
    assert host.check_output(f"{manage} db version").splitlines()[-1] == "2024_1_contract01"
    again = play("site", **variables)
    assert (again.rc, again.changed) == (0, 0), again.output
    verified = play("verify", **variables)
    assert verified.rc == 0, verified.output
