# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from ansible_collections.osops.glance.plugins.module_utils._content import file_source
from ansible_collections.osops.glance.plugins.module_utils._image import batch, lock, reconciler, upload
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import SEND_ONCE, Service
from ansible_collections.osops.glance.plugins.modules import image
from ansible_collections.osops.glance.plugins.plugin_utils.inputs import argument_specs
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule

ME = "project-of-mine"
CONTENT = b"\0" + bytes(range(256)) * 100
PAGE = 2  # images in one answer
NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)  # the time by the clock of the service
PROJECT, DOMAIN = "5" * 32, "6" * 32
FIXED = {"status": "queued", "size": None, "checksum": None, "os_hash_algo": None, "os_hash_value": None}
DEFAULTS = {"visibility": "shared", "protected": False, "os_hidden": False, "min_disk": 0, "min_ram": 0, "tags": []}


def moment(seconds: float = 0) -> str:
    """Return a time as the service writes it, so many seconds after NOW."""
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Broken(Exception):
    """A connection that broke."""


class Killed(BaseException):
    """What ends a process that is told to end."""


class FakeGlance:
    """The part of the Image API that the module uses, as an adapter of keystoneauth shows it."""

    service_type = "image"

    def __init__(self) -> None:
        self.images: dict[str, dict[str, Any]] = {}
        self.members: dict[str, dict[str, str]] = {}
        self.tokens = 1
        self.data: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.made = 0
        self.in_catalog = True
        self.headers: dict[str, str] = {}  # of the answers to content
        self.virtual_size: int | None = None  # what it finds out of the disk in the content
        self.knows_all = True
        self.knows_operators = True
        self.protected: tuple[str, ...] = ()  # what is refused of properties it does not know: create, update, delete
        self.algorithm: str | None = "sha512"
        self.in_use: set[str] = set()
        self.forbidden: set[str] = set()  # visibilities that the account may not give
        self.quota: tuple[int, int] | None = None  # MiB that the project has, and may have
        # What becomes of the data of a PUT: (status, data that is kept), or an exception; of one PUT after the other.
        self.faults: list[Any] = []
        self.lives = -1  # so many requests are carried out before the run is killed; then none is
        self.after_post: Any = None  # called once, when an image was created

    def get_endpoint(self) -> str | None:
        return "http://glance:9292" if self.in_catalog else None

    def add(self, content: bytes | None = None, **attributes: Any) -> str:
        self.made += 1
        new = f"id-{self.made}"
        formats = {"disk_format": "raw", "container_format": "bare", "owner": ME}
        times = {"created_at": moment(self.made), "updated_at": moment(self.made)}
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
        if self.lives == 0:
            raise Killed
        self.lives -= 1
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
        if visibility == "all" and not self.knows_all:
            return answered(400, {})
        assert query.pop("limit") in ("1000", "25")
        hidden = query.pop("os_hidden", "false") == "true"
        names = [query["name"]] if "name" in query else None
        if names and self.knows_operators:
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
        if params["name"] in ("a", "b", "c", "strict", "another"):  # names that are IDs as well, to be short
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
    auth_url, region = "http://keystone:5000", "RegionOne"

    def __init__(self, glance: FakeGlance) -> None:
        self._glance = glance
        self.retry_policy = SimpleNamespace(call=lambda question: question())
        access = SimpleNamespace(will_expire_soon=lambda _seconds: glance.tokens == 0)
        self.session = SimpleNamespace(
            get_project_id=lambda: ME,
            invalidate=self._renew,
            auth=SimpleNamespace(get_access=lambda _session: access),
        )

    def _renew(self) -> None:
        self._glance.tokens += 1

    def authenticate(self) -> None: ...

    def for_thread(self) -> FakeCloud:
        return self

    def domain_id(self, name: str) -> str | None:
        return None

    def service(self, service_type: str) -> Service:
        assert service_type == "image"
        return Service(self._glance, (OSError, Broken), (Broken,))

    def identity(self) -> Service:
        return Service(FakeKeystone(), (OSError,))


@pytest.fixture
def glance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeGlance:
    fake = FakeGlance()
    monkeypatch.setattr(batch, "connect", lambda _module: FakeCloud(fake))
    monkeypatch.setattr(batch, "UploadLock", lambda: lock.UploadLock(str(tmp_path / "locks")))
    monkeypatch.setattr(reconciler, "POLL", 0.001)
    monkeypatch.setattr(file_source, "has_reliable_times", lambda _status: True)
    return fake


@pytest.fixture
def src(tmp_path: Path) -> str:
    (tmp_path / "x").write_bytes(CONTENT)
    return str(tmp_path / "x")


def module(check_mode: bool = False, **given: Any) -> FakeModule:
    if "images" in given:
        each = {name: option.get("default") for name, option in image.IMAGE_OPTIONS.items()}
        given["images"] = [{**each, **asked} for asked in given["images"]]
    else:
        given = {"name": "cirros", **given}
    return FakeModule(image.OPTIONS, check_mode, **{"retry_delay": 0, **given})


def run(check_mode: bool = False, **given: Any) -> dict[str, Any]:
    return module(check_mode, **given).end(batch.ImageBatch)


def test_service_that_is_not_in_the_catalog_yet_has_no_images(glance: FakeGlance, src: str) -> None:
    glance.in_catalog = False
    assert run(src=src, check_mode=True)["action"] == "create"
    assert glance.calls == []


def test_absent_image_is_created_and_then_left_alone(glance: FakeGlance, src: str) -> None:
    asked = {
        "src": src,
        "visibility": "public",
        "tags": ["b", "a"],
        "properties": {"p": True, "n": 1},
        "protected": True,
    }
    result = run(**asked)
    (created,) = glance.images.values()
    assert (result["changed"], result["action"], result["id"]) == (True, "create", created["id"])
    assert result["image"] == created
    assert result["transfer"]["bytes"] == len(CONTENT)
    assert glance.data[created["id"]] == CONTENT
    assert {
        "name": "cirros",
        "visibility": "public",
        "protected": True,
        "p": "true",
        "n": "1",
    }.items() <= created.items()
    assert [name for name in created if name.startswith("osops")] == ["osops_source"]
    assert glance.writes() == ["POST", "PATCH", "PUT", "PATCH"]
    glance.calls.clear()
    again = run(**asked)
    assert (again["changed"], again["action"], again["id"]) == (False, "none", created["id"])
    assert (glance.writes(), len(glance.calls)) == ([], 2)


