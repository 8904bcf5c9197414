# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._openstack import client
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import (
    CLOUD_OPTIONS,
    Cloud,
    CloudModule,
    RetryableError,
    RetryPolicy,
    Service,
)

AUTH = {
    "auth_url": "http://controller:5000/v3",
    "username": "admin",
    "password": "s3cret",
    "project_name": "admin",
    "user_domain_name": "Default",
    "project_domain_name": "Default",
}
OPENRC = {f"OS_{name.upper()}": value for name, value in AUTH.items()}
URL = "http://controller:9292/v2/images"


class FakeError(Exception):
    """What keystoneauth raises."""


class FakeResponse:
    url = URL
    reason = "Reason"

    def __init__(self, status_code: int = 200, text: str = "{}", **headers: str) -> None:
        self.status_code = status_code
        self.text = text
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def json(self) -> Any:
        return json.loads(self.text)


class FakeAdapter:
    def __init__(self, service_type: str = "image", answer: Any = None, **arguments: Any) -> None:
        self.service_type = service_type
        self.arguments = arguments
        self.requests: list[tuple[Any, ...]] = []
        self._answer = answer

    def request(self, path: str, method: str, **arguments: Any) -> Any:
        self.requests.append((method, path, arguments))
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def service(answer: Any) -> Service:
    return Service(FakeAdapter(answer=answer), (FakeError,))


def cloud(auth_url: str = "http://controller:5000/v3", **session: Any) -> Cloud:
    config = SimpleNamespace(
        config={"auth": {"auth_url": auth_url}},
        get_region_name=lambda: "RegionOne",
        get_endpoint=lambda service_type: None,
        get_interface=lambda service_type: "internal",
    )
    return Cloud(config, SimpleNamespace(**session), FakeAdapter, (FakeError,))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, set()),
        ("sandbox", set()),
        ({"auth": AUTH}, {"s3cret"}),
        (OPENRC, {"s3cret"}),
        ({"auth": {"application_credential_secret": "a", "application_credential_id": "b", "token": "c"}}, {"a", "c"}),
        ({"auth": {"password": ""}}, set()),
        ({"auth": {"passcode": 123456}}, {"123456"}),
    ],
    ids=["nothing", "name", "entry", "openrc", "application-credential", "empty", "number"],
)
def test_secrets_are_found_by_their_names(value: Any, expected: set[str]) -> None:
    assert client.secrets_of(value) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"cloud": "sandbox"}, {"cloud": "sandbox"}),
        ({"cloud": OPENRC}, {}),
        ({"cloud": {"auth": AUTH}}, {"auth": AUTH}),
        ({"cloud": {"auth": AUTH, "region_name": "A"}, "region_name": "B"}, {"auth": AUTH, "region_name": "B"}),
        ({"auth": AUTH, "auth_type": "v3password"}, {"auth": AUTH, "auth_type": "v3password"}),
        ({"validate_certs": False, "ca_cert": "/ca"}, {"verify": False, "cacert": "/ca"}),
        ({"client_cert": "/c", "client_key": "/k"}, {"cert": "/c", "key": "/k"}),
        ({"cloud": "sandbox", "name": "an option of the module"}, {"cloud": "sandbox"}),
        ({"cloud": {"auth": {**AUTH, "user_domain_id": None}, "cacert": ""}}, {"auth": AUTH}),
    ],
    ids=["nothing", "name", "openrc", "entry", "entry-and-option", "auth", "certificates", "client", "other-options"]
    + ["null-and-empty"],
)
def test_options_reach_the_sdk_under_its_names(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert client.sdk_arguments({**dict.fromkeys(CLOUD_OPTIONS), **given}) == expected


def test_request_is_passed_on_and_its_answer_returned() -> None:
    adapter = FakeAdapter(answer=FakeResponse(201))

    response = Service(adapter, ()).request("POST", "/v2/images", json={"name": "x"})

    assert response.status_code == 201
    assert adapter.requests == [("POST", "/v2/images", {"raise_exc": False, "json": {"name": "x"}})]


def test_refusal_is_told_with_url_status_answer_and_request_id() -> None:
    refusal = FakeResponse(403, '{"error": {"message": "No admin"}}', x_openstack_request_id="req-1")

    with pytest.raises(GlanceError) as caught:
        service(refusal).get("/v2/images")

    assert str(caught.value) == f"GET {URL} answered 403: No admin (request req-1)"


def test_accepted_status_is_no_error() -> None:
    assert service(FakeResponse(409)).request("POST", "/v2/images", accept=(409,)).status_code == 409


@pytest.mark.parametrize(
    ("response", "expected"),
    [(FakeResponse(404, "gone"), None), (FakeResponse(text='{"id": "1"}'), {"id": "1"})],
    ids=["not-there", "there"],
)
def test_find_returns_the_document_or_nothing(response: FakeResponse, expected: Any) -> None:
    assert service(response).find("/v2/images/1") == expected


@pytest.mark.parametrize("read", ["get", "find"])
def test_answer_that_is_not_json_is_told(read: str) -> None:
    page = FakeResponse(text="<html><h1>Log in</h1></html>")

    with pytest.raises(GlanceError, match=f"{URL} answered with what is not JSON: Log in"):
        getattr(service(page), read)("/v2/images")


def test_missing_answer_is_told_with_its_cause() -> None:
    failed = FakeError("")
    try:
        try:
            raise ConnectionRefusedError("Connection refused")
        except OSError as error:
            raise FakeError(f"Unable to connect to {URL}: HTTPConnectionPool(host=...): Max retries") from error
    except FakeError as error:
        failed = error

    with pytest.raises(GlanceError) as caught:
        service(failed).get("/v2/images")

    assert str(caught.value) == (
        f"GET /v2/images of the image service got no answer: Unable to connect to {URL}: Connection refused"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"error": {"code": 404, "message": "Not here"}}', "Not here"),
        ('{"message": "Not here"}', "Not here"),
        ('{"error": "Not here"}', "Not here"),
        ('["Not here"]', "['Not here']"),
        (
            "<html><head><title>404 Not Found</title></head>\n"
            "<body><h1>404 Not Found</h1>No   store &#x27;a&#x27;<br /></body></html>",
            "404 Not Found No store 'a'",
        ),
        ("", "Reason"),
        ("x" * 1000, "x" * 500),
    ],
    ids=["keystone", "message", "error", "list", "html", "empty", "long"],
)
def test_answer_is_what_the_service_says(text: str, expected: str) -> None:
    assert client.answer(FakeResponse(404, text)) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://controller:5000/v3", "http://controller:5000"),
        ("http://controller:5000/v3/", "http://controller:5000"),
        ("http://controller:5000/", "http://controller:5000"),
        ("http://controller:5000/v2.0", "http://controller:5000"),
        ("https://controller/identity/v3", "https://controller/identity"),
    ],
)
def test_auth_url_is_without_its_version(url: str, expected: str) -> None:
    assert cloud(url).auth_url == expected


