# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud
from ansible_collections.osops.glance.plugins.module_utils._openstack.keystone import Keystone
from ansible_collections.osops.glance.plugins.module_utils._openstack.shared_tokens import (
    receive_token,
    request_token,
    share_token,
    shared_tokens,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.fakes import FakeAdapter, FakeError

URL = "http://controller:5000"
CONFIG: dict[str, Any] = {"auth_type": "password", "auth": {"auth_url": URL, "username": "glance", "password": "p"}}


def session_for(config: dict[str, Any]) -> SimpleNamespace:
    session = SimpleNamespace(auth=object())
    share_token(session, config)
    return session


def test_equal_accounts_share_a_token() -> None:
    with shared_tokens():
        assert session_for(CONFIG).auth is session_for({**CONFIG}).auth


@pytest.mark.parametrize(
    "other",
    [
        {"auth": {**CONFIG["auth"], "password": "q"}},
        {"auth": {**CONFIG["auth"], "auth_url": "http://other:5000"}},
        {"auth_type": "token"},
        {"verify": False},
        {"cacert": "/etc/ssl/cloud.pem"},
    ],
)
def test_other_accounts_have_tokens_of_their_own(other: dict[str, Any]) -> None:
    with shared_tokens():
        assert session_for(CONFIG).auth is not session_for({**CONFIG, **other}).auth


def test_nothing_is_shared_outside() -> None:
    with shared_tokens():
        first = session_for(CONFIG)
    assert session_for(CONFIG).auth is not first.auth
    assert session_for(CONFIG).auth is not session_for(CONFIG).auth


def cloud(password: str | None, is_refused: bool = False) -> Cloud:
    def get_token() -> None:
        if is_refused:
            raise FakeError("requires authentication (HTTP 401)")

    session = SimpleNamespace(
        auth=None,
        get_token=get_token,
        get_user_id=lambda: "u1",
        get_project_id=lambda: "p1",
        get_endpoint=lambda **_filters: None,
    )
    config = SimpleNamespace(
        config={"auth": {"auth_url": f"{URL}/v3", **({"password": password} if password else {})}},
        get_region_name=lambda: "RegionOne",
        get_endpoint=lambda service_type: None,
        get_interface=lambda service_type: "internal",
    )
    return Cloud(config, session, FakeAdapter, (FakeError,))


@pytest.mark.parametrize(
    ("user", "password", "project", "expected"),
    [
        ("u1", "p", "p1", True),
        ("u1", "p", None, True),
        ("u2", "p", "p1", False),
        ("u1", "q", "p1", False),
        ("u1", "p", "p2", False),
    ],
)
def test_accepted_password_is_remembered(user: str, password: str, project: str | None, expected: bool) -> None:
    with shared_tokens():
        cloud("p").authenticate()
        assert cloud("other").accepts(user, password, project) is expected
    assert not cloud("p").accepts(user, password, project)


def test_refused_password_is_not_remembered() -> None:
    with shared_tokens():
        with pytest.raises(Exception, match="Cannot get a token"):
            cloud("p", is_refused=True).authenticate()
        assert not cloud("p").accepts("u1", "p", None)


def test_accepted_password_is_not_checked_again() -> None:
    with shared_tokens():
        cloud("p").authenticate()
        assert Keystone(cloud("admin")).authenticates("u1", "p", {"id": "p1"})


class Plugin:
    """An authentication plugin whose state is the ID of the process that requested its token."""

    def __init__(self, has_state: bool = True) -> None:
        self.state: str | None = None
        self._has_state = has_state

    def get_auth_state(self) -> str:
        if not self._has_state:
            raise NotImplementedError
        return str(self.state)

    def set_auth_state(self, state: str) -> None:
        self.state = state


class Session:
    """A session that can be refused."""

    def __init__(self, plugin: Plugin, is_refused: bool = False) -> None:
        self.auth = plugin
        self._is_refused = is_refused

    def get_token(self) -> None:
        if self._is_refused:
            raise FakeError("requires authentication (HTTP 401)")
        self.auth.state = str(os.getpid())


def test_token_is_requested_in_another_process() -> None:
    plugin = Plugin()
    with shared_tokens():
        request_token(Session(plugin))
        assert plugin.state is None
        receive_token(Session(plugin))
    assert plugin.state not in (None, str(os.getpid()))


def test_only_the_account_of_the_token_receives_it() -> None:
    plugin, other = Plugin(), Plugin()
    with shared_tokens():
        request_token(Session(plugin))
        receive_token(Session(other))
        assert other.state is None


def test_error_of_the_other_process_is_raised_here() -> None:
    session = Session(Plugin(), is_refused=True)
    with shared_tokens():
        request_token(session)
        with pytest.raises(FakeError, match="requires authentication"):
            receive_token(session)


def test_token_without_a_state_is_requested_again() -> None:
    plugin = Plugin(has_state=False)
    with shared_tokens():
        request_token(Session(plugin))
        receive_token(Session(plugin))
    assert plugin.state is None


def test_token_that_nobody_needs_is_not_waited_for() -> None:
    with shared_tokens() as tokens:
        request_token(Session(Plugin()))
        processes = list(tokens.requested.values())
    assert [is_child(process._process) for process in processes] == [False]


def is_child(process: int) -> bool:
    """Return whether a process exists that this one has to wait for."""
    try:
        os.waitpid(process, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def test_token_is_not_requested_outside() -> None:
    plugin = Plugin()
    request_token(Session(plugin))
    receive_token(Session(plugin))
    assert plugin.state is None
