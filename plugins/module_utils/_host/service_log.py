# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the units of a service log, in their files and in the journal; without the secrets of their configuration."""

from __future__ import annotations

import glob
import os
import re
import time
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.process import with_timeout
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import redact, secrets_in_files
from ansible_collections.osops.glance.plugins.module_utils._host import log_analysis

LOG_OPTIONS: dict[str, Any] = {
    "units": {"type": "list", "elements": "str", "required": True},
    "files": {"type": "list", "elements": "path", "default": []},
    "logs": {"type": "list", "elements": "str", "default": []},
}
TAIL = 256 * 1024  # bytes of a log that are read, at most
COMMAND_SECONDS = 60  # for a command that only reads


class ServiceLog:
    """What the units have logged since a time, in seconds of the wall clock; options as LOG_OPTIONS."""

    def __init__(self, module: AnsibleModule, since: float) -> None:
        self._module = module
        self._since = since
        self._secrets: set[str] = set()
        self._units: list[str] = module.params["units"]

    def later(self) -> ServiceLog:
        """Return the log from now on; the secrets that are known already stay known."""
        later = ServiceLog(self._module, time.time())
        later._secrets = self._secrets
        return later

    @property
    def _paths(self) -> list[str]:
        # The first start of a service creates its log.
        return sorted(path for pattern in self._module.params["logs"] for path in glob.glob(pattern))

    def lines(self, failure: str) -> list[str]:
        """Return the lines that tell of a failure; of its request alone, where the failure names one."""
        request = re.search(r"\breq-[0-9a-f-]{36}\b", failure)
        text = self.redact(self._text(self._since))
        return log_analysis.telling(text, request[0] if request else None)

    def redact(self, text: str) -> str:
        """Return a text without the secrets of the configuration."""
        files: list[str] = self._module.params["files"]
        # The log also has the secrets of the configuration before, and of one that was replaced since.
        copies = [copy for path in files for copy in glob.glob(f"{glob.escape(path)}.*~")]
        self._secrets |= secrets_in_files([*files, *copies])
        return redact(text, self._secrets)

    def told(self, failure: str) -> str:
        """Return the sentence on what the log says of a failure, and on its likely cause."""
        sources = [*self._paths, f"journalctl {' '.join(f'-u {name}' for name in self._units)}"]
        return log_analysis.told(self.lines(failure), ", ".join(sources))

    def ended_workers(self, since: float) -> int:
        """Return how many worker processes have ended by themselves since a time."""
        return log_analysis.ended_workers(self._text(since))

    def _text(self, since: float) -> str:
        files = [log_analysis.recent(tail(path), since) for path in self._paths]
        units = [f"--unit={name}" for name in self._units]
        command = ["journalctl", *units, f"--since=@{int(since)}", "--output=cat", "--quiet", "--no-pager"]
        _status, out, _err = self._module.run_command(with_timeout(command, COMMAND_SECONDS))
        return "\n".join([*files, str(out)[-TAIL:]])


def tail(path: str) -> str:
    """Return the end of a file."""
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
        return file.read().decode("utf-8", "replace")
