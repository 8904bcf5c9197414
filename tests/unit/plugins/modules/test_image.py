# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils import _module
from ansible_collections.osops.glance.plugins.module_utils._cloud import Service
from ansible_collections.osops.glance.plugins.module_utils._content import SEND_ONCE
from ansible_collections.osops.glance.plugins.modules import image

ME = "project-of-mine"
CONTENT = b"\0" + bytes(range(256)) * 100
PAGE = 2  # images in one answer
SEEN = {"all": ("public", "private", "shared", "community"), "any": ("public", "private", "shared")}
FIXED = {"status": "queued", "size": None, "checksum": None, "os_hash_algo": None, "os_hash_value": None}
DEFAULTS = {"visibility": "shared", "protected": False, "os_hidden": False, "min_disk": 0, "min_ram": 0, "tags": []}


class Killed(BaseException):
    """What ends a process that is told to end."""


class FakeGlance:
    """The part of the Image API that the module uses, as an adapter of keystoneauth shows it."""

    service_type = "image"

    def __init__(self) -> None:
        self.images: dict[str, dict[str, Any]] = {}
        self.data: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.made = 0
        self.in_catalog = True
        self.knows_all = True
        self.algorithm: str | None = "sha512"
        self.in_use: set[str] = set()
        self.fault: Any = None  # what becomes of the data of a PUT: (status, data that is kept), or an exception

    def get_endpoint(self) -> str | None:
        return "http://glance:9292" if self.in_catalog else None

    def add(self, content: bytes | None = None, **attributes: Any) -> str:
        self.made += 1
        new = f"id-{self.made}"
        formats = {"disk_format": "raw", "container_format": "bare", "owner": ME, "created_at": new}
        self.images[new] = {**FIXED, **DEFAULTS, **formats, **attributes, "id": new}
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
        self.images[image_id].update(facts)
        if self.algorithm:
            digest = hashlib.new(self.algorithm, content).hexdigest()
            self.images[image_id].update(os_hash_algo=self.algorithm, os_hash_value=digest)

    def request(self, path: str, method: str, **arguments: Any) -> SimpleNamespace:
        assert not arguments.pop("raise_exc")
        self.calls.append(f"{method} {path}")
        image_id, _slash, file = path.replace("/v2/images", "").strip("/").partition("/")
        if image_id and image_id not in self.images:
            return answered(404, {})
        return getattr(self, f"_{method.lower()}{'_file' if file else ''}")(image_id, **arguments)

    def _get(self, image_id: str, params: Any = None) -> SimpleNamespace:
        if image_id:
            return answered(200, self.images[image_id])
        query = dict(params)
        visibility = query.pop("visibility", "any")
        if visibility == "all" and not self.knows_all:
            return answered(400, {})
        hidden = query.pop("os_hidden", "false") == "true"
        marker = query.pop("marker", None)
        found = [
            each
            for each in self.images.values()
            if each["os_hidden"] is hidden
            and (
                visibility in ("all", each["visibility"]) or (visibility == "any" and each["visibility"] != "community")
            )
            and all(str(each.get(name, "")).lower() == value.lower() for name, value in query.items())
        ]
        start = [each["id"] for each in found].index(marker) + 1 if marker else 0
        more = {"next": "more"} if len(found) > start + PAGE else {}
        return answered(200, {"images": found[start : start + PAGE], **more})

    def _get_file(self, image_id: str, stream: bool) -> SimpleNamespace:
        assert stream
        return SimpleNamespace(status_code=200, iter_content=lambda _size: [self.data[image_id]])

    def _post(self, _none: str, json: dict[str, Any]) -> SimpleNamespace:
        return answered(201, dict(self.images[self.add(**json)]))

    def _put_file(
        self, image_id: str, data: Any, headers: dict[str, str], timeout: int, **once: Any
    ) -> SimpleNamespace:
        assert once == SEND_ONCE
        assert timeout > 0
        assert headers.get("X-OpenStack-Image-Size", "0") == str(getattr(data, "len", 0))
        assert self.images[image_id]["visibility"] == "private"
        content = b"".join(data)
        if isinstance(self.fault, BaseException):
            raise self.fault  # pylint: disable=raising-bad-type
        status, kept = self.fault(content) if self.fault else (204, content)
        if kept is not None:
            self._store(image_id, kept)
        return answered(status, {})

    def _patch(self, image_id: str, data: str, headers: dict[str, str]) -> SimpleNamespace:
        assert headers["Content-Type"] == "application/openstack-images-v2.1-json-patch"
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


def answered(status: int, body: Any) -> SimpleNamespace:
    return SimpleNamespace(
        status_code=status, json=lambda: body, headers={}, url="http://glance/v2", text="", reason=""
    )


class FakeCloud:
    def __init__(self, glance: FakeGlance) -> None:
        self._glance = glance
        self.session = SimpleNamespace(get_project_id=lambda: ME)

    def authenticate(self) -> None: ...

    def service(self, service_type: str) -> Service:
        assert service_type == "image"
        return Service(self._glance, (OSError,))


