# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import sys
import threading
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._openstack import client
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import (
    CLOUD_OPTIONS,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.fakes import (
    URL,
    Clock,
    ConnectionLost,
    FakeAdapter,
    FakeError,
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


def cloud(auth_url: str = "http://controller:5000/v3", **session: Any) -> Cloud:
    config = SimpleNamespace(
        config={"auth": {"auth_url": auth_url}},
        get_region_name=lambda: "RegionOne",
        get_endpoint=lambda service_type: None,
        get_interface=lambda service_type: "internal",
    )
    return Cloud(config, SimpleNamespace(**session), FakeAdapter, (FakeError,))


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
def test_auth_url_has_no_version(url: str, expected: str) -> None:
    assert cloud(url).auth_url == expected


def test_refused_credentials_are_reported_with_a_hint() -> None:
    def refuse() -> None:
        raise FakeError("requires authentication (HTTP 401)")

    with pytest.raises(GlanceError) as caught:
        cloud(get_token=refuse).authenticate()

    assert str(caught.value) == (
        "Cannot get a token from the Identity service at http://controller:5000: requires authentication (HTTP 401). "
        "Check the URL, the user, the password and the project of the cloud."
    )


def test_service_uses_the_interface_and_region_of_the_cloud() -> None:
    service = cloud().service("identity", version="3")

    assert service.name == "identity"
    assert {**service._adapter.arguments, "session": None} == {
        "session": None,
        "interface": "internal",
        "region_name": "RegionOne",
        "endpoint_override": None,
        "version": "3",
    }


def test_service_can_have_another_endpoint() -> None:
    assert cloud().service("image", URL)._adapter.arguments["endpoint_override"] == URL


def test_endpoints_are_those_of_the_catalog() -> None:
    def endpoint(service_type: str, interface: str, region_name: str, skip_discovery: bool) -> Any:
        assert skip_discovery
        if interface == "internal":
            raise FakeError("not in the catalog")
        return URL if interface == "public" else None

    assert cloud(get_endpoint=endpoint).endpoints("image") == {"public": URL}


def nested(status: int) -> FakeError:
    """Return the exception of a plugin whose version discovery failed with a status."""
    inner, outer = FakeError("HTTP"), FakeError("Could not find versioned identity endpoints")
    inner.http_status = status  # type: ignore[attr-defined]
    outer.__context__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "is_repeated"),
    [(ConnectionLost("refused"), True), (nested(503), True), (nested(404), False), (FakeError("401"), False)],
    ids=["connection", "unavailable", "wrong-url", "refused-credentials"],
)
def test_token_request_is_repeated_after_temporary_failures(error: FakeError, is_repeated: bool, clock: Clock) -> None:
    errors = [error, None]

    def token() -> None:
        raised = errors.pop(0)
        if raised:
            raise raised

    connection = cloud(get_token=token)
    connection._connection_errors = (ConnectionLost,)
    if is_repeated:
        connection.authenticate()
    else:
        with pytest.raises(GlanceError, match="Cannot get a token"):
            connection.authenticate()

    assert bool(clock.pauses) is is_repeated


@pytest.mark.parametrize("is_refused", [False, True], ids=["accepted", "refused"])
def test_code_is_imported_while_the_token_is_requested(is_refused: bool) -> None:
    imported, requested = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def token() -> None:
        requested.set()
        assert imported.wait(10)
        if is_refused:
            raise FakeError("401")

    def meanwhile() -> None:
        threads.append(threading.current_thread())
        assert requested.wait(10)
        imported.set()

    with pytest.raises(GlanceError, match="Cannot get a token") if is_refused else nullcontext():
        cloud(get_token=token).authenticate(meanwhile)
    assert [thread.is_alive() for thread in threads] == [False]


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
def test_identity_is_version_3_at_the_url_of_the_catalog(catalog: str | None, expected: str) -> None:
    def endpoint(**filters: Any) -> str | None:
        assert filters["skip_discovery"]
        return catalog

    assert cloud(get_endpoint=endpoint).identity()._adapter.arguments["endpoint_override"] == expected


@pytest.mark.parametrize(
    ("name", "expected"), [("Default", "default"), ("Services", "d2"), ("d2", "d2"), ("Else", None)]
)
def test_domain_id_is_read_from_the_token(name: str, expected: str | None) -> None:
    access = SimpleNamespace(
        user_domain_name="Default", user_domain_id="default", project_domain_name="Services", project_domain_id="d2"
    )

    assert cloud(auth=SimpleNamespace(get_access=lambda session: access)).domain_id(name) == expected


def test_plugin_without_access_information_has_no_domain_id() -> None:
    assert cloud(auth=SimpleNamespace()).domain_id("Default") is None


class FakeModule:
    def __init__(self, **params: Any) -> None:
        self.params = {**dict.fromkeys(CLOUD_OPTIONS), **params}
        self.no_log_values: set[str] = set()


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    """A host with a clouds.yaml of one cloud and no OS_* variables."""
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
def test_cloud_is_selected_by_option_or_environment(
    options: dict[str, Any], environment: dict[str, str], expected: str, host: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        host.setitem(os.environ, name, value)

    assert client.connect(FakeModule(**options)).auth_url == expected


@pytest.mark.parametrize("given", [{"auth": AUTH}, OPENRC], ids=["entry", "openrc"])
def test_complete_cloud_ignores_the_environment(given: dict[str, Any], host: pytest.MonkeyPatch) -> None:
    host.setitem(os.environ, "OS_AUTH_URL", "http://other:5000/v3")
    host.setitem(os.environ, "OS_PROJECT_ID", "other-project")

    connected = client.connect(FakeModule(cloud=given))

    assert "project_id" not in connected._config.config["auth"]


def test_region_is_that_of_the_cloud(host: pytest.MonkeyPatch) -> None:
    assert client.connect(FakeModule(cloud="here")).region == "Here"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cloud": "nope"}, "The cloud 'nope' of clouds.yaml cannot be used: .*nope was not found"),
        ({"cloud": {"auth": {"password": "s3cret"}}}, "The cloud in the dictionary `cloud` cannot be used: .*auth_url"),
        ({"auth": AUTH, "auth_type": "nope"}, "The cloud in the option `auth` cannot be used: "),
    ],
    ids=["unknown", "incomplete", "unknown-plugin"],
)
def test_invalid_cloud_is_reported_without_its_secrets(
    options: dict[str, Any], message: str, host: pytest.MonkeyPatch
) -> None:
    with pytest.raises(GlanceError, match=message) as caught:
        client.connect(FakeModule(**options))

    assert "s3cret" not in str(caught.value)


def test_missing_openstacksdk_is_a_missing_requirement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openstack", None)

    with pytest.raises(MissingRequirement, match=r"openstacksdk") as caught:
        client.connect(FakeModule())

    assert caught.value.library == "openstack.config"


def test_cloud_for_another_thread_has_separate_connections(host: pytest.MonkeyPatch) -> None:
    cloud = client.connect(FakeModule(cloud="here", validate_certs=False))
    copy = cloud.for_thread()
    assert (copy.session.auth, copy.session.verify) == (cloud.session.auth, False)
    assert copy.session.session is not cloud.session.session
    assert copy.session.session.hooks == cloud.session.session.hooks
    assert copy.retry_policy is not cloud.retry_policy
