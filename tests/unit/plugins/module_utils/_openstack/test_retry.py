# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.fakes import (
    Clock,
    FakeResponse,
    service,
)


def test_function_is_repeated_until_it_succeeds(clock: Clock) -> None:
    responses = [*[FakeResponse(503)] * 3, FakeResponse(200)]

    def send() -> Any:
        return service(responses.pop(0)).request("GET", "/")

    assert RetryPolicy().call(send).status_code == 200
    assert clock.pauses == [0.25, 0.5, 1.0]


def test_retries_have_a_common_time_limit(clock: Clock) -> None:
    policy = RetryPolicy()

    for _call in range(2):
        with pytest.raises(GlanceError, match=r"answered 503: Reason \(retried for \d+ seconds\)") as caught:
            policy.call(lambda: service(FakeResponse(503, "")).get("/"))

    assert not isinstance(caught.value, RetryableError)
    assert 25 < sum(clock.pauses) <= 30


def test_permanent_failure_is_not_repeated(clock: Clock) -> None:
    with pytest.raises(GlanceError, match="answered 403"):
        RetryPolicy().call(lambda: service(FakeResponse(403)).get("/"))

    assert clock.pauses == []
