# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import (
    Current,
    New,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_plan import (
    outcome,
    plan_registration,
    warnings,
    writes_password,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.registration_samples import (
    ABSENT,
    ACCOUNT,
    GLANCE,
    OMITTED,
    OTHER,
    PROJECT,
    REGISTERED,
    SERVICE,
    THERE,
    THREE,
    URL,
    URLS,
    USER,
    account,
    actions,
    assignment,
    catalog,
    endpoint,
    service,
)


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        pytest.param(Current(), {}, id="missing"),
        pytest.param(Current(user=GLANCE), {"user glance": "remove"}, id="user"),
        pytest.param(
            REGISTERED,
            {
                "endpoint public": "remove",
                "endpoint internal": "remove",
                "endpoint admin": "remove",
                "service glance": "remove",
            },
            id="service",
        ),
        pytest.param(
            catalog(service(), THREE[0], endpoint("e4", "public", URL, THERE)),
            {"endpoint public": "remove"},
            id="other-region-uses-the-service",
        ),
        pytest.param(
            catalog(service(), service("s2"), THREE[0], endpoint("e4", "public", of="s2")),
            {
                "endpoint public": "remove",
                "endpoint public e4": "remove",
                "service glance": "remove",
                "service glance s2": "remove",
            },
            id="duplicates",
        ),
        pytest.param(catalog(service(name="old"), *[{**e} for e in THREE]), {}, id="other-name-unchanged"),
    ],
)
def test_absent_removes_user_and_service(current: Current, expected: dict[str, str]) -> None:
    assert actions(ABSENT, current) == expected


WITHOUT_PASSWORD_CHECK = account(password_works=None)


GRANT = "role admin of user glance on project service"


def absent(services: Any = (), endpoints: Any = (), assignments: Any = WITHOUT_PASSWORD_CHECK.assignments) -> Current:
    return account(services=services, endpoints=endpoints, assignments=assignments, password_works=None)


@pytest.mark.parametrize(
    ("current", "expected", "kept", "warned"),
    [
        pytest.param(absent(), {"user glance": "remove"}, {}, False, id="only-desired-roles"),
        pytest.param(absent(assignments=[]), {"user glance": "remove"}, {}, False, id="no-roles"),
        pytest.param(
            absent([service()], [THREE[0], endpoint("e4", "public", URL, THERE)]),
            {"endpoint public": "remove"},
            {
                "service glance": "it has endpoints in the region RegionTwo",
                "user glance": "the service has endpoints in the region RegionTwo",
            },
            True,
            id="other-region-uses-the-service",
        ),
        pytest.param(
            absent([service(), service("s2", "other")], [endpoint("e4", "public", URL, THERE, "s2")]),
            {"service glance": "remove", "user glance": "remove"},
            {},
            False,
            id="region-of-another-service",
        ),
        pytest.param(
            absent(assignments=[*WITHOUT_PASSWORD_CHECK.assignments, OTHER]),
            {GRANT: "remove"},
            {"user glance": "it has the role member on project demo"},
            True,
            id="another-project",
        ),
        pytest.param(
            absent(assignments=[*WITHOUT_PASSWORD_CHECK.assignments, assignment("r", "r1", system={"all": True})]),
            {GRANT: "remove"},
            {"user glance": "it has the role r on system"},
            True,
            id="system",
        ),
        pytest.param(
            absent(
                assignments=[
                    *WITHOUT_PASSWORD_CHECK.assignments,
                    assignment(
                        "r", "r1", domain={"id": "d", "name": "Default"}, **{"OS-INHERIT:inherited_to": "projects"}
                    ),
                    assignment("s", "r3"),
                ]
            ),
            {GRANT: "remove"},
            {"user glance": "it has the role r on all projects of domain Default, the role s on project service"},
            True,
            id="domain-and-another-role",
        ),
        pytest.param(
            absent(assignments=[OTHER]),
            {},
            {"user glance": "it has the role member on project demo"},
            False,
            id="second-run",
        ),
    ],
)
def test_absent_keeps_a_user_that_is_used(
    current: Current, expected: dict[str, str], kept: dict[str, str], warned: bool
) -> None:
    assert actions(ABSENT, current) == expected
    assert outcome(ABSENT, current) == {"kept": kept}
    assert [message for message in warnings(ABSENT, current) if "user glance is not removed" in message] == [
        f"The user glance is not removed: {reason}."
        for resource, reason in kept.items()
        if warned and resource == "user glance"
    ]


def test_absent_user_does_not_remove_an_unnamed_service() -> None:
    assert actions({**ABSENT, "name": None}, REGISTERED) == {}


