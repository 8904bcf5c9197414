# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the first module on a host."""

from __future__ import annotations

import shlex
from typing import Any

from ansible_collections.osops.glance.plugins.plugin_utils.quick_archive import QuickArchive

# The minimum Python version of a managed host; an older one cannot compile the modules.
MINIMUM_VERSION = (3, 9)
PRINT_VERSION = "import sys; print('%d.%d.%d' % sys.version_info[:3])"


class FirstModule(QuickArchive):
    """An action plugin whose module is the first one that a playbook runs on a host.

    It reports an interpreter that is too old for the modules of this collection.
    """

    def _execute_module(
        self, module_name: str | None = None, task_vars: dict[str, Any] | None = None, **options: Any
    ) -> dict[str, Any]:
        parent: Any = super()
        result = dict(parent._execute_module(module_name, task_vars=task_vars, **options))
        # `module_stderr` is in the result only if the module did not start.
        if not result.get("failed") or "module_stderr" not in result:
            return result
        interpreter = str(getattr(self, "_used_interpreter", "") or "").lstrip("#!").strip()
        problem = version_problem(interpreter, self._version_of(interpreter)) if interpreter else None
        return {"failed": True, "changed": False, "msg": problem} if problem else result

    def _version_of(self, interpreter: str) -> str:
        """Return the version of an interpreter on the host; empty if it does not run."""
        command = f"{interpreter} -c {shlex.quote(PRINT_VERSION)}"
        parent: Any = self
        result = parent._low_level_execute_command(command, sudoable=True)
        return str(result.get("stdout", "")).strip() if result.get("rc") == 0 else ""


def version_problem(interpreter: str, version: str) -> str | None:
    """Return the message about an interpreter whose version is below the minimum, or None."""
    numbers = version.split(".")
    if not all(number.isdigit() for number in numbers) or tuple(map(int, numbers)) >= MINIMUM_VERSION:
        return None
    minimum = ".".join(map(str, MINIMUM_VERSION))
    return (
        f"{interpreter} on this host is Python {version}, and the modules of osops.glance require Python {minimum} or "
        "later. Install a newer Python on the host and set ansible_python_interpreter to its path."
    )
