"""The installed release and the running server are those of the scenario."""

from __future__ import annotations

from typing import Any, Callable

import pytest


@pytest.fixture
def manage(host: Any, programs: str) -> Callable[[str], str]:
    # With Python 2, the version is written to standard error.
    return lambda command: str(host.check_output(f"runuser -u glance -- {programs}/bin/glance-manage {command} 2>&1"))


def test_release_is_installed(manage: Callable[[str], str], facts: dict[str, Any]) -> None:
    # eventlet prints a warning before the version.
    assert manage("--version").splitlines()[-1].startswith(f"{facts['version']}.")


def test_schema_has_revision_of_release(manage: Callable[[str], str], facts: dict[str, Any]) -> None:
    assert manage("db version").splitlines()[-1] == facts["database_head"]


def test_server_is_running(host: Any, platform: dict[str, Any]) -> None:
    commands = host.check_output("ps -o args= -u glance").splitlines()
    assert {"uwsgi" if "uwsgi" in command else "eventlet" for command in commands} == {platform["server"]}
