# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Use one token for all connections of a process that have the same account.

A token costs Keystone a third of a second, most of it for the hash of the password. Outside of shared_tokens(), nothing
is shared.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any, Callable, Iterable, Iterator, Mapping, NamedTuple, Sequence

# The part of the configuration of openstacksdk that determines a token, and how Keystone is reached for it.
AUTHENTICATION = ("auth_type", "auth", "verify", "cacert", "cert", "key")
# Returns the fields of accounts.
Others = Callable[[], Iterable[Sequence[Any]]]


class Account(NamedTuple):
    """An account whose password Keystone has accepted."""

    auth_url: str
    user_id: str
    project_id: str | None
    password: str


class Tokens:
    """The shared tokens.

    plugins: the authentication plugins of keystoneauth, which keep the tokens, by their configuration.
    accounts: the accounts that connections of this process used.
    others: returns the fields of the accounts that connections of other processes used.
    """

    def __init__(self, others: Others) -> None:
        self.plugins: dict[str, Any] = {}
        self.accounts: set[Account] = set()
        self._others = others

    def all_accounts(self) -> set[Account]:
        """Wait for the other processes, and return the accounts of all."""
        others = {Account(*fields) for fields in self._others()}
        return self.accounts | others


_active: list[Tokens] = []


@contextmanager
def shared_tokens(others: Others = list) -> Iterator[Tokens]:
    """Share tokens among the connections that are made meanwhile. Only for code that changes no account.

    others: returns the fields of the accounts that connections of other processes used; it is called when a password
      was not used in this process.
    """
    tokens = Tokens(others)
    _active.append(tokens)
    try:
        yield tokens
    finally:
        _active.pop()


def share_token(session: Any, config: Mapping[str, Any]) -> None:
    """Use the token of the previous session with the same configuration for a session of keystoneauth."""
    for tokens in _active[-1:]:
        key = json.dumps({name: config.get(name) for name in AUTHENTICATION}, sort_keys=True, default=str)
        session.auth = tokens.plugins.setdefault(key, session.auth)


def remember_account(session: Any, auth_url: str, password: str | None) -> None:
    """Remember that Keystone has accepted the password of a session."""
    if password is None:
        return
    for tokens in _active[-1:]:
        tokens.accounts.add(Account(auth_url, session.get_user_id(), session.get_project_id(), password))


def is_accepted(auth_url: str, user_id: str, password: str, project_id: str | None) -> bool:
    """Return whether Keystone has accepted a password, for a token of this project, or of any project if None."""

    def fits(account: Account) -> bool:
        is_same = account._replace(project_id=None) == Account(auth_url, user_id, None, password)
        return is_same and project_id in (None, account.project_id)

    return any(any(map(fits, tokens.accounts)) or any(map(fits, tokens.all_accounts())) for tokens in _active[-1:])
