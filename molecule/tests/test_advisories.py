"""Mitigations of advisories exist until the installed version has the fix, and imports of staged data work."""

from __future__ import annotations

import json
import time
from typing import Any, Callable, Iterator

import pytest
from controllers import Controller

RequestApi = Callable[..., Any]

URL = "http://controller:9292/v2"
REQUEST = """
import json, sys, urllib.error, urllib.request
token, method, url, kind, body = sys.argv[1:]
headers = {"X-Auth-Token": token, "Content-Type": kind}
request = urllib.request.Request(url, method=method, headers=headers, data=body.encode() if body else None)
try:
    response = urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    response = error
print(json.dumps([response.status, response.read().decode()]))
"""


@pytest.fixture(scope="module")
def request_api(host: Any) -> RequestApi:
    """Send a request as the administrator, and return the status and the content of the response."""
    token = host.check_output("openstack --os-cloud sandbox token issue -f value -c id")

    def request_api(method: str, path: str, body: str = "", kind: str = "application/json") -> tuple[int, Any]:
        output = host.check_output("python3 -c %s %s %s %s %s %s", REQUEST, token, method, URL + path, kind, body)
        status, text = json.loads(output)
        return status, json.loads(text) if text.startswith("{") else text

    return request_api


@pytest.fixture
def image(request_api: RequestApi) -> Iterator[str]:
    attributes = {"name": "to-import", "disk_format": "raw", "container_format": "bare"}
    status, created = request_api("POST", "/images", json.dumps(attributes))
    assert status == 201, created
    yield created["id"]
    assert request_api("DELETE", f"/images/{created['id']}")[0] == 204


def test_tasks_and_url_imports_need_fixed_version(request_api: RequestApi, platform: dict[str, Any]) -> None:
    mitigated = platform.get("mitigated", False)
    if not platform.get("imports", True):
        # The advisory about tasks begins with the release that has filters for imports.
        assert [request_api("GET", path)[0] for path in ("/tasks", "/info/import")] == [200, 404]
        return
    assert request_api("GET", "/tasks")[0] == (403 if mitigated else 200)
    methods = request_api("GET", "/info/import")[1]["import-methods"]["value"]
    assert "glance-direct" in methods
    assert ("web-download" in methods) is not mitigated


def test_staged_data_is_imported(request_api: RequestApi, image: str, platform: dict[str, Any]) -> None:
    if not platform.get("imports", True):
        assert request_api("PUT", f"/images/{image}/stage", "content", "application/octet-stream")[0] == 404
        return
    assert request_api("PUT", f"/images/{image}/stage", "content", "application/octet-stream")[0] == 204
    assert request_api("POST", f"/images/{image}/import", json.dumps({"method": {"name": "glance-direct"}}))[0] == 202
    limit = time.monotonic() + 60
    while (status := request_api("GET", f"/images/{image}")[1]["status"]) != "active" and time.monotonic() < limit:
        time.sleep(1)
    assert status == "active"
    assert request_api("GET", f"/images/{image}/file") == (200, "content")


def test_policy_file_exists_only_with_rules(controller: Controller, platform: dict[str, Any]) -> None:
    file = controller.host.file("/etc/glance/policy.d/osops-glance.json")
    assert file.exists is platform.get("mitigated", False)
