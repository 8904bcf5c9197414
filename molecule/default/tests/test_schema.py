"""Migrate a separate database, also concurrently and after an interruption."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Iterator

import pytest
from controllers import Controller

Sync = Callable[..., "dict[str, Any]"]

DATABASE = "osops_schema_test"
# Two files with the same database: only the lock in the database prevents concurrent migrations.
CONFIGS = [f"/etc/glance/{DATABASE}-{number}.conf" for number in (1, 2)]
# Kill glance-manage as soon as a table exists; fail if it has ended before.
KILL = f"""
import pymysql, subprocess
cursor = pymysql.connect(unix_socket=SOCKET, user="root").cursor()
while True:
    cursor.execute("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{DATABASE}'")
    if cursor.fetchone()[0] >= 2:
        break
subprocess.run(["pkill", "-KILL", "-f", "^[^ ]*python[^ ]* [^ ]*glance-manage .*{DATABASE}"], check=True)
"""
# Hold the lock of a backup of the whole server until the program is stopped.
BACKUP = """
import pymysql, time
connection = pymysql.connect(unix_socket=SOCKET, user="root")
connection.cursor().execute("FLUSH TABLES WITH READ LOCK")
open("/run/osops-backup", "w").close()
time.sleep(300)
"""


@pytest.fixture(scope="module")
def configs(host: Any) -> Iterator[list[str]]:
    """Return copies of the service's configuration with a separate database."""
    for path in CONFIGS:
        host.check_output(f"sed 's#/glance?#/{DATABASE}?#' /etc/glance/glance-api.conf > {path}")
        host.check_output(f"chown root:glance {path} && chmod 0640 {path}")
    yield CONFIGS
    host.check_output(f"rm {' '.join(CONFIGS)}")
    for account in ("localhost", "%"):
        host.check_output("mysql -e %s", f"REVOKE ALL ON {DATABASE}.* FROM glance@'{account}'")
    host.check_output(f"mysql -e 'DROP DATABASE {DATABASE}'")


@pytest.fixture
def sync(controller: Controller, host: Any, configs: list[str]) -> Sync:
    """Return a function that runs the module on the separate database, which is empty first."""
    host.check_output(f"mysql -e 'DROP DATABASE IF EXISTS {DATABASE}; CREATE DATABASE {DATABASE}'")
    for account in ("localhost", "%"):
        host.check_output("mysql -e %s", f"GRANT ALL ON {DATABASE}.* TO glance@'{account}'")

    def run(*options: str, config: str = configs[0], **arguments: Any) -> dict[str, Any]:
        return controller.module("db_sync", *options, config_file=config, **arguments)

    return run


def tables(host: Any) -> int:
    return len(host.check_output(f"mysql -N -e 'SHOW TABLES IN {DATABASE}'").split())


def test_phases_run_once_and_in_order(sync: Sync) -> None:
    assert "run `phase: expand` first" in sync(phase="contract")["msg"]
    predicted = sync("--check", phase="expand")
    done = sync(phase="expand")
    assert done["changed"]
    assert predicted["revision_after"] == done["revision_after"]
    assert not sync(phase="expand")["changed"]
    assert not sync(phase="migrate")["changed"]
    assert sync(phase="contract")["changed"]
    assert not sync(phase="all")["changed"]


def test_phase_none_requires_the_schema(sync: Sync, host: Any) -> None:
    assert "has no schema of the Image service" in sync(phase="none")["msg"]
    assert tables(host) == 0
    assert not sync("--check", phase="none")["changed"]
    sync()
    assert not sync(phase="none").get("failed")


def test_concurrent_runs_migrate_once(sync: Sync, configs: list[str]) -> None:
    with ThreadPoolExecutor() as pool:
        done = list(pool.map(lambda config: sync(config=config, metadefs="/etc/glance/metadefs"), configs))
    assert sorted(one["changed"] for one in done) == [False, True], done


def test_interrupted_migration_is_completed(sync: Sync, host: Any) -> None:
    socket = host.check_output("mysql -N -e 'SELECT @@socket'").strip()
    with ThreadPoolExecutor() as pool:
        running = pool.submit(sync)
        host.check_output("timeout 120 python3 -c %s", KILL.replace("SOCKET", repr(socket)))
        assert "ended with" in running.result()["msg"]
    assert sync()["changed"]
    assert not sync()["changed"]


@pytest.fixture
def backup(host: Any) -> Iterator[Callable[[], None]]:
    """Return a function that starts a program which locks all tables, as a backup does, until the test ends."""

    def start() -> None:
        socket = host.check_output("mysql -N -e 'SELECT @@socket'").strip()
        run = "systemd-run --quiet --unit=osops-backup python3 -c %s"
        host.check_output(run, BACKUP.replace("SOCKET", repr(socket)))
        host.check_output("timeout 60 sh -c 'until test -e /run/osops-backup; do sleep 0.2; done'")

    yield start
    host.run("systemctl stop osops-backup; rm -f /run/osops-backup")


def test_lock_timeout_ends_the_migration_and_is_reported(sync: Sync, host: Any, backup: Callable[[], None]) -> None:
    backup()
    message = sync(lock_timeout=3)["msg"]
    assert "waited 3 seconds (`lock_timeout`) for a lock" in message
    assert "an administrator of the database" in message
    connections = f"SELECT COUNT(*) FROM information_schema.processlist WHERE db = '{DATABASE}'"
    # No statement remains that would change the schema, and block the service, when the lock is released.
    host.check_output("timeout 60 sh -c %s", f'until mysql -N -e "{connections}" | grep -qx 0; do sleep 0.5; done')
    host.check_output("systemctl stop osops-backup")
    assert sync()["changed"]
    assert not sync()["changed"]


def test_definitions_are_merged_on_request(sync: Sync, host: Any) -> None:
    sync(metadefs="/etc/glance/metadefs")
    host.check_output(
        f"mysql {DATABASE} -e %s", "UPDATE metadef_namespaces SET display_name = 'changed' ORDER BY id LIMIT 1"
    )
    insert = (
        "INSERT INTO metadef_tags (namespace_id, name, created_at) SELECT MAX(id), 'own', NOW() FROM metadef_namespaces"
    )
    host.check_output(f"mysql {DATABASE} -e %s", insert)
    assert not sync(metadefs="/etc/glance/metadefs")["changed"]
    assert len(sync(metadefs="/etc/glance/metadefs", metadefs_merge=True)["metadefs_loaded"]) == 1
    assert not sync(metadefs="/etc/glance/metadefs", metadefs_merge=True)["changed"]
    tags = "SELECT COUNT(*) FROM metadef_tags WHERE name = 'own'"
    assert host.check_output(f"mysql -N {DATABASE} -e %s", tags).strip() == "1"
