# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, Callable, Iterator

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._cloud import Service
from ansible_collections.osops.glance.plugins.modules import keystone_service

URL = "http://controller:9292"
PASSWORD = "s3cret-of-glance"
GLANCE = {
    "user": "glance",
    "password": PASSWORD,
    "roles": ["admin", "service"],
    "name": "glance",
    "endpoints": {"public": URL, "internal": URL, "admin": URL},
}


class FakeKeystone:
    """The part of Keystone's API that the module uses, as an adapter of keystoneauth shows it."""

    service_type = "identity"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.published: list[int] = []  # how many public endpoints there were after each write
        self.passwords: dict[str, str] = {}
        self.grants: list[tuple[str, str, str]] = []
        self.things: dict[str, dict[str, dict[str, Any]]] = {
            kind: {} for kind in ("domains", "projects", "users", "roles", "services", "endpoints")
        }
        self.add("domains", name="Default")
        self.add("roles", name="admin", domain_id=None)

    def add(self, kind: str, **attributes: Any) -> str:
        new = f"{kind[:-1]}-{sum(len(things) for things in self.things.values()) + 1}"
        self.passwords[new] = attributes.pop("password", "")
        if "region" in attributes:
            attributes["region_id"] = attributes["region"]
        self.things[kind][new] = {"enabled": True, **attributes, "id": new}
        return new

    def request(self, path: str, method: str, **arguments: Any) -> SimpleNamespace:
        assert not arguments.pop("raise_exc")
        self.calls.append(f"{method} {path}")
        status, body = getattr(self, f"_{method.lower()}")(path.strip("/").split("/"), **arguments)
        if method != "GET" and path != "/auth/tokens":
            assert arguments["log"] is False
            self.published.append(sum(each["interface"] == "public" for each in self.things["endpoints"].values()))
        return SimpleNamespace(status_code=status, json=lambda: body, headers={}, url=path, text="", reason="")

    def _get(self, path: list[str], params: Any = None) -> tuple[int, Any]:
        if len(path) == 5:
            held = [role for project, user, role in self.grants if [project, user] == path[1:4:2]]
            return 200, {"roles": [self.things["roles"][role] for role in held]}
        things = self.things[path[0]]
        if len(path) == 2:
            return (200, {path[0][:-1]: things[path[1]]}) if path[1] in things else (404, {})
        return 200, {path[0]: [each for each in things.values() if (params or {}).items() <= each.items()]}

    def _post(self, path: list[str], json: Any, log: bool, authenticated: bool = True) -> tuple[int, Any]:
        if path == ["auth", "tokens"]:
            assert not authenticated
            assert not log
            proof = json["auth"]["identity"]["password"]["user"]
            right = self.things["users"][proof["id"]]["enabled"] and self.passwords[proof["id"]] == proof["password"]
            return (201 if right else 401), {}
        ((kind, attributes),) = json.items()
        return 201, {kind: self.things[path[0]][self.add(path[0], **attributes)]}

    def _patch(self, path: list[str], json: Any, log: bool) -> tuple[int, Any]:
        ((kind, attributes),) = json.items()
        if "password" in attributes:
            self.passwords[path[1]] = attributes["password"]
        known = {name: value for name, value in attributes.items() if name != "password"}
        self.things[path[0]][path[1]].update(known)
        return 200, {kind: self.things[path[0]][path[1]]}

    def _put(self, path: list[str], log: bool) -> tuple[int, Any]:
        self.grants.append((path[1], path[3], path[5]))
        return 204, None

    def _delete(self, path: list[str], log: bool) -> tuple[int, Any]:
        found = self.things[path[0]].pop(path[1], None)
        return (204 if found else 404), {}


class FakeCloud:
    def __init__(self, keystone: Any) -> None:
        self._keystone = keystone

    def authenticate(self) -> None: ...

    def service(self, service_type: str, version: str) -> Service:
        assert (service_type, version) == ("identity", "3")
        return Service(self._keystone, (OSError,))


@pytest.fixture
def keystone(monkeypatch: pytest.MonkeyPatch) -> FakeKeystone:
    fake = FakeKeystone()
    monkeypatch.setattr(keystone_service, "connect", lambda module: FakeCloud(fake))
    return fake