class Ended(Exception):
    pass


class FakeModule:
    def __init__(self, check_mode: bool, **given: Any) -> None:
        defaults = {name: option.get("default") for name, option in image.OPTIONS.items()}
        self.params = {**defaults, "name": "cirros", **given}
        self.check_mode = check_mode
        self.no_log_values: set[str] = set()
        self.warnings: list[str] = []
        self.ended: dict[str, Any] = {}

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def exit_json(self, **result: Any) -> None:
        self.ended = result
        raise Ended

    def fail_json(self, **result: Any) -> None:
        self.ended = {"failed": True, "changed": False, **result}
        raise Ended


@pytest.fixture
def glance(monkeypatch: pytest.MonkeyPatch) -> FakeGlance:
    fake = FakeGlance()
    monkeypatch.setattr(image, "connect", lambda _module: FakeCloud(fake))
    return fake


@pytest.fixture
def src(tmp_path: Path) -> str:
    (tmp_path / "x").write_bytes(CONTENT)
    return str(tmp_path / "x")


def run(check_mode: bool = False, **given: Any) -> dict[str, Any]:
    module = FakeModule(check_mode, **given)
    with pytest.raises(Ended):
        _module.run(module, image.ImageOfName)  # type: ignore[arg-type]
    return {**module.ended, "warnings": module.warnings}


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
    assert not [name for name in created if name.startswith("osops")]
    assert glance.writes() == ["POST", "PUT", "PATCH"]
    glance.calls.clear()
    again = run(**asked)
    assert (again["changed"], again["action"], again["id"]) == (False, "none", created["id"])
    assert (glance.writes(), len(glance.calls)) == ([], 3)


CASES = [
    pytest.param(None, {}, id="create"),
    pytest.param({"content": CONTENT, "visibility": "public"}, {"visibility": "private"}, id="update"),
    pytest.param({"content": CONTENT}, {}, id="none"),
    pytest.param({"content": b"\0old", "p": "1"}, {"properties": {"q": 1}}, id="replace"),
    pytest.param({"content": CONTENT}, {"state": "absent"}, id="remove"),
    pytest.param({"name": "x", "osops_upload_of": "cirros"}, {"visibility": "public"}, id="unfinished upload"),
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
    assert f"but {old}, which it replaces, could not be removed" in run(src=src)["msg"]
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        pytest.param(lambda content: (503, None), "answered 503", id="503 after the body"),
        pytest.param(lambda content: (204, None), "is queued, not active", id="204 and nothing stored"),
        pytest.param(lambda content: (204, b""), "service holds 0", id="an empty image"),
        pytest.param(lambda content: (204, content[:-1]), f"holds {len(CONTENT) - 1}", id="one byte less"),
        pytest.param(lambda content: (204, b"\1" + content[1:]), "but the service holds", id="one bit flipped"),
        pytest.param(OSError("Connection reset by peer"), "got no answer: Connection reset", id="connection cut"),
    ],
)
@pytest.mark.parametrize("previous", [None, b"\0old"], ids=["new", "replaced"])
def test_failed_upload_leaves_everything_as_it_was(
    glance: FakeGlance, src: str, previous: bytes | None, fault: Any, said: str
) -> None:
    if previous:
        glance.add(previous, name="cirros", visibility="public")
    before = json.dumps(glance.images)
    glance.fault = fault
    result = run(src=src)
    assert said in result["msg"]
    assert result["msg"].endswith("is removed")
    assert json.dumps(glance.images) == before
    assert glance.writes().count("PUT") == 1


def test_wrong_checksum_leaves_nothing(glance: FakeGlance, src: str) -> None:
    assert "not sha256:0000" in run(src=src, checksum="sha256:" + "0" * 64)["msg"]
    assert glance.images == {}


def test_interrupted_upload_is_taken_back(glance: FakeGlance, src: str) -> None:
    glance.fault = Killed()
    resource = image.ImageOfName(FakeModule(False, src=src))  # type: ignore[arg-type]
    plan = resource.plan()
    with pytest.raises(Killed):
        resource.apply(plan)
    assert glance.images == {}


def test_leftover_of_a_killed_run_is_removed(glance: FakeGlance, src: str) -> None:
    mine = glance.add(name="(upload of osops.glance) cirros", osops_upload_of="cirros")
    other = glance.add(name="(upload of osops.glance) fedora", osops_upload_of="fedora")
    theirs = glance.add(name="(upload of osops.glance) cirros", osops_upload_of="cirros", owner="another")
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
    module = FakeModule(False, url="http://user:s3cret@host/x")
    image.ImageOfName(module)  # type: ignore[arg-type]
    assert module.no_log_values == {"s3cret"}


def test_absent_image_is_removed_once(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros")
    glance.add(None, name="cirros", os_hidden=True)
    assert (run(state="absent")["action"], glance.images) == ("remove", {})
    assert run(state="absent")["changed"] is False