CASES = [
    pytest.param(None, {}, id="create"),
    pytest.param({"content": CONTENT, "visibility": "public"}, {"visibility": "private"}, id="update"),
    pytest.param({"content": CONTENT}, {}, id="none"),
    pytest.param({"content": b"\0old", "p": "1"}, {"properties": {"q": 1}}, id="replace"),
    pytest.param({"content": CONTENT}, {"state": "absent"}, id="remove"),
    pytest.param(
        {"name": "(upload of osops.glance) cirros", "osops_upload_of": "cirros", "updated_at": moment(-9999)},
        {"visibility": "public"},
        id="unfinished upload",
    ),
]


@pytest.mark.parametrize(("existing", "asked"), CASES)
def test_check_mode_predicts_and_writes_nothing(glance: FakeGlance, src: str, existing: Any, asked: Any) -> None:
    if existing:
        glance.add(**{"name": "cirros", **existing})
    predicted = run(check_mode=True, src=src, **asked)
    assert glance.writes() == []
    real = run(src=src, **asked)
    assert not real.get("failed")
    for part in ("changed", "action", "diff"):
        assert predicted[part] == real[part]
    assert not run(src=src, **asked)["changed"]


def test_new_content_takes_the_place_of_the_old(glance: FakeGlance, src: str) -> None:
    old = glance.add(b"\0old", name="cirros", visibility="public", p="1", tags=["a"], min_ram=64)
    result = run(src=src)
    (new,) = glance.images.values()
    assert (result["action"], result["id"]) == ("replace", new["id"])
    assert new["id"] != old
    assert glance.data[new["id"]] == CONTENT
    kept = {"name": "cirros", "visibility": "public", "p": "1", "tags": ["a"], "min_ram": 64}
    assert kept.items() <= new.items()


def test_protected_image_is_not_replaced(glance: FakeGlance, src: str) -> None:
    glance.add(b"\0old", name="cirros", protected=True)
    result = run(src=src)
    assert "is protected, so its content cannot be replaced" in result["msg"]
    assert glance.writes() == []
    assert run(src=src, protected=False)["action"] == "replace"


def test_old_image_in_use_is_hidden(glance: FakeGlance, src: str) -> None:
    old = glance.add(b"\0old", name="cirros")
    glance.in_use.add(old)
    assert run(src=src)["warnings"] == [f"The replaced image {old} is in use; it is renamed and hidden"]
    assert glance.images[old]["os_hidden"] is True
    assert len(glance.named("cirros")) == 1
    assert not run(src=src)["changed"]


def test_old_image_that_cannot_be_removed_is_named(glance: FakeGlance, src: str, monkeypatch: Any) -> None:
    old = glance.add(b"\0old", name="cirros")
    monkeypatch.setattr(glance, "_delete", lambda _id: answered(403, {"error": "policy"}))
    assert f"but {old}, which it replaces, could not be removed or renamed" in run(src=src)["msg"]
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(lambda content: (503, None), "answered 503", id="503 after the body"),
        pytest.param(lambda content: (413, None), "answered 413", id="too large"),
        pytest.param(lambda content: (204, None), "is queued, not active", id="204 and nothing stored"),
        pytest.param(lambda content: (204, b""), "service holds 0", id="an empty image"),
        pytest.param(lambda content: (204, content[:-1]), f"holds {len(CONTENT) - 1}", id="one byte less"),
        pytest.param(lambda content: (204, b"\1" + content[1:]), "but the service holds", id="one bit flipped"),
        pytest.param(Broken("Connection reset by peer"), "got no response: Connection reset", id="connection cut"),
    ],
)
@pytest.mark.parametrize("previous", [None, b"\0old"], ids=["new", "replaced"])
def test_failed_upload_leaves_everything_as_it_was(
    glance: FakeGlance, src: str, previous: bytes | None, fault: Any, said: str
) -> None:
    if previous:
        glance.add(previous, name="cirros", visibility="public")
    before = json.dumps(glance.images)
    glance.faults = [fault]
    result = run(src=src, retries=0)
    assert said in result["msg"]
    assert result["msg"].endswith("is removed")
    assert json.dumps(glance.images) == before
    assert glance.writes().count("PUT") == 1


def test_wrong_checksum_leaves_nothing(glance: FakeGlance, src: str) -> None:
    assert "not sha256:0000" in run(src=src, checksum="sha256:" + "0" * 64)["msg"]
    assert glance.images == {}


def test_visibility_that_is_forbidden_is_told_before_anything_is_sent(glance: FakeGlance, src: str) -> None:
    glance.forbidden = {"public"}
    assert "not authorized to complete publicize_image" in run(src=src, visibility="public")["msg"]
    assert glance.writes() == ["POST", "PATCH", "DELETE"]
    assert glance.images == {}


@pytest.mark.parametrize(
    ("size", "quota", "told"),
    [
        pytest.param(2, (9, 10), "to 11 MiB, and its quota (image_size_total) is 10 MiB", id="too much"),
        pytest.param(0, (11, 10), "to 11 MiB", id="too much already"),
        pytest.param(1, (9, 10), None, id="just enough"),
        pytest.param(9, (99, -1), None, id="no limit"),
        pytest.param(9, None, None, id="no quota"),
    ],
)
def test_quota_is_kept_before_anything_is_created(
    glance: FakeGlance, tmp_path: Path, size: int, quota: Any, told: str | None
) -> None:
    (tmp_path / "disk").write_bytes(b"\0")
    os.truncate(tmp_path / "disk", max(1, size * 2**20))
    glance.quota = quota
    for check_mode in (True, False):
        result = run(src=str(tmp_path / "disk"), check_mode=check_mode)
        assert (told in result["msg"]) if told else result["changed"]
    assert bool(glance.images) is (told is None)


