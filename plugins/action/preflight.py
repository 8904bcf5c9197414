# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shlex
from typing import Any

from ansible.plugins.action.normal import ActionModule as Normal

# The oldest Python of a managed host that the modules support; an older one cannot compile them.
MINIMUM = (3, 9)
VERSION = "import sys; print('%d.%d.%d' % sys.version_info[:3])"


class ActionModule(Normal):  # type: ignore[misc]
    """Run the module as usual, and report an interpreter that is too old for the modules of this collection.

    preflight is the first module that a playbook runs on a host, so this covers the others.
    """

    def _execute_module(self, task_vars: dict[str, Any] | None = None, **how: Any) -> dict[str, Any]:
        result = dict(super()._execute_module(task_vars=task_vars, **how))
        # Only a module that did not start leaves its output there instead of a result.
        if not result.get("failed") or "module_stderr" not in result:
            return result
        interpreter = str(self._used_interpreter or "").lstrip("#!").strip()
        problem = too_old(interpreter, self._version_of(interpreter)) if interpreter else None
        return {"failed": True, "changed": False, "msg": problem} if problem else result

    def _version_of(self, interpreter: str) -> str:
        """Return the version that an interpreter on the host reports; empty if it does not run."""
        command = f"{interpreter} -c {shlex.quote(VERSION)}"
        answer = self._low_level_execute_command(command, sudoable=True)
        return str(answer.get("stdout", "")).strip() if answer.get("rc") == 0 else ""


def too_old(interpreter: str, version: str) -> str | None:
    """Return what to do about the interpreter of a host if its version is below the minimum."""
    numbers = version.split(".")
    if not all(number.isdigit() for number in numbers) or tuple(map(int, numbers)) >= MINIMUM:
        return None
    minimum = ".".join(map(str, MINIMUM))
    return (
        f"{interpreter} on this host is Python {version}, and the modules of osops.glance need at least {minimum}. "
        f"Install a newer Python there and set ansible_python_interpreter to it."
    )
