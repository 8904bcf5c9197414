"""Who may do what: projects and their domains, accounts that may not publish, and quotas."""

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
    """The Identity API, as an administrator asks it."""

    def __init__(self, service: Any) -> None:
        self._ask = service.ask

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self._ask(method, f"/v3/{path}", body, api=IDENTITY)

    def make(self, kind: str, **attributes: Any) -> str:
        """Make one thing, and return its ID."""
        return str(self.ask("POST", f"{kind}s", {kind: attributes})[kind]["id"])

    def id(self, kind: str, **query: str) -> str:
        (found,) = self.ask("GET", f"{kind}s?{urlencode(query)}")[f"{kind}s"]
        return str(found["id"])


@pytest.fixture(scope="module")
def keystone(service: Any) -> Keystone:
    return Keystone(service)


@pytest.fixture(scope="module")
def branch(keystone: Keystone) -> Iterator[str]:
    """The ID of a project in another domain, whose name one in the own domain has, too."""
    domain = keystone.make("domain", name="branch")
    projects = [
        keystone.make("project", name="sales", domain_id=domain),
        keystone.make("project", name="sales", domain_id="default"),
    ]
    yield projects[0]
    for project in projects:
        keystone.ask("DELETE", f"projects/{project}")
    keystone.ask("PATCH", f"domains/{domain}", {"domain": {"enabled": False}})
    keystone.ask("DELETE", f"domains/{domain}")


@pytest.fixture(scope="module")
def guest(keystone: Keystone) -> Iterator[dict[str, Any]]:
    """The cloud of an account that is an ordinary member of a project."""
    project = keystone.make("project", name="guests", domain_id="default")
    user = keystone.make("user", name="guest", domain_id="default", password=PASSWORD)
    keystone.ask("PUT", f"projects/{project}/users/{user}/roles/{keystone.id('role', name='member')}")
    domains = {"user_domain_name": "Default", "project_domain_name": "Default"}
    account = {"username": "guest", "password": PASSWORD, "project_name": "guests", **domains}
    yield {"auth": {"auth_url": IDENTITY, **account}, "region_name": "RegionOne"}
    keystone.ask("DELETE", f"users/{user}")
    keystone.ask("DELETE", f"projects/{project}")


def test_owner_is_a_project_of_a_domain(module: Module, service: Any, server: Any, branch: str, name: str) -> None:
    asked = {"name": name, "owner": "sales", **SMALL}
    unclear = module(**asked)
    assert unclear["failed"]
    assert "2 projects have the name sales" in unclear["msg"]
    runs = [module(owner_domain="branch", **asked) for _time in range(2)]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    assert service.one(name)["owner"] == branch


# Each row: what an ordinary member may not do, and what is told.
FORBIDDEN = [
    pytest.param({"visibility": "public"}, "publicize_image", id="publish"),
    pytest.param({"owner": "branch"}, "answered 403", id="give away"),
]


@pytest.mark.parametrize(("asked", "words"), FORBIDDEN)
def test_what_an_account_may_not_is_told_before_anything_is_sent(
    module: Module, service: Any, server: Any, guest: Any, branch: str, name: str, asked: Any, words: str
) -> None:
    uploads = service.uploads()
    desired = {**asked, "owner": branch} if "owner" in asked else asked
    run = module(cloud=guest, name=name, **SMALL, **desired)
    assert run["failed"]
    assert words in run["msg"]
    assert PASSWORD not in str(run)
    assert service.named(name) == []
    assert service.uploads() == uploads


@pytest.fixture
def quotas(host: Any, service: Any, keystone: Keystone) -> Iterator[None]:
    """A service that asks Keystone how much a project may have."""
    kind = keystone.id("service", type="image")
    endpoint = keystone.id("endpoint", service_id=kind, interface="public")
    reader, user = keystone.id("role", name="reader"), keystone.id("user", name="glance")
    keystone.ask("PUT", f"system/users/{user}/roles/{reader}")
    limits = [
        {"service_id": kind, "region_id": "RegionOne", "resource_name": name, "default_limit": limit}
        for name, limit in LIMITS.items()
    ]
    made = keystone.ask("POST", "registered_limits", {"registered_limits": limits})["registered_limits"]
    host.check_output(QUOTAS.format(file=CONFIGURATION, endpoint=endpoint))
    service.restart()
    yield
    host.check_output(f"mv {CONFIGURATION}.before {CONFIGURATION}")
    for limit in made:
        keystone.ask("DELETE", f"registered_limits/{limit['id']}")
    keystone.ask("DELETE", f"system/users/{user}/roles/{reader}")
    service.restart()


def test_quota_without_room_is_told_before_anything_is_created(
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
