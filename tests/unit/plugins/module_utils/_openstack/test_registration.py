# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._openstack import registration
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration import (
    PredictedRegistration,
    Registration,
    with_ids,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import Current, New
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.fakes import Clock
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.registration_samples import (
    SERVICE,
    URL,
    USER,
    catalog,
    endpoint,
    service,
)

DESIRED = {**SERVICE, "endpoints": {"public": URL}, "password_refused": False, "timeout": 300}


class FakeKeystone:
    """An Identity service that records writes."""

    def __init__(self, _cloud: Any) -> None:
        self.retry_policy = RetryPolicy()
        self.writes: list[tuple[str, str, Any]] = []
        self.failures: list[GlanceError] = []

    def write(self, method: str, path: str, **body: Any) -> Any:
        if self.failures:
            raise self.failures.pop()
        self.writes.append((method, path, body.get("json")))
        kind = path.strip("/")[:-1]
        return SimpleNamespace(json=lambda: {kind: {"id": f"{kind}-1"}})


@pytest.fixture
def states(monkeypatch: pytest.MonkeyPatch) -> list[Current]:
    """The current states that Keystone returns one after the other; the last one is repeated."""
    states = [Current()]
    monkeypatch.setattr(registration, "connect", lambda _module, _seconds: None)
    monkeypatch.setattr(registration, "Keystone", FakeKeystone)
    monkeypatch.setattr(
        registration, "read_current", lambda *_arguments: states.pop(0) if len(states) > 1 else states[0]
    )
    return states


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (New("user glance"), "u1"),
        (New("role admin"), None),
        ({"user": {"id": New("user glance")}, "role": {"id": New("role admin"), "name": "admin"}}, None),
        ("text", "text"),
    ],
    ids=["known", "unknown", "mapping", "other"],
)
def test_placeholders_are_replaced_by_ids(value: Any, expected: Any) -> None:
    if isinstance(value, dict):
        expected = {"user": {"id": "u1"}, "role": {"name": "admin"}}
    assert with_ids(value, {"user glance": "u1"}) == expected


def test_ids_of_new_objects_are_used_in_later_requests(states: list[Current]) -> None:
    resource = Registration(SimpleNamespace(params=DESIRED))  # type: ignore[arg-type]
    plan = resource.apply(resource.plan())
    keystone: Any = resource._keystone
    assert [(method, path) for method, path, _body in keystone.writes] == [
        ("POST", "/services"),
        ("POST", "/endpoints"),
    ]
    assert keystone.writes[1][2]["endpoint"]["service_id"] == "service-1"
    assert resource.result(plan)["endpoints"] == {"public": {"id": "endpoint-1", "url": URL}}


def test_temporary_failure_reads_the_state_again(states: list[Current], clock: Clock) -> None:
    states.append(catalog(service(), endpoint("e1", "public", "http://old:9292")))
    resource = Registration(SimpleNamespace(params=DESIRED))  # type: ignore[arg-type]
    plan = resource.plan()
    keystone: Any = resource._keystone
    keystone.failures = [RetryableError("POST /services answered 503")]
    complete = resource.apply(plan)
    assert [(method, path) for method, path, _body in keystone.writes] == [("PATCH", "/endpoints/e1")]
    assert complete.actions() == {"service glance": "create", "endpoint public": "create"}
    assert clock.pauses == [0.25]


def test_permanent_failure_names_the_step(states: list[Current]) -> None:
    resource = Registration(SimpleNamespace(params=DESIRED))  # type: ignore[arg-type]
    plan = resource.plan()
    keystone: Any = resource._keystone
    keystone.failures = [GlanceError("POST /services answered 403")]
    with pytest.raises(GlanceError, match="^Cannot create the service glance: POST /services answered 403$"):
        resource.apply(plan)


def test_prediction_needs_no_keystone() -> None:
    params = {**USER, "name": "glance", "endpoints": {"public": URL}}
    prediction = PredictedRegistration(SimpleNamespace(params=params))  # type: ignore[arg-type]
    plan = prediction.plan()
    assert plan.actions()["user glance"] == "create"
    assert prediction.result(plan)["user"] == {"name": "glance"}
    with pytest.raises(NotImplementedError):
        prediction.apply(Plan())


def test_prediction_checks_the_options() -> None:
    with pytest.raises(GlanceError, match="`name` contains an empty string"):
        PredictedRegistration(SimpleNamespace(params={**SERVICE, "name": ""}))  # type: ignore[arg-type]
