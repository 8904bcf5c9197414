"""That an upgrade keeps what there is: one controller, from release to release."""

from __future__ import annotations

import os
import subprocess
from typing import Any, Callable, Iterator

import pytest
from controllers import TOP, Controller, alone, hosts

Play = Callable[..., Any]
DISK = "/var/lib/sandbox-disk.qcow2"
OLD = "glance-upgrade-old"
CONTENT = "/var/lib/glance/images"
# The image of Victoria is all that there shall be: the one of this host's inventory has the same name.
NO_OTHERS: dict[str, Any] = {"glance_images": []}
# The versions, and what each runs with.
STEPS = {
    "30.2.0": (TOP / "molecule/upgrade/constraints-30.txt").read_text(),
    "33.0.0": (TOP / "molecule/venv/constraints.txt").read_text(),
}


def carry(script_there: str, script_here: str, there: str, here: str) -> None:
    """Let a script on one host read what a script on another one writes."""
    podman = ["podman", "exec", "--interactive"]
    environment = {**os.environ, "CONTAINERS_CONF": str(TOP / ".cache/containers.conf")}
    source = subprocess.Popen([*podman, there, "sh", "-c", script_there], stdout=subprocess.PIPE, env=environment)
    subprocess.run([*podman, here, "sh", "-c", script_here], stdin=source.stdout, check=True, env=environment)
    assert source.wait() == 0


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    """A controller with Victoria."""
    hosts("up", OLD, "--prepared", "--suite", "bullseye")
    controller = alone(OLD, tmp_path_factory.mktemp("old"))
    for playbook in ("sandbox", "site"):
        run = controller.play(playbook)
        assert run.rc == 0, run.output
    yield controller
    hosts("down", OLD)


@pytest.fixture(scope="module")
def identity(old: Controller, host: Any, controller: Controller) -> str:
    """The image that was uploaded to Victoria; its row and its content are on the new controller."""
    image = str(old.ask("image show small-disk")["id"])
    carry(f"tar -C {CONTENT} -c .", f"mkdir -p {CONTENT} && tar -C {CONTENT} -x", OLD, controller.name)
    host.check_output("mysql -e 'CREATE DATABASE glance CHARACTER SET utf8'")
    carry("mysqldump glance", "mysql glance", OLD, controller.name)
    return image


@pytest.fixture(scope="module")
def zed(identity: str, play: Play) -> str:
    run = play("site", **NO_OTHERS)
    assert run.rc == 0, run.output
    return identity


def is_kept(controller: Controller, host: Any, identity: str) -> None:
    image = controller.ask(f"image show {identity}")
    assert (image["name"], image["status"]) == ("small-disk", "active")
    host.check_output(f"openstack --os-cloud sandbox image save --file /root/back {identity}")
    size = image["size"]
    assert host.check_output("stat -c %s /root/back") == str(size)
    assert host.check_output("sha512sum /root/back").split()[0] == image["properties"]["os_hash_value"]


def test_the_database_of_victoria_serves_zed(zed: str, controller: Controller, host: Any, play: Play) -> None:
    is_kept(controller, host, zed)
    assert host.check_output("runuser -u glance -- glance-manage db version").splitlines()[-1] == "wallaby_contract01"
    again = play("site", **NO_OTHERS)
    assert (again.rc, again.changed) == (0, 0), again.output


@pytest.mark.parametrize("version", STEPS)
def test_an_environment_takes_the_service_over(
    version: str, zed: str, controller: Controller, host: Any, play: Play
) -> None:
    given = {
        **NO_OTHERS,
        "glance_api_install_method": "venv",
        "glance_api_version": version,
        "glance_api_constraints": [STEPS[version]],
    }
    run = play("site", **given)
    assert run.rc == 0, run.output
    is_kept(controller, host, zed)
    manage = "runuser -u glance -- /opt/glance/current/bin/glance-manage"
    assert host.check_output(f"{manage} --version") == version
    assert host.check_output(f"{manage} db version").splitlines()[-1] == "2024_1_contract01"
    again = play("site", **given)
    assert (again.rc, again.changed) == (0, 0), again.output
    proven = play("verify", **given)
    assert proven.rc == 0, proven.output
