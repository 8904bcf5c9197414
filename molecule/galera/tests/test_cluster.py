"""What the collection creates exists on every node, and the cluster can replicate it."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest
from cluster import wait_until

ACCOUNTS = ("glance@localhost", "glance@'%'")
PROBE = {"name": "probe", "user": "probe", "hosts": ["%"], "login_unix_socket": ["/run/mysqld/mysqld.sock"]}
PASSWORD_HASH = "SELECT JSON_VALUE(Priv, '$.authentication_string') FROM mysql.global_priv WHERE User = 'probe'"


@pytest.fixture
def probe(controller: Any, active: Any) -> Iterator[Callable[..., dict[str, Any]]]:
    """Return a function that runs the module `database` for a separate database, by default on the active node."""

    def run(node: Any = active, **options: Any) -> dict[str, Any]:
        return dict(type(controller)(node.name, controller.inventory).module("database", **PROBE, **options))

    yield run
    run(state="absent", remove_data=True)


def test_deployment_is_verified(play: Any) -> None:
    verified = play("verify")
    assert verified.rc == 0, verified.output


def test_accounts_exist_on_every_node(nodes: dict[str, Any]) -> None:
    for account in ACCOUNTS:
        on_nodes = {node.sql(f"SHOW CREATE USER {account}; SHOW GRANTS FOR {account}") for node in nodes.values()}
        assert len(on_nodes) == 1
        assert "GRANT ALL PRIVILEGES ON `glance`.*" in on_nodes.pop()


def test_services_use_the_active_node_only(nodes: dict[str, Any], active: Any) -> None:
    count = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'glance'"
    used = {name: node.sql(count).strip() != "0" for name, node in nodes.items()}
    assert used == {name: name == active.name for name in nodes}


def test_cluster_replicates_every_table(active: Any) -> None:
    """Galera replicates rows of InnoDB only, and requires a primary key to delete them."""
    tables = "FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'glance'"
    assert int(active.sql(f"SELECT COUNT(*) {tables}")) > 10
    keys = (
        "SELECT TABLE_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = 'glance' AND INDEX_NAME = 'PRIMARY'"
    )
    without = f"(ENGINE != 'InnoDB' OR TABLE_NAME NOT IN ({keys}))"
    assert active.sql(f"SELECT TABLE_NAME {tables} AND {without}") == ""


def test_password_as_text_is_set_on_every_node(nodes: dict[str, Any], active: Any, probe: Any) -> None:
    """A server that validates passwords requires SET PASSWORD, which the cluster replicates as a statement."""
    active.sql("INSTALL SONAME 'simple_password_check'")
    try:
        plugin = "SELECT PLUGIN_STATUS FROM information_schema.PLUGINS WHERE PLUGIN_NAME = 'simple_password_check'"
        assert {node.sql(plugin).strip() for node in nodes.values()} == {"ACTIVE"}
        for password in ("Pr0be-first", "Pr0be-second"):
            assert probe(password=password)["changed"]
            hashes = [node.sql(PASSWORD_HASH) for node in nodes.values()]
            assert len(set(hashes)) == 1
            assert not probe(password=password)["changed"]
    finally:
        active.sql("UNINSTALL SONAME 'simple_password_check'")


def test_accounts_are_created_after_a_backup(probe: Any, active: Any, backup: Any) -> None:
    """A node that a backup locks refuses changes at once."""
    with active.locked(20):
        refused = probe(password="first", lock_timeout=2)
        assert "Replication paused on node" in refused["msg"]
        assert "use another node" in refused["msg"]
        created = probe(password="first")
        assert created["changed"]
    assert not probe(password="first")["changed"]
    assert "GRANT" in backup.sql("SHOW GRANTS FOR probe@'%'")


def test_node_without_a_quorum_is_not_used(probe: Any, backup: Any) -> None:
    backup.sql("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'")
    try:
        wait_until(lambda: backup.status("wsrep_cluster_status") == "non-Primary")
        message = probe(backup, password="first")["msg"]
    finally:
        backup.sql("SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'")
    assert "WSREP has not yet prepared node for application use" in message
    assert "use another node" in message
