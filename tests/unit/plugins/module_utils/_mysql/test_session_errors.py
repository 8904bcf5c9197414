# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql.session_errors import (
    PASSWORD_POLICY,
    UNSPECIFIC,
    ErrorMessages,
    has_reasons,
)

SOCKET_ERRORS = ErrorMessages(["s3same"], uses_socket=True, response_seconds=310)
TCP_ERRORS = ErrorMessages(["s3same"], uses_socket=False, response_seconds=310)


@pytest.mark.parametrize(
    ("errors", "hint"), [(SOCKET_ERRORS, "this is its socket"), (TCP_ERRORS, "the port is open")], ids=["socket", "TCP"]
)
def test_hint_for_an_unreachable_server_depends_on_the_connection(errors: ErrorMessages, hint: str) -> None:
    failure = str(errors.login_failure("Cannot log in", Exception(2003, "Can't connect with s3same")))
    assert failure.startswith("Cannot log in: Can't connect with VALUE HIDDEN. ")
    assert hint in failure


def test_lost_connection_is_distinguished_from_a_timeout() -> None:
    lost = str(TCP_ERRORS.statement_failure("Cannot create it", Exception(2013, "Lost connection"), []))
    assert lost.startswith("Cannot create it: the connection was lost (Lost connection). Earlier changes were kept.")
    silent = str(TCP_ERRORS.statement_failure("Cannot create it", Exception(2013, "timed out"), []))
    assert "did not respond within 310 seconds" in silent


def test_reason_replaces_the_hint_for_an_unspecific_error() -> None:
    error = Exception(UNSPECIFIC, "Operation CREATE USER failed")
    assert str(TCP_ERRORS.statement_failure("A", error, ["read-only"])) == "A: Operation CREATE USER failed: read-only."
    assert "SHOW CREATE USER" in str(TCP_ERRORS.statement_failure("A", error, []))


def test_reasons_are_the_specific_warnings() -> None:
    policy = [
        {"Code": PASSWORD_POLICY, "Message": "Too few digits"},
        {"Code": PASSWORD_POLICY, "Message": "Your password does not satisfy the current policy requirements"},
    ]
    assert TCP_ERRORS.reasons(PASSWORD_POLICY, policy) == ["Too few digits"]
    rows = [{"Code": UNSPECIFIC, "Message": "Operation CREATE USER failed"}, {"Code": 1290, "Message": "s3same"}]
    assert TCP_ERRORS.reasons(UNSPECIFIC, [*rows, *rows]) == ["VALUE HIDDEN"]


@pytest.mark.parametrize(
    ("number", "expected"), [(PASSWORD_POLICY, True), (UNSPECIFIC, True), (1045, False), (None, False)]
)
def test_only_general_errors_have_reasons(number: int | None, expected: bool) -> None:
    assert has_reasons(number) is expected
