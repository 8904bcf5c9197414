# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the messages of the preflight checks."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import Sequence


def with_hint(problem: str, hint: str | None) -> str:
    """Return a problem as a sentence, followed by what to do about it."""
    return f"{problem}. {hint}" if hint else f"{problem}."


def error_reason(error: Exception, timeout: float) -> str:
    """Return why a connection failed, with the error text of the operating system.

    timeout: the limit that the connection had, in seconds.
    """
    if isinstance(error, socket.timeout):
        return f"no response within {timeout:g} s"
    if isinstance(error, ssl.SSLError):
        return f"no TLS connection: {getattr(error, 'reason', None) or error}"
    if isinstance(error, http.client.HTTPException):
        return "the response is not HTTP"
    return getattr(error, "strerror", None) or str(error)


def problem_report(problems: Sequence[str]) -> str:
    """Return the message with all problems, one per line."""
    count = "1 problem was" if len(problems) == 1 else f"{len(problems)} problems were"
    return "\n".join([f"{count} found before anything was changed:", *(f"- {problem}" for problem in problems)])
