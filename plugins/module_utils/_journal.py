# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the units of a service log, in their files and in the journal; without the secrets of their configuration."""

from __future__ import annotations

import glob
import os
import re
from typing import Any, Iterator
from urllib.parse import unquote

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils import _file, _log
from ansible_collections.osops.glance.plugins.module_utils._ini_report import FOUND_LENGTH, Mask
from ansible_collections.osops.glance.plugins.module_utils._plan import SECRET_NAME

LOG_OPTIONS: dict[str, Any] = {
    "units": {"type": "list", "elements": "str", "required": True},
    "files": {"type": "list", "elements": "path", "default": []},
    "logs": {"type": "list", "elements": "str", "default": []},
}
TAIL = 256 * 1024  # bytes of a log that are looked at, at most

# By lines, for a file that cannot be parsed may be the very failure.
_OPTION = re.compile(r"^\s*([\w.-]+)\s*[=:][ \t]*(.+?)\s*$", re.MULTILINE)
_PASSWORD = re.compile(r"://[^:/@\s]*:([^/\s]+)@")


class Journal:
    """What the units have logged since a time, in seconds of the wall clock; options as LOG_OPTIONS."""

    def __init__(self, module: AnsibleModule, since: float) -> None:
        self._module = module
        self._since = since
        self._mask = Mask()
        self._units: list[str] = module.params["units"]
        self._paths = sorted(path for pattern in module.params["logs"] for path in glob.glob(pattern))

    def lines(self, failure: str) -> list[str]:
        """Return the lines that tell of a failure; of its request alone, where the failure names one."""
        request = re.search(r"\breq-[0-9a-f-]{36}\b", failure)
        files = (_log.recent(tail(path), self._since) for path in self._paths)
        self._learn()
        text = self._mask.text("\n".join([*files, self._printed()]))
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

    def _learn(self) -> None:
        """Note the secrets of the configuration; those of a file that is put back meanwhile are still in the log."""
        for path in self._module.params["files"]:
            self._mask.known.update(secrets_of((_file.read(path) or b"").decode("utf-8", "replace")))


def secrets_of(text: str) -> Iterator[str]:
    """Yield the secrets in the text of a configuration file, and what a program makes of them that reads them."""
    for name, value in _OPTION.findall(text):
        if SECRET_NAME.search(name):
            inner = [part for password in _PASSWORD.findall(value) for part in (password, unquote(password))]
            for secret in (value, *inner):
                plain = secret.replace("$$", "$").replace("\\$", "$")
                yield from {one for one in (secret, plain, plain.strip("'\"")) if len(one) >= FOUND_LENGTH}


def tail(path: str) -> str:
    """Return the end of a file."""
    with open(path, "rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
        return file.read().decode("utf-8", "replace")
