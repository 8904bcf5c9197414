# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
from types import SimpleNamespace
from typing import Any, Callable

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._openstack import registration, retry
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service
from ansible_collections.osops.glance.plugins.modules import keystone_service
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by

URL = "http://controller:9292"
TOKEN_PATH = "/auth/tokens?nocatalog"
PASSWORD = "s3cret-of-glance"
GLANCE = {
    "user": "glance",
    "password": PASSWORD,
    "roles": ["admin", "service"],
    "name": "glance",
    "endpoints": {"public": URL, "internal": URL, "admin": URL},
}


class FakeKeystone:
    """The part of the Identity API that the module uses, with the interface of an adapter of keystoneauth."""

    service_type = "identity"

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.faults: list[str] = []  # "before" or "after" a request takes effect, or ""; one for each request
        self.refusals = 0
        self.published: list[int] = []  # the number of public endpoints after each write
        self.passwords: dict[str, str] = {}
        self.grants: list[tuple[str, str, str]] = []
        self.objects: dict[str, dict[str, dict[str, Any]]] = {
            kind: {} for kind in ("domains", "projects", "users", "roles", "services", "endpoints")
        }
        self.add("domains", name="Default")
        self.add("roles", name="admin", domain_id=None)

    def add(self, kind: str, **attributes: Any) -> str:
        new = f"{kind[:-1]}-{sum(len(objects) for objects in self.objects.values()) + 1}"
        self.passwords[new] = attributes.pop("password", "")
        if "region" in attributes:
            attributes["region_id"] = attributes["region"]
        self.objects[kind][new] = {"enabled": True, **attributes, "id": new}
        return new

    def request(self, path: str, method: str, **arguments: Any) -> SimpleNamespace:
        assert not arguments.pop("raise_exc")
        self.calls.append(f"{method} {path}")
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "before":
            return self._answered(path, 503, {})
        status, body = getattr(self, f"_{method.lower()}")(path.strip("/").split("/"), **arguments)
        self._watch(method, path, arguments)
        return self._answered(path, 500 if fault else status, {} if fault else body)

    def _answered(self, path: str, status: int, body: Any) -> SimpleNamespace:
        return SimpleNamespace(status_code=status, json=lambda: body, headers={}, url=path, text="", reason="")

    def _watch(self, method: str, path: str, arguments: Any) -> None:
        if method != "GET" and path != TOKEN_PATH:
            assert arguments["log"] is False
            self.published.append(sum(each["interface"] == "public" for each in self.objects["endpoints"].values()))

    def _get(self, path: list[str], params: Any = None) -> tuple[int, Any]:
        if path == ["role_assignments"]:
            assert params["include_names"]
            return 200, {
                "role_assignments": [self._assignment(*grant) for grant in self.grants if grant[1] == params["user.id"]]
            }
        objects = self.objects[path[0]]
        if len(path) == 2:
            return (200, {path[0][:-1]: objects[path[1]]}) if path[1] in objects else (404, {})
        return 200, {path[0]: [each for each in objects.values() if (params or {}).items() <= each.items()]}

    def _assignment(self, project: str, user: str, role: str) -> dict[str, Any]:
        held = self.objects["roles"][role]
        domain = {"domain": {"id": held["domain_id"]}} if held.get("domain_id") else {}
        scope: dict[str, Any] = {"system": {"all": True}}
        if project:
            found = self.objects["projects"][project]
            scope = {"project": {"id": project, "name": found["name"], "domain": {"id": found["domain_id"]}}}
        return {"scope": scope, "user": {"id": user}, "role": {"id": role, "name": held["name"], **domain}}

    def _authenticated(self, auth: Any) -> bool:
        """Count failed logins like Keystone, and lock the user after two."""
        proof, scope = auth["identity"]["password"]["user"], auth["scope"]
        user = self.objects["users"][proof["id"]]
        if user.get("failures", 0) >= 2 or not user["enabled"]:
            return False
        if self.passwords[proof["id"]] != proof["password"]:
            user["failures"] = user.get("failures", 0) + 1
            self.refusals += 1
            return False
        return scope == "unscoped" or bool(self.objects["projects"][scope["project"]["id"]]["enabled"])

    def _post(self, path: list[str], json: Any, log: bool, authenticated: bool = True) -> tuple[int, Any]:
        if path[0] == "auth":
            assert not authenticated
            assert not log
            return (201 if self._authenticated(json["auth"]) else 401), {}
        ((kind, attributes),) = json.items()
        unique = {name: attributes.get(name) for name in ("name", "domain_id") if kind in ("user", "project", "role")}
        if unique and any(
            unique.items() <= {"domain_id": None, **each}.items() for each in self.objects[path[0]].values()
        ):
            return 409, {}
        return 201, {kind: self.objects[path[0]][self.add(path[0], **attributes)]}

    def _patch(self, path: list[str], json: Any, log: bool) -> tuple[int, Any]:
        ((kind, attributes),) = json.items()
        if "password" in attributes:
            self.passwords[path[1]] = attributes["password"]
        if attributes.get("enabled"):
            self.objects[path[0]][path[1]].pop("failures", None)
        known = {name: value for name, value in attributes.items() if name != "password"}
        self.objects[path[0]][path[1]].update(known)
        return 200, {kind: self.objects[path[0]][path[1]]}

    def _put(self, path: list[str], log: bool) -> tuple[int, Any]:
        self.grants.append((path[1], path[3], path[5]))
        return 204, None

    def _delete(self, path: list[str], log: bool) -> tuple[int, Any]:
        if len(path) == 6:
            self.grants.remove((path[1], path[3], path[5]))
            return 204, None
        self.grants = [grant for grant in self.grants if grant[1] != path[1]]
        found = self.objects[path[0]].pop(path[1], None)
        return (204 if found else 404), {}


