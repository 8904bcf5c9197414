# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fakes of the Image API, of the Identity API and of a run."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Callable

from ansible_collections.osops.glance.plugins.module_utils._image.api import ImageApi, image_api
from ansible_collections.osops.glance.plugins.module_utils._image.context import RunContext
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.lock import UploadLock
from ansible_collections.osops.glance.plugins.module_utils._image.projects import CloudProjects
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import SEND_ONCE, Service

OWN_PROJECT = "own-project"
CONTENT = b"\0" + bytes(range(256)) * 100
PAGE = 2  # images per page
NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)  # the time by the clock of the service
PROJECT, DOMAIN = "5" * 32, "6" * 32
FIXED = {"status": "queued", "size": None, "checksum": None, "os_hash_algo": None, "os_hash_value": None}
DEFAULTS = {"visibility": "shared", "protected": False, "os_hidden": False, "min_disk": 0, "min_ram": 0, "tags": []}


def time_text(seconds: float = 0) -> str:
    """Return the time that many seconds after NOW, in the format of the service."""
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Broken(Exception):
    """A connection that broke."""


class Killed(BaseException):
    """The end of a killed process."""


class FakeGlance:
    """The part of the Image API that the module uses, as a keystoneauth adapter."""

    service_type = "image"

    def __init__(self) -> None:
        self.images: dict[str, dict[str, Any]] = {}
        self.members: dict[str, dict[str, str]] = {}
        self.tokens = 1
        self.data: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.made = 0
        self.in_catalog = True
        self.headers: dict[str, str] = {}  # of the responses to uploads
        self.virtual_size: int | None = None  # of uploaded content
        self.supports_visibility_all = True
        self.supports_operators = True
        self.protected: tuple[str, ...] = ()  # the actions on records that are refused: create, update, delete
        self.algorithm: str | None = "sha512"
        self.in_use: set[str] = set()
        self.forbidden: set[str] = set()  # visibilities that the account may not set
        self.quota: tuple[int, int] | None = None  # usage and limit in MiB
        # Outcomes of consecutive uploads: a function of the content that returns the status and the stored data, or an
        # exception.
        self.faults: list[Any] = []
        self.remaining_requests = -1  # requests before the run is killed; a negative number is no limit
        self.after_post: Any = None  # called once after an image was created

    def get_endpoint(self) -> str | None:
        return "http://glance:9292" if self.in_catalog else None

    def add(self, content: bytes | None = None, **attributes: Any) -> str:
        self.made += 1
        new = f"id-{self.made}"
        formats = {"disk_format": "raw", "container_format": "bare", "owner": OWN_PROJECT}
        times = {"created_at": time_text(self.made), "updated_at": time_text(self.made)}
        self.images[new] = {**FIXED, **DEFAULTS, **formats, **times, **attributes, "id": new}
        if self.algorithm is None:
            del self.images[new]["os_hash_algo"], self.images[new]["os_hash_value"]
        if content is not None:
            self._store(new, content)
        return new

    def named(self, name: str) -> list[dict[str, Any]]:
        return [found for found in self.images.values() if found["name"] == name]

    def writes(self) -> list[str]:
        return [call.split()[0] for call in self.calls if not call.startswith("GET")]

    def _store(self, image_id: str, content: bytes) -> None:
        self.data[image_id] = content
        facts = {"status": "active", "size": len(content), "checksum": hashlib.md5(content).hexdigest()}
        if self.virtual_size is not None:
            facts["virtual_size"] = self.virtual_size
        self.images[image_id].update(facts)
        if self.algorithm:
            digest = hashlib.new(self.algorithm, content).hexdigest()
            self.images[image_id].update(os_hash_algo=self.algorithm, os_hash_value=digest)

    def request(self, path: str, method: str, **arguments: Any) -> SimpleNamespace:
        assert not arguments.pop("raise_exc")
        if self.remaining_requests == 0:
            raise Killed
        self.remaining_requests -= 1
        self.calls.append(f"{method} {path}")
        if path == "/v2/info/usage":
            return answered(*self._usage())
        image_id, _slash, rest = path.replace("/v2/images", "").strip("/").partition("/")
        if image_id and image_id not in self.images:
            return answered(404, {})
        kind, _slash, name = rest.partition("/")
        more = {"name": name} if name else {}
        return getattr(self, f"_{method.lower()}{'_' + kind if kind else ''}")(image_id, **more, **arguments)

    def _usage(self) -> tuple[int, Any]:
        if self.quota is None:
            return 404, {}
        return 200, {"usage": {"image_size_total": dict(zip(("usage", "limit"), self.quota))}}

    def _get_members(self, image_id: str) -> SimpleNamespace:
        found = self.members.get(image_id, {})
        return answered(200, {"members": [{"member_id": name, "status": state} for name, state in found.items()]})

    def _post_members(self, image_id: str, json: dict[str, str]) -> SimpleNamespace:
        assert self.images[image_id]["visibility"] == "shared"
        self.members.setdefault(image_id, {})[json["member"]] = "pending"
        return answered(200, {})

    def _put_members(self, image_id: str, name: str, json: dict[str, str]) -> SimpleNamespace:
        if name == "strict":
            return answered(403, {})
        self.members[image_id][name] = json["status"]
        return answered(200, {})

    def _delete_members(self, image_id: str, name: str) -> SimpleNamespace:
        del self.members[image_id][name]
        return answered(204, {})

    def _post_actions(self, image_id: str, name: str) -> SimpleNamespace:
        self.images[image_id]["status"] = {"deactivate": "deactivated", "reactivate": "active"}[name]
        return answered(204, {})

    def _get(self, image_id: str, params: Any = None) -> SimpleNamespace:
        if image_id:
            return answered(200, self.images[image_id])
        query = dict(params)
        visibility = query.pop("visibility", "any")
        if visibility == "all" and not self.supports_visibility_all:
            return answered(400, {})
        assert query.pop("limit") in ("1000", "25")
        hidden = query.pop("os_hidden", "false") == "true"
        names = [query["name"]] if "name" in query else None
        if names and self.supports_operators:
            operator, colon, text = query["name"].partition(":")
            if colon and operator not in ("in", "eq"):
                return answered(400, {"message": f"Unable to filter by unknown operator '{operator}'."})
            names = re.findall('"([^"]*)"', text) if operator == "in" and colon else [text or operator]
        query.pop("name", None)
        marker = query.pop("marker", None)
        found = [
            dict(each)
            for each in self.images.values()
            if each["os_hidden"] is hidden
            and (
                visibility in ("all", each["visibility"]) or (visibility == "any" and each["visibility"] != "community")
            )
            and (names is None or each["name"].lower() in [name.lower() for name in names])
            and all(str(each.get(name, "")).lower() == value.lower() for name, value in query.items())
        ]
        start = [each["id"] for each in found].index(marker) + 1 if marker else 0
        more = {"next": "more"} if len(found) > start + PAGE else {}
        return answered(200, {"images": found[start : start + PAGE], **more})

    def _get_file(self, image_id: str, stream: bool) -> SimpleNamespace:
        assert stream
        return SimpleNamespace(status_code=200, iter_content=lambda _size: [self.data[image_id]])

    def _is_protected(self, action: str, *properties: str) -> SimpleNamespace | None:
        refused = [name for name in properties if name.startswith("osops_") and action in self.protected]
        return answered(403, {"message": f"Attribute '{refused[0]}' is reserved."}) if refused else None

    def _post(self, _none: str, json: dict[str, Any]) -> SimpleNamespace:
        refusal = self._is_protected("create", *json)
        if refusal:
            return refusal
        created = dict(self.images[self.add(**json)])
        then, self.after_post = self.after_post, None
        if then:
            then()
        return answered(201, created)

    def _put_file(
        self, image_id: str, data: Any, headers: dict[str, str], timeout: tuple[float, float] = (1, 1), **once: Any
    ) -> SimpleNamespace:
        is_sample = isinstance(data, bytes)  # which may be sent again
        assert once == ({} if is_sample else SEND_ONCE)
        assert min(timeout) > 0
        assert headers.get("X-OpenStack-Image-Size", "0") == str(len(data) if is_sample else getattr(data, "len", 0))
        assert self.images[image_id]["visibility"] == "private"
        content = data if is_sample else b"".join(data)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, BaseException):
            raise fault  # pylint: disable=raising-bad-type
        status, kept = fault(content) if fault else (204, content)
        if kept is not None:
            self._store(image_id, kept)
        return answered(status, {}, **self.headers)

    def _patch(self, image_id: str, data: str, headers: dict[str, str]) -> SimpleNamespace:
        assert headers["Content-Type"] == "application/openstack-images-v2.1-json-patch"
        if self.forbidden & {operation.get("value") for operation in json.loads(data) if "visib" in operation["path"]}:
            return answered(403, {"message": "You are not authorized to complete publicize_image action."})
        for operation in json.loads(data):
            action = {"add": "create", "replace": "update", "remove": "delete"}[operation["op"]]
            refusal = self._is_protected(action, operation["path"][1:])
            if refusal:
                return refusal
        for operation in json.loads(data):
            name = operation["path"][1:].replace("~1", "/").replace("~0", "~")
            assert (operation["op"] == "add") == (name not in self.images[image_id])
            if operation["op"] == "remove":
                del self.images[image_id][name]
            else:
                self.images[image_id][name] = operation["value"]
        return answered(200, dict(self.images[image_id]))

    def _delete(self, image_id: str) -> SimpleNamespace:
        if self.images[image_id]["protected"]:
            return answered(403, {})
        if image_id in self.in_use:
            return answered(409, {})
        del self.images[image_id]
        return answered(204, {})


