# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the units of a service log, in their files and in the journal; without the secrets of their configuration."""

from __future__ import annotations

import glob
import os
import re
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils import _log
from ansible_collections.osops.glance.plugins.module_utils._redaction import redact, secrets_of_files

LOG_OPTIONS: dict[str, Any] = {
    "units": {"type": "list", "elements": "str", "required": True},
    "files": {"type": "list", "elements": "path", "default": []},
    "logs": {"type": "list", "elements": "str", "default": []},
}
TAIL = 256 * 1024  # bytes of a log that are looked at, at most


class Journal:
    """What the units have logged since a time, in seconds of the wall clock; options as LOG_OPTIONS."""

    def __init__(self, module: AnsibleModule, since: float) -> None:
        self._module = module
        self._since = since
        self._secrets: set[str] = set()
        self._units: list[str] = module.params["units"]
        self._paths = sorted(path for pattern in module.params["logs"] for path in glob.glob(pattern))

    def lines(self, failure: str) -> list[str]:
        """Return the lines that tell of a failure; of its request alone, where the failure names one."""
        request = re.search(r"\breq-[0-9a-f-]{36}\b", failure)
        files = (_log.recent(tail(path), self._since) for path in self._paths)
        # A file may have been restored since; the secrets that it had before are still in the log.
        self._secrets |= secrets_of_files(self._module.params["files"])
        text = redact("\n".join([*files, self._printed()]), self._secrets)
        return _log.telling(text, request[0] if request else None)

    def told(self, failure: str) -> str:
        """Return the sentence on what the log says of a failure, and on its likely cause."""
        sources = [*self._paths, f"journalctl {' '.join(f'-u {name}' for name in self._units)}"]
        return _log.told(self.lines(failure), ", ".join(sources))

    def _printed(self) -> str:
        units = [f"--unit={name}" for name in self._units]
        command = ["journalctl", *units, f"--since=@{int(self._since)}", "--output=cat", "--quiet", "--no-pager"]
        _status, out, _err = self._module.run_command(command)
        return str(out)[-TAIL:]


def tail(path: str) -> str:
    """Return the end of a file."""
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
        return file.read().decode("utf-8", "replace")
