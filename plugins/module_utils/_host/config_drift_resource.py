# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report what a deployment would remove from the configuration of a service."""

from __future__ import annotations

import glob
import os
from functools import partial
from typing import Any, Iterator

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core import files, original
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._host.config_drift import (
    OSLO,
    account_warnings,
    desired_values,
    directory_warning,
    loss_warnings,
    values_afterwards,
)
from ansible_collections.osops.glance.plugins.module_utils._host.policy_drift import policy_warnings
from ansible_collections.osops.glance.plugins.module_utils._host.store_drift import compare_stores
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, decoded, document_of
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import (
    Values,
    is_managed,
    loss,
    set_by_hand,
    values_of,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.packaged import is_as_installed

# The file with the options of the stores.
STORES_FILE = "glance-api.conf"


class ConfigDrift:
    """The difference between the files on the host and the desired ones; the plan is always empty."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._params: dict[str, Any] = module.params
        # Short values among the desired options, such as `true`, must not be masked in the messages, which contain no
        # values.
        module.no_log_values = set()
        module.params = {**module.params, "files": sorted(self._params["files"])}
        self._is_as_installed = partial(is_as_installed, module)
        self._replaced = self._params["mode"] == "replace"
        self._refusals: list[str] = []
        self._lost: list[str] = []

    def plan(self) -> Plan:
        policies = policy_warnings(self._params["policy"], self._is_as_installed)
        warnings = [*self._config_warnings(), *self._directory_warnings(), *self._unit_warnings(), *policies]
        self._lost = [f"{self._params['host']}: {warning}" for warning in warnings]
        if self._refusals:
            for warning in self._lost:
                self._module.warn(warning)
            refusals = " ".join(f"{refusal}." for refusal in self._refusals)
            raise GlanceError(f"{self._params['host']}: {refusals} Nothing was changed.")
        return Plan()

    def apply(self, plan: Plan) -> None:
        pass

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"lost": self._lost, "warnings": self._lost}

    def _config_warnings(self) -> Iterator[str]:
        """Yield warnings about the configuration files."""
        for path, sections in self._params["files"].items():
            content = files.read(path)
            if content is None:
                continue
            try:
                document = document_of(content, path, OSLO)
            except GlanceError:
                yield f"{path} cannot be parsed. What is lost in it was not compared."
                continue
            yield from self._file_warnings(path, document, sections)

    def _file_warnings(self, path: str, document: Document, sections: Any) -> Iterator[str]:
        """Yield warnings about one configuration file."""
        before = values_of(document)
        after = values_afterwards(document, desired_values(sections), self._replaced)
        managed = is_managed(document.text(), self._params["managed_marker"])
        if self._replaced:
            lost = loss(set_by_hand(before, self._package_values(path)), after)
            if any(lost) and (managed or not self._is_unchanged(path)):
                yield from loss_warnings(path, lost, managed, original.pattern(path))
        yield from account_warnings(path, before, after)
        if os.path.basename(path) == STORES_FILE:
            stores = compare_stores(path, before, after, managed)
            self._refusals += stores.refusals
            yield from stores.warnings

    def _directory_warnings(self) -> Iterator[str]:
        """Yield warnings about the files that the service reads in addition, in its default directories."""
        paths = self._params["files"]
        folders = [f"{path}.d" for path in paths]
        folders += sorted({os.path.join(os.path.dirname(path), "glance.conf.d") for path in paths})
        for path in (path for folder in folders for path in sorted(glob.glob(f"{glob.escape(folder)}/*.conf"))):
            try:
                document = document_of(files.read(path) or b"", path, OSLO)
                names = [f"{place.section}/{place.option}" for place in document.places]
            except GlanceError:
                names = ["(the file cannot be parsed)"]
            if names and not self._is_unchanged(path):
                yield directory_warning(path, names)

    def _unit_warnings(self) -> Iterator[str]:
        """Yield warnings about units that this collection has not written."""
        for path in self._params["unit_files"]:
            content = files.read(path)
            if not content or is_managed(decoded(content), self._params["managed_marker"]) or self._is_unchanged(path):
                continue
            copy = original.pattern(path)
            yield f"{path} was not written by this collection and is replaced. A copy is kept as {copy}."

    def _package_values(self, path: str) -> Iterator[Values]:
        """Yield the values in each file of package defaults."""
        for default in self._params["package_defaults"].get(path, ()):
            content = files.read(default)
            if content:
                yield values_of(document_of(content, default, OSLO))

    def _is_unchanged(self, path: str) -> bool:
        """Return whether a file is unchanged since its package installed it."""
        return bool(self._is_as_installed(path, files.read(path) or b""))
