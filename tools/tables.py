"""The tables of releases and platforms, for the tools and the tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).resolve().parent.parent
DATA = TOP / "plugins/plugin_utils/data"
TABLE: dict[str, dict[str, Any]] = yaml.safe_load((DATA / "releases.yml").read_text())
RELEASES = list(TABLE)
PLATFORMS: dict[str, Any] = yaml.safe_load((DATA / "platforms.yml").read_text())
