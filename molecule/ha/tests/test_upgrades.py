"""Upgrades of the controllers while clients use the API. Until all are upgraded, both releases work side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cluster import UP, option, wait_until

CONSTRAINTS = (Path(__file__).parents[1] / "files/constraints-27.txt").read_text()
REVISIONS = 'mysql --skip-column-names glance -e "SELECT version_num FROM alembic_version ORDER BY version_num"'
PROGRAM = "systemctl show glance-api --property=ExecStart"


def release(version: str) -> dict[str, Any]:
    return {
        **option(41),
        "glance_api_install_method": "venv",
        "glance_api_version": version,
        "glance_api_constraints": [CONSTRAINTS],
        # A library of 2023.2 imports pkg_resources.
        "glance_api_python_packages": ["PyMySQL", "python-memcached", "setuptools"],
    }


def revisions(controller: Any) -> list[str]:
    return str(controller.host.check_output(REVISIONS)).split()


def test_upgrade_from_packages_fails_no_request(
    clients: Any, play: Any, controller: Any, controllers: dict[str, Any], balancer: Any
) -> None:
    """From Zed to 2023.2, whose tables are the same."""
    with clients() as running:
        upgraded = play("upgrade", **release("27.1.0"))
        assert upgraded.rc == 0, upgraded.output
    assert running.errors == []
    for host in controllers.values():
        assert "/opt/glance/27.1.0-" in host.check_output(PROGRAM)
    assert revisions(controller) == ["2023_1_contract01"]
    wait_until(lambda: balancer() == UP)


def test_upgrade_with_new_schema_fails_no_request(
    clients: Any, play: Any, controller: Any, controllers: dict[str, Any], balancer: Any
) -> None:
    """From 2023.2 to 2024.1: one controller first, and the others later."""
    before = revisions(controller)
    with clients() as running:
        first = play("upgrade", "--limit", "glance-ha-1", **release("28.1.0"))
        assert first.rc == 0, first.output
        assert "may run the previous release" in first.words
        assert revisions(controller) == sorted([*before, "2024_1_expand01"])
        assert "/opt/glance/27.1.0-" in controllers["glance-ha-2"].check_output(PROGRAM)
        upgraded = play("upgrade", **release("28.1.0"))
        assert upgraded.rc == 0, upgraded.output
    assert running.errors == []
    assert running.counts["list"]["done"] > 100
    assert revisions(controller) == ["2024_1_contract01"]
    for host in controllers.values():
        assert "/opt/glance/28.1.0-" in host.check_output(PROGRAM)
    assert play("site", **release("28.1.0")).changed == 0
    wait_until(lambda: balancer() == UP)


@pytest.mark.parametrize("playbook", ["verify", "preflight"])
def test_upgraded_cluster_works(play: Any, playbook: str) -> None:
    run = play(playbook, **release("28.1.0"))
    assert run.rc == 0, run.output
