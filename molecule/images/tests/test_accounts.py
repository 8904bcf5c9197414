"""Owners in other domains, accounts without permission to publish, and quotas."""

from __future__ import annotations

from typing import Any, Callable, Iterator
from urllib.parse import urlencode

import pytest

IDENTITY = "http://controller:5000"
CONFIGURATION = "/etc/glance/glance-api.conf"
SMALL = {"src": "/srv/images/small.img", "disk_format": "raw"}
PASSWORD = "guest-of-the-tests"
LIMITS = {"image_size_total": 12, "image_stage_total": 99, "image_count_total": 99, "image_count_uploading": 99}
QUOTAS = r"""
set -e
cp --preserve {file} {file}.before
sed -i '0,/^\[DEFAULT\]/s//&\nuse_keystone_limits = true/' {file}
{{ echo '[oslo_limit]'; grep -m1 '^password' {file}; cat; }} >> {file} <<'END'
auth_url = http://controller:5000
auth_type = password
username = glance
user_domain_name = Default
system_scope = all
region_name = RegionOne
endpoint_id = {endpoint}
END
"""
Module = Callable[..., "dict[str, Any]"]


class Keystone:
    """A client of the Identity API with the token of the administrator."""

    def __init__(self, service: Any) -> None:
        self._request = service.request

    def request(self, method: str, path: str, body: Any = None) -> Any:
        return self._request(method, f"/v3/{path}", body, api=IDENTITY)

    def create(self, kind: str, **attributes: Any) -> str:
        """Create a resource, and return its ID."""
        return str(self.request("POST", f"{kind}s", {kind: attributes})[kind]["id"])

    def id(self, kind: str, **query: str) -> str:
        (found,) = self.request("GET", f"{kind}s?{urlencode(query)}")[f"{kind}s"]
        return str(found["id"])


@pytest.fixture(scope="module")
def keystone(service: Any) -> Keystone:
    return Keystone(service)


@pytest.fixture(scope="module")
def branch(keystone: Keystone) -> Iterator[str]:
    """Create two projects with the same name in two domains, and return the ID of the one in another domain."""
    domain = keystone.create("domain", name="branch")
    projects = [
        keystone.create("project", name="sales", domain_id=domain),
        keystone.create("project", name="sales", domain_id="default"),
    ]
    yield projects[0]
    for project in projects:
        keystone.request("DELETE", f"projects/{project}")
    keystone.request("PATCH", f"domains/{domain}", {"domain": {"enabled": False}})
    keystone.request("DELETE", f"domains/{domain}")


@pytest.fixture(scope="module")
def guest(keystone: Keystone) -> Iterator[dict[str, Any]]:
    """Return the cloud configuration of a member of a project without administrator roles."""
    project = keystone.create("project", name="guests", domain_id="default")
    user = keystone.create("user", name="guest", domain_id="default", password=PASSWORD)
    keystone.request("PUT", f"projects/{project}/users/{user}/roles/{keystone.id('role', name='member')}")
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    account = {"username": "guest", "password": PASSWORD, "project_name": "guests", **domains}
    yield {"auth": {"auth_url": IDENTITY, **account}, "region_name": "RegionOne"}
    keystone.request("DELETE", f"users/{user}")
    keystone.request("DELETE", f"projects/{project}")


def test_owner_is_a_project_of_a_domain(module: Module, service: Any, server: Any, branch: str, name: str) -> None:
    options = {"name": name, "owner": "sales", **SMALL}
    ambiguous = module(**options)
    assert ambiguous["failed"]
    assert "2 projects have the name sales" in ambiguous["msg"]
    runs = [module(owner_domain="branch", **options) for _run in range(2)]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    assert service.one(name)["owner"] == branch


# Each row: options that a member of a project must not set, and the message.
FORBIDDEN = [
    pytest.param({"visibility": "public"}, "publicize_image", id="publish"),
    pytest.param({"owner": "branch"}, "answered 403", id="give away"),
]


@pytest.mark.parametrize(("options", "words"), FORBIDDEN)
def test_missing_permission_is_reported_before_upload(
    module: Module, service: Any, server: Any, guest: Any, branch: str, name: str, options: Any, words: str
) -> None:
    uploads = service.uploads()
    desired = {**options, "owner": branch} if "owner" in options else options
    run = module(cloud=guest, name=name, **SMALL, **desired)
    assert run["failed"]
    assert words in run["msg"]
    assert PASSWORD not in str(run)
    assert service.named(name) == []
    assert service.uploads() == uploads


@pytest.fixture
def quotas(host: Any, service: Any, keystone: Keystone) -> Iterator[None]:
    """Configure the service to use the limits of Keystone."""
    kind = keystone.id("service", type="image")
    endpoint = keystone.id("endpoint", service_id=kind, interface="public")
    reader, user = keystone.id("role", name="reader"), keystone.id("user", name="glance")
    keystone.request("PUT", f"system/users/{user}/roles/{reader}")
    limits = [
        {"service_id": kind, "region_id": "RegionOne", "resource_name": name, "default_limit": limit}
        for name, limit in LIMITS.items()
    ]
    created = keystone.request("POST", "registered_limits", {"registered_limits": limits})["registered_limits"]
    host.check_output(QUOTAS.format(file=CONFIGURATION, endpoint=endpoint))
    service.restart()
    yield
    host.check_output(f"mv {CONFIGURATION}.before {CONFIGURATION}")
    for limit in created:
        keystone.request("DELETE", f"registered_limits/{limit['id']}")
    keystone.request("DELETE", f"system/users/{user}/roles/{reader}")
    service.restart()


def test_exceeded_quota_is_reported_before_creation(
    module: Module, service: Any, server: Any, guest: Any, quotas: None, name: str
) -> None:
    writes = service.requests("POST", "PUT")
    for mode in ([], ["--check"]):
        run = module(*mode, cloud=guest, name=name, src="/srv/images/disk.img", disk_format="raw")
        assert run["failed"]
        assert "its quota (image_size_total) is 12 MiB" in run["msg"]
    assert service.requests("POST", "PUT") == writes
    enough = module(cloud=guest, name=name, **SMALL)
    assert (enough["failed"], enough["changed"]) == (False, True), enough
