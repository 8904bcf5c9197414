"""That what runs is the release and the server that the scenario is about."""

from __future__ import annotations

from typing import Any


def manage(host: Any, command: str) -> str:
    return str(host.check_output(f"runuser -u glance -- glance-manage {command}"))


def test_release_is_the_expected_one(host: Any, facts: dict[str, Any]) -> None:
    assert manage(host, "--version").startswith(f"{facts['version']}.")


def test_schema_is_the_one_of_the_release(host: Any, facts: dict[str, Any]) -> None:
    assert manage(host, "db version").splitlines()[-1] == facts["database_head"]


def test_server_is_the_expected_one(host: Any, platform: dict[str, Any]) -> None:
    commands = host.check_output("ps -o args= -u glance").splitlines()
    assert {"uwsgi" if "uwsgi" in command else "eventlet" for command in commands} == {platform["server"]}
