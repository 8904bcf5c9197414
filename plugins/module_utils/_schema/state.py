# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of the schema in a database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._schema.metadefs import Namespace

_GLANCE_TABLE = re.compile(
    r"image(s|_\w+)|metadef_\w+|tasks|task_info|artifact(s|_\w+)|cached_images|node_reference|(alembic|migrate)_version"
)


class Leftover(NamedTuple):
    """A table, column or index that an interrupted migration added.

    kind: "table", "column" or "index".
    name: of the column or index; empty for a table.
    """

    kind: str
    table: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} of {self.table}" if self.name else f"{self.kind} {self.table}"


@dataclass(frozen=True)
class State:
    """The content of a database; tables and namespaces are None if they cannot be read."""

    revisions: tuple[str, ...] = ()
    tables: frozenset[str] | None = None
    namespaces: Mapping[str, Namespace] | None = None

    @property
    def revision(self) -> str | None:
        """The revision of the schema; during a migration in phases, there are several."""
        return ", ".join(self.revisions) or None

    @property
    def lacks_images(self) -> bool:
        """Whether the tables were read, and the table of the images does not exist."""
        return self.tables is not None and "images" not in self.tables


def are_glance_tables(tables: frozenset[str] | None) -> bool:
    """Return whether there are tables, and all of them belong to the Image service."""
    return bool(tables) and all(_GLANCE_TABLE.fullmatch(table) for table in tables or ())