Run = Callable[..., Any]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    def one(check: bool = False, **options: Any) -> Any:
        given = {"ANSIBLE_MODULE_ARGS": {**options, "_ansible_check_mode": check, "_ansible_diff": True}}
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(given).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit):
            keystone_service.main()
        printed = capsys.readouterr().out
        assert PASSWORD not in printed
        result = json.loads(printed)
        # Ansible masks the password wherever it meets it; outside of the invocation there is none to be met.
        told = json.dumps({name: value for name, value in result.items() if name != "invocation"})
        assert "NO_LOG" not in told
        assert "****" not in told
        return result

    return one


def writes(calls: list[str]) -> list[str]:
    return [call for call in calls if not call.startswith("GET") and call != "POST /auth/tokens"]


def test_service_is_registered_from_nothing(keystone: FakeKeystone, run: Run) -> None:
    result = run(**GLANCE)

    assert result["changed"]
    assert set(result["things"].values()) == {"create"}
    assert result["user"] == {"id": "user-4", "name": "glance"}
    assert result["endpoints"]["admin"] == {"id": "endpoint-9", "url": URL}
    assert keystone.passwords["user-4"] == PASSWORD
    assert keystone.grants == [("project-3", "user-4", "role-2"), ("project-3", "user-4", "role-5")]
    assert keystone.things["endpoints"]["endpoint-9"]["service_id"] == result["service"]["id"] == "service-6"


def test_second_run_writes_nothing_and_asks_little(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    keystone.calls.clear()

    result = run(**GLANCE)

    assert (result["changed"], result["things"], result["diff"]) == (False, {}, {"before": {}, "after": {}})
    assert keystone.calls == [
        "GET /domains",
        "GET /users",
        "GET /projects",
        "GET /projects/project-3/users/user-4/roles",
        "POST /auth/tokens",
        "GET /services",
        "GET /endpoints",
    ]


def spoil_url(keystone: FakeKeystone) -> None:
    keystone.things["endpoints"]["endpoint-9"]["url"] = "http://old:9292"


def spoil_password(keystone: FakeKeystone) -> None:
    keystone.passwords["user-4"] = "other"


def disable_user(keystone: FakeKeystone) -> None:
    keystone.things["users"]["user-4"]["enabled"] = False


def take_role(keystone: FakeKeystone) -> None:
    keystone.grants.pop()


def double_endpoint(keystone: FakeKeystone) -> None:
    keystone.add("endpoints", interface="public", url="http://old:9292", region="RegionOne", service_id="service-6")


def double_service(keystone: FakeKeystone) -> None:
    double = keystone.add("services", name="glance", type="image")
    keystone.add("endpoints", interface="public", url="http://two:9292", region="RegionTwo", service_id=double)


def nothing(keystone: FakeKeystone) -> None: ...


DRIFTS = [
    pytest.param(spoil_url, ["PATCH /endpoints/endpoint-9"], id="url"),
    pytest.param(spoil_password, ["PATCH /users/user-4"], id="password"),
    pytest.param(disable_user, ["PATCH /users/user-4"], id="disabled-user"),
    pytest.param(take_role, ["PUT /projects/project-3/users/user-4/roles/role-5"], id="role"),
    pytest.param(double_endpoint, ["DELETE /endpoints/endpoint-10"], id="endpoint-twice"),
    pytest.param(double_service, ["PATCH /endpoints/endpoint-11", "DELETE /services/service-10"], id="service-twice"),
]


@pytest.mark.parametrize(("drift", "expected"), DRIFTS)
def test_drift_is_predicted_then_repaired_then_gone(
    drift: Callable[[FakeKeystone], None], expected: list[str], keystone: FakeKeystone, run: Run
) -> None:
    run(**GLANCE)
    drift(keystone)
    keystone.calls.clear()

    predicted = run(check=True, **GLANCE)
    assert writes(keystone.calls) == []
    done = run(**GLANCE)
    assert writes(keystone.calls) == expected
    again = run(**GLANCE)

    assert predicted["changed"]
    assert {**predicted, "invocation": None} == {**done, "invocation": None}
    assert not again["changed"]
    assert writes(keystone.calls) == expected
    assert keystone.calls.count("POST /auth/tokens") <= 3


def test_endpoint_is_there_at_any_moment_of_a_merge(keystone: FakeKeystone, run: Run) -> None:
    double = keystone.add("services", name="glance", type="image")
    for number in range(3):
        keystone.add("endpoints", interface="public", url=f"http://{number}", region="RegionOne", service_id=double)

    run(**{**GLANCE, "user": None})

    assert min(keystone.published) == 1
    assert keystone.published[-1] == 1


def test_check_mode_predicts_without_ids(keystone: FakeKeystone, run: Run) -> None:
    predicted = run(check=True, **GLANCE)

    assert writes(keystone.calls) == []
    assert predicted["user"] == {"name": "glance"}
    assert predicted["service"] == {"name": "glance", "type": "image"}
    assert predicted["endpoints"]["public"] == {"url": URL}
    done = run(**GLANCE)
    assert (predicted["things"], predicted["diff"]) == (done["things"], done["diff"])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"user": "glance", "password": PASSWORD}, {"domains", "users", "projects", "roles"}),
        ({"name": "glance"}, {"services"}),
    ],
    ids=["user", "service"],
)
def test_what_is_left_out_is_not_looked_at(options: Any, expected: set[str], keystone: FakeKeystone, run: Run) -> None:
    run(check=True, **options)

    assert {call.split("/")[1] for call in keystone.calls} == expected


