"""What is written to a host is the same with every version of ansible-core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cores.conftest import Core
from tools import rendering


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return as_text(rendering.render(tmp_path_factory.mktemp("reference")))


def as_text(value: Any) -> Any:
    """Return a value as it is written to a file: a number that a template left as text is written alike."""
    if isinstance(value, dict):
        return {name: as_text(inner) for name, inner in value.items()}
    return [as_text(inner) for inner in value] if isinstance(value, list) else str(value)


def test_files_of_every_release_are_the_same(core: Core, reference: dict[str, Any], tmp_path: Path) -> None:
    assert as_text(rendering.render(tmp_path, python=core.python)) == reference
