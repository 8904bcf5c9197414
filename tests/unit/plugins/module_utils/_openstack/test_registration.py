# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack import registration
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration import Current, New

URL = "http://controller:9292"
URLS = {"public": URL, "internal": URL, "admin": URL}
HERE, THERE = "RegionOne", "RegionTwo"

NOTHING: dict[str, Any] = {
    "state": "present",
    "user": None,
    "password": None,
    "email": None,
    "user_description": None,
    "enabled": True,
    "project": "service",
    "domain": "Default",
    "roles": ["admin"],
    "type": "image",
    "name": None,
    "description": None,
    "region": HERE,
    "endpoints": None,
}
USER = {**NOTHING, "user": "glance", "password": "pw"}
SERVICE = {**NOTHING, "name": "glance", "endpoints": URLS}
ABSENT = {**NOTHING, "state": "absent", "user": "glance", "name": "glance"}


def service(id: str = "s1", name: str = "glance", **more: Any) -> dict[str, Any]:
    return {"id": id, "name": name, "type": "image", "enabled": True, **more}


def endpoint(
    id: str, interface: str, url: str = URL, region: str = HERE, of: str = "s1", **more: Any
) -> dict[str, Any]:
    return {
        "id": id,
        "interface": interface,
        "url": url,
        "region_id": region,
        "service_id": of,
        "enabled": True,
        **more,
    }


def assignment(role: str, role_id: str, on: str = "p1", **scope: Any) -> dict[str, Any]:
    """Return what Keystone says of a role on a project, or of one that is held elsewhere."""
    there = scope or {"project": {"id": on, "name": {"p1": "service"}.get(on, on), "domain": DEFAULT}}
    return {"scope": there, "role": {"id": role_id, "name": role}}


DEFAULT = {"id": "default", "name": "Default"}
GLANCE = {"id": "u1", "name": "glance", "domain_id": "default", "enabled": True}
PROJECT = {"id": "p1", "name": "service", "domain_id": "default", "enabled": True}
ACCOUNT = Current(
    domain_id="default",
    project=PROJECT,
    user=GLANCE,
    roles={"admin": "r1"},
    assignments=[assignment("admin", "r1")],
    password_works=True,
)
THREE = (endpoint("e1", "public"), endpoint("e2", "internal"), endpoint("e3", "admin"))
REGISTERED = Current(services=[service()], endpoints=THREE)


def account(**changed: Any) -> Current:
    return Current(**{**vars(ACCOUNT), **changed})


def catalog(*things: dict[str, Any]) -> Current:
    """Return what Keystone has when it has these services and endpoints."""
    return Current(
        services=[resource for resource in things if "interface" not in resource],
        endpoints=[resource for resource in things if "interface" in resource],
    )


