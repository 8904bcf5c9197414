"""The active node is killed during the migration of an upgrade, and the run completes it on another node."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import testinfra

CONSTRAINTS = (Path(__file__).parents[2] / "ha/files/constraints-27.txt").read_text()
RELEASE = {
    "glance_api_install_method": "venv",
    "glance_api_version": "28.1.0",
    "glance_api_constraints": [CONSTRAINTS],
    # A library of 2023.2 imports pkg_resources.
    "glance_api_python_packages": ["PyMySQL", "python-memcached", "setuptools"],
}
REVISIONS = "SELECT version_num FROM glance.alembic_version ORDER BY version_num"
# The migration to 2024.1 creates this table, and another one after it.
FIRST_TABLE = "SELECT 1 FROM information_schema.TABLES WHERE TABLE_NAME = 'node_reference'"


def test_upgrade_is_completed_on_another_node(play: Any, nodes: dict[str, Any], active: Any, backup: Any) -> None:
    with ThreadPoolExecutor() as pool, active.stopped_at(FIRST_TABLE) as stopped:
        running = pool.submit(play, "upgrade", **RELEASE)
        assert stopped.wait() == 0
        assert "2024_1_expand01" not in backup.sql(REVISIONS)
    upgraded = running.result()
    assert upgraded.rc == 0, upgraded.output
    assert "It was repeated." in upgraded.words
    assert backup.sql(REVISIONS).split() == ["2024_1_contract01"]
    active.start()
    for name in ("glance-galera-3", "glance-galera-cloud"):
        host = testinfra.get_host(f"podman://{name}")
        assert "/opt/glance/28.1.0-" in host.check_output("systemctl show glance-api --property=ExecStart")
    assert play("site", **RELEASE).changed == 0
    verified = play("verify", **RELEASE)
    assert verified.rc == 0, verified.output
    assert {node.sql(REVISIONS).strip() for node in nodes.values()} == {"2024_1_contract01"}
