# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content import file_source
from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum, parse_checksum
from ansible_collections.osops.glance.plugins.module_utils._content.convert import ConvertedSource
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image import model as plans
from ansible_collections.osops.glance.plugins.module_utils._image import planner as steps
from ansible_collections.osops.glance.plugins.module_utils._image.model import Desired

CONTENT = b"\0content"
SHA512 = hashlib.sha512(CONTENT).hexdigest()
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT).hexdigest()
OTHER = hashlib.sha256(b"other").hexdigest()


def image(**attributes: Any) -> dict[str, Any]:
    return {
        "id": "1",
        "name": "cirros",
        "owner": "me",
        "status": "active",
        "size": len(CONTENT),
        "checksum": MD5,
        "os_hash_algo": "sha512",
        "os_hash_value": SHA512,
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "public",
        "protected": False,
        "os_hidden": False,
        "min_disk": 0,
        "min_ram": 0,
        "tags": [],
        "created_at": "2026-01-01",
        **attributes,
    }


def note(**noted: str) -> dict[str, str]:
    return {"osops_source": json.dumps({"image": "1", **noted})}


def desired(**asked: Any) -> Desired:
    return Desired(name="cirros", attributes=asked.pop("attributes", {}), **asked)


def params(**given: Any) -> dict[str, Any]:
    names = [*plans.ATTRIBUTES, "properties", "checksum", "disk_format", "container_format"]
    return {**dict.fromkeys(names), "name": "cirros", **given}


@pytest.fixture
def file(tmp_path: Path) -> FileSource:
    (tmp_path / "x").write_bytes(CONTENT)
    return FileSource(str(tmp_path / "x"))


class FakeUrl(UrlSource):
    def __init__(self, origin: str) -> None:
        super().__init__("http://host/x")
        self.size = None
        self.origin, self.validator = origin, None

    def matches_origin(self, *recorded: str) -> bool:
        return self.origin in recorded

    def _read(self) -> Any:
        yield CONTENT


