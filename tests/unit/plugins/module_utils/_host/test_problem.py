# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import http.client
import re
import socket
import ssl

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.problem import error_reason, problem_report, with_hint


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(socket.timeout("timed out"), "no response within 5 s", id="timeout"),
        pytest.param(ConnectionRefusedError(111, "Connection refused"), "Connection refused", id="refused"),
        pytest.param(http.client.BadStatusLine("\x00\n"), "the response is not HTTP", id="not HTTP"),
        pytest.param(ssl.SSLError(1, "wrong version"), "no TLS connection: .*wrong version", id="not TLS"),
        pytest.param(OSError("strange"), "strange", id="without a number"),
    ],
)
def test_reason_is_the_error_text_of_the_system(error: Exception, reason: str) -> None:
    assert re.match(reason, error_reason(error, 5.0))


@pytest.mark.parametrize(
    ("hint", "message"), [("Check it.", "It failed. Check it."), (None, "It failed."), ("", "It failed.")]
)
def test_hint_follows_the_problem(hint: str | None, message: str) -> None:
    assert with_hint("It failed", hint) == message


def test_report_has_one_line_per_problem() -> None:
    assert problem_report(["a: x."]) == "1 problem was found before anything was changed:\n- a: x."
    assert problem_report(["a: x.", "b: y."]).splitlines()[0].startswith("2 problems were")