def test_quota_counts_what_is_replaced(glance: FakeGlance, tmp_path: Path) -> None:
    (tmp_path / "disk").write_bytes(bytes(5 * 2**20))
    glance.add(b"\0" * (4 * 2**20), name="cirros")
    glance.quota = (4, 5)
    assert "to 9 MiB" in run(src=str(tmp_path / "disk"), replace="rotate")["msg"]
    assert run(src=str(tmp_path / "disk"))["action"] == "replace"


QCOW2 = b"QFI\xfb" + (3).to_bytes(4, "big") + bytes(16) + (3 * 2**30 + 1).to_bytes(8, "big") + bytes(1000)


@pytest.mark.parametrize(
    ("content", "told", "gibibytes"),
    [
        pytest.param(CONTENT, None, 1, id="raw"),
        pytest.param(QCOW2, None, 4, id="qcow2"),
        pytest.param(QCOW2, 5 * 2**30, 5, id="what the service sees"),
    ],
)
def test_room_for_the_disk_is_asked_for(
    glance: FakeGlance, tmp_path: Path, content: bytes, told: int | None, gibibytes: int
) -> None:
    (tmp_path / "disk").write_bytes(content)
    glance.virtual_size = told
    first = run(src=str(tmp_path / "disk"), min_disk="auto")
    assert first["image"]["min_disk"] == gibibytes
    assert not run(src=str(tmp_path / "disk"), min_disk="auto")["changed"]
    assert run(min_disk="0")["image"]["min_disk"] == 0
    again = run(min_disk="auto")
    assert again["image"]["min_disk"] == (0 if content == QCOW2 and not told else gibibytes)


def test_room_is_a_number_or_auto(glance: FakeGlance) -> None:
    assert "neither a number of GiB nor 'auto'" in run(min_disk="much")["msg"]


def test_interrupted_upload_is_taken_back(glance: FakeGlance, src: str) -> None:
    glance.faults = [Killed()]
    resource = batch.ImageBatch(module(src=src))  # type: ignore[arg-type]
    plan = resource.plan()
    with pytest.raises(Killed):
        resource.apply(plan)
    assert glance.images == {}


def draft(name: str, seconds: int = 60, age: float = 9999, **more: Any) -> dict[str, Any]:
    """Return an unfinished image that another host began so long ago, and that may take so long."""
    by = json.dumps({"place": "another", "seconds": seconds})
    begun = {"created_at": moment(-age), "updated_at": moment(-age), "visibility": "private"}
    title = f"(upload of osops.glance) {name}"
    return {"name": title, "osops_upload_of": name, "osops_upload_by": by, **begun, **more}


def test_leftover_of_a_killed_run_is_removed(glance: FakeGlance, src: str) -> None:
    mine = glance.add(**draft("cirros"))
    other = glance.add(**draft("fedora"))
    theirs = glance.add(**draft("cirros"), owner="another")
    assert run(src=src)["action"] == "create"
    assert mine not in glance.images
    assert {other, theirs} == set(glance.images) - {glance.named("cirros")[0]["id"]}


def test_run_that_was_killed_before_the_old_image_was_removed_is_finished(glance: FakeGlance, src: str) -> None:
    old = glance.add(b"\0old", name="cirros")
    new = glance.add(CONTENT, name="cirros")
    glance.images[new]["osops_source"] = json.dumps({"image": new, "replaces": old})
    result = run(src=src)
    assert (result["changed"], result["action"], list(glance.images)) == (True, "none", [new])


def test_hash_that_nothing_told_before_is_found_by_reading_back(glance: FakeGlance, src: str) -> None:
    glance.algorithm = "sha3_256"
    assert run(src=src)["action"] == "create"
    assert any(call.startswith("GET") and call.endswith("/file") for call in glance.calls)
    glance.calls.clear()
    glance.add(CONTENT, name="fedora")
    assert not run(src=src)["changed"]


def test_release_without_multihash_is_verified_by_md5(glance: FakeGlance, src: str) -> None:
    glance.algorithm = None
    assert run(src=src)["action"] == "create"
    assert not run(src=src)["changed"]


@pytest.mark.parametrize("knows_all", [True, False], ids=["since Stein", "before"])
@pytest.mark.parametrize("existing", [{"os_hidden": True}, {"visibility": "community"}], ids=str)
def test_hidden_and_community_images_count(glance: FakeGlance, src: str, existing: Any, knows_all: bool) -> None:
    glance.knows_all = knows_all
    glance.add(CONTENT, name="cirros", **existing)
    assert not run(src=src)["changed"]
    assert len(glance.images) == 1


def test_name_is_exact_and_every_page_is_read(glance: FakeGlance, src: str) -> None:
    for number in range(5):
        glance.add(b"\0other", name="CIRROS", created_at=str(number))
    glance.add(CONTENT, name="cirros")
    assert not run(src=src)["changed"]


def test_image_of_another_project_is_never_replaced(glance: FakeGlance, src: str) -> None:
    glance.add(b"\0old", name="cirros", visibility="public", owner="another")
    assert "belongs to the project another" in run(src=src)["msg"]
    assert run(state="absent")["changed"] is False
    assert run(src=src, owner="another")["action"] == "replace"


def test_private_image_of_another_project_does_not_count(glance: FakeGlance, src: str) -> None:
    glance.add(b"\0old", name="cirros", visibility="private", owner="another")
    assert run(src=src)["action"] == "create"