@pytest.mark.parametrize(
    ("desired", "current", "message"),
    [
        pytest.param(
            {**USER, "password": None},
            Current(),
            "no user 'glance', and `password` is not set. Set it",
            id="no-password",
        ),
        pytest.param({**SERVICE, "name": None}, Current(), "`name` is not set. Set it", id="no-name"),
        pytest.param(
            SERVICE,
            catalog(service(name="a"), service("s2", "b")),
            r"ambiguous which .* 'a' \(s1\), 'b' \(s2\). Set `name`",
            id="two-names-without-endpoints",
        ),
        pytest.param(
            {**SERVICE, "name": None},
            catalog(service(name="a"), service("s2", "b"), endpoint("e1", "public"), endpoint("e2", "public", of="s2")),
            "is ambiguous",
            id="two-names-with-endpoints",
        ),
    ],
)
def test_ambiguous_or_incomplete_options_are_an_error(desired: dict[str, Any], current: Current, message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        plan_registration(desired, current)


def test_new_objects_have_placeholder_ids() -> None:
    plan = plan_registration({**USER, "name": "glance", "endpoints": {"public": URL}}, Current(roles={"admin": None}))
    calls = {step.resource: step.arguments or {} for step in plan.steps}

    grant = calls["role admin of user glance on project service"]
    assert grant["path"][1::2] == (New("project service"), New("user glance"), New("role admin"))
    assert calls["endpoint public"]["attributes"]["service_id"] == New("service glance")


@pytest.mark.parametrize(
    ("desired", "current", "expected"),
    [
        (USER, Current(), True),
        (USER, account(password_works=False), True),
        (USER, account(user={**GLANCE, "enabled": False}, password_works=None), True),
        (USER, ACCOUNT, False),
        ({**USER, "email": "a@b"}, ACCOUNT, False),
        ({**USER, "enabled": False}, Current(), False),
    ],
    ids=["created", "refused", "enabled", "accepted", "other-attribute", "created-disabled"],
)
def test_password_of_an_enabled_user_is_verified(desired: Any, current: Current, expected: bool) -> None:
    assert writes_password(plan_registration(desired, current)) is expected


def test_password_is_written_last() -> None:
    current = Current(
        **{**vars(REGISTERED), "project": PROJECT, "user": GLANCE, "password_works": False, "services": ()}
    )

    steps = plan_registration({**USER, **{k: SERVICE[k] for k in ("name", "endpoints")}}, current).steps

    assert steps[-1].resource == "password of user glance"


def test_diff_has_only_changes() -> None:
    current = catalog(service(description="old"), endpoint("e1", "public", "http://old:9292"), *THREE[1:])

    assert plan_registration({**SERVICE, "description": "new"}, current).diff() == {
        "before": {"service glance": {"description": "old"}, "endpoint public": {"url": "http://old:9292"}},
        "after": {"service glance": {"description": "new"}, "endpoint public": {"url": URL}},
    }


def test_outcome_has_known_and_new_objects() -> None:
    desired = {**USER, "name": "glance", "endpoints": {"public": URL, "admin": URL}}
    current = Current(project=PROJECT, services=[service()], endpoints=THREE[:2])

    assert outcome(desired, current) == {
        "project": {"id": "p1", "name": "service"},
        "user": {"id": New("user glance"), "name": "glance"},
        "service": {"id": "s1", "name": "glance", "type": "image"},
        "endpoints": {"public": {"id": "e1", "url": URL}, "admin": {"id": New("endpoint admin"), "url": URL}},
    }


@pytest.mark.parametrize(("desired", "expected"), [(OMITTED, {}), (ABSENT, {"kept": {}})], ids=["nothing", "absent"])
def test_outcome_omits_unmanaged_objects(desired: dict[str, Any], expected: dict[str, Any]) -> None:
    assert outcome(desired, REGISTERED) == expected


@pytest.mark.parametrize(
    ("endpoints", "warned"),
    [
        (URLS, False),
        ({**URLS, "public": "https://images.example.com"}, False),
        ({**URLS, "admin": "http://controller01:9292"}, True),
        ({**URLS, "internal": "http://controler:9292"}, True),
        ({**URLS, "admin": "http://controller:9393/"}, False),
        ({"public": "http://a", "admin": "http://b"}, False),
        (None, False),
    ],
    ids=["same", "public-name", "other-admin-host", "other-internal-host", "port-differs", "no-internal", "omitted"],
)
def test_different_admin_host_is_a_warning(endpoints: Any, warned: bool) -> None:
    messages = warnings({**SERVICE, "endpoints": endpoints}, REGISTERED)

    assert bool(messages) is warned
    assert all("typing error" in message for message in messages)


def test_service_of_another_name_is_a_warning() -> None:
    (message,) = warnings(SERVICE, catalog(service(), service("s2", "old"), *THREE))

    assert message == "There is another service of type 'image', 'old' (s2). It is not changed."
