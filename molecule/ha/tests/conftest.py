"""The hosts of the cluster, and clients that use the API while a test changes it."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any, Callable

import pytest
import testinfra
from api_clients import use_api

CONTROLLERS = {"glance-ha-1": "10.92.7.21", "glance-ha-2": "10.92.7.22", "glance-ha-3": "10.92.7.23"}


@pytest.fixture(scope="session")
def controllers() -> dict[str, Any]:
    return {name: testinfra.get_host(f"podman://{name}") for name in CONTROLLERS}


@pytest.fixture
def clients(controller: Any) -> Callable[[], Any]:
    """Return a context manager during which clients use the API."""
    return lambda: use_api(controller)


@pytest.fixture(scope="session")
def over_ssh(controllers: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables of a connection over SSH, which reports a controller that is gone as unreachable."""
    key = tmp_path_factory.mktemp("ssh") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    public = key.with_suffix(".pub").read_text().strip()
    for host in controllers.values():
        host.check_output("apt-get update -qq && apt-get install -y -qq --no-install-recommends openssh-server")
        host.check_output("mkdir -p -m 700 /root/.ssh && echo %s > /root/.ssh/authorized_keys", public)
        host.check_output("systemctl start ssh")
    addresses = json.dumps(CONTROLLERS).replace('"', "'")
    options = "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=5"
    return {
        "ansible_connection": f"{{{{ 'ssh' if inventory_hostname in {addresses} else 'containers.podman.podman' }}}}",
        "ansible_host": f"{{{{ {addresses}[inventory_hostname] | default(inventory_hostname) }}}}",
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(key),
        "ansible_ssh_common_args": " ".join(f"-o {option}" for option in options),
    }


@pytest.fixture(scope="session")
def balancer_host() -> Any:
    return testinfra.get_host("podman://glance-ha-balancer")


@pytest.fixture
def runtime_api(balancer_host: Any) -> Callable[[str], str]:
    """Return the response of HAProxy to a command."""

    def request(command: str) -> str:
        return str(balancer_host.check_output("echo %s | socat stdio /run/haproxy-glance.sock", command))

    return request


@pytest.fixture
def balancer(runtime_api: Callable[[str], str]) -> Callable[[], dict[str, str]]:
    """Return the state of each controller according to the statistics of HAProxy."""

    def states() -> dict[str, str]:
        table = runtime_api("show stat")
        rows = [line.split(",") for line in table.splitlines() if re.match(r"glance,glance-ha-\d", line)]
        return {row[1]: row[17] for row in rows}

    return states
