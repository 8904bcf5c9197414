"""The hosts of the cluster, and clients that use the API while a test changes it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import testinfra
import yaml
from controllers import DEFAULT

CLIENTS = Path(__file__).parents[1] / "files/clients.py"
STOP = "/run/clients-stop"
CONTROLLERS = {"glance-ha-1": "10.92.7.21", "glance-ha-2": "10.92.7.22", "glance-ha-3": "10.92.7.23"}
# Longer than an upload or a download, which take a minute each.
FINISH_SECONDS = 400


class Clients:
    """Clients of the API; `counts` and `errors` are set after they have ended."""

    def __init__(self, host: str, password: str) -> None:
        self.counts: dict[str, dict[str, int]] = {}
        self.errors: list[str] = []
        self._host = host
        command = ["podman", "exec", "--env", "PASSWORD", host, "python3", "/root/clients.py"]
        self._process = subprocess.Popen(
            [*command, "http://controller:5000", "cloud:9292", STOP],
            env={**os.environ, "PASSWORD": password},
            stdout=subprocess.PIPE,
            text=True,
        )

    def end(self) -> None:
        """Let the clients complete their transfers."""
        subprocess.run(["podman", "exec", self._host, "touch", STOP], check=True)
        output, _nothing = self._process.communicate(timeout=FINISH_SECONDS)
        result = json.loads(output)
        self.counts, self.errors = result["counts"], result["errors"]


@pytest.fixture(scope="session")
def controllers() -> dict[str, Any]:
    return {name: testinfra.get_host(f"podman://{name}") for name in CONTROLLERS}


@pytest.fixture
def clients(controller: Any) -> Callable[[], Any]:
    """Return a context manager during which clients use the API."""
    password = yaml.safe_load((DEFAULT / "group_vars/all.yml").read_text())["sandbox_controller_admin_password"]

    @contextmanager
    def use() -> Iterator[Clients]:
        subprocess.run(["podman", "cp", str(CLIENTS), f"{controller.name}:/root/clients.py"], check=True)
        controller.host.check_output(f"rm -f {STOP}")
        running = Clients(controller.name, password)
        time.sleep(10)
        try:
            yield running
        finally:
            running.end()
            print(f"clients: {json.dumps(running.counts)}")

    return use


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
