"""Fetch the packages before the first test: an unreachable index is then reported once."""

from __future__ import annotations

import pytest

from tools import samples


@pytest.fixture(scope="session", autouse=True)
def _packages() -> None:
    try:
        for version in samples.LAST.values():
            samples.package(version)
    except samples.SampleError as error:
        pytest.exit(str(error), returncode=1)
