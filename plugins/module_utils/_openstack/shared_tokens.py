# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Use one token for all connections of a process that have the same account.

A token costs Keystone a third of a second, most of it for the hash of the password, so a token can also be requested
in a second process before it is needed. Outside of shared_tokens(), nothing is shared.
"""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from typing import Any, Iterator, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.second_process import SecondProcess

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
    requested: the processes that request a token, by the ID of the plugin that needs it.
    """

    def __init__(self) -> None:
        self.plugins: dict[str, Any] = {}
        self.requested: dict[int, SecondProcess] = {}
        self.accounts: set[Account] = set()


_active: list[Tokens] = []


@contextmanager
def shared_tokens() -> Iterator[Tokens]:
    """Share tokens among the connections that are made meanwhile. Only for code that changes no account."""
    _active.append(Tokens())
    try:
        yield _active[-1]
    finally:
        for process in _active.pop().requested.values():
            process.stop()


def share_token(session: Any, config: Mapping[str, Any]) -> None:
    """Use the token of the previous session with the same configuration for a session of keystoneauth."""
    for tokens in _active[-1:]:
        key = json.dumps({name: config.get(name) for name in AUTHENTICATION}, sort_keys=True, default=str)
        session.auth = tokens.plugins.setdefault(key, session.auth)


def request_token(session: Any) -> None:
    """Request the token of a session of keystoneauth in a second process, until receive_token() is called."""
    for tokens in _active[-1:]:
        with suppress(OSError):  # this host does not permit another process
            tokens.requested[id(session.auth)] = SecondProcess(lambda: _token_of(session))


def receive_token(session: Any) -> None:
    """Wait for the token of request_token(). If that failed, request it here, with all errors of keystoneauth."""
    for tokens in _active[-1:]:
        process = tokens.requested.pop(id(session.auth), None)
        state = process.result() if process else None
        if state:
            session.auth.set_auth_state(state)


def _token_of(session: Any) -> str | None:
    """Return the token with its catalog as text; None if the plugin of the session cannot provide them."""
    session.get_token()
    with suppress(NotImplementedError):
        return session.auth.get_auth_state()  # type: ignore[no-any-return]
    return None


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