class Untouchable(FileSource):
    def _read(self) -> Any:
        raise AssertionError("the file was read")


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests have written a moment ago counts as old."""
    monkeypatch.setattr(file_source, "has_reliable_times", lambda _status: True)


def test_only_what_is_given_is_wanted() -> None:
    assert plans.wanted(params()).attributes == {}


def test_options_are_wanted_by_the_names_of_the_api() -> None:
    given = {"hidden": True, "min_disk": 0, "tags": ["b", "a", "b"], "visibility": "shared"}
    assert plans.wanted(params(**given)).attributes == {
        "os_hidden": True,
        "min_disk": 0,
        "tags": ["a", "b"],
        "visibility": "shared",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (5, "5"), (1.5, "1.5"), ("True", "True"), ("", ""), (None, None)],
)
def test_properties_are_strings(value: Any, text: str | None) -> None:
    assert plans.wanted(params(properties={"p": value})).attributes == {"p": text}


@pytest.mark.parametrize("name", ["size", "visibility", "os_hidden", "osops_source", "osops_upload_of", "owner"])
def test_what_is_no_property_cannot_be_set_as_one(name: str) -> None:
    with pytest.raises(GlanceError, match=name):
        plans.wanted(params(properties={name: "x"}))


@pytest.mark.parametrize(
    ("attributes", "operations"),
    [
        pytest.param({}, [], id="nothing"),
        pytest.param({"visibility": "public", "tags": [], "p": "1", "os_hidden": False}, [], id="as it is"),
        pytest.param({"gone": None}, [], id="removing what is not there"),
        pytest.param({"p": None}, [{"op": "remove", "path": "/p"}], id="property removed"),
        pytest.param({"q": "1"}, [{"op": "add", "path": "/q", "value": "1"}], id="property added"),
        pytest.param({"p": "2"}, [{"op": "replace", "path": "/p", "value": "2"}], id="property changed"),
        pytest.param({"a/b~c": "1"}, [{"op": "add", "path": "/a~1b~0c", "value": "1"}], id="name with slash and tilde"),
        pytest.param({"tags": ["x"]}, [{"op": "replace", "path": "/tags", "value": ["x"]}], id="tags"),
        pytest.param(
            {"visibility": "private", "protected": True},
            [
                {"op": "replace", "path": "/protected", "value": True},
                {"op": "replace", "path": "/visibility", "value": "private"},
            ],
            id="attributes, in one patch",
        ),
    ],
)
def test_patch_is_minimal(attributes: dict[str, Any], operations: list[dict[str, Any]]) -> None:
    assert plans.patch(image(p="1"), attributes) == operations


def test_order_of_tags_does_not_matter() -> None:
    assert plans.patch(image(tags=["b", "a"]), {"tags": ["a", "b"]}) == []


def test_release_without_hidden_images_hides_none() -> None:
    old = {name: value for name, value in image().items() if name != "os_hidden"}
    assert plans.patch(old, {"os_hidden": False}) == []


@pytest.mark.parametrize(
    ("existing", "asked", "same"),
    [
        pytest.param(image(), {"checksum": f"sha512:{SHA512}"}, True, id="hash of the service"),
        pytest.param(image(), {"checksum": f"md5:{MD5}"}, True, id="md5 of the service"),
        pytest.param(image(), {"checksum": f"md5:{'0' * 32}"}, False, id="another md5"),
        pytest.param(image(**note(checksum=f"sha256:{SHA256}")), {"checksum": f"sha256:{SHA256}"}, True, id="noted"),
        pytest.param(
            image(**note(checksum=f"sha256:{OTHER}")), {"checksum": f"sha256:{SHA256}"}, False, id="noted other"
        ),
        pytest.param(image(), {"disk_format": "qcow2"}, False, id="other format"),
        pytest.param(image(), {"container_format": "ova"}, False, id="other container"),
    ],
)
def test_known_digests_decide_without_reading(existing: Any, asked: Any, same: bool) -> None:
    if "checksum" in asked:
        asked["checksum"] = parse_checksum(asked["checksum"])
    assert plans.same_content(existing, desired(**asked), Untouchable("/x")) is same


@pytest.mark.parametrize(
    ("existing", "same"),
    [
        pytest.param(image(), True, id="same"),
        pytest.param(image(os_hash_algo="sha256", os_hash_value=SHA256), True, id="same by another algorithm"),
        pytest.param(image(os_hash_value="0" * 128), False, id="one bit differs"),
        pytest.param(image(os_hash_algo=None, os_hash_value=None), True, id="md5 of an old release"),
        pytest.param(image(os_hash_algo=None, os_hash_value=None, checksum=None), False, id="nothing is known"),
        pytest.param(image(os_hash_algo="md6", os_hash_value="1"), True, id="algorithm that python lacks"),
        pytest.param(image(size=None, checksum=None, os_hash_value=None, status="queued"), False, id="no content yet"),
    ],
)
def test_file_is_compared_by_its_digest(file: FileSource, existing: Any, same: bool) -> None:
    assert plans.same_content(existing, desired(), file) is same


def test_file_of_another_size_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"longer than the content")
    assert not plans.same_content(image(), desired(), Untouchable(str(tmp_path / "x")))


def test_checksum_that_the_service_does_not_know_is_checked_on_the_way(file: FileSource) -> None:
    right, wrong = parse_checksum(f"sha256:{SHA256}"), parse_checksum(f"sha256:{OTHER}")
    assert plans.same_content(image(), desired(checksum=right), FileSource(file.path, right))
    with pytest.raises(GlanceError, match=f"not sha256:{OTHER}"):
        plans.same_content(image(), desired(checksum=wrong), FileSource(file.path, wrong))


def compressed(tmp_path: Path) -> Path:
    path = tmp_path / "disk.gz"
    path.write_bytes(gzip.compress(CONTENT))
    return path


def sum_of(path: Path) -> Checksum:
    return Checksum("sha256", hashlib.sha256(path.read_bytes()).hexdigest())


def test_decompressed_content_is_compared_with_the_image(tmp_path: Path) -> None:
    source = FileSource(str(compressed(tmp_path)), decompress="auto")
    assert plans.same_content(image(), desired(), source)
    assert not plans.same_content(image(os_hash_value="0" * 128), desired(), source)


def test_checksum_of_what_was_delivered_is_noted_where_that_is_something_else(tmp_path: Path) -> None:
    path = compressed(tmp_path)
    wanted = desired(checksum=sum_of(path), checksum_uncompressed=parse_checksum(f"sha256:{SHA256}"))
    source = FileSource(str(path), wanted.checksum, wanted.checksum_uncompressed, decompress="auto")
    noted = steps.source_note(None, wanted, source)
    assert noted == {
        "delivered": str(wanted.checksum),
        "checksum": f"sha256:{SHA256}",
        "origin": source.origin,
    }
    assert plans.same_content(image(**note(**noted)), wanted, None)
    assert not plans.same_content(image(**note(delivered=f"sha256:{OTHER}")), wanted, None)


def test_converted_content_is_known_by_its_original(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(CONTENT)
    source = ConvertedSource(FileSource(str(path)), "qcow2", str(tmp_path))
    noted = steps.source_note(None, desired(), source)
    assert noted == {"delivered": f"sha256:{SHA256}", "converted": "qcow2", "origin": source.original.origin}
    existing = image(os_hash_value="0" * 128, **note(**noted))
    assert plans.same_content(existing, desired(compare="hash"), source)
    assert plans.same_content(existing, desired(), ConvertedSource(Untouchable(str(path)), "qcow2", str(tmp_path)))
    assert not plans.same_content(existing, desired(), FileSource(str(path)))


def test_checksum_of_what_is_converted_is_not_compared_with_the_result(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(b"another format")
    wanted = desired(checksum_uncompressed=parse_checksum(f"sha512:{SHA512[::-1]}"))
    source = ConvertedSource(FileSource(str(path)), "raw", str(tmp_path))
    noted = steps.source_note(None, wanted, source)
    assert plans.same_content(image(**note(**noted)), wanted, source)
    other = desired(checksum_uncompressed=parse_checksum(f"sha512:{SHA512}"))
    assert not plans.same_content(image(**note(**noted)), other, source)


def test_file_that_shows_no_change_is_not_read(file: FileSource) -> None:
    existing = image(**note(**steps.source_note(None, desired(), file)))
    unread = Untouchable(file.path, decompress="auto")
    with pytest.raises(AssertionError, match="was read"):
        plans.same_content(existing, desired(), unread)
    existing = image(**note(**steps.source_note(None, desired(), unread)))
    assert plans.same_content(existing, desired(), Untouchable(file.path, decompress="auto"))


@pytest.mark.parametrize(
    ("asked", "changes"),
    [
        pytest.param({"compare": "hash"}, lambda path: None, id="asked to"),
        pytest.param({"checksum": f"sha256:{SHA256}"}, lambda path: None, id="checksum that nobody has checked"),
        pytest.param({}, lambda path: path.write_bytes(CONTENT), id="written"),
        pytest.param({}, lambda path: path.chmod(0o600), id="other mode"),
        pytest.param({}, lambda path: replace(path, CONTENT), id="another file"),
        pytest.param({}, lambda path: os.utime(path, (0, 0)), id="other time"),
        pytest.param({}, lambda path: predicted(path, CONTENT), id="same size and time"),
    ],
)
def test_file_is_read_where_something_shows_a_change(
    file: FileSource, asked: dict[str, Any], changes: Callable[[Path], Any]
) -> None:
    existing = image(**note(**steps.source_note(None, desired(), file)))
    while time.time() - os.stat(file.path).st_ctime < file_source.TIME_STEP:
        time.sleep(0.01)
    changes(Path(file.path))
    if "checksum" in asked:
        asked["checksum"] = parse_checksum(asked["checksum"])
    with pytest.raises(AssertionError, match="was read"):
        plans.same_content(existing, desired(**asked), Untouchable(file.path, asked.get("checksum")))


def replace(path: Path, content: bytes) -> None:
    other = path.with_name("other")
    other.write_bytes(content)
    other.rename(path)


def predicted(path: Path, content: bytes) -> None:
    """Write to the file, and set its time back."""
    times = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_image_of_which_no_digest_is_known_is_known_by_its_source(file: FileSource) -> None:
    unknown = {"checksum": None, "os_hash_algo": None, "os_hash_value": None}
    assert plans.same_content(image(**unknown, **note(**steps.source_note(None, desired(), file))), desired(), file)
    assert not plans.same_content(image(**unknown), desired(), file)


def test_file_that_was_just_changed_is_not_known_by_its_times(
    file: FileSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_source, "has_reliable_times", lambda _status: False)
    assert steps.source_note(None, desired(), file) == {}


@pytest.mark.parametrize(
    ("existing", "same"),
    [
        pytest.param(image(**note(origin="abc")), True, id="same"),
        pytest.param(image(**note(origin="xyz")), False, id="other"),
        pytest.param(image(), True, id="not noted, same hash"),
        pytest.param(image(os_hash_value="0" * 128), False, id="not noted, other hash"),
        pytest.param(image(osops_source="no json"), True, id="spoilt note, same hash"),
        pytest.param(
            image(id="2", os_hash_value="0" * 128, **note(origin="abc")),
            False,
            id="note of the image that a snapshot was made of",
        ),
    ],
)
def test_url_is_compared_by_its_origin_or_its_content(existing: Any, same: bool) -> None:
    assert plans.same_content(existing, desired(), FakeUrl("abc")) is same


OLD, NEW = image(id="1", created_at="2025"), image(id="2", created_at="2026", os_hash_value="0" * 128, checksum="0")


@pytest.mark.parametrize(
    ("images", "chosen", "same"),
    [
        pytest.param([], None, False, id="none"),
        pytest.param([NEW], "2", False, id="one with other content"),
        pytest.param([OLD], "1", True, id="one with the content"),
        pytest.param([NEW, OLD], "1", True, id="the one with the content"),
        pytest.param([{**OLD, "id": "3", "created_at": "2026"}, OLD], "1", True, id="the oldest of equals"),
    ],
)
def test_image_is_chosen_by_its_content(file: FileSource, images: Any, chosen: str | None, same: bool) -> None:
    found, has_content, _warnings = plans.choose(images, desired(), file)
    assert (found and found["id"], has_content) == (chosen, same)


def test_several_images_without_the_content_are_listed(file: FileSource) -> None:
    with pytest.raises(GlanceError, match="2 images .* none has the wanted content: 2, 3"):
        plans.choose([NEW, {**NEW, "id": "3"}], desired(), file)


def test_several_images_and_no_word_of_content_are_listed() -> None:
    with pytest.raises(GlanceError, match="nothing tells which of them is meant: 1, 2"):
        plans.choose([NEW, OLD], desired(), None)


def test_image_that_was_replaced_is_found() -> None:
    new = image(id="2", osops_source=json.dumps({"image": "2", "replaces": "1"}))
    assert [found["id"] for found in plans.superseded([image(id="1"), new, image(id="3")])] == ["1"]


def test_update_shows_what_differs_only() -> None:
    (step,) = steps.update(image(p="1"), desired(attributes={"p": None, "min_ram": 64, "visibility": "public"}))
    assert (step.action, step.before, step.after) == ("update", {"p": "1", "min_ram": 0}, {"p": None, "min_ram": 64})


def test_image_that_is_as_wanted_needs_no_step() -> None:
    assert steps.update(image(), desired(attributes={"visibility": "public"})) == ()


def test_new_image_is_private_unless_told(file: FileSource) -> None:
    step = steps.upload(None, desired(attributes={"p": "1", "gone": None}), file, "raw")
    assert step.before is None
    assert step.after == {
        "content": f"{file.name}, 8 bytes",
        "disk_format": "raw",
        "container_format": "bare",
        "visibility": "private",
        "p": "1",
    }


def test_new_content_takes_the_attributes_over(file: FileSource) -> None:
    previous = image(
        min_ram=64,
        tags=["a"],
        p="1",
        q="2",
        **{"owner_specified.openstack.md5": "x", "img_signature": "x", "os_glance_importing_to_stores": "", **note()},
    )
    step = steps.upload(previous, desired(attributes={"q": None, "protected": True}), file, "qcow2")
    assert step.arguments
    assert step.arguments["attributes"] == {
        "visibility": "public",
        "protected": True,
        "os_hidden": False,
        "min_disk": 0,
        "min_ram": 64,
        "owner": "me",
        "tags": ["a"],
        "p": "1",
    }
    assert step.before == {
        "content": f"8 bytes, sha512:{SHA512}",
        "disk_format": "raw",
        "protected": False,
        "q": "2",
    }
    assert step.after == {"content": f"{file.name}, 8 bytes", "disk_format": "qcow2", "protected": True}


def test_unfinished_image_is_private_and_says_what_it_is() -> None:
    attributes = {"visibility": "public", "protected": True, "os_hidden": True, "p": "1", "tags": ["a"]}
    assert steps.draft("cirros", {"disk_format": "raw", "container_format": "bare"}, attributes, {"place": "here"}) == {
        "name": "(upload of osops.glance) cirros",
        "osops_upload_of": "cirros",
        "osops_upload_by": '{"place": "here"}',
        "visibility": "private",
        "disk_format": "raw",
        "container_format": "bare",
        "p": "1",
        "tags": ["a"],
    }
    assert len(steps.draft("x" * 255, {}, {}, {})["name"]) == 255


@pytest.mark.parametrize(
    ("asked", "source", "noted"),
    [
        pytest.param({}, None, None, id="nothing shows a change of the source"),
        pytest.param({}, "abc", {"image": "1", "origin": "abc"}, id="origin"),
        pytest.param({"checksum": f"sha512:{SHA512}"}, None, None, id="checksum that the service knows"),
        pytest.param(
            {"checksum": f"sha256:{SHA256}"},
            "abc",
            {"image": "1", "checksum": f"sha256:{SHA256}", "origin": "abc"},
            id="checksum that it does not know",
        ),
    ],
)
def test_only_what_the_image_cannot_show_is_noted(asked: Any, source: Any, noted: Any) -> None:
    wanted = desired(checksum=parse_checksum(asked["checksum"]) if asked else None)
    note = steps.source_note(None, wanted, FakeUrl(source))
    published = steps.publication(image(), wanted, {"visibility": "public"}, note)
    assert (json.loads(published["osops_source"]) if noted else published["osops_source"]) == noted
    assert (published["name"], published["osops_upload_of"]) == ("cirros", None)


@pytest.mark.parametrize(
    ("held", "said"),
    [
        pytest.param({"status": "queued"}, "is queued, not active", id="status"),
        pytest.param({"size": 7}, "8 bytes were sent, but the service holds 7", id="size"),
        pytest.param({"os_hash_value": "0" * 128}, "the service holds 000", id="hash"),
        pytest.param({"checksum": "0" * 32}, "the service holds 000", id="md5"),
    ],
)
def test_upload_is_verified(held: dict[str, Any], said: str) -> None:
    def verify(found: dict[str, Any]) -> None:
        steps.verify_size(found, 8)
        steps.verify_digests(plans.known_digests(found), {"sha512": SHA512, "md5": MD5})

    verify(image())
    with pytest.raises(GlanceError, match=said):
        verify(image(**held))


@pytest.mark.parametrize(
    ("created", "used"),
    [({"os_hash_algo": None}, {"sha512"}), ({}, {"md5"})],
    ids=["since Rocky", "before"],
)
def test_hash_is_the_one_that_the_release_has(created: dict[str, Any], used: set[str]) -> None:
    assert steps.algorithms(created) == used


def test_protected_image_is_removed_only_if_told() -> None:
    protected = image(protected=True)
    with pytest.raises(GlanceError, match="protected, so it cannot be removed; give protected: false or force: true"):
        steps.absent([protected], desired())
    assert len(steps.absent([protected], desired(attributes={"protected": False}))) == 1


def test_image_of_another_project_is_not_replaced() -> None:
    with pytest.raises(GlanceError, match="belongs to the project me"):
        steps.refuse_replacing(image(), desired(), {"you"}, has_members=False)


def test_administrator_does_not_take_what_others_keep_for_themselves() -> None:
    found = [image(id=kind, visibility=kind) for kind in ("public", "private", "shared", "community")]
    assert [each["id"] for each in plans.offered(found)] == ["public", "community"]
    assert plans.own(found, {"you"}) == []


@pytest.mark.parametrize(
    ("names", "filters"),
    [
        pytest.param(["a,b"], ['in:"a,b"'], id="comma"),
        pytest.param(["in:a"], ['in:"in:a"'], id="operator"),
        pytest.param(["b", "a", "b"], ['in:"a","b"'], id="several"),
        pytest.param(['a"b', "c"], ['eq:a"b', 'in:"c"'], id="quote"),
        pytest.param([], [], id="none"),
    ],
)
def test_names_are_asked_for_together(names: list[str], filters: list[str]) -> None:
    assert list(plans.name_filters(names)) == filters


def test_no_query_is_too_long() -> None:
    filters = list(plans.name_filters(f"{number:0200d}" for number in range(40)))
    assert (len(filters), max(map(len, filters)) < plans.LONGEST_QUERY) == (4, True)


@pytest.mark.parametrize(
    ("asked", "after"),
    [
        pytest.param(
            {"tags": ["c", "a"], "tags_mode": "merge"}, {"tags": ["a", "b", "c"]}, id="tags come to the others"
        ),
        pytest.param({"tags": []}, {"tags": []}, id="no tags"),
        pytest.param({"properties": {}, "properties_mode": "replace"}, {"p": None}, id="no properties"),
        pytest.param(
            {"properties": {"q": 1}, "properties_mode": "replace", "architecture": "x86_64"},
            {"p": None, "q": "1", "architecture": "x86_64"},
            id="these properties",
        ),
        pytest.param({"properties_mode": "replace"}, {}, id="properties are not mentioned"),
        pytest.param({"kernel": "k", "ramdisk": "r"}, {"kernel_id": "k", "ramdisk_id": "r"}, id="names of the schema"),
    ],
)
def test_attributes_depend_on_the_image(asked: Any, after: Any) -> None:
    kept = {"os_glance_import_task": "1", "owner_specified.openstack.md5": "x", "stores": "fs", **note(origin="x")}
    assert plans.asked(image(tags=["b", "a"], p="1", **kept), plans.wanted(params(**asked))) == after


def test_property_is_given_once() -> None:
    with pytest.raises(GlanceError, match="'os_distro' is given twice"):
        plans.wanted(params(os_distro="debian", properties={"os_distro": None}))


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        (["a", "b"], {"a": None, "b": None}),
        ({"a": "accepted", "b": None}, {"a": "accepted", "b": None}),
        ("a, b", {"a": None, "b": None}),
        ([], {}),
    ],
    ids=["list", "states", "text", "none"],
)
def test_members_are_a_list_or_a_dictionary(given: Any, asked: Any) -> None:
    assert plans.members(given) == asked


@pytest.mark.parametrize("given", [{"a": "maybe"}, 5], ids=["state", "number"])
def test_members_that_make_no_sense_are_refused(given: Any) -> None:
    with pytest.raises(GlanceError):
        plans.members(given)


@pytest.mark.parametrize(
    ("name", "kept"),
    [("cirros", "cirros (2026-01-01)"), ("x" * 255, "x" * 242 + " (2026-01-01)")],
    ids=["short", "longest"],
)
def test_retired_copy_has_its_date_in_the_name(name: str, kept: str) -> None:
    assert steps.retired_name(image(name=name)) == kept


def test_retired_copy_keeps_what_is_known_of_its_source() -> None:
    retired = steps.retirement(image(**note(checksum="md5:0", replaces="0")), hide=True)
    assert retired["os_hidden"] is True
    assert json.loads(retired["osops_source"]) == {"image": "1", "checksum": "md5:0", "retired": "cirros"}


@pytest.mark.parametrize(
    ("keep", "coming", "removed"),
    [(None, 1, []), (3, 0, []), (2, 0, ["1"]), (2, 1, ["2", "1"]), (0, 1, ["3", "2", "1"])],
)
def test_oldest_copies_are_too_many(keep: int | None, coming: int, removed: list[str]) -> None:
    copies = [image(id=name, created_at=name) for name in "321"] + [image(id="0", protected=True)]
    assert [step.before and step.before["id"] for step in steps.prune(copies, desired(keep=keep), coming)] == removed
