"""That what runs is the release and the server that the scenario is about."""

from __future__ import annotations

from typing import Any, Callable

import pytest


@pytest.fixture
def manage(host: Any, programs: str) -> Callable[[str], str]:
    # Python 2 tells the version where others tell errors.
    return lambda command: str(host.check_output(f"runuser -u glance -- {programs}/bin/glance-manage {command} 2>&1"))


def test_release_is_the_expected_one(manage: Callable[[str], str], facts: dict[str, Any]) -> None:
    # Eventlet warns of itself before that.
    assert manage("--version").splitlines()[-1].startswith(f"{facts['version']}.")


def test_schema_is_the_one_of_the_release(manage: Callable[[str], str], facts: dict[str, Any]) -> None:
    assert manage("db version").splitlines()[-1] == facts["database_head"]


def test_server_is_the_expected_one(host: Any, platform: dict[str, Any]) -> None:
    commands = host.check_output("ps -o args= -u glance").splitlines()
    assert {"uwsgi" if "uwsgi" in command else "eventlet" for command in commands} == {platform["server"]}