class FakeCloud:
    def __init__(self, keystone: Any) -> None:
        self._keystone = keystone
        self.retry_policy = RetryPolicy()

    def authenticate(self) -> None:
        """Do nothing."""

    def accepts(self, _user_id: str, _password: str, _project_id: str | None) -> bool:
        return False

    def domain_id(self, name: str) -> str | None:
        return "domain-1" if name == "Default" else None

    def identity(self) -> Service:
        return Service(self._keystone, (OSError,))


@pytest.fixture
def keystone(monkeypatch: pytest.MonkeyPatch) -> FakeKeystone:
    fake = FakeKeystone()
    monkeypatch.setattr(retry, "sleep", lambda seconds: None)
    monkeypatch.setattr(registration, "connect", lambda module, _seconds: FakeCloud(fake))
    return fake


Run = Callable[..., Any]


@pytest.fixture
def run() -> Run:
    def run_module(check: bool = False, **options: Any) -> Any:
        printed = printed_by(keystone_service, check, **options)
        assert PASSWORD not in printed
        result = json.loads(printed)
        # Ansible masks the password in all output; only the invocation contains it.
        outside = json.dumps({name: value for name, value in result.items() if name != "invocation"})
        assert "NO_LOG" not in outside
        assert "****" not in outside
        return result

    return run_module


def writes(calls: list[str]) -> list[str]:
    return [call for call in calls if not call.startswith("GET") and call != f"POST {TOKEN_PATH}"]


def test_service_is_registered(keystone: FakeKeystone, run: Run) -> None:
    result = run(**GLANCE)

    assert result["changed"]
    assert set(result["actions"].values()) == {"create"}
    assert result["user"] == {"id": "user-4", "name": "glance"}
    assert result["endpoints"]["admin"] == {"id": "endpoint-9", "url": URL}
    assert keystone.passwords["user-4"] == PASSWORD
    assert keystone.grants == [("project-3", "user-4", "role-2"), ("project-3", "user-4", "role-5")]
    assert keystone.objects["endpoints"]["endpoint-9"]["service_id"] == result["service"]["id"] == "service-6"