def actions(wanted: dict[str, Any], found: Current) -> dict[str, str]:
    return registration.plan(wanted, found).actions()


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        pytest.param(USER, ACCOUNT, {}, id="all-right"),
        pytest.param({**USER, "password": None}, account(password_works=None), {}, id="password-left-out"),
        pytest.param(NOTHING, Current(), {}, id="user-left-out"),
        pytest.param(
            {**USER, "roles": ["admin", "service"]},
            Current(domain_id="default", roles={"admin": "r1", "service": None}),
            {
                "project service": "create",
                "user glance": "create",
                "role admin of user glance on project service": "create",
                "role service": "create",
                "role service of user glance on project service": "create",
            },
            id="nothing-there",
        ),
        pytest.param(
            USER,
            account(assignments=[]),
            {"role admin of user glance on project service": "create"},
            id="role-lacking",
        ),
        pytest.param(
            USER, account(project={**PROJECT, "enabled": False}), {"project service": "update"}, id="project-disabled"
        ),
        pytest.param(USER, account(password_works=False), {"password of user glance": "update"}, id="password-refused"),
        pytest.param({**USER, "email": "a@b"}, ACCOUNT, {"user glance": "update"}, id="email-missing"),
        pytest.param({**USER, "email": ""}, ACCOUNT, {}, id="email-empty-and-missing"),
        pytest.param(
            {**USER, "email": ""},
            account(user={**GLANCE, "email": "a@b"}),
            {"user glance": "update"},
            id="email-emptied",
        ),
        pytest.param(
            {**USER, "user_description": "Image"},
            account(user={**GLANCE, "description": "Image", "email": "a@b"}),
            {},
            id="description-right-email-left-out",
        ),
        pytest.param(
            USER,
            account(user={**GLANCE, "enabled": False}, password_works=None),
            {"user glance": "update"},
            id="user-disabled",
        ),
        pytest.param({**USER, "enabled": False}, account(password_works=None), {"user glance": "update"}, id="disable"),
        pytest.param(
            {**USER, "enabled": False},
            account(user={**GLANCE, "enabled": False}, password_works=None),
            {},
            id="disabled-as-wanted",
        ),
        pytest.param(
            USER,
            account(assignments=[assignment("admin", "r1", "other")]),
            {"role admin of user glance on project service": "create"},
            id="role-held-elsewhere",
        ),
        pytest.param(
            USER,
            account(
                assignments=[assignment("admin", "r1", project={"id": "p1"}, **{"OS-INHERIT:inherited_to": "projects"})]
            ),
            {"role admin of user glance on project service": "create"},
            id="role-held-below-only",
        ),
    ],
)
def test_account(wanted: dict[str, Any], found: Current, expected: dict[str, str]) -> None:
    assert actions(wanted, found) == expected


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        pytest.param(SERVICE, REGISTERED, {}, id="all-right"),
        pytest.param(NOTHING, catalog(service(name="other", enabled=False)), {}, id="type-alone-says-nothing"),
        pytest.param(
            SERVICE,
            Current(),
            {
                "service glance": "create",
                "endpoint public": "create",
                "endpoint internal": "create",
                "endpoint admin": "create",
            },
            id="nothing-there",
        ),
        pytest.param({**SERVICE, "endpoints": None}, catalog(service()), {}, id="endpoints-left-out"),
        pytest.param({**SERVICE, "endpoints": {}}, REGISTERED, {}, id="no-endpoint-given"),
        pytest.param({**SERVICE, "endpoints": {"public": URL}}, REGISTERED, {}, id="interfaces-left-out-stay"),
        pytest.param({**SERVICE, "name": None}, REGISTERED, {}, id="name-left-out"),
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
            id="other-region-untouched",
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
            id="other-name-left-alone",
        ),
    ],
)
def test_service(wanted: dict[str, Any], found: Current, expected: dict[str, str]) -> None:
    assert actions(wanted, found) == expected


WRONG = "http://old:9292"


@pytest.mark.parametrize(
    ("things", "expected"),
    [
        pytest.param(
            [service(), endpoint("e1", "public", WRONG), endpoint("e2", "public")],
            [("endpoint public e1", "remove")],
            id="the-right-one-is-kept",
        ),
        pytest.param(
            [service(), endpoint("e2", "public", WRONG), endpoint("e1", "public", WRONG + "/")],
            [("endpoint public", "update"), ("endpoint public e2", "remove")],
            id="all-wrong-the-first-is-repaired-before",
        ),
        pytest.param(
            [service(), endpoint("e1", "public", enabled=False), endpoint("e2", "public")],
            [("endpoint public e1", "remove")],
            id="the-enabled-one-is-kept",
        ),
        pytest.param(
            [service(), service("s2"), endpoint("e1", "public", WRONG), endpoint("e2", "public", of="s2")],
            [("endpoint public", "update"), ("endpoint public e1", "remove"), ("service glance s2", "remove")],
            id="the-right-one-moves-to-the-kept-service",
        ),
        pytest.param(
            [service(), service("s2"), endpoint("e1", "public", of="s2")],
            [("service glance s1", "remove")],
            id="the-serving-one-of-equal-services-is-kept",
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
            id="the-one-that-serves-most-is-kept",
        ),
        pytest.param(
            [service(), service("s2"), endpoint("e1", "public"), endpoint("e2", "public", WRONG, THERE, "s2")],
            [("endpoint public e2", "update"), ("service glance s2", "remove")],
            id="endpoints-of-other-regions-move",
        ),
        pytest.param(
            [service(), service("s2"), endpoint("e1", "public"), endpoint("e2", "admin", WRONG, of="s2")],
            [("endpoint admin e2", "update"), ("service glance s2", "remove")],
            id="interfaces-left-out-move",
        ),
        pytest.param(
            [service(name="a"), service("s2", "a"), endpoint("e1", "public")],
            [("service glance", "update"), ("service glance s2", "remove")],
            id="equal-services-of-another-name-are-renamed-and-merged",
        ),
        pytest.param(
            [service(name="a"), service("s2", "b"), endpoint("e1", "public", of="s2")],
            [("service glance", "update")],
            id="the-only-serving-one-is-renamed",
        ),
    ],
)
def test_duplicates_are_merged_in_this_order(things: list[dict[str, Any]], expected: list[tuple[str, str]]) -> None:
    steps = registration.plan({**SERVICE, "endpoints": {"public": URL}}, catalog(*things)).steps

    assert [(step.resource, step.action) for step in steps] == expected


