# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import (
    Current,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_plan import (
    plan_registration,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.registration_samples import (
    ABSENT,
    OMITTED,
    REGISTERED,
    SERVICE,
    THERE,
    THREE,
    URL,
    actions,
    catalog,
    endpoint,
    service,
)


@pytest.mark.parametrize(
    ("desired", "current", "expected"),
    [
        pytest.param(SERVICE, REGISTERED, {}, id="as-desired"),
        pytest.param(OMITTED, catalog(service(name="other", enabled=False)), {}, id="type-only"),
        pytest.param(
            SERVICE,
            Current(),
            {
                "service glance": "create",
                "endpoint public": "create",
                "endpoint internal": "create",
                "endpoint admin": "create",
            },
            id="missing",
        ),
        pytest.param({**SERVICE, "endpoints": None}, catalog(service()), {}, id="endpoints-omitted"),
        pytest.param({**SERVICE, "endpoints": {}}, REGISTERED, {}, id="no-endpoint-given"),
        pytest.param({**SERVICE, "endpoints": {"public": URL}}, REGISTERED, {}, id="omitted-interfaces"),
        pytest.param({**SERVICE, "name": None}, REGISTERED, {}, id="name-omitted"),
        pytest.param({**SERVICE, "name": "image"}, REGISTERED, {"service image": "update"}, id="renamed"),
        pytest.param({**SERVICE, "description": "Image"}, REGISTERED, {"service glance": "update"}, id="described"),
        pytest.param(
            SERVICE, catalog(service(enabled=False), *THREE), {"service glance": "update"}, id="service-disabled"
        ),
        pytest.param(SERVICE, catalog(service(), *THREE[:2]), {"endpoint admin": "create"}, id="endpoint-missing"),
        pytest.param(
            SERVICE,
            catalog(service(), endpoint("e1", "public", URL + "/"), *THREE[1:]),
            {"endpoint public": "update"},
            id="trailing-slash-differs",
        ),
        pytest.param(
            SERVICE,
            catalog(service(), endpoint("e1", "public", enabled=False), *THREE[1:]),
            {"endpoint public": "update"},
            id="endpoint-disabled",
        ),
        pytest.param(
            SERVICE,
            catalog(service(), *THREE, endpoint("e4", "public", "http://two:9292", THERE)),
            {},
            id="other-region-unchanged",
        ),
        pytest.param(
            {**SERVICE, "region": THERE, "endpoints": {"public": URL}},
            REGISTERED,
            {"endpoint public": "create"},
            id="new-region",
        ),
        pytest.param(
            SERVICE,
            catalog(service(), service("s2", "old"), *THREE, endpoint("e4", "public", of="s2")),
            {},
            id="other-name-unchanged",
        ),
    ],
)
def test_service_steps(desired: dict[str, Any], current: Current, expected: dict[str, str]) -> None:
    assert actions(desired, current) == expected


WRONG = "http://old:9292"


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param(
            [service(), endpoint("e1", "public", WRONG), endpoint("e2", "public")],
            [("endpoint public e1", "remove")],
            id="correct-endpoint-is-kept",
        ),
        pytest.param(
            [service(), endpoint("e2", "public", WRONG), endpoint("e1", "public", WRONG + "/")],
            [("endpoint public", "update"), ("endpoint public e2", "remove")],
            id="first-of-wrong-endpoints-is-updated",
        ),
        pytest.param(
            [service(), endpoint("e1", "public", enabled=False), endpoint("e2", "public")],
            [("endpoint public e1", "remove")],
            id="enabled-endpoint-is-kept",
        ),
        pytest.param(
            [service(), service("s2"), endpoint("e1", "public", WRONG), endpoint("e2", "public", of="s2")],
            [("endpoint public", "update"), ("endpoint public e1", "remove"), ("service glance s2", "remove")],
            id="correct-endpoint-moves-to-the-kept-service",
        ),
        pytest.param(
            [service(), service("s2"), endpoint("e1", "public", of="s2")],
            [("service glance s1", "remove")],
            id="service-with-endpoints-is-kept",
        ),
        pytest.param(
            [
                service(),
                service("s2"),
                endpoint("e1", "admin"),
                endpoint("e2", "public", of="s2"),
                endpoint("e3", "admin", of="s2"),
            ],
            [("endpoint admin e1", "update"), ("service glance s1", "remove")],
            id="service-with-most-endpoints-is-kept",
        ),
        pytest.param(
            [service(), service("s2"), endpoint("e1", "public"), endpoint("e2", "public", WRONG, THERE, "s2")],
            [("endpoint public e2", "update"), ("service glance s2", "remove")],
            id="endpoints-of-other-regions-move",
        ),
        pytest.param(
            [service(), service("s2"), endpoint("e1", "public"), endpoint("e2", "admin", WRONG, of="s2")],
            [("endpoint admin e2", "update"), ("service glance s2", "remove")],
            id="omitted-interfaces-move",
        ),
        pytest.param(
            [service(name="a"), service("s2", "a"), endpoint("e1", "public")],
            [("service glance", "update"), ("service glance s2", "remove")],
            id="duplicates-of-another-name-are-renamed-and-merged",
        ),
        pytest.param(
            [service(name="a"), service("s2", "b"), endpoint("e1", "public", of="s2")],
            [("service glance", "update")],
            id="only-service-with-endpoints-is-renamed",
        ),
    ],
)
def test_duplicates_are_merged_in_order(objects: list[dict[str, Any]], expected: list[tuple[str, str]]) -> None:
    steps = plan_registration({**SERVICE, "endpoints": {"public": URL}}, catalog(*objects)).steps

    assert [(step.resource, step.action) for step in steps] == expected


def test_services_are_merged_without_the_option_endpoints() -> None:
    current = catalog(service(), service("s2"), endpoint("e1", "public"), endpoint("e2", "public", of="s2"))

    plan = plan_registration({**SERVICE, "endpoints": None}, current)

    assert plan.actions() == {"endpoint public e2": "update", "service glance s2": "remove"}
    assert plan.steps[0].arguments == {
        "method": "PATCH",
        "path": ("endpoints", "e2"),
        "kind": "endpoint",
        "attributes": {"service_id": "s1"},
    }


def test_endpoints_are_removed_before_their_service() -> None:
    steps = plan_registration(ABSENT, REGISTERED).steps

    assert [step.arguments["path"][0] for step in steps if step.arguments] == ["endpoints"] * 3 + ["services"]