class FakeKeystone:
    """The part of the Identity API that the module uses."""

    service_type = "identity"
    PROJECTS = [("sales", PROJECT, DOMAIN), ("twice", "7" * 32, DOMAIN), ("twice", "8" * 32, "9" * 32)]

    def request(self, path: str, method: str, raise_exc: bool, params: dict[str, str]) -> SimpleNamespace:
        assert (method, raise_exc) == ("GET", False)
        if path == "/domains":
            return answered(200, {"domains": [{"id": DOMAIN}] if params["name"] == "here" else []})
        if params["name"] in ("a", "b", "c", "strict", "another"):  # names that equal their IDs
            return answered(200, {"projects": [{"id": params["name"]}]})
        domain = params.get("domain_id")
        found = [{"id": key} for name, key, its in self.PROJECTS if name == params["name"] and domain in (None, its)]
        return answered(200, {"projects": found})


def answered(status: int, body: Any, **headers: str) -> SimpleNamespace:
    return SimpleNamespace(
        status_code=status,
        json=lambda: body,
        headers={"Date": format_datetime(NOW, usegmt=True), **headers},
        url="http://glance/v2",
        text="",
        reason="",
    )


class FakeCloud:
    """A cloud with the two services."""

    auth_url, region = "http://keystone:5000", "RegionOne"

    def __init__(self, glance: FakeGlance) -> None:
        self._glance = glance
        self.retry_policy = SimpleNamespace(call=lambda question: question())
        access = SimpleNamespace(will_expire_soon=lambda _seconds: glance.tokens == 0)
        self.session = SimpleNamespace(
            get_project_id=lambda: OWN_PROJECT,
            invalidate=self._renew,
            auth=SimpleNamespace(get_access=lambda _session: access),
        )

    def _renew(self) -> None:
        self._glance.tokens += 1

    def authenticate(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Do nothing."""

    def for_thread(self) -> FakeCloud:
        return self

    def domain_id(self, name: str) -> str | None:
        return None

    def service(self, service_type: str) -> Service:
        assert service_type == "image"
        return Service(self._glance, (OSError, Broken), (Broken,))

    def identity(self) -> Service:
        return Service(FakeKeystone(), (OSError,))


def temporary(name: str, seconds: int = 60, age: float = 9999, **more: Any) -> dict[str, Any]:
    """Return a temporary image of another host.

    seconds: the limit of its upload.
    age: seconds since its last change.
    """
    by = json.dumps({"place": "another", "seconds": seconds})
    times = {"created_at": time_text(-age), "updated_at": time_text(-age), "visibility": "private"}
    title = f"(upload of osops.glance) {name}"
    return {"name": title, "osops_upload_of": name, "osops_upload_by": by, **times, **more}


def fake_api(glance: FakeGlance) -> ImageApi:
    return image_api(FakeCloud(glance))  # type: ignore[arg-type]


def run_context(glance: FakeGlance, directory: Path, **changes: Any) -> RunContext:
    """Return the context of a run; its locks are in the directory."""
    collaborators: dict[str, Any] = {
        "api": lambda: fake_api(glance),
        "now": NOW.timestamp,
        "projects": CloudProjects(FakeCloud(glance)),  # type: ignore[arg-type]
        "project": OWN_PROJECT,
        "cloud_name": "cloud",
        "lock": UploadLock(str(directory / "locks")),
        "limits": Limits(retry_delay=0),
        "stale_after": None,
        "stop": threading.Event(),
    }
    return RunContext(**{**collaborators, **changes})
