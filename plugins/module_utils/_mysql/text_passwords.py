# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protect passwords that a server requires as text: exclude them from its logs, and warn where this is not possible."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Callable, Iterator

# PASSWORD() then returns the current kind of hash, and the slow query log does not record the statement.
SESSION_SETTINGS = ("SET SESSION old_passwords = 0", "SET SESSION slow_query_log = 0")
# This requires the privilege SUPER.
DISABLE_GENERAL_LOG = "SET SESSION sql_log_off = 1"
GENERAL_LOG_QUERY = "SELECT @@general_log AS is_on"


class TextPasswords:
    """The protection of passwords as text in one session.

    warnings: messages for the operator about passwords that were sent.
    """

    def __init__(
        self,
        where: str,
        is_encrypted: bool,
        run: Callable[[str], Any],
        run_optional: Callable[[str], list[dict[str, Any]] | None],
        set_charset: Callable[[str], None],
    ) -> None:
        """Prepare the protection.

        where: the address of the server, for warnings.
        is_encrypted: whether the connection uses TLS or a socket.
        run: executes a statement; run_optional: returns None if the account may not execute it.
        set_charset: sets the encoding of the connection.
        """
        self.warnings: list[str] = []
        self._where = where
        self._is_encrypted = is_encrypted
        self._run = run
        self._run_optional = run_optional
        self._set_charset = set_charset
        self._is_prepared = False

    @contextmanager
    def sending(self, password: str | None) -> Iterator[None]:
        """Protect the statements of the block, which contain the password; None if they contain none."""
        if password:
            self._prepare()
        if not password or password.isascii():
            yield
            return
        # The services send the password in this encoding when they log in.
        self._set_charset("latin1")
        try:
            yield
        finally:
            self._set_charset("utf8mb4")

    def _prepare(self) -> None:
        """Exclude the statements of this session from the server's logs, as far as the privileges allow it."""
        if self._is_prepared:
            return
        self._is_prepared = True
        for sql in SESSION_SETTINGS:
            self._run(sql)
        is_excluded = self._run_optional(DISABLE_GENERAL_LOG) is not None
        if not is_excluded and any(row["is_on"] for row in self._run_optional(GENERAL_LOG_QUERY) or ()):
            self.warnings.append(
                f"The server at {self._where} validates passwords and received the password as text. Its general log "
                "is on and contains the password. To exclude a session from that log, the administrator needs the "
                "privilege SUPER."
            )
        if not self._is_encrypted:
            self.warnings.append(
                f"The server at {self._where} validates passwords and received the password as text over a connection "
                "without TLS. Set `login_ca_cert` if the network is not trusted."
            )