def test_absent_removes_user_and_service_and_keeps_project_and_roles(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    absent = {**GLANCE, "state": "absent"}
    keystone.calls.clear()

    predicted = run(check=True, **absent)
    assert keystone.calls == ["GET /domains", "GET /users", "GET /services", "GET /endpoints"]
    done, again = run(**absent), run(**absent)

    assert predicted["things"] == done["things"]
    assert not again["changed"]
    left = {kind: len(things) for kind, things in keystone.things.items()}
    assert left == {"domains": 1, "projects": 1, "users": 0, "roles": 2, "services": 0, "endpoints": 0}


def test_domain_may_be_given_by_its_id(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)

    assert not run(**GLANCE, domain="domain-1")["changed"]


def test_role_that_keystone_finds_under_another_spelling_is_held(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    find = keystone._get
    keystone._get = lambda path, params=None: find(  # type: ignore[method-assign]
        path, {"name": params["name"].lower()} if path == ["roles"] else params
    )

    assert not run(**{**GLANCE, "roles": ["Admin"]})["changed"]


def test_role_of_one_domain_is_not_the_role_of_all(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    keystone.grants[:] = [("project-3", "user-4", keystone.add("roles", name="admin", domain_id="domain-1"))]

    assert "role admin of user glance on project service" in run(**GLANCE)["things"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"domain": "Nowhere"}, "No domain has the name or the id 'Nowhere'"),
        ({"password": None}, "`password` is left out"),
        ({"endpoints": {"public": "controller"}}, "`endpoints.public` is 'controller'"),
    ],
    ids=["domain", "password", "url"],
)
def test_error_comes_before_any_write(options: Any, message: str, keystone: FakeKeystone, run: Run) -> None:
    result = run(**{**GLANCE, **options})

    assert result["failed"]
    assert message in result["msg"]
    assert writes(keystone.calls) == []


def test_nothing_to_register_is_an_error(keystone: FakeKeystone, run: Run) -> None:
    assert run(project="service")["failed"]


def test_failed_step_is_named(keystone: FakeKeystone, run: Run) -> None:
    refusal = {"error": {"message": "You are not authorized"}}
    keystone._put = lambda path, log: (403, refusal)  # type: ignore[method-assign]

    result = run(**GLANCE)

    assert result["failed"]
    assert result["msg"].startswith("Could not create the role admin of user glance on project service: PUT /projects/")
    assert result["msg"].endswith("answered 403: You are not authorized")


def test_thing_that_is_removed_meanwhile_is_no_error(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    keystone._delete = lambda path, log: (404, {})  # type: ignore[method-assign]

    assert run(state="absent", user="glance")["changed"]


def test_slip_is_a_warning(keystone: FakeKeystone, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, warning, **_options: told.append(warning))

    run(**{**GLANCE, "endpoints": {"internal": URL, "admin": "http://controller01:9292"}})

    assert any("controller01" in warning for warning in told)
