# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage Python virtual environments in a directory, and the link to the current one."""

from __future__ import annotations

import os
import shutil
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv import Content, Current, plan_environments
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv_builder import (
    RECORD,
    VirtualenvBuilder,
    is_foreign,
    record_of,
)


class Virtualenv:
    """An environment, the link to it, and the other environments in its directory."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._path: str = os.path.normpath(module.params["path"])
        self._parent = os.path.dirname(self._path)
        self._link = os.path.join(self._parent, module.params["link"])
        self._content = Content.read(module.params)
        if not self._content.packages:
            raise GlanceError("`packages` is empty. Specify at least one package.")

    def plan(self) -> Plan:
        built = self._is_built()
        target = os.path.realpath(self._link) if os.path.islink(self._link) else None
        current = Current(built, target, self._others())
        return plan_environments(self._path, self._link, self._content, self._module.params["keep"], current)

    def apply(self, plan: Plan) -> None:
        # The account of the service must be able to read the environment.
        os.umask(0o022)
        for step in plan.steps:
            call = step.arguments or {}
            if call["verb"] == "build":
                VirtualenvBuilder(self._module, self._path, self._content).build()
            elif call["verb"] == "switch":
                self._switch()
            else:
                shutil.rmtree(call["path"])

    def result(self, plan: Plan) -> dict[str, Any]:
        record = record_of(self._path)
        return {"path": self._path, "packages": record["installed"] if record else [], "environments": plan.actions()}

    def _is_built(self) -> bool:
        """Return whether the environment exists; raise GlanceError if the path or the link is used otherwise."""
        record = record_of(self._path)
        if record and Content.read(record) != self._content:
            raise GlanceError(
                f"{self._path} was created with other packages, other constraints or another Python, and an "
                "environment is never changed. Set another `path` for each content."
            )
        if not record and is_foreign(self._path):
            raise GlanceError(f"{self._path} exists and was not created by this module. Set another `path`.")
        if os.path.lexists(self._link) and not os.path.islink(self._link):
            raise GlanceError(f"{self._link} exists and is not a link. Set another name in `link`.")
        return bool(record)

    def _others(self) -> list[str]:
        """Return the other complete environments in the directory, the newest first."""
        names = sorted(os.listdir(self._parent)) if os.path.isdir(self._parent) else []
        records = {os.path.join(self._parent, name): os.path.join(self._parent, name, RECORD) for name in names}
        times = {
            path: os.path.getmtime(record)
            for path, record in records.items()
            if path not in (self._path, self._link) and os.path.exists(record)
        }
        return sorted(times, key=lambda path: times[path], reverse=True)

    def _switch(self) -> None:
        """Replace the link atomically by one to the environment."""
        temporary = f"{self._link}.new"
        if os.path.lexists(temporary):
            os.unlink(temporary)
        os.symlink(os.path.basename(self._path), temporary)
        os.replace(temporary, self._link)
