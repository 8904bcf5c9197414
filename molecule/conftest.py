"""Fixtures of all scenarios: the host of the scenario and the variables of its inventory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable

import pytest
import yaml
from controllers import DEFAULT, Controller, Run

from tools.rendering import TABLE

# Molecule sets the directory of the scenario; the default is that of the scenario `default`.
SCENARIO = Path(os.environ.get("MOLECULE_SCENARIO_DIRECTORY", DEFAULT))


@pytest.fixture(scope="session")
def platform() -> dict[str, Any]:
    """Return the first platform in molecule.yml of the scenario."""
    return dict(yaml.safe_load((SCENARIO / "molecule.yml").read_text())["platforms"][0])


@pytest.fixture(scope="session")
def controller(platform: dict[str, Any]) -> Controller:
    name = os.environ.get("OSOPS_TEST_HOST") or platform["name"]
    return Controller(name, Path(os.environ["MOLECULE_INVENTORY_FILE"]).parent)


@pytest.fixture(scope="session")
def facts(platform: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of the release that the scenario runs, from the table of releases."""
    release_facts: dict[str, Any] = {}
    for release, changes in TABLE.items():
        release_facts.update(changes)
        if release == platform["release"]:
            return release_facts
    raise LookupError(platform["release"])


@pytest.fixture(scope="session")
def programs(platform: dict[str, Any]) -> str:
    """Return the directory that contains bin and etc/glance of the service."""
    return str(platform.get("programs", "/usr"))


@pytest.fixture(scope="session")
def host(controller: Controller) -> Any:
    return controller.host


@pytest.fixture(scope="session")
def play(controller: Controller) -> Callable[..., Run]:
    def run(playbook: str, *options: str, inventory: Path | None = None, **extra: Any) -> Run:
        other = Controller(controller.name, inventory) if inventory else controller
        return other.play(playbook, *options, **extra)

    return run


@pytest.fixture(scope="session")
def variables(platform: dict[str, Any]) -> dict[str, Any]:
    """Return the variables of the scenario's inventory."""
    groups = [DEFAULT / f"group_vars/{group}.yml" for group in ("all", *platform["groups"])]
    files = [*(file for file in groups if file.exists()), *SCENARIO.glob("host_vars/*.yml")]
    return {name: value for file in files for name, value in yaml.safe_load(file.read_text()).items()}


@pytest.fixture(scope="session")
def secrets(variables: dict[str, Any]) -> list[str]:
    return [value for name, value in variables.items() if name.endswith("_password")]
