# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load metadata definitions into the database."""

from __future__ import annotations

import os
from typing import Callable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.files import read
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.diagnosis import failure_reason
from ansible_collections.osops.glance.plugins.module_utils._schema.glance_manage import GlanceManage
from ansible_collections.osops.glance.plugins.module_utils._schema.metadefs import (
    Namespace,
    namespaces_to_load,
    parse_definition,
    partially_loaded,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.state import State
from ansible_collections.osops.glance.plugins.module_utils._schema.target import Target


def read_definitions(directory: str | None) -> dict[str, Namespace]:
    """Return the namespaces that the files of a directory define; none without a directory."""
    if directory is None:
        return {}
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".json"))
        texts = {os.path.join(directory, name): read(os.path.join(directory, name)) for name in names}
    except OSError as error:
        raise GlanceError(f"Cannot list the metadata definitions in {directory}: {error}") from error
    return dict(parse_definition((text or b"").decode("utf-8", "replace"), path) for path, text in texts.items())


class MetadefsLoader:
    """Load the metadata definitions of a directory."""

    def __init__(self, directory: str | None, merge: bool, manage: GlanceManage, target: Target) -> None:
        self._directory = directory
        self._merge = merge
        self._manage = manage
        self._target = target
        self._defined: Mapping[str, Namespace] = {}

    def outstanding(self, state: State, migrates: bool) -> list[str]:
        """Return the namespaces to load.

        migrates: whether the schema changes. If the namespaces in the database cannot be read, all are loaded then.
        """
        if state.namespaces is None:
            return list(self._defined) if migrates else []
        return namespaces_to_load(self._defined, state.namespaces, self._merge)

    def read_files(self) -> None:
        """Read the definitions in the directory."""
        self._defined = read_definitions(self._directory)

    def load(self, before: State, read_state: Callable[[], State]) -> None:
        """Load the outstanding namespaces; GlanceError if the database does not have them afterwards."""
        output = ""
        for namespace in [] if self._merge else partially_loaded(self._defined, before.namespaces or {}):
            output += self._manage.run_successfully("db_load_metadefs", self._defined[namespace].path, "merge")
        if self._merge:
            output += self._manage.run_successfully("db_load_metadefs", str(self._directory), "merge", "prefer_new")
        elif self.outstanding(read_state(), migrates=True):
            output += self._manage.run_successfully("db_load_metadefs", str(self._directory))
        missing = self.outstanding(read_state(), migrates=False)
        if missing:
            raise GlanceError(
                f"`glance-manage db_load_metadefs {self._directory}` ended without an error, but the database "
                f"{self._target} does not have all of {', '.join(missing)}: {failure_reason(output)}"
            )