def test_second_run_writes_nothing_and_sends_few_requests(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    keystone.calls.clear()

    result = run(**GLANCE)

    assert (result["changed"], result["actions"], result["diff"]) == (False, {}, {"before": {}, "after": {}})
    assert keystone.calls == [
        "GET /users",
        "GET /role_assignments",
        f"POST {TOKEN_PATH}",
        "GET /services",
        "GET /endpoints",
    ]


def change_url(keystone: FakeKeystone) -> None:
    keystone.objects["endpoints"]["endpoint-9"]["url"] = "http://old:9292"


def change_password(keystone: FakeKeystone) -> None:
    keystone.passwords["user-4"] = "other"


def disable_user(keystone: FakeKeystone) -> None:
    keystone.objects["users"]["user-4"]["enabled"] = False


def remove_role(keystone: FakeKeystone) -> None:
    keystone.grants.pop()


def duplicate_endpoint(keystone: FakeKeystone) -> None:
    keystone.add("endpoints", interface="public", url="http://old:9292", region="RegionOne", service_id="service-6")


def duplicate_service(keystone: FakeKeystone) -> None:
    duplicate = keystone.add("services", name="glance", type="image")
    keystone.add("endpoints", interface="public", url="http://two:9292", region="RegionTwo", service_id=duplicate)


DRIFTS = [
    pytest.param(change_url, ["PATCH /endpoints/endpoint-9"], id="url"),
    pytest.param(change_password, ["PATCH /users/user-4"], id="password"),
    pytest.param(disable_user, ["PATCH /users/user-4"], id="disabled-user"),
    pytest.param(remove_role, ["PUT /projects/project-3/users/user-4/roles/role-5"], id="role"),
    pytest.param(duplicate_endpoint, ["DELETE /endpoints/endpoint-10"], id="duplicate-endpoint"),
    pytest.param(
        duplicate_service, ["PATCH /endpoints/endpoint-11", "DELETE /services/service-10"], id="duplicate-service"
    ),
]


@pytest.mark.parametrize(("drift", "expected"), DRIFTS)
def test_drift_is_predicted_and_corrected_once(
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
    assert keystone.calls.count(f"POST {TOKEN_PATH}") <= 4


def test_endpoint_exists_at_any_time_of_a_merge(keystone: FakeKeystone, run: Run) -> None:
    duplicate = keystone.add("services", name="glance", type="image")
    for number in range(3):
        keystone.add("endpoints", interface="public", url=f"http://{number}", region="RegionOne", service_id=duplicate)

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
    assert (predicted["actions"], predicted["diff"]) == (done["actions"], done["diff"])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"user": "glance", "password": PASSWORD}, {"users", "projects", "roles"}),
        ({"name": "glance"}, {"services"}),
    ],
    ids=["user", "service"],
)
def test_omitted_objects_are_not_read(options: Any, expected: set[str], keystone: FakeKeystone, run: Run) -> None:
    run(check=True, **options)

    assert {call.split("/")[1] for call in keystone.calls} == expected


def test_absent_removes_user_and_service_but_not_project_and_roles(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    absent = {**GLANCE, "state": "absent"}
    keystone.calls.clear()

    predicted = run(check=True, **absent)
    assert keystone.calls == ["GET /users", "GET /role_assignments", "GET /services", "GET /endpoints"]
    done, again = run(**absent), run(**absent)

    assert predicted["actions"] == done["actions"]
    assert not again["changed"]
    left = {kind: len(objects) for kind, objects in keystone.objects.items()}
    assert left == {"domains": 1, "projects": 1, "users": 0, "roles": 2, "services": 0, "endpoints": 0}


def test_domain_can_be_given_by_id(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)

    assert not run(**GLANCE, domain="domain-1")["changed"]


def test_text_in_the_format_of_a_domain_id_is_looked_up_as_id_first(keystone: FakeKeystone, run: Run) -> None:
    """The configuration of the service has the same rule, so both refer to the same domain."""
    other = keystone.add("domains", name="default")
    keystone.objects["domains"]["default"] = {"id": "default", "name": "Main"}

    run(**GLANCE, domain="default")
    run(**{**GLANCE, "user": "glance2"}, domain="Main")

    assert other != "default"
    assert {user["domain_id"] for user in keystone.objects["users"].values()} == {"default"}


def test_role_in_another_case_is_found_by_keystone(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    find = keystone._get
    keystone._get = lambda path, params=None: find(  # type: ignore[method-assign]
        path, {"name": params["name"].lower()} if path == ["roles"] else params
    )

    assert not run(**{**GLANCE, "roles": ["Admin"]})["changed"]


def test_role_of_one_domain_is_not_the_global_role(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    keystone.grants[:] = [("project-3", "user-4", keystone.add("roles", name="admin", domain_id="domain-1"))]

    assert "role admin of user glance on project service" in run(**GLANCE)["actions"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"domain": "Nowhere"}, "No domain has the name or the ID 'Nowhere'"),
        ({"password": None}, "`password` is not set"),
        ({"endpoints": {"public": "controller"}}, "`endpoints.public` is 'controller'"),
    ],
    ids=["domain", "password", "url"],
)
def test_error_is_reported_before_any_write(options: Any, message: str, keystone: FakeKeystone, run: Run) -> None:
    result = run(**{**GLANCE, **options})

    assert result["failed"]
    assert message in result["msg"]
    assert writes(keystone.calls) == []