def test_refused_account_is_told_in_one_sentence_and_where_to_look() -> None:
    def refuse() -> None:
        raise FakeError("requires authentication (HTTP 401)")

    with pytest.raises(GlanceError) as caught:
        cloud(get_token=refuse).authenticate()

    assert str(caught.value) == (
        "The Identity service at http://controller:5000 gave no token: requires authentication (HTTP 401). "
        "Look at the address, the user, the password and the project of the cloud."
    )


def test_service_is_looked_up_where_the_cloud_says() -> None:
    found = cloud().service("identity", version="3")

    assert found.name == "identity"
    assert {**found._adapter.arguments, "session": None} == {
        "session": None,
        "interface": "internal",
        "region_name": "RegionOne",
        "endpoint_override": None,
        "version": "3",
    }


def test_service_may_be_at_a_given_endpoint() -> None:
    assert cloud().service("image", URL)._adapter.arguments["endpoint_override"] == URL


def test_endpoints_are_those_that_the_catalog_has() -> None:
    def endpoint(service_type: str, interface: str, region_name: str, skip_discovery: bool) -> Any:
        assert skip_discovery
        if interface == "internal":
            raise FakeError("not in the catalog")
        return URL if interface == "public" else None

    assert cloud(get_endpoint=endpoint).endpoints("image") == {"public": URL}


class BrokenError(FakeError):
    """What keystoneauth raises for a connection that broke."""