def test_services_are_merged_when_endpoints_are_left_out() -> None:
    found = catalog(service(), service("s2"), endpoint("e1", "public"), endpoint("e2", "public", of="s2"))

    plan = registration.plan({**SERVICE, "endpoints": None}, found)

    assert plan.actions() == {"endpoint public e2": "update", "service glance s2": "remove"}
    assert plan.steps[0].arguments == {
        "method": "PATCH",
        "path": ("endpoints", "e2"),
        "kind": "endpoint",
        "attributes": {"service_id": "s1"},
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(Current(), {}, id="nothing-there"),
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
            id="other-region-keeps-the-service",
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
        pytest.param(catalog(service(name="old"), *[{**e} for e in THREE]), {}, id="other-name-stays"),
    ],
)
def test_absent(found: Current, expected: dict[str, str]) -> None:
    assert actions(ABSENT, found) == expected


FORGOTTEN = account(password_works=None)
OTHER = assignment("member", "r2", "demo")
GRANT = "role admin of user glance on project service"


def absent(services: Any = (), endpoints: Any = (), assignments: Any = FORGOTTEN.assignments) -> Current:
    return account(services=services, endpoints=endpoints, assignments=assignments, password_works=None)


@pytest.mark.parametrize(
    ("found", "expected", "kept", "warned"),
    [
        pytest.param(absent(), {"user glance": "remove"}, {}, False, id="nothing-else"),
        pytest.param(absent(assignments=[]), {"user glance": "remove"}, {}, False, id="roles-are-gone"),
        pytest.param(
            absent([service()], [THREE[0], endpoint("e4", "public", URL, THERE)]),
            {"endpoint public": "remove"},
            {
                "service glance": "it has endpoints in the region RegionTwo",
                "user glance": "the service has endpoints in the region RegionTwo",
            },
            True,
            id="another-region-needs-it",
        ),
        pytest.param(
            absent([service(), service("s2", "other")], [endpoint("e4", "public", URL, THERE, "s2")]),
            {"service glance": "remove", "user glance": "remove"},
            {},
            False,
            id="region-of-another-service",
        ),
        pytest.param(
            absent(assignments=[*FORGOTTEN.assignments, OTHER]),
            {GRANT: "remove"},
            {"user glance": "it has the role member on project demo"},
            True,
            id="another-project",
        ),
        pytest.param(
            absent(assignments=[*FORGOTTEN.assignments, assignment("r", "r1", system={"all": True})]),
            {GRANT: "remove"},
            {"user glance": "it has the role r on system"},
            True,
            id="system",
        ),
        pytest.param(
            absent(
                assignments=[
                    *FORGOTTEN.assignments,
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
def test_absent_keeps_a_user_that_is_needed(
    found: Current, expected: dict[str, str], kept: dict[str, str], warned: bool
) -> None:
    assert actions(ABSENT, found) == expected
    assert registration.outcome(ABSENT, found) == {"kept": kept}
    assert [told for told in registration.warnings(ABSENT, found) if "user glance stays" in told] == [
        f"The user glance stays: {why}." for resource, why in kept.items() if warned and resource == "user glance"
    ]


@pytest.mark.parametrize(
    ("assignments", "expected"),
    [
        ([assignment("admin", "r1")], "p1"),
        ([assignment("admin", "r1", project={"id": "p9", "name": "service", "domain": {"id": "another"}})], None),
        ([OTHER, assignment("r", "r1", system={"all": True})], None),
        (
            [
                assignment(
                    "admin",
                    "r1",
                    project={"id": "p1", "name": "service", "domain": DEFAULT},
                    **{"OS-INHERIT:inherited_to": "projects"},
                )
            ],
            None,
        ),
    ],
    ids=["held", "of-another-domain", "elsewhere", "below"],
)
def test_project_is_known_by_the_roles_on_it(assignments: Any, expected: Any) -> None:
    found = registration.known_project(USER, "default", assignments)

    assert (found and found["id"]) == expected


def test_absent_user_leaves_a_service_that_is_not_named() -> None:
    assert actions({**ABSENT, "name": None}, REGISTERED) == {}


def test_endpoints_are_removed_before_their_service() -> None:
    steps = registration.plan(ABSENT, REGISTERED).steps

    assert [step.arguments["path"][0] for step in steps if step.arguments] == ["endpoints"] * 3 + ["services"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({**USER, "password": ""}, "`password` holds an empty string"),
        ({**USER, "roles": ["admin", ""]}, "`roles` holds an empty string"),
        ({**SERVICE, "name": ""}, "`name` holds an empty string"),
        ({**SERVICE, "endpoints": {"publicurl": URL}}, "'publicurl': there are public, internal, admin"),
        ({**SERVICE, "endpoints": {"public": "controller:9292"}}, "`endpoints.public` is 'controller:9292', not a URL"),
        ({**SERVICE, "endpoints": {"public": "ftp://controller"}}, "not a URL"),
        ({**SERVICE, "endpoints": {"public": "http://:9292"}}, "not a URL"),
        ({**SERVICE, "endpoints": {"public": "http://controller :9292"}}, "not a URL"),
        ({**SERVICE, "endpoints": {"public": URL + "\n"}}, "not a URL"),
        ({**SERVICE, "endpoints": {"public": None}}, "`endpoints.public` is None"),
    ],
)
def test_impossible_option_is_named(wanted: dict[str, Any], message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        registration.check(wanted)


@pytest.mark.parametrize(
    "url",
    [URL, "https://images.example.com", "http://[2001:db8::1]:9292", "https://h/image/", "http://h:1/%(tenant_id)s"],
)
def test_http_url_is_accepted(url: str) -> None:
    registration.check({**SERVICE, "endpoints": {"admin": url}})


@pytest.mark.parametrize(
    ("wanted", "found", "message"),
    [
        pytest.param(
            {**USER, "password": None},
            Current(),
            "no user 'glance', and `password` is left out: give it",
            id="no-password",
        ),
        pytest.param({**SERVICE, "name": None}, Current(), "`name` is left out: give it", id="no-name"),
        pytest.param(
            SERVICE,
            catalog(service(name="a"), service("s2", "b")),
            r"cannot be told which .* 'a' \(s1\), 'b' \(s2\): give `name`",
            id="two-names-none-serving",
        ),
        pytest.param(
            {**SERVICE, "name": None},
            catalog(service(name="a"), service("s2", "b"), endpoint("e1", "public"), endpoint("e2", "public", of="s2")),
            "cannot be told",
            id="two-names-both-serving",
        ),
    ],
)
def test_what_cannot_be_planned_is_told_with_the_way_out(wanted: dict[str, Any], found: Current, message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        registration.plan(wanted, found)


def test_new_things_are_reached_by_ids_that_are_learned() -> None:
    plan = registration.plan({**USER, "name": "glance", "endpoints": {"public": URL}}, Current(roles={"admin": None}))
    calls = {step.resource: step.arguments or {} for step in plan.steps}

    grant = calls["role admin of user glance on project service"]
    assert grant["path"][1::2] == (New("project service"), New("user glance"), New("role admin"))
    assert calls["endpoint public"]["attributes"]["service_id"] == New("service glance")


@pytest.mark.parametrize(
    "found",
    [Current(), account(password_works=False), account(user={**GLANCE, "enabled": False}, password_works=None)],
    ids=["created", "refused", "enabled"],
)
def test_password_is_written_and_not_shown(found: Current) -> None:
    plan = registration.plan({**USER, "password": "s3cret"}, found)

    assert "s3cret" in str([step.arguments for step in plan.steps])
    assert "s3cret" not in json.dumps(plan.diff())
    assert SECRET in json.dumps(plan.diff())
    assert plan.diff()["before"] != plan.diff()["after"]


def test_disabled_user_is_enabled_and_given_its_password_at_once() -> None:
    (step,) = registration.plan(USER, account(user={**GLANCE, "enabled": False}, password_works=None)).steps

    assert step.arguments is not None
    assert step.arguments["attributes"] == {"enabled": True, "password": "pw"}
    assert step.after == {"enabled": True, "password": SECRET}


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
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
def test_written_password_is_to_be_proven(wanted: Any, found: Current, expected: bool) -> None:
    assert registration.writes_password(registration.plan(wanted, found)) is expected


def test_refused_password_is_written_with_what_ends_a_lock() -> None:
    (step,) = registration.plan(USER, account(password_works=False)).steps

    assert step.arguments is not None
    assert step.arguments["attributes"] == {"password": "pw", "enabled": True}
    assert step.after == {"password": SECRET}


def test_password_is_written_last() -> None:
    found = Current(**{**vars(REGISTERED), "project": PROJECT, "user": GLANCE, "password_works": False, "services": ()})

    steps = registration.plan({**USER, **{k: SERVICE[k] for k in ("name", "endpoints")}}, found).steps

    assert steps[-1].resource == "password of user glance"


def test_diff_shows_what_changes_and_nothing_else() -> None:
    found = catalog(service(description="old"), endpoint("e1", "public", WRONG), *THREE[1:])

    assert registration.plan({**SERVICE, "description": "new"}, found).diff() == {
        "before": {"service glance": {"description": "old"}, "endpoint public": {"url": WRONG}},
        "after": {"service glance": {"description": "new"}, "endpoint public": {"url": URL}},
    }


@pytest.mark.parametrize(
    ("user", "wanted", "expected"),
    [
        (GLANCE, {}, True),
        (GLANCE, {"password": None}, False),
        (None, {}, False),
        ({**GLANCE, "enabled": False}, {}, False),
        (GLANCE, {"enabled": False}, False),
        (GLANCE, {"state": "absent"}, False),
    ],
    ids=["enabled", "left-out", "to-be-created", "disabled", "to-be-disabled", "to-be-removed"],
)
def test_password_is_tried_only_where_that_tells_something(user: Any, wanted: Any, expected: bool) -> None:
    assert registration.needs_probe({**USER, **wanted}, user) is expected


@pytest.mark.parametrize(
    ("wanted", "services", "expected"),
    [
        (SERVICE, [service()], True),
        ({**SERVICE, "endpoints": None}, [service()], False),
        ({**SERVICE, "endpoints": None}, [service(), service("s2")], True),
        (ABSENT, [service()], True),
    ],
    ids=["given", "left-out", "several-services", "absent"],
)
def test_endpoints_are_read_only_where_they_matter(wanted: Any, services: Any, expected: bool) -> None:
    assert registration.needs_endpoints(wanted, services) is expected


def test_outcome_tells_known_and_new_things() -> None:
    wanted = {**USER, "name": "glance", "endpoints": {"public": URL, "admin": URL}}
    found = Current(project=PROJECT, services=[service()], endpoints=THREE[:2])

    assert registration.outcome(wanted, found) == {
        "project": {"id": "p1", "name": "service"},
        "user": {"id": New("user glance"), "name": "glance"},
        "service": {"id": "s1", "name": "glance", "type": "image"},
        "endpoints": {"public": {"id": "e1", "url": URL}, "admin": {"id": New("endpoint admin"), "url": URL}},
    }


@pytest.mark.parametrize(("wanted", "expected"), [(NOTHING, {}), (ABSENT, {"kept": {}})], ids=["nothing", "absent"])
def test_outcome_is_silent_on_what_is_not_there(wanted: dict[str, Any], expected: dict[str, Any]) -> None:
    assert registration.outcome(wanted, REGISTERED) == expected


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
    ids=["same", "public-name", "admin-strays", "internal-strays", "port-differs", "no-internal", "left-out"],
)
def test_stray_host_is_a_warning(endpoints: Any, warned: bool) -> None:
    told = registration.warnings({**SERVICE, "endpoints": endpoints}, REGISTERED)

    assert bool(told) is warned
    assert all("slip" in each for each in told)


def test_service_of_another_name_is_a_warning() -> None:
    (told,) = registration.warnings(SERVICE, catalog(service(), service("s2", "old"), *THREE))

    assert told == "There is another service of type 'image', 'old' (s2): it is left alone."


@pytest.mark.parametrize(
    ("domain", "key"),
    [
        ("Default", "name"),
        ("services", "name"),
        ("default", "id"),
        ("ba2ca47e32df467ea811a4a0e05ce84d", "id"),
        ("BA2CA47E32DF467EA811A4A0E05CE84D", "name"),
        ("ba2ca47e", "name"),
    ],
)
def test_a_domain_is_given_by_name_or_by_id(domain: str, key: str) -> None:
    other = "name" if key == "id" else "id"
    assert registration.domain_options(domain) == {
        f"user_domain_{key}": domain,
        f"project_domain_{key}": domain,
        f"user_domain_{other}": None,
        f"project_domain_{other}": None,
    }
