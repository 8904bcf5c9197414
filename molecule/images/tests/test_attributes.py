"""Attributes of images: options that are set are applied, and all other attributes are unchanged."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest

Module = Callable[..., "dict[str, Any]"]

LONG = "ä" * 255
FILE = {"src": "/srv/images/small.img", "disk_format": "raw"}
TWENTY_FIVE = {
    **{f"hw_{name}": "true" for name in ("boot_menu", "vif_multiqueue_enabled", "qemu_guest_agent")},
    **{"hw_disk_bus": "scsi", "hw_scsi_model": "virtio-scsi", "hw_rng_model": "virtio", "os_type": "linux"},
    **{"os_distro": "debian", "os_version": "12", "os_admin_user": "debian", "architecture": "x86_64"},
    **{f"custom_{number}": str(number) for number in range(14)},
}

# Each row: the current image (None: absent), the options, and the expected attributes.
CHANGES = [
    pytest.param(None, {**FILE, "properties": TWENTY_FIVE}, TWENTY_FIVE, id="25 properties"),
    pytest.param(
        {},
        {"properties": {"cores": 4, "yes": True, "no": False, "empty": "", "unicode": "Größe ✓", "long": LONG}},
        {"cores": "4", "yes": "true", "no": "false", "empty": "", "unicode": "Größe ✓", "long": LONG},
        id="values of all kinds",
    ),
    pytest.param(
        {"a.b": "1"},
        {"properties": {"trait:HW_CPU_X86_VMX": "required", "a.b": "2", "c~d/e": "3"}},
        {"trait:HW_CPU_X86_VMX": "required", "a.b": "2", "c~d/e": "3"},
        id="dots, colons, and characters that JSON pointers escape",
    ),
    pytest.param({"a": "1", "b": "2"}, {"properties": {"a": None}}, {"a": None, "b": "2"}, id="property removed"),
    pytest.param(
        {"a": "1", "owner_specified.x": "2"},
        {"properties": {"b": "3"}, "properties_mode": "replace"},
        {"a": None, "b": "3", "owner_specified.x": "2"},
        id="properties replaced",
    ),
    pytest.param(
        {"visibility": "public", "min_ram": 64, "tags": ["x"]},
        {"min_disk": 1},
        {"visibility": "public", "min_disk": 1, "min_ram": 64, "tags": ["x"]},
        id="omitted attributes are unchanged",
    ),
    pytest.param({"tags": ["b", "a"]}, {"tags": []}, {"tags": []}, id="no tags"),
    pytest.param(
        {"tags": ["a"]}, {"tags": ["b", "c", "b", LONG]}, {"tags": ["b", "c", LONG]}, id="tags with duplicate"
    ),
    pytest.param({"tags": ["a"]}, {"tags": ["b"], "tags_mode": "merge"}, {"tags": ["a", "b"]}, id="tags merged"),
    pytest.param({"os_hidden": True}, {"min_ram": 1}, {"os_hidden": True, "min_ram": 1}, id="hidden image is found"),
    pytest.param({"os_hidden": True}, {"hidden": False}, {"os_hidden": False}, id="image is made visible"),
    pytest.param({"visibility": "community"}, {"protected": True}, {"protected": True}, id="community image is found"),
    pytest.param({"protected": True}, {"min_ram": 1}, {"protected": True, "min_ram": 1}, id="protected"),
    pytest.param({}, {"state": "deactivated"}, {"status": "deactivated"}, id="deactivated"),
    pytest.param(
        None, {"src": "/srv/images/large.qcow2", "min_disk": "auto"}, {"min_disk": 3}, id="min_disk from content"
    ),
]
AFTER = [(number, row.values[2]) for number, row in enumerate(CHANGES)]


def values(image: dict[str, Any], names: Any) -> dict[str, Any]:
    """Return the attributes of these names, with sorted tags, because the service returns them in any order."""
    found = {name: image.get(name) for name in names}
    return {name: sorted(value) if isinstance(value, list) else value for name, value in found.items()}


@pytest.fixture(scope="module")
def runs(module: Module, service: Any, server: Any, host: Any) -> Iterator[list[dict[str, Any]]]:
    """Return the results of two runs, each of which manages the images of all rows."""
    host.check_output("qemu-img create -q -f qcow2 /srv/images/large.qcow2 2049M")
    for row in CHANGES:
        if row.values[0] is not None:
            service.create("/srv/images/small.img", name=f"row {row.id}", **row.values[0])
    images = [{"name": f"row {row.id}", **row.values[1]} for row in CHANGES]
    yield [module(images=images, parallel=4) for _run in range(2)]
    for image in service.images():
        if image["name"].startswith("row "):
            service.remove(image)


@pytest.mark.parametrize(("number", "after"), [pytest.param(*row, id=CHANGES[row[0]].id) for row in AFTER])
def test_image_converges_to_desired_state(
    runs: list[dict[str, Any]], service: Any, number: int, after: dict[str, Any]
) -> None:
    assert [run["failed"] for run in runs] == [False, False], runs
    first, second = (run["images"][number] for run in runs)
    assert first["action"] in ("create", "update")
    assert second["action"] == "none"
    assert values(service.one(f"row {CHANGES[number].id}"), after) == values(after, after)


def test_second_run_changes_nothing(runs: list[dict[str, Any]]) -> None:
    assert [run["changed"] for run in runs] == [True, False]


# Each row: the current image, the options, and the message. The image must not change.
REFUSALS = [
    pytest.param({"protected": True}, {"state": "absent"}, "is protected", id="protected image absent"),
    pytest.param(
        {"protected": True},
        {"src": "/srv/images/disk.img", "disk_format": "raw"},
        "is protected",
        id="protected image with other content",
    ),
    pytest.param(
        {},
        {"src": "/srv/images/disk.img", "disk_format": "raw", "replace": "never"},
        "replace: never",
        id="other content that must not replace",
    ),
    pytest.param(
        {"visibility": "private"}, {"members": ["service"]}, "shared", id="members of an image that is not shared"
    ),
]


@pytest.mark.parametrize(("before", "options", "words"), REFUSALS)
def test_forbidden_change_is_refused(
    module: Module, service: Any, source: Any, name: str, before: Any, options: Any, words: str
) -> None:
    image = service.create("/srv/images/small.img", name=name, **before)
    run = module(name=name, **options)
    assert run["failed"]
    assert words in run["msg"]
    assert service.one(name) == image


# Names that a client or the service could misinterpret.
NAMES = [
    "/srv/images/small.img",
    "3f7c9f0e-5f7e-4c55-9d1c-111111111111",
    "a, b",
    'say "this"',
    "in:a,b",
    "Größe",
    "größe",
]


def test_names_with_special_characters(module: Module, service: Any, source: Any) -> None:
    images = [{"name": name, "src": "/srv/images/small.img", "disk_format": "raw"} for name in NAMES]
    first, second = module(images=images), module(images=images)
    assert not first["failed"], first["msg"]
    assert not second["changed"]
    assert [service.one(name)["id"] for name in NAMES] == [image["id"] for image in first["images"]]
    gone = module(images=[{"name": name, "state": "absent"} for name in NAMES])
    assert not gone["failed"], gone["msg"]
    assert [service.named(name) for name in NAMES] == [[]] * len(NAMES)


def test_protected_image_is_removed_with_force(module: Module, service: Any, source: Any, name: str) -> None:
    service.create("/srv/images/small.img", name=name, protected=True, os_hidden=True)
    runs = [module(name=name, state="absent", force=True), module(name=name, state="absent")]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    assert service.named(name) == []


def test_deactivated_image_is_reactivated_on_request(module: Module, service: Any, source: Any, name: str) -> None:
    image = service.create("/srv/images/small.img", name=name)
    service.request("POST", f"/v2/images/{image['id']}/actions/deactivate")
    unchanged = module(name=name, **FILE)
    assert (unchanged["failed"], unchanged["changed"]) == (False, False), unchanged
    runs = [module(name=name, state="active"), module(name=name, state="active")]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    assert service.one(name)["status"] == "active"


def test_image_with_matching_content_is_selected(module: Module, service: Any, source: Any, name: str) -> None:
    others = [service.create("/srv/images/disk.img", name=name), service.create(name=name)]
    right = service.create("/srv/images/small.img", name=name, os_hidden=True)
    service.remove(others.pop())
    refused = module(name=name, min_ram=1)
    assert refused["failed"]
    assert all(image["id"] in refused["msg"] for image in (*others, right))
    run = module(name=name, min_ram=1, **FILE)
    assert (run["failed"], run["id"]) == (False, right["id"]), run
    assert others[0] in service.named(name)


def test_members_are_managed(module: Module, service: Any, source: Any, host: Any, name: str) -> None:
    image = service.create("/srv/images/small.img", name=name, visibility="shared")
    admin, other = (
        host.check_output(f"openstack --os-cloud sandbox project show {project} -f value -c id")
        for project in ("admin", "service")
    )

    def members() -> dict[str, str]:
        found = service.request("GET", f"/v2/images/{image['id']}/members")["members"]
        return {member["member_id"]: member["status"] for member in found}

    for options, after in (
        ({"members": ["service"]}, {other}),
        ({"members": [admin], "members_mode": "merge"}, {admin, other}),
        ({"members": []}, set()),
    ):
        runs = [module(name=name, **options), module(name=name, **options)]
        assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
        assert set(members()) == after
    accepted = module(name=name, members={"service": "accepted"})
    assert not accepted["failed"], accepted["msg"]
    assert members() == {other: "accepted"}
