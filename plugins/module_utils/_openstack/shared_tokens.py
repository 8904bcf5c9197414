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
from typing import Any, Iterator, Mapping, NamedTuple

# The part of the configuration of openstacksdk that determines a token, and how Keystone is reached for it.
AUTHENTICATION = ("auth_type", "auth", "verify", "cacert", "cert", "key")


class Account(NamedTuple):
    """An account whose password Keystone has accepted."""

    auth_url: str
    user_id: str
    project_id: str | None
    password: str


class Tokens:
    """The shared tokens.

    plugins: the authentication plugins of keystoneauth, which keep the tokens, by their configuration.
    """

    def __init__(self) -> None:
        self.plugins: dict[str, Any] = {}
        self.accounts: set[Account] = set()


_active: list[Tokens] = []


@contextmanager
def shared_tokens() -> Iterator[None]:
    """Share tokens among the connections that are made meanwhile. Only for code that changes no account."""
    _active.append(Tokens())
    try:
        yield
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
    return any(
        account._replace(project_id=None) == Account(auth_url, user_id, None, password)
        and project_id in (None, account.project_id)
        for tokens in _active[-1:]
        for account in tokens.accounts
    )
