"""The active node stops during a deployment on an empty cluster."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import testinfra

CONTROLLERS = ("glance-galera-3", "glance-galera-cloud")
REVISION = "SELECT version_num FROM glance.alembic_version"
TABLES = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'glance'"


@pytest.fixture(autouse=True)
def empty_cluster(complete_cluster: None, active: Any) -> None:
    """Remove the database and its accounts before the test."""
    for name in CONTROLLERS:
        testinfra.get_host(f"podman://{name}").check_output("systemctl stop glance-api")
    active.sql("DROP DATABASE glance; DROP USER glance@localhost, glance@'%'")


def complete(play: Any, nodes: dict[str, Any]) -> None:
    """Deploy again, and check that the result is complete on every node."""
    run = play("site")
    assert run.rc == 0, run.output
    assert (play("site").changed, play("verify").rc) == (0, 0)
    assert len({node.sql(REVISION) for node in nodes.values()}) == 1
    assert len({node.sql("SHOW GRANTS FOR glance@'%'") for node in nodes.values()}) == 1


def test_server_is_killed_while_the_accounts_are_created(play: Any, nodes: dict[str, Any], active: Any) -> None:
    """The administrator is connected to this server, so the run ends, and the next one completes it."""
    with ThreadPoolExecutor() as pool, active.stopped_at("SHOW DATABASES LIKE 'glance'"):
        running = pool.submit(play, "site")
    failed = running.result()
    assert failed.rc != 0
    assert "/run/mysqld/mysqld.sock: the connection was lost" in failed.words
    assert "Check that the server runs, and run this again" in failed.words
    assert "Traceback" not in failed.output
    assert play("verify").rc != 0
    active.start()
    complete(play, nodes)


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGSTOP"], ids=["killed", "hangs"])
def test_server_stops_while_the_schema_is_created(
    play: Any, nodes: dict[str, Any], active: Any, backup: Any, signal: str
) -> None:
    """The load balancer connects the migration to another node, where it is completed in the same run."""
    images = "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'glance' AND TABLE_NAME = 'image_members'"
    with ThreadPoolExecutor() as pool, active.stopped_at(images, signal) as stopped:
        running = pool.submit(play, "site")
        assert stopped.wait() == 0
        assert backup.sql(REVISION) == ""
    deployed = running.result()
    active.lose()
    assert deployed.rc == 0, deployed.output
    assert "It was repeated." in deployed.words
    assert backup.sql(REVISION) != ""
    active.start()
    complete(play, nodes)
