# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that run while the module does something else, or that outlive it; for all others there is run_command."""

from __future__ import annotations

import subprocess
from typing import Sequence


class Command:
    """A command that runs beside this module."""

    def __init__(self, arguments: Sequence[str], keep: Sequence[int] = ()) -> None:
        """Start it; the descriptors in `keep` stay open as long as it runs, whatever becomes of this process."""
        self.process = subprocess.Popen(
            arguments,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=keep,
        )

    def end(self) -> tuple[int, str]:
        """Wait for the end, and return the status and the output."""
        output, _none = self.process.communicate()
        return self.process.returncode, output.decode("utf-8", "replace")

    def stop(self) -> None:
        """End it where it still runs."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.communicate()
