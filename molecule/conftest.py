"""What the checks of all scenarios share: the scenario's host, and what its inventory says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable

import pytest
import yaml
from controllers import DEFAULT, TOP, Controller, Run

# Another scenario that runs these checks names its own directory.
SCENARIO = Path(os.environ.get("MOLECULE_SCENARIO_DIRECTORY", DEFAULT))


@pytest.fixture(scope="session")
def platform() -> dict[str, Any]:
    """What the scenario says of its host."""
    return dict(yaml.safe_load((SCENARIO / "molecule.yml").read_text())["platforms"][0])


@pytest.fixture(scope="session")
def controller(platform: dict[str, Any]) -> Controller:
    name = os.environ.get("OSOPS_TEST_HOST") or platform["name"]
    return Controller(name, Path(os.environ["MOLECULE_INVENTORY_FILE"]).parent)


@pytest.fixture(scope="session")
def facts(platform: dict[str, Any]) -> dict[str, Any]:
    """What the table of releases says of the release that the scenario expects."""
    table = yaml.safe_load((TOP / "plugins/plugin_utils/data/releases.yml").read_text())
    known: dict[str, Any] = {}
    for release, changes in table.items():
        known.update(changes)
        if release == platform["release"]:
            return known
    raise LookupError(platform["release"])


@pytest.fixture(scope="session")
def programs(platform: dict[str, Any]) -> str:
    """The directory that holds bin and etc/glance of the service."""
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
    """What the scenario's inventory says."""
    groups = [DEFAULT / f"group_vars/{group}.yml" for group in ("all", *platform["groups"])]
    files = [*(file for file in groups if file.exists()), *SCENARIO.glob("host_vars/*.yml")]
    return {name: value for file in files for name, value in yaml.safe_load(file.read_text()).items()}


@pytest.fixture(scope="session")
def secrets(variables: dict[str, Any]) -> list[str]:
    return [value for name, value in variables.items() if name.endswith("_password")]
