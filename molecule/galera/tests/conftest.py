"""The nodes of the database cluster, and ways to stop one."""

from __future__ import annotations

import re
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
import testinfra
from cluster import has_booted, wait_until

FILES = Path(__file__).parents[1] / "files"
ACTIVE, BACKUP = "glance-galera-2", "glance-galera-3"
NODES = ("glance-galera-1", ACTIVE, BACKUP)
LIMIT = 900  # seconds until a run reaches the point at which a server is stopped


class Node:
    """A node of the cluster."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.host: Any = testinfra.get_host(f"podman://{name}")

    def sql(self, statement: str) -> str:
        """Return the output of a statement."""
        return str(self.host.check_output("mariadb --batch --skip-column-names --raw --execute %s", statement))

    def status(self, name: str) -> str:
        """Return a status variable; empty if the server does not respond."""
        done = self.host.run("timeout 5 mariadb --skip-column-names --execute %s", f"SHOW STATUS LIKE '{name}'")
        return str(done.stdout).partition("\t")[2].strip()

    def is_synchronized(self) -> bool:
        return self.status("wsrep_local_state_comment") == "Synced" and self.status("wsrep_cluster_size") == "3"

    def crash(self) -> None:
        """Kill the server, while the host runs."""
        self.host.check_output("systemctl kill --signal=KILL mariadb")

    def stop(self) -> None:
        """Stop the server as for maintenance."""
        self.host.check_output("systemctl stop mariadb")

    def lose(self) -> None:
        """Kill the host."""
        subprocess.run(["podman", "kill", self.name], check=True)

    def start(self) -> None:
        """Start the host and the server, if necessary."""
        subprocess.run(["podman", "start", self.name], check=True)
        wait_until(lambda: has_booted(self.host))
        self.host.check_output("systemctl start mariadb")
        # The name server of the network reads its names again when a host starts.
        wait_until(lambda: all(Node(name).resolves("cloud") for name in NODES))

    def resolves(self, name: str) -> bool:
        return bool(self.host.run("getent hosts %s", name).rc == 0)

    @contextmanager
    def stopped_at(self, query: str, signal: str = "SIGKILL") -> Iterator[subprocess.Popen[bytes]]:
        """Send a signal to the server as soon as a query returns a row. The block fails if it never does."""
        subprocess.run(["podman", "cp", str(FILES / "stop_server.py"), f"{self.name}:/root/"], check=True)
        program = ["timeout", str(LIMIT), "python3", "/root/stop_server.py", signal, query]
        waiting = subprocess.Popen(["podman", "exec", self.name, *program])
        try:
            yield waiting
            assert waiting.wait(LIMIT) == 0
        finally:
            waiting.kill()

    @contextmanager
    def locked(self, seconds: int) -> Iterator[None]:
        """Lock the node for some seconds, as a backup does."""
        lock = f"FLUSH TABLES WITH READ LOCK; SELECT SLEEP({seconds})"
        holder = subprocess.Popen(["podman", "exec", self.name, "mariadb", "--execute", lock])
        try:
            wait_until(lambda: "SLEEP" in self.sql("SELECT INFO FROM information_schema.PROCESSLIST WHERE TIME >= 1"))
            yield
        finally:
            holder.wait()


@pytest.fixture(scope="session")
def nodes() -> dict[str, Node]:
    return {name: Node(name) for name in NODES}


@pytest.fixture(scope="session")
def active(nodes: dict[str, Node]) -> Node:
    """Return the node that gets all connections. It also administers the database."""
    return nodes[ACTIVE]


@pytest.fixture(scope="session")
def backup(nodes: dict[str, Node]) -> Node:
    """Return the node that gets the connections if the active one fails."""
    return nodes[BACKUP]


@pytest.fixture(scope="session")
def balancer() -> Callable[[], dict[str, str]]:
    """Return the state of each node according to the load balancer of the database."""
    host = testinfra.get_host("podman://glance-galera-cloud")

    def states() -> dict[str, str]:
        table = host.check_output("echo show stat | socat stdio /run/haproxy-database.sock")
        rows = [line.split(",") for line in table.splitlines() if re.match(r"database,glance-galera-\d", line)]
        return {row[1]: row[17] for row in rows}

    return states


@pytest.fixture(autouse=True)
def complete_cluster(nodes: dict[str, Node], balancer: Callable[[], dict[str, str]]) -> Iterator[None]:
    """Start the nodes that a test stopped, and wait until the cluster is complete."""
    yield
    for node in nodes.values():
        node.start()
    wait_until(lambda: all(node.is_synchronized() for node in nodes.values()), 180)
    wait_until(lambda: set(balancer().values()) == {"UP"})