class Clock:
    """Time that passes by waiting only."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    fake = Clock()
    monkeypatch.setattr(client, "sleep", fake.sleep)
    return fake


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (FakeResponse(500), RetryableError),
        (FakeResponse(502), RetryableError),
        (FakeResponse(503), RetryableError),
        (FakeResponse(504), RetryableError),
        (FakeResponse(501), GlanceError),
        (FakeResponse(409), GlanceError),
        (BrokenError("reset"), RetryableError),
        (FakeError("no such endpoint"), GlanceError),
    ],
    ids=["500", "502", "503", "504", "501", "409", "broken", "else"],
)
def test_request_is_sent_once_and_passing_trouble_told_apart(answer: Any, expected: type[Exception]) -> None:
    adapter = FakeAdapter(answer=answer)

    with pytest.raises(GlanceError) as caught:
        Service(adapter, (FakeError,), (BrokenError,)).request("GET", "/")

    assert caught.type is expected
    assert len(adapter.requests) == 1


def test_question_is_asked_until_there_is_an_answer(clock: Clock) -> None:
    answers = [*[FakeResponse(503)] * 3, FakeResponse(200)]

    def question() -> Any:
        return service(answers.pop(0)).request("GET", "/")

    assert RetryPolicy().ask(question).status_code == 200
    assert clock.pauses == [0.25, 0.5, 1.0]


def test_patience_is_bounded_for_all_questions_together(clock: Clock) -> None:
    patience = RetryPolicy()

    for _question in range(2):
        with pytest.raises(GlanceError, match=r"answered 503: Reason \(tried again for \d+ seconds\)") as caught:
            patience.ask(lambda: service(FakeResponse(503, "")).get("/"))

    assert not isinstance(caught.value, RetryableError)
    assert 25 < sum(clock.pauses) <= 30


def test_failure_that_will_not_pass_is_told_at_once(clock: Clock) -> None:
    with pytest.raises(GlanceError, match="answered 403"):
        RetryPolicy().ask(lambda: service(FakeResponse(403)).get("/"))

    assert clock.pauses == []


def nested(status: int) -> FakeError:
    """Return what a plugin raises that could not discover versions, because of an answer of this status."""
    inner, outer = FakeError("HTTP"), FakeError("Could not find versioned identity endpoints")
    inner.http_status = status  # type: ignore[attr-defined]
    outer.__context__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "again"),
    [(BrokenError("refused"), True), (nested(503), True), (nested(404), False), (FakeError("401"), False)],
    ids=["broken", "unavailable", "wrong-address", "refused-account"],
)
def test_token_is_asked_for_again(error: FakeError, again: bool, clock: Clock) -> None:
    errors = [error, None]

    def token() -> None:
        raised = errors.pop(0)
        if raised:
            raise raised

    found = cloud(get_token=token)
    found._broken = (BrokenError,)
    if again:
        found.authenticate()
    else:
        with pytest.raises(GlanceError, match="gave no token"):
            found.authenticate()

    assert bool(clock.pauses) is again


@pytest.mark.parametrize(
    ("catalog", "expected"),
    [
        ("http://identity:5000", "http://identity:5000/v3"),
        ("http://identity:5000/v3/", "http://identity:5000/v3"),
        ("http://identity/identity/v2.0", "http://identity/identity/v3"),
        (None, "http://controller:5000/v3"),
    ],
    ids=["plain", "version", "old-version", "not-in-catalog"],
)
def test_identity_is_version_3_where_the_catalog_has_it(catalog: str | None, expected: str) -> None:
    def endpoint(**filters: Any) -> str | None:
        assert filters["skip_discovery"]
        return catalog

    assert cloud(get_endpoint=endpoint).identity()._adapter.arguments["endpoint_override"] == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("Default", "default"), ("Services", "d2"), ("d2", "d2"), ("Else", None)]
)
def test_id_of_a_domain_may_stand_in_the_token(name: str, expected: str | None) -> None:
    access = SimpleNamespace(
        user_domain_name="Default", user_domain_id="default", project_domain_name="Services", project_domain_id="d2"
    )

    assert cloud(auth=SimpleNamespace(get_access=lambda session: access)).domain_id(name) == expected


def test_plugin_without_a_token_of_its_own_tells_no_domain() -> None:
    assert cloud(auth=SimpleNamespace()).domain_id("Default") is None


class FakeModule:
    def __init__(self, **params: Any) -> None:
        self.params = {**dict.fromkeys(CLOUD_OPTIONS), **params}
        self.no_log_values: set[str] = set()


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    """A host with a clouds.yaml of one cloud, and nothing of OpenStack in its environment."""
    loader = pytest.importorskip("openstack.config.loader")
    monkeypatch.setattr(os, "environ", {name: value for name, value in os.environ.items() if name[:3] != "OS_"})
    clouds = {"clouds": {"here": {"auth": {**AUTH, "auth_url": "http://here:5000/v3"}, "region_name": "Here"}}}
    (tmp_path / "clouds.yaml").write_text(json.dumps(clouds), encoding="utf-8")
    monkeypatch.setattr(loader, "CONFIG_FILES", [str(tmp_path / "clouds.yaml")])
    return monkeypatch


@pytest.mark.parametrize(
    ("options", "environment", "expected"),
    [
        ({"cloud": "here"}, {}, "http://here:5000"),
        ({"cloud": {"auth": AUTH}}, {"OS_CLOUD": "here"}, "http://controller:5000"),
        ({"cloud": OPENRC}, {"OS_CLOUD": "here"}, "http://controller:5000"),
        ({"cloud": {"OS_CLOUD": "here"}}, {}, "http://here:5000"),
        ({"auth": AUTH}, {}, "http://controller:5000"),
        ({}, OPENRC, "http://controller:5000"),
        ({}, {"OS_CLOUD": "here"}, "http://here:5000"),
    ],
    ids=["name", "entry", "openrc", "openrc-names-a-cloud", "auth", "environment", "environment-names-a-cloud"],
)
def test_cloud_is_the_one_that_is_given(
    options: dict[str, Any], environment: dict[str, str], expected: str, host: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        host.setitem(os.environ, name, value)

    assert client.connect(FakeModule(**options)).auth_url == expected


@pytest.mark.parametrize("given", [{"auth": AUTH}, OPENRC], ids=["entry", "openrc"])
def test_whole_cloud_is_not_mixed_with_the_environment(given: dict[str, Any], host: pytest.MonkeyPatch) -> None:
    host.setitem(os.environ, "OS_AUTH_URL", "http://other:5000/v3")
    host.setitem(os.environ, "OS_PROJECT_ID", "of another cloud")

    found = client.connect(FakeModule(cloud=given))

    assert "project_id" not in found._config.config["auth"]


def test_region_is_the_one_of_the_cloud(host: pytest.MonkeyPatch) -> None:
    assert client.connect(FakeModule(cloud="here")).region == "Here"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cloud": "nope"}, "The cloud 'nope' of clouds.yaml cannot be used: .*nope was not found"),
        ({"cloud": {"auth": {"password": "s3cret"}}}, "The cloud given as a dictionary cannot be used: .*auth_url"),
        ({"auth": AUTH, "auth_type": "nope"}, "The cloud given by `auth` cannot be used: "),
    ],
    ids=["unknown", "incomplete", "unknown-plugin"],
)
def test_unusable_cloud_is_told_without_its_secrets(
    options: dict[str, Any], message: str, host: pytest.MonkeyPatch
) -> None:
    with pytest.raises(GlanceError, match=message) as caught:
        client.connect(FakeModule(**options))

    assert "s3cret" not in str(caught.value)


def test_missing_library_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openstack", None)

    with pytest.raises(MissingRequirement, match=r"openstacksdk") as caught:
        client.connect(FakeModule())

    assert caught.value.resource == "openstacksdk"


@pytest.mark.parametrize("given", [{"auth": AUTH}, OPENRC], ids=["entry", "openrc"])
def test_secrets_of_a_cloud_are_in_no_log_and_no_complaint(
    given: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(CloudModule, "log", lambda self, message, log_args: logged.append(f"{message} {log_args}"))

    def module(**more: str) -> None:
        monkeypatch.setattr(
            basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": {"cloud": given, **more}}).encode()
        )
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        CloudModule(argument_spec=CLOUD_OPTIONS)

    module()
    with pytest.raises(SystemExit):
        module(unknown="option")

    printed = capsys.readouterr().out
    assert "http://controller:5000/v3" in logged[0]
    assert "http://controller:5000/v3" in printed
    assert "s3cret" not in logged[0] + printed


def test_cloud_for_another_thread_has_connections_of_its_own(host: pytest.MonkeyPatch) -> None:
    cloud = client.connect(FakeModule(cloud="here", validate_certs=False))
    twin = cloud.apart()
    assert (twin.session.auth, twin.session.verify) == (cloud.session.auth, False)
    assert twin.session.session is not cloud.session.session
    assert twin.session.session.hooks == cloud.session.session.hooks
    assert twin.patience is not cloud.patience
