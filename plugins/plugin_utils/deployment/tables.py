# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load the tables of releases and platforms. Each file is read once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Mapping

import yaml

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

DATA = Path(__file__).parents[1] / "data"
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Facts = Mapping[str, Any]
Table = Mapping[str, Facts]


@lru_cache(maxsize=None)
def _load(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load((DATA / name).read_text(encoding="utf-8"), Loader)
    return content


def releases() -> Table:
    """Return the changes of each release, the oldest one first."""
    return _load("releases.yml")


def platforms() -> Table:
    """Return the names and paths of each family of distributions."""
    table: Table = _load("platforms.yml")["platforms"]
    return table


def distributions() -> Mapping[str, str]:
    """Return the release of Glance in the repositories of each distribution."""
    table: Mapping[str, str] = _load("platforms.yml")["distributions"]
    return table


def packaged_servers() -> Mapping[str, str]:
    """Return the server that the unit of the package runs, by distribution."""
    table: Mapping[str, str] = _load("platforms.yml")["packaged_servers"]
    return table


def by_platform(*names: str) -> dict[str, list[str]]:
    """Return the values of facts for each platform, lists flattened: a module selects those of its host."""
    return {family: [value for name in names for value in _items(facts[name])] for family, facts in platforms().items()}


def _items(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def platform_of(family: str, distribution: str) -> Facts:
    """Return the names and paths of a host. Raise GlanceError if its family of distributions is unknown."""
    if family not in platforms():
        raise GlanceError(
            f"The distribution {distribution} belongs to no supported family of distributions: "
            f"{', '.join(platforms())}."
        )
    return platforms()[family]