def test_missing_user_and_service_are_an_error(keystone: FakeKeystone, run: Run) -> None:
    assert run(project="service")["failed"]


def test_failed_step_is_reported(keystone: FakeKeystone, run: Run) -> None:
    refusal = {"error": {"message": "You are not authorized"}}
    keystone._put = lambda path, log: (403, refusal)  # type: ignore[method-assign]

    result = run(**GLANCE)

    assert result["failed"]
    assert result["msg"].startswith("Cannot create the role admin of user glance on project service: PUT /projects/")
    assert result["msg"].endswith("answered 403: You are not authorized")


def test_object_that_is_removed_in_the_meantime_is_not_an_error(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    keystone._delete = lambda path, log: (404, {})  # type: ignore[method-assign]

    assert run(state="absent", user="glance")["changed"]


def test_different_admin_host_is_a_warning(keystone: FakeKeystone, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    messages: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, warning, **_options: messages.append(warning))

    run(**{**GLANCE, "endpoints": {"internal": URL, "admin": "http://controller01:9292"}})

    assert any("controller01" in message for message in messages)


class Killed(BaseException):
    pass


def state(keystone: FakeKeystone) -> Any:
    """Return all objects without their IDs, which differ."""
    names = {
        resource["id"]: resource.get("name") for objects in keystone.objects.values() for resource in objects.values()
    }
    objects = {
        kind: sorted(
            json.dumps(
                {name: names.get(value, value) for name, value in resource.items() if name != "id"}, sort_keys=True
            )
            for resource in each.values()
        )
        for kind, each in keystone.objects.items()
    }
    return objects, sorted([names[part] for part in grant] for grant in keystone.grants)


@pytest.fixture
def drifted(keystone: FakeKeystone, run: Run) -> FakeKeystone:
    run(**GLANCE)
    for drift in (change_url, change_password, remove_role, duplicate_endpoint, duplicate_service):
        drift(keystone)
    keystone.calls.clear()
    return keystone


# A run without existing objects sends 18 requests, a run after drift 17.
@pytest.mark.parametrize("position", range(20))
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("start", ["keystone", "drifted"])
def test_temporary_failure_does_not_change_the_final_state(
    start: str, when: str, position: int, request: pytest.FixtureRequest, run: Run
) -> None:
    keystone: FakeKeystone = request.getfixturevalue(start)
    keystone.faults = [*[""] * position, when]

    done = run(**GLANCE)

    assert done["changed"]
    assert {"public", "internal", "admin"} == {each["interface"] for each in keystone.objects["endpoints"].values()}
    assert len(keystone.objects["services"]) == 1
    assert len(keystone.objects["endpoints"]) == (3 if start == "keystone" else 4)
    assert keystone.passwords[done["user"]["id"]] == PASSWORD
    # A second check is made only if the response of the first one is lost.
    assert keystone.refusals <= (1 if when == "before" else 2)
    keystone.faults = []
    assert not run(**GLANCE)["changed"]


@pytest.mark.parametrize("start", ["keystone", "drifted"])
def test_temporary_failures_do_not_change_the_result(start: str, request: pytest.FixtureRequest, run: Run) -> None:
    keystone: FakeKeystone = request.getfixturevalue(start)
    predicted = run(check=True, **GLANCE)
    keystone.faults = ["after", "before", "", ""] * 3 + ["", "after"] * 20

    done = run(**GLANCE)

    assert (predicted["actions"], predicted["diff"]) == (done["actions"], done["diff"])
    assert all("id" in done[resource] for resource in ("user", "project", "service"))


def test_persistent_failure_ends_the_run(keystone: FakeKeystone, run: Run) -> None:
    keystone.faults = [""] * 5 + ["before"] * 1000

    result = run(**GLANCE)

    assert result["failed"]
    assert "answered 503" in result["msg"]
    assert "(retried for 28 seconds)" in result["msg"]


def test_write_that_fails_each_time_ends_the_run(keystone: FakeKeystone, run: Run) -> None:
    keystone._put = lambda path, log: (500, {"error": {"message": "Out of order"}})  # type: ignore[method-assign]

    result = run(**GLANCE)

    assert result["failed"]
    assert result["msg"].startswith("Cannot create the role admin of user glance on project service: PUT")
    assert result["msg"].endswith("answered 500: Out of order (retried for 28 seconds)")


@pytest.mark.parametrize("position", range(20))
@pytest.mark.parametrize("start", ["keystone", "drifted"])
def test_killed_run_is_completed_by_the_next_run(
    start: str, position: int, request: pytest.FixtureRequest, run: Run
) -> None:
    keystone: FakeKeystone = request.getfixturevalue(start)
    send_request = keystone.request

    def killed(path: str, method: str, **arguments: Any) -> Any:
        if len(keystone.calls) >= position:
            raise Killed
        return send_request(path, method, **arguments)

    keystone.request = killed  # type: ignore[method-assign]
    with contextlib.suppress(Killed):
        run(**GLANCE)
    del keystone.request  # type: ignore[method-assign]
    run(**GLANCE)

    assert not run(**GLANCE)["changed"]
    assert len(keystone.objects["services"]) == 1
    assert len(keystone.objects["endpoints"]) == (3 if start == "keystone" else 4)


def test_refused_password_counts_as_one_failed_login_until_it_is_written(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    change_password(keystone)

    run(**GLANCE)

    assert keystone.refusals == 1
    assert "failures" not in keystone.objects["users"]["user-4"]


def test_password_refused_in_check_mode_is_written_without_another_check(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    change_password(keystone)

    checked = run(check=True, **GLANCE)
    done = run(password_refused=checked["password_works"] is False, **GLANCE)

    assert checked["password_works"] is False
    assert done["actions"] == {"password of user glance": "update"}
    assert keystone.refusals == 1
    assert run(**GLANCE)["password_works"] is True


def test_locked_user_is_unlocked_once(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    keystone.objects["users"]["user-4"]["failures"] = 2

    done, again = run(**GLANCE), run(**GLANCE)

    assert done["actions"] == {"password of user glance": "update"}
    assert not again["changed"]
    assert keystone.refusals == 0


def test_password_that_is_refused_after_it_was_written_is_an_error(keystone: FakeKeystone, run: Run) -> None:
    keystone._authenticated = lambda auth: False  # type: ignore[method-assign]

    result = run(**GLANCE)

    assert result["failed"]
    assert "refuses the password of the user glance, although it was just written" in result["msg"]


def test_password_of_a_disabled_user_is_not_checked(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    keystone.calls.clear()

    done, again = run(**GLANCE, enabled=False), run(**GLANCE, enabled=False)

    assert done["actions"] == {"user glance": "update"}
    assert not again["changed"]
    assert f"POST {TOKEN_PATH}" not in keystone.calls
    assert run(**GLANCE)["actions"] == {"user glance": "update"}


def test_disabled_project_is_enabled(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    keystone.objects["projects"]["project-3"]["enabled"] = False

    # In a disabled project Keystone refuses each password.
    assert run(**GLANCE)["actions"] == {"project service": "update", "password of user glance": "update"}
    assert not run(**GLANCE)["changed"]


def test_absent_does_not_remove_a_user_with_other_roles(keystone: FakeKeystone, run: Run) -> None:
    run(**GLANCE)
    keystone.grants.append(("", "user-4", "role-2"))
    absent = {**GLANCE, "state": "absent"}

    predicted = run(check=True, **absent)
    done, again = run(**absent), run(**absent)

    assert predicted["actions"] == done["actions"]
    assert done["actions"]["role admin of user glance on project service"] == "remove"
    assert done["kept"] == again["kept"] == {"user glance": "it has the role admin on system"}
    assert not again["changed"]
    assert keystone.grants == [("", "user-4", "role-2")]
    assert "user-4" in keystone.objects["users"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param(
            {**GLANCE, "endpoints": {"public": URL}},
            {
                "project service": "create",
                "user glance": "create",
                "role admin of user glance on project service": "create",
                "role service of user glance on project service": "create",
                "service glance": "create",
                "endpoint public": "create",
            },
            id="all",
        ),
        pytest.param({"user": "glance", "endpoints": {"public": URL}}, {}, id="objects-that-cannot-be-created"),
        pytest.param({**GLANCE, "state": "absent"}, {}, id="absent"),
    ],
)
def test_prediction_without_openstacksdk(
    options: Any, expected: Any, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, warning, **_options: messages.append(warning))

    def fail(*_arguments: Any) -> None:
        raise MissingRequirement("openstacksdk")

    monkeypatch.setattr(registration, "connect", fail)

    assert run(check=True, **options)["actions"] == expected
    assert "openstacksdk is not installed yet" in messages[0]
    assert "openstacksdk" in run(**options)["msg"]