def test_attributes_need_no_source(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros", visibility="public", tags=["a"], p="1")
    result = run(tags=[], properties={"p": None}, hidden=True)
    assert result["action"] == "update"
    assert result["image"]["visibility"] == "public"
    assert glance.writes() == ["PATCH"]
    assert not run(tags=[], properties={"p": None}, hidden=True)["changed"]


@pytest.mark.parametrize(
    ("existing", "asked", "said"),
    [
        pytest.param(False, {}, "There is no image cirros, and neither src nor url", id="nothing there"),
        pytest.param(True, {"disk_format": "qcow2"}, "is not what is asked for", id="other format"),
        pytest.param(True, {"src": "/nowhere"}, "does not exist on the host", id="no file"),
        pytest.param(False, {"src": "/"}, "is not a regular file", id="directory"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(
    glance: FakeGlance, existing: bool, asked: Any, said: str
) -> None:
    if existing:
        glance.add(CONTENT, name="cirros")
    assert said in run(**asked)["msg"]
    assert glance.writes() == []


def test_web_page_is_refused_before_anything_is_written(glance: FakeGlance, tmp_path: Path) -> None:
    (tmp_path / "page.img").write_text("<!DOCTYPE html><html>404</html>")
    assert "is a web page" in run(src=str(tmp_path / "page.img"))["msg"]
    assert glance.writes() == []


def test_file_is_not_needed_when_the_checksum_is_known(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros")
    assert not run(src="/nowhere", checksum=f"sha512:{hashlib.sha512(CONTENT).hexdigest()}")["changed"]


def test_checksum_of_another_kind_is_remembered(glance: FakeGlance, src: str) -> None:
    checksum = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"
    assert run(src=src, checksum=checksum)["action"] == "create"
    assert not run(src="/nowhere", checksum=checksum)["changed"]


def test_password_of_the_url_is_kept_secret(glance: FakeGlance) -> None:
    asked = module(url="http://user:s3cret@host/x")
    batch.ImageBatch(asked)  # type: ignore[arg-type]
    assert asked.no_log_values == {"s3cret"}


def test_absent_image_is_removed_once(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros")
    glance.add(None, name="cirros", os_hidden=True)
    assert (run(state="absent")["action"], glance.images) == ("remove", {})
    assert run(state="absent")["changed"] is False


# What else an image has


@pytest.mark.parametrize(
    ("asked", "after"),
    [
        pytest.param({"members": ["a", "c"]}, {"a": "accepted", "c": "pending"}, id="exact"),
        pytest.param(
            {"members": ["c"], "members_mode": "merge"},
            {"a": "accepted", "b": "pending", "c": "pending"},
            id="append",
        ),
        pytest.param({"members": {"a": "rejected", "b": None}}, {"a": "rejected", "b": "pending"}, id="states"),
        pytest.param({"members": []}, {}, id="none"),
        pytest.param({"members": ["sales"]}, {PROJECT: "pending"}, id="by name"),
        pytest.param({"tags": []}, {"a": "accepted", "b": "pending"}, id="not mentioned"),
    ],
)
def test_members_are_what_was_asked_for(glance: FakeGlance, asked: Any, after: Any) -> None:
    shared = glance.add(CONTENT, name="cirros", visibility="shared", tags=["x"])
    glance.members[shared] = {"a": "accepted", "b": "pending"}
    assert run(check_mode=True, **asked)["diff"] == (real := run(**asked))["diff"]
    assert (real["action"], glance.members[shared]) == ("update", after)
    assert not run(**asked)["changed"]


def test_state_that_only_the_member_may_set_is_a_warning(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros", visibility="shared")
    assert "cannot be set with this account" in run(members={"strict": "accepted"})["warnings"][0]


@pytest.mark.parametrize("existing", [True, False], ids=["existing", "new"])
def test_members_need_a_shared_image(glance: FakeGlance, src: str, existing: bool) -> None:
    if existing:
        glance.add(CONTENT, name="cirros", visibility="private")
    result = run(src=src, members=["a"])
    assert result["msg"] == (
        "The image cirros would be private, and only shared images have members: give visibility: shared"
    )
    assert glance.writes() == []
    assert run(src=src, members=["a"], visibility="shared")["changed"]
    assert list(glance.members.values()) == [{"a": "pending"}]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param({"owner": "nobody"}, "There is no project nobody", id="none"),
        pytest.param({"owner": "twice"}, f"2 projects have the name twice: {'7' * 32}, {'8' * 32}", id="several"),
    ],
)
def test_project_that_is_not_one_is_refused(glance: FakeGlance, asked: Any, said: str) -> None:
    assert said in run(**asked)["msg"]


def test_owner_is_found_in_its_domain(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros")
    assert run(owner="twice", owner_domain="here")["image"]["owner"] == "7" * 32


def test_image_is_deactivated_and_activated_again(glance: FakeGlance, src: str) -> None:
    there = glance.add(CONTENT, name="cirros")
    for asked, status, changed in [
        ("deactivated", "deactivated", True),
        ("deactivated", "deactivated", False),
        ("present", "deactivated", False),
        ("active", "active", True),
        ("active", "active", False),
    ]:
        assert run(check_mode=True, src=src, state=asked)["changed"] is changed
        assert run(src=src, state=asked)["changed"] is changed
        assert glance.images[there]["status"] == status


def test_new_content_of_a_deactivated_image_is_deactivated(glance: FakeGlance, src: str) -> None:
    glance.images[glance.add(b"\0old", name="cirros")]["status"] = "deactivated"
    run(src=src)
    assert [each["status"] for each in glance.images.values()] == ["deactivated"]


def test_kernel_is_given_by_name(glance: FakeGlance, src: str) -> None:
    kernel = glance.add(b"\0kernel", name="vmlinuz")
    assert run(src=src, kernel="vmlinuz")["image"]["kernel_id"] == kernel
    assert not run(src=src, kernel="vmlinuz")["changed"]
    glance.add(b"\0kernel", name="vmlinuz")
    assert "needs the image vmlinuz, but 2 images have the name" in run(src=src, kernel="vmlinuz")["msg"]
    assert "there is no such image" in run(src=src, ramdisk="initrd")["msg"]
    assert "kernel_id" not in run(src=src, kernel="")["image"]


# Which image it is


def test_image_of_an_id_is_renamed(glance: FakeGlance) -> None:
    there = glance.add(CONTENT, name="cirros")
    assert run(id=there, name="new")["image"]["name"] == "new"
    assert not run(id=there, name="new")["changed"]


def test_content_of_an_id_is_not_replaced(glance: FakeGlance, src: str) -> None:
    there = glance.add(b"\0old", name="cirros")
    assert "an ID stands for one content" in run(id=there, src=src)["msg"]
    assert glance.writes() == []


def test_id_that_is_not_there(glance: FakeGlance) -> None:
    assert "no image with the ID id-9" in run(id="id-9")["msg"]
    assert not run(id="id-9", state="absent")["changed"]


def test_newest_of_several_is_meant_on_request(glance: FakeGlance, src: str) -> None:
    old, new = glance.add(b"\0one", name="cirros"), glance.add(b"\0two", name="cirros")
    assert f"{old}, {new}" in run(src=src)["msg"]
    result = run(src=src, select="newest")
    assert result["removed"] == [new]
    assert result["warnings"] == [f"2 images have the name cirros; {new} is meant, and left alone are {old}"]


def test_lookup_takes_two_requests_for_many_names(glance: FakeGlance, src: str) -> None:
    checksum = f"sha512:{hashlib.sha512(CONTENT).hexdigest()}"
    asked = [{"name": f"image-{number}", "src": src, "checksum": checksum} for number in range(2)]
    for one in asked:
        glance.add(CONTENT, name=one["name"])
    assert not run(images=asked)["changed"]
    assert glance.calls == ["GET /v2/images"] * 2


@pytest.mark.parametrize("name", ["cirros", "debian:12", 'a "quoted", name', "in:x"])
@pytest.mark.parametrize("others", [0, 1, 2])
def test_service_without_operators_in_filters_has_one_image_of_the_name(
    glance: FakeGlance, src: str, name: str, others: int
) -> None:
    glance.knows_operators = glance.knows_all = False
    for number in range(others):
        glance.add(b"other", name=f"other {number}", visibility="public")
    assert [run(name=name, src=src)["changed"] for _run in range(3)] == [True, False, False]
    assert len(glance.named(name)) == 1


@pytest.mark.parametrize("name", ["debian:12", 'a "quoted", name'])
def test_name_with_special_characters_is_found(glance: FakeGlance, src: str, name: str) -> None:
    assert [run(name=name, src=src)["changed"] for _run in range(2)] == [True, False]


def test_lookup_of_new_names_takes_few_requests(glance: FakeGlance, src: str) -> None:
    glance.add(b"other", name="other")
    run(True, images=[{"name": f"image-{number}", "src": src} for number in range(30)])
    assert glance.calls.count("GET /v2/images") == 4


PROTECTED = [("create", "update", "delete"), ("delete",), ("update", "delete")]


@pytest.mark.parametrize("protected", PROTECTED, ids=["all", "delete", "update and delete"])
@pytest.mark.parametrize("replace", ["delete", "rotate", "hide"])
def test_properties_of_the_module_may_be_refused(
    glance: FakeGlance, tmp_path: Path, protected: tuple[str, ...], replace: str
) -> None:
    glance.protected = protected
    file = tmp_path / "disk"
    ids = []
    for content in (CONTENT, CONTENT, CONTENT[::-1], CONTENT[::-1]):
        file.write_bytes(content)
        result = run(src=str(file), replace=replace, os_distro="debian")
        assert result.get("msg") is None
        ids.append(result["id"])
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert glance.data[ids[3]] == CONTENT[::-1]
    assert [image["name"] for image in glance.images.values()].count("cirros") == 1


def test_refused_properties_are_a_warning_and_a_leftover_is_removed(glance: FakeGlance, src: str) -> None:
    glance.protected = PROTECTED[0]
    leftover = glance.add(name="(upload of osops.glance) cirros", updated_at=moment(-9999))
    result = run(src=src)
    assert "property_protection_file" in result["warnings"][0]
    assert result["removed"] == [leftover]
    assert not [name for image in glance.images.values() for name in image if name.startswith("osops_")]


def test_record_is_stored_where_only_removals_are_refused(glance: FakeGlance, src: str) -> None:
    glance.protected = ("delete",)
    result = run(src=src)
    assert result["warnings"] == []
    assert "origin" in json.loads(result["image"]["osops_source"])
    assert result["image"]["osops_upload_of"] == "cirros"


def test_other_refusals_are_reported_as_they_are(glance: FakeGlance, src: str, monkeypatch: Any) -> None:
    refusal = {"message": "Attribute 'os_distro' is reserved."}
    monkeypatch.setattr(glance, "_post", lambda _none, json: answered(403, refusal))
    assert "answered 403: Attribute 'os_distro' is reserved." in run(src=src, os_distro="debian")["msg"]


def iso(hybrid: bool) -> bytes:
    content = bytearray(300 * 1024)
    content[0x8000:0x8006] = b"\x01CD001"
    if hybrid:
        content[510:512] = b"\x55\xaa"
    return bytes(content)


def strict(content: bytes) -> Any:
    """Answer as Glance 2025.1 and 2025.2 do to a hybrid ISO, whatever the format it is uploaded as."""
    if content[510:512] == b"\x55\xaa":
        return 415, None
    return 204, content


@pytest.mark.parametrize("disk_format", [None, "iso"])
def test_hybrid_iso_is_refused_before_all_of_it_is_sent(glance: FakeGlance, tmp_path: Path, disk_format: Any) -> None:
    file = tmp_path / "x.iso"
    file.write_bytes(iso(True))
    sent: list[int] = []
    glance.faults = [lambda content: (sent.append(len(content)), strict(content))[1]]
    message = run(src=str(file), disk_format=disk_format)["msg"]
    assert sent == [64 * 1024]
    assert "is a bootable (hybrid) ISO, and the Image service rejects its first 64 KiB" in message
    assert "require_image_format_match" in message
    assert glance.images == {}


def test_disk_with_a_contradicting_partition_table_is_refused_early(glance: FakeGlance, tmp_path: Path) -> None:
    file = tmp_path / "x.raw"
    file.write_bytes(bytes(510) + b"\x55\xaa" + bytes(300 * 1024))
    glance.faults = [strict]
    message = run(src=str(file))["msg"]
    assert "rejects its first 64 KiB: 415" in message
    assert "gpt_safety_checks_nonfatal: [mbr]" in message
    assert glance.images == {}


@pytest.mark.parametrize(("hybrid", "puts"), [(True, 2), (False, 1)], ids=["hybrid", "plain"])
def test_iso_is_uploaded_where_it_is_accepted(glance: FakeGlance, tmp_path: Path, hybrid: bool, puts: int) -> None:
    file = tmp_path / "x.iso"
    file.write_bytes(iso(hybrid))
    assert [run(src=str(file))["changed"] for _run in range(2)] == [True, False]
    assert glance.writes().count("PUT") == puts
    assert [image["size"] for image in glance.images.values()] == [300 * 1024]


def fips(patch: pytest.MonkeyPatch, keyword: bool) -> None:
    """Let this host refuse md5; as Python 3.9 on a host in FIPS mode does, or as one without the keyword."""
    new = hashlib.new

    def refusing(name: str, data: bytes = b"", **how: bool) -> Any:
        if how and not keyword:
            raise TypeError("'usedforsecurity' is an invalid keyword argument for new()")
        if name == "md5" and how.get("usedforsecurity", True):
            raise ValueError("[digital envelope routines] unsupported")
        return new(name, data, **how)

    patch.setattr(hashlib, "new", refusing)


@pytest.mark.parametrize("keyword", [True, False], ids=["Python 3.9", "older"])
def test_host_in_fips_mode_uploads_and_compares(
    glance: FakeGlance, src: str, monkeypatch: pytest.MonkeyPatch, keyword: bool
) -> None:
    glance.algorithm = None
    fips(monkeypatch, keyword)
    assert [run(src=src)["changed"] for _run in range(2)] == [True, False]
    md5 = "md5:" + hashlib.md5(CONTENT).hexdigest()
    assert not run(src=src, checksum=md5)["changed"]
    if keyword:
        assert not run(src=src, compare="hash")["changed"]


@pytest.mark.parametrize("option", ["checksum", "checksum_uncompressed"])
def test_host_in_fips_mode_does_not_trust_md5(
    glance: FakeGlance, src: str, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    fips(monkeypatch, True)
    message = run(src=src, **{option: "md5:" + hashlib.md5(CONTENT).hexdigest()})["msg"]
    assert message == (
        f"The checksum of the file {src} uses md5, which Python on this host refuses, as hosts in FIPS mode do for "
        "md5. Set a checksum of sha256 or sha512."
    )
    assert glance.writes() == []


# What becomes of the old one


@pytest.mark.parametrize(
    ("replace", "name", "hidden"),
    [
        pytest.param("rotate", f"cirros ({moment(1)})", False, id="rotate"),
        pytest.param("hide", f"cirros ({moment(1)})", True, id="hide"),
    ],
)
def test_old_image_is_kept(glance: FakeGlance, src: str, replace: str, name: str, hidden: bool) -> None:
    old = glance.add(b"\0old", name="cirros", protected=True, osops_source="stale")
    result = run(src=src, replace=replace)
    assert result["retired"] == [{"id": old, "name": name}]
    kept = {"name": name, "os_hidden": hidden, "protected": True, "osops_retired": "true"}
    assert kept.items() <= glance.images[old].items()
    assert not run(src=src, replace=replace)["changed"]


def test_so_many_copies_are_kept(glance: FakeGlance, tmp_path: Path) -> None:
    glance.add(CONTENT, name="a snapshot", osops_retired="true", osops_source='{"image": "id-9", "retired": "cirros"}')
    disk = tmp_path / "disk"
    for number in range(5):
        disk.write_bytes(bytes([0, number]))
        asked = {"src": str(disk), "replace": "rotate", "keep": 2}
        predicted = run(check_mode=True, **asked)
        result = run(**asked)
        assert predicted["diff"] == result["diff"]
        assert len(result["removed"]) == (number > 2)
        assert not run(**asked)["changed"]
    contents = {each["name"]: glance.data[key] for key, each in glance.images.items()}
    assert set(contents.values()) == {b"\0\2", b"\0\3", b"\0\4", CONTENT}
    assert contents["cirros"] == b"\0\4"


def test_never_means_that_other_content_fails(glance: FakeGlance, src: str) -> None:
    glance.add(b"\0old", name="cirros")
    assert "replace: never says to leave it" in run(src=src, replace="never")["msg"]
    assert glance.writes() == []


def test_old_image_with_members_is_kept_and_its_members_see_the_new_one(glance: FakeGlance, src: str) -> None:
    old = glance.add(b"\0old", name="cirros", visibility="shared")
    glance.members[old] = {"a": "accepted"}
    result = run(src=src)
    assert glance.members == {old: {"a": "accepted"}, result["id"]: {"a": "accepted"}}
    assert result["warnings"] == [f"The replaced image {old} has members; it is renamed and kept"]
    assert not run(src=src)["changed"]


def test_protected_image_is_removed_by_force(glance: FakeGlance, src: str) -> None:
    glance.add(b"\0old", name="cirros", protected=True)
    assert run(src=src, force=True)["action"] == "replace"
    assert run(state="absent")["failed"]
    assert run(state="absent", force=True)["action"] == "remove"


# Trouble on the way


@pytest.mark.parametrize(
    ("faults", "puts"),
    [
        pytest.param([lambda content: (503, None)], 2, id="503 after the body"),
        pytest.param([lambda content: (503, content)], 1, id="503 though all arrived"),
        pytest.param([Broken("cut"), Broken("cut")], 3, id="cut twice"),
        pytest.param([lambda content: (401, None)], 2, id="token expired"),
        pytest.param([lambda content: (429, None)], 2, id="too many requests"),
    ],
)
def test_passing_trouble_is_overcome(glance: FakeGlance, src: str, faults: Any, puts: int) -> None:
    glance.faults = faults
    result = run(src=src)
    assert glance.writes().count("PUT") == puts
    assert glance.writes().count("POST") == 1
    assert result["transfer"]["attempts"] == puts
    assert [glance.data[key] for key in glance.images] == [CONTENT]


def test_moment_that_the_service_names_is_waited_for(glance: FakeGlance, src: str, monkeypatch: Any) -> None:
    waited: list[float] = []
    monkeypatch.setattr(upload.Uploader, "_paused", lambda _uploader, seconds: bool(waited.append(seconds)))
    glance.faults = [lambda content: (429, None)]
    glance.headers = {"Retry-After": "7"}
    assert run(src=src)["action"] == "create"
    assert waited == [7]


def test_image_that_is_spoilt_is_begun_anew(glance: FakeGlance, src: str) -> None:
    glance.faults = [lambda content: (503, b"half")]
    assert run(src=src)["transfer"]["attempts"] == 2
    assert [glance.data[key] for key in glance.images] == [CONTENT]


def test_file_that_grows_is_read_again(glance: FakeGlance, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    # Its beginning is read when it is planned.
    content = CONTENT * 100
    disk.write_bytes(content)
    glance.after_post = lambda: disk.write_bytes(content[:-1])
    transfer = run(src=str(disk))["transfer"]
    assert (transfer["bytes"], transfer["attempts"]) == (len(content) - 1, 2)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        pytest.param(os.mkfifo, "is not a regular file", id="pipe"),
        pytest.param(lambda path: path.symlink_to("/dev/stdin"), "is not a regular file", id="standard input"),
        pytest.param(lambda path: path.symlink_to("nowhere"), "does not exist", id="link to nothing"),
        pytest.param(lambda path: path.touch(), "is empty", id="empty"),
    ],
)
def test_what_is_no_content_is_told(glance: FakeGlance, tmp_path: Path, make: Any, said: str) -> None:
    make(tmp_path / "disk")
    assert said in run(src=str(tmp_path / "disk"))["msg"]
    assert glance.writes() == []


def test_huge_file_is_not_read_to_be_planned_or_known_again(glance: FakeGlance, src: str) -> None:
    first = run(src=src)
    os.truncate(src, 2**40)
    assert run(src=src, check_mode=True)["action"] == "replace"
    glance.images[first["id"]]["osops_source"] = json.dumps(
        {"image": first["id"], "origin": file_source.FileSource(src, decompress="auto").origin}
    )
    assert not run(src=src)["changed"]


def test_link_to_a_file_is_that_file(glance: FakeGlance, src: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(src)
    created = run(src=str(tmp_path / "link"))
    assert glance.data[created["id"]] == CONTENT
    assert not run(src=src)["changed"]


def test_file_that_is_replaced_while_it_is_sent_is_sent_whole(glance: FakeGlance, tmp_path: Path) -> None:
    disk, other = tmp_path / "disk", tmp_path / "other"
    disk.write_bytes(CONTENT * 100)
    other.write_bytes(CONTENT[::-1] * 100)
    glance.after_post = lambda: os.replace(other, disk)
    first = run(src=str(disk))
    assert glance.data[first["id"]] in (CONTENT * 100, CONTENT[::-1] * 100)
    second = run(src=str(disk))
    assert glance.data[second["id"]] == CONTENT[::-1] * 100
    assert not run(src=str(disk))["changed"]


def test_progress_is_told_while_content_is_sent(glance: FakeGlance, src: str) -> None:
    seen: list[Any] = []

    @contextmanager
    def during(name: str, phase: str, size: int | None, done: Any) -> Any:
        seen.append((name, phase, size, done()))
        yield
        seen.append(done())

    resource = batch.ImageBatch(module(src=src))  # type: ignore[arg-type]
    plan = resource.plan()
    (job,) = resource._jobs
    job._desk = replace(job._desk, during=during)
    resource.apply(plan)
    assert seen == [("cirros", "", len(CONTENT), 0), len(CONTENT)]


def test_token_that_expires_soon_is_renewed_before_the_content_is_sent(glance: FakeGlance, src: str) -> None:
    glance.tokens = 0
    run(src=src)
    assert glance.tokens == 1


# Several runs


def test_upload_of_another_host_is_waited_for(glance: FakeGlance, src: str, monkeypatch: Any) -> None:
    other = glance.add(**draft("cirros", age=1))

    def finish(_seconds: float) -> bool:
        glance._store(other, CONTENT)
        glance.images[other].update(name="cirros", updated_at=moment())
        del glance.images[other]["osops_upload_of"], glance.images[other]["osops_upload_by"]
        return False

    resource = batch.ImageBatch(module(src=src))  # type: ignore[arg-type]
    monkeypatch.setattr(resource._stop, "wait", finish)
    plan = resource.apply(resource.plan())
    assert (plan.changed, resource.result(plan)["id"]) == (False, other)
    assert list(glance.images) == [other]


def test_upload_of_another_host_that_does_not_end_is_told(glance: FakeGlance, src: str) -> None:
    other = glance.add(**draft("cirros", age=1))
    message = run(src=src, timeout=0)["msg"]
    assert f"by another host or user did not end within 0 seconds (timeout): {other} (queued, changed " in message
    assert run(src=src, stale_after=0)["removed"] == [other]


@pytest.mark.parametrize("age", [1, -1], ids=["older", "begun to send"])
def test_run_that_was_not_first_makes_way(glance: FakeGlance, src: str, age: float) -> None:
    def begin() -> None:
        glance.add(**draft("cirros", age=age, status="queued" if age > 0 else "saving"))

    glance.after_post = begin
    assert "Another upload of the image cirros began earlier (id-2)" in run(src=src, timeout=0)["msg"]
    assert glance.writes() == ["POST", "DELETE"]
    assert [each["osops_upload_by"] for each in glance.images.values()] == [draft("x")["osops_upload_by"]]


def test_twin_that_was_published_in_the_meantime_is_taken(glance: FakeGlance, src: str) -> None:
    glance.after_post = lambda: glance.add(CONTENT, name="cirros")
    result = run(src=src)
    assert (result["changed"], list(glance.images)) == (False, [result["id"]])


def test_upload_of_a_killed_run_on_this_host_is_dead(glance: FakeGlance, src: str, tmp_path: Path) -> None:
    place = lock.UploadLock(str(tmp_path / "locks")).place
    left = glance.add(**draft("cirros", age=1, osops_upload_by=json.dumps({"place": place, "seconds": 60})))
    assert run(src=src)["removed"] == [left]


def states(glance: FakeGlance) -> list[Any]:
    """Return what can be seen of all images."""
    shown = ("name", "status", "visibility", "os_hidden", "p", "osops_retired", "osops_upload_of")
    return sorted(
        ([str(each.get(name)) for name in shown], glance.data.get(key), sorted(glance.members.get(key, {}).items()))
        for key, each in glance.images.items()
    )


@pytest.mark.parametrize("asked", [{"replace": "rotate", "keep": 1}, {"replace": "hide", "keep": 1}, {}], ids=str)
@pytest.mark.parametrize("old", [{"visibility": "shared"}, {"status": "deactivated"}], ids=str)
def test_run_that_is_killed_at_any_point_is_finished_by_the_next(
    glance: FakeGlance, src: str, asked: Any, old: Any
) -> None:
    def begin() -> None:
        glance.images, glance.data, glance.members, glance.made = {}, {}, {}, 0
        note = json.dumps({"image": "id-1", "retired": "cirros"})
        glance.add(b"\0older", name="cirros (before)", osops_retired="true", osops_source=note)
        there = glance.add(b"\0old", name="cirros", p="1")
        glance.images[there].update(old)
        glance.members[there] = {"a": "accepted", "b": "rejected"} if "visibility" in old else {}

    begin()
    run(src=src, **asked)
    whole, expected = len(glance.calls), states(glance)
    for lives in range(1, whole):
        begin()
        glance.lives = lives
        with pytest.raises(Killed):
            run(src=src, **asked)
        glance.lives = -1
        run(src=src, **asked)
        assert states(glance) == expected, lives
        assert not run(src=src, **asked)["changed"]


def test_run_that_is_told_to_end_takes_back_what_it_began(glance: FakeGlance, src: str) -> None:
    glance.faults = [lambda content: signal.raise_signal(signal.SIGTERM)]
    resource = batch.ImageBatch(module(src=src))  # type: ignore[arg-type]
    plan = resource.plan()
    with pytest.raises(SystemExit):
        resource.apply(plan)
    assert glance.images == {}
    assert glance.writes() == ["POST", "PUT", "DELETE"]


# Many images


def test_failure_of_one_does_not_stop_the_others(glance: FakeGlance, src: str) -> None:
    asked = [{"name": "one", "src": src}, {"name": "two", "src": "/nowhere"}, {"name": "three", "src": src}]
    result = run(images=asked)
    assert result["msg"] == (
        "1 of 3 images failed; the others are done:\n- image two: The file /nowhere does not exist on the host"
    )
    assert result["changed"]
    assert [each["action"] for each in result["images"]] == ["create", "fail", "create"]
    assert sorted(each["name"] for each in glance.images.values()) == ["one", "three"]


def test_each_image_has_its_result(glance: FakeGlance, src: str) -> None:
    glance.add(CONTENT, name="one")
    asked = [{"name": "one", "src": src}, {"name": "two", "src": src}, {"name": "gone", "state": "absent"}]
    predicted = run(check_mode=True, images=asked)
    result = run(images=asked)
    assert predicted["diff"] == result["diff"]
    assert [(each["name"], each["action"]) for each in result["images"]] == [
        ("one", "none"),
        ("two", "create"),
        ("gone", "none"),
    ]
    assert result["images"][1]["transfer"]["bytes"] == len(CONTENT)
    assert not run(images=asked)["changed"]


def test_images_are_uploaded_at_the_same_time(glance: FakeGlance, src: str) -> None:
    together = threading.Barrier(2, timeout=10)

    def wait(content: bytes) -> tuple[int, bytes]:
        together.wait()
        return 204, content

    glance.faults = [wait, wait]
    assert run(images=[{"name": "one", "src": src}, {"name": "two", "src": src}], parallel=2)["changed"]


def test_no_images_need_no_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(images=[])["images"] == []


def test_image_is_listed_once(glance: FakeGlance) -> None:
    assert "The image one is listed twice" in run(images=[{"name": "one"}, {"name": "one"}])["msg"]


def test_role_takes_what_the_module_takes() -> None:
    taken = argument_specs()["glance"]["glance_images"]["options"]
    assert taken.keys() == image.IMAGE_OPTIONS.keys()
    for name, option in image.IMAGE_OPTIONS.items():
        for part in ("type", "choices", "elements"):
            assert sorted(taken[name].get(part, "")) == sorted(option.get(part, "")), name


def test_documentation_has_every_option() -> None:
    documented = yaml.safe_load(image.DOCUMENTATION)["options"]
    assert documented.keys() == image.OPTIONS.keys()
    assert documented["images"]["suboptions"].keys() == image.IMAGE_OPTIONS.keys()


def test_converted_content_is_looked_at_before(
    glance: FakeGlance, src: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin/qemu-img"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\ncp "$6" "$7"; echo converted >> "$7"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    work = tmp_path / "work"
    work.mkdir()
    asked = {"src": src, "convert": "qcow2", "convert_directory": str(work)}
    predicted = run(check_mode=True, **asked)
    assert (predicted["changed"], list(work.iterdir()), glance.writes()) == (True, [], [])
    done = run(**asked)
    assert (done["image"]["disk_format"], done["transfer"]["bytes"]) == ("qcow2", len(CONTENT) + len("converted\n"))
    assert list(work.iterdir()) == []
    assert not run(**asked)["changed"]
