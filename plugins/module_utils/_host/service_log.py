# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the logs of a service, without the secrets of its configuration."""

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
MAX_BYTES = 256 * 1024  # that are read of one log
COMMAND_SECONDS = 60  # for a command that only reads

_REQUEST_ID = re.compile(r"\breq-[0-9a-f-]{36}\b")


class ServiceLog:
    """The log entries of the units of a service, in files and in the journal.

    module: has the options LOG_OPTIONS.
    since: the time of the first entry, in seconds since 1970.
    """

    def __init__(self, module: AnsibleModule, since: float) -> None:
        self._module = module
        self._since = since
        self._secrets: set[str] = set()
        self._units: list[str] = module.params["units"]

    def from_now_on(self) -> ServiceLog:
        """Return the log from now on, with the secrets that this log has already found."""
        log = ServiceLog(self._module, time.time())
        log._secrets = self._secrets
        return log

    @property
    def _paths(self) -> list[str]:
        # The first start of a service creates its log, so the patterns are expanded for each read.
        return sorted(path for pattern in self._module.params["logs"] for path in glob.glob(pattern))

    def relevant_lines(self, failure: str) -> list[str]:
        """Return the lines about a failure; only those of its request, if the failure contains a request ID."""
        request = _REQUEST_ID.search(failure)
        text = self.redact(self._text(self._since))
        return log_analysis.relevant_lines(text, request[0] if request else None)

    def redact(self, text: str) -> str:
        """Return a text without the secrets of the configuration."""
        files: list[str] = self._module.params["files"]
        # The log may also contain the secrets of a previous configuration, and of one that was replaced since.
        copies = [copy for path in files for copy in glob.glob(f"{glob.escape(path)}.*~")]
        self._secrets |= secrets_in_files([*files, *copies])
        return redact(text, self._secrets)

    def summary(self, failure: str) -> str:
        """Return the likely cause of a failure and the lines about it, in sentences."""
        sources = [*self._paths, f"journalctl {' '.join(f'-u {name}' for name in self._units)}"]
        return log_analysis.summary(self.relevant_lines(failure), ", ".join(sources))

    def ended_workers(self, since: float) -> int:
        """Return how many worker processes have ended on their own since a time."""
        return log_analysis.ended_workers(self._text(since))

    def _text(self, since: float) -> str:
        files = [log_analysis.recent(tail(path), since) for path in self._paths]
        units = [f"--unit={name}" for name in self._units]
        command = ["journalctl", *units, f"--since=@{int(since)}", "--output=cat", "--quiet", "--no-pager"]
        _status, out, _err = self._module.run_command(with_timeout(command, COMMAND_SECONDS))
        return "\n".join([*files, str(out)[-MAX_BYTES:]])


def tail(path: str) -> str:
    """Return the end of a file, at most MAX_BYTES."""
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - MAX_BYTES))
        return file.read().decode("utf-8", "replace")
