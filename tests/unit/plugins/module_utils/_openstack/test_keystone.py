# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.keystone import Keystone
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.fakes import Clock

HEX_ID = "ba2ca47e32df467ea811a4a0e05ce84d"


class FakeIdentity:
    """The Identity API with one domain."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.failures = 0
        self.status = 201

    def get(self, path: str, params: dict[str, str]) -> Any:
        self.requests.append(f"GET {path} {params}")
        if self.failures:
            self.failures -= 1
            raise RetryableError("GET /domains answered 503")
        domains = [{"id": HEX_ID, "name": "Services"}]
        return {"domains": [domain for domain in domains if params["name"] == domain["name"]]}

    def find(self, path: str) -> Any:
        self.requests.append(f"GET {path}")
        return {"domain": {"id": HEX_ID}} if path.endswith(HEX_ID) else None

    def request(self, method: str, path: str, **arguments: Any) -> SimpleNamespace:
        self.requests.append(f"{method} {path} {arguments}")
        return SimpleNamespace(status_code=self.status)


class FakeCloud:
    def __init__(self, identity: FakeIdentity) -> None:
        self.retry_policy = RetryPolicy()
        self.is_authenticated = False
        self._identity = identity

    def authenticate(self) -> None:
        self.is_authenticated = True

    def identity(self) -> FakeIdentity:
        return self._identity

    def accepts(self, _user_id: str, _password: str, _project_id: str | None) -> bool:
        return False

    def domain_id(self, name: str) -> str | None:
        return "default" if name == "Default" else None


@pytest.fixture
def identity() -> FakeIdentity:
    return FakeIdentity()


@pytest.fixture
def keystone(identity: FakeIdentity) -> Keystone:
    return Keystone(FakeCloud(identity))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("domain", "expected", "requests"),
    [
        pytest.param("Default", "default", 0, id="domain-of-the-token"),
        pytest.param("Services", HEX_ID, 1, id="name"),
        pytest.param(HEX_ID, HEX_ID, 1, id="id"),
    ],
)
def test_domain_is_found(keystone: Keystone, identity: FakeIdentity, domain: str, expected: str, requests: int) -> None:
    assert keystone.domain_id(domain) == expected
    assert len(identity.requests) == requests


def test_unknown_domain_is_an_error(keystone: Keystone, identity: FakeIdentity) -> None:
    with pytest.raises(GlanceError, match="No domain has the name or the ID 'Nowhere'. Correct `domain`"):
        keystone.domain_id("Nowhere")
    assert len(identity.requests) == 2


def test_reads_are_retried(keystone: Keystone, identity: FakeIdentity, clock: Clock) -> None:
    identity.failures = 2
    assert keystone.first("domains", name="Services") == {"id": HEX_ID, "name": "Services"}
    assert clock.pauses == [0.25, 0.5]


@pytest.mark.parametrize(("status", "expected"), [(201, True), (401, False)])
@pytest.mark.parametrize(
    ("project", "scope"), [(None, "'unscoped'"), ({"id": "p1"}, "{'project': {'id': 'p1'}}")], ids=["user", "project"]
)
def test_password_is_checked_with_a_token(
    keystone: Keystone, identity: FakeIdentity, status: int, expected: bool, project: Any, scope: str
) -> None:
    identity.status = status
    assert keystone.authenticates("u1", "pw", project) is expected
    assert f"'scope': {scope}" in identity.requests[0]
    assert "'log': False" in identity.requests[0]


@pytest.mark.parametrize(("method", "accept"), [("DELETE", "(404,)"), ("PATCH", "()")])
def test_write_is_sent_once_and_not_logged(
    keystone: Keystone, identity: FakeIdentity, method: str, accept: str
) -> None:
    keystone.write(method, "/users/u1")
    assert identity.requests == [f"{method} /users/u1 {{'accept': {accept}, 'log': False}}"]
