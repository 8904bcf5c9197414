# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud
from ansible_collections.osops.glance.plugins.module_utils._openstack.keystone import Keystone
from ansible_collections.osops.glance.plugins.module_utils._openstack.shared_tokens import (
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
        get_token=get_token, get_user_id=lambda: "u1", get_project_id=lambda: "p1", get_endpoint=lambda **_filters: None
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


def test_wait_for_other_processes_does_not_count_as_time_of_the_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def accounts() -> list[Any]:
        now[0] += 60
        return [(URL, "u1", "p1", "p")]

    limited = cloud("admin")
    with shared_tokens(accounts), limited.within(5):
        assert limited.accepts("u1", "p", "p1")
        assert limited._deadline.left == 5
