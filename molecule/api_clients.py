"""Clients that use the API while a test changes something, and count the failed requests."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import yaml
from controllers import DEFAULT

CLIENTS = Path(__file__).parent / "files/clients.py"
STOP = "/run/clients-stop"
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


@contextmanager
def use_api(controller: Any) -> Iterator[Clients]:
    """Let clients on a host use the API during the block."""
    password = yaml.safe_load((DEFAULT / "group_vars/all.yml").read_text())["sandbox_controller_admin_password"]
    subprocess.run(["podman", "cp", str(CLIENTS), f"{controller.name}:/root/clients.py"], check=True)
    controller.host.check_output(f"rm -f {STOP}")
    running = Clients(controller.name, password)
    time.sleep(10)
    try:
        yield running
    finally:
        running.end()
        print(f"clients: {json.dumps(running.counts)}")
