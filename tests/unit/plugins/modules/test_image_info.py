# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any, Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from ansible_collections.osops.glance.plugins.module_utils._core import runner
from ansible_collections.osops.glance.plugins.module_utils._image import info
from ansible_collections.osops.glance.plugins.module_utils._image.query import list_query
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service
from ansible_collections.osops.glance.plugins.modules import image_info
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule

ME = "own-project"
OPERATORS = ("eq", "in")
VISIBLE = {"all": ("public", "private", "shared", "community"), None: ("public", "private", "shared")}
EQUAL = ("owner", "os_distro", "hw_x", "a/b")  # filters that the service compares with the attribute of the same name


def uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


class FakeGlance:
    """The list part of the Image API, with the interface of a keystoneauth adapter."""

    service_type = "image"

    def __init__(self) -> None:
        self.images: list[dict[str, Any]] = []
        self.members: dict[str, list[dict[str, Any]]] = {}
        self.requests: list[tuple[str, dict[str, list[str]]]] = []
        self.visibilities = {"all", "community", "public", "private", "shared"}
        self.in_catalog = True
        self.supports_operators = True
        self.page = 2  # images in one answer, at most

    def get_endpoint(self) -> str | None:
        return "http://glance:9292" if self.in_catalog else None

    def add(self, name: str | None, **attributes: Any) -> str:
        number = len(self.images) + 1
        image = {
            "id": uuid(number),
            "name": name,
            "status": "active",
            "visibility": "private",
            "os_hidden": False,
            "owner": ME,
            "tags": [],
            "size": 1,
            "created_at": f"2026-01-01T00:00:{number:02}Z",
            **attributes,
        }
        self.images.append(image)
        return str(image["id"])

    def request(self, path: str, method: str, raise_exc: bool, params: Any = None) -> SimpleNamespace:
        assert method == "GET"
        assert not raise_exc
        url = requests.Request("GET", "http://glance:9292" + path, params=params).prepare().url
        query = parse_qs(urlsplit(str(url)).query, keep_blank_values=True)
        self.requests.append((path, query))
        if path == "/v2/images":
            return self._list({name: values if name == "tag" else values[0] for name, values in query.items()})
        image_id, _slash, rest = path[len("/v2/images/") :].partition("/")
        found = next((image for image in self.images if image["id"] == image_id), None)
        if found is None:
            return answered(404, {})
        return answered(200, {"members": self.members.get(image_id, [])} if rest else found)

    def _list(self, query: dict[str, Any]) -> SimpleNamespace:
        visibility = query.pop("visibility", None)
        if visibility not in (*self.visibilities, None):
            return answered(400, {"message": f"Invalid visibility value: {visibility}"})
        marker, limit = query.pop("marker", None), min(int(query.pop("limit")), self.page)
        if not self.supports_operators:
            return self._plain_list(query, marker, limit)
        key, falling = query.pop("sort", "created_at:desc").split(",")[0].split(":")
        hidden = query.pop("os_hidden", "false") == "true"
        found = [
            image
            for image in self.images
            if image["os_hidden"] is hidden
            and image["visibility"] in VISIBLE.get(visibility, (visibility,))
            and all(self._passes(image, name, value) for name, value in query.items())
        ]
        found.sort(key=lambda image: (str(image.get(key)).lower(), image["id"]), reverse=falling == "desc")
        start = [image["id"] for image in found].index(marker) + 1 if marker else 0
        more = {"next": "/v2/images?marker=x"} if len(found) >= start + limit else {}
        return answered(200, {"images": found[start : start + limit], **more})

    def _plain_list(self, query: dict[str, Any], marker: Any, limit: int) -> SimpleNamespace:
        """List as Icehouse does: every parameter is compared as text, whether it is an attribute or a property."""
        found = [
            image
            for image in sorted(self.images, key=lambda image: str(image["created_at"]), reverse=True)
            if all(str(image.get(name, "")) == value for name, value in query.items())
        ]
        start = [image["id"] for image in found].index(marker) + 1 if marker else 0
        more = {"next": "/v2/images?marker=x"} if len(found) >= start + limit else {}
        return answered(200, {"images": found[start : start + limit], **more})

    def _passes(self, image: dict[str, Any], name: str, value: Any) -> bool:
        if name == "tag":
            return set(value) <= set(image["tags"])
        if name in ("created_at", "updated_at"):
            assert value.startswith("gt:")
            return str(image[name]) > value[3:]
        if name in ("name", "status"):
            operator, colon, text = value.partition(":")
            assert not colon or operator in OPERATORS
            values = [quoted or bare for quoted, bare in re.findall('"([^"]*)"|([^,]+)', text)]
            expected = values if operator == "in" else [text if colon else value]
            return str(image[name]).lower() in [each.lower() for each in expected]
        assert name in EQUAL
        return str(image.get(name, "")).lower() == value.lower()


def answered(status: int, body: Any) -> SimpleNamespace:
    return SimpleNamespace(
        status_code=status, json=lambda: body, headers={}, url="http://glance/v2/images", text="", reason=""
    )


class FakeCloud:
    def __init__(self, glance: FakeGlance) -> None:
        self._glance = glance
        self.retry_policy = RetryPolicy()

    def authenticate(self) -> None:
        """Do nothing."""

    def service(self, service_type: str) -> Service:
        assert service_type == "image"
        return Service(self._glance, (OSError,))


@pytest.fixture
def glance(monkeypatch: pytest.MonkeyPatch) -> FakeGlance:
    fake = FakeGlance()
    monkeypatch.setattr(info, "connect", lambda _module: FakeCloud(fake))
    return fake


def run(check_mode: bool = False, **options: Any) -> dict[str, Any]:
    return FakeModule(image_info.OPTIONS, check_mode, **options).end(info.ImageInfo)


def names(**options: Any) -> list[str]:
    result = run(**options)
    assert not result["changed"]
    return [image["name"] for image in result["images"]]


@pytest.fixture
def several(glance: FakeGlance) -> FakeGlance:
    """Images that the filters select from; the newest is the last."""
    glance.add("cirros", visibility="public", os_distro="cirros")
    glance.add("Cirros", status="queued", size=None, owner="other")
    glance.add("ubuntu-24.04", visibility="community", os_distro="Ubuntu", owner="other", tags=["b", "a"])
    glance.add("ubuntu-22.04", os_hidden=True, os_distro="ubuntu", hw_x="true", tags=["a"])
    glance.add("shared", visibility="shared", trusted_max="3", size=5)
    return glance


ALL = ["shared", "ubuntu-22.04", "ubuntu-24.04", "Cirros", "cirros"]
FILTERS = [
    pytest.param({}, ALL, id="everything, the newest first"),
    pytest.param({"name": "cirros"}, ["cirros"], id="name, with its case"),
    pytest.param({"name": "nothing"}, [], id="unknown name"),
    pytest.param({"name": ""}, [], id="empty name"),
    pytest.param({"names": ["Cirros", "shared"]}, ["shared", "Cirros"], id="names"),
    pytest.param({"names": ["cirros", 'a "quote"']}, ["cirros"], id="names that cannot be written as a filter"),
    pytest.param({"names": ["cirros", *(str(n) * 99 for n in range(30))]}, ["cirros"], id="too many names for a URL"),
    pytest.param({"names": []}, [], id="no names"),
    pytest.param({"pattern": "ubuntu-2?.*"}, ["ubuntu-22.04", "ubuntu-24.04"], id="pattern"),
    pytest.param({"pattern": "UBUNTU*"}, [], id="pattern with its case"),
    pytest.param({"owner": "other"}, ["ubuntu-24.04", "Cirros"], id="owner"),
    pytest.param({"visibility": "community"}, ["ubuntu-24.04"], id="visibility"),
    pytest.param({"status": ["queued"]}, ["Cirros"], id="status"),
    pytest.param({"status": ["queued", "active"]}, ALL, id="several states"),
    pytest.param({"status": []}, [], id="no state"),
    pytest.param({"tags": ["a"]}, ["ubuntu-22.04", "ubuntu-24.04"], id="tag"),
    pytest.param({"tags": ["a", "b"]}, ["ubuntu-24.04"], id="tags"),
    pytest.param({"hidden": True}, ["ubuntu-22.04"], id="hidden"),
    pytest.param({"hidden": False}, [name for name in ALL if name != "ubuntu-22.04"], id="not hidden"),
    pytest.param({"properties": {"os_distro": "ubuntu"}}, ["ubuntu-22.04"], id="property, with its case"),
    pytest.param({"properties": {"hw_x": True}}, ["ubuntu-22.04"], id="boolean property"),
    pytest.param({"properties": {"trusted_max": 3}}, ["shared"], id="property that the service interprets as a range"),
    pytest.param({"properties": {"limit": "1"}}, [], id="property that the service interprets as the limit"),
    pytest.param({"properties": {"os_distro": None}}, ["shared", "Cirros"], id="missing property"),
    pytest.param({"created_at": "gt:2026-01-01T00:00:03Z"}, ["shared", "ubuntu-22.04"], id="time"),
    pytest.param({"owner": "other", "status": ["active"]}, ["ubuntu-24.04"], id="two filters"),
    pytest.param({"id": uuid(4)}, ["ubuntu-22.04"], id="ID"),
    pytest.param({"id": uuid(4), "name": "cirros"}, [], id="ID of another name"),
    pytest.param({"id": uuid(99)}, [], id="unknown ID"),
    pytest.param({"id": "../images"}, [], id="invalid ID"),
    pytest.param({"id": ""}, [], id="empty ID"),
    pytest.param({"limit": 2}, ["shared", "ubuntu-22.04"], id="limit"),
    pytest.param({"limit": 1, "properties": {"os_distro": "cirros"}}, ["cirros"], id="limit of matching images"),
    pytest.param({"sort": ["created_at"]}, ALL[::-1], id="the oldest first"),
    pytest.param(
        {"sort": ["name"]}, ["Cirros", "cirros", "shared", "ubuntu-22.04", "ubuntu-24.04"], id="sorted by name"
    ),
    pytest.param({"sort": ["name:desc"], "limit": 2}, ["ubuntu-24.04", "ubuntu-22.04"], id="the last name"),
    pytest.param({"sort": ["size:desc", "name:asc"], "limit": 3}, ["shared", "cirros", "ubuntu-22.04"], id="two keys"),
    pytest.param({"sort": ["size"], "limit": 1}, ["Cirros"], id="missing size is first"),
]


@pytest.mark.parametrize(("options", "expected"), FILTERS)
@pytest.mark.parametrize("page", [1, 2, 100], ids=["pages of one", "pages of two", "one page"])
def test_selected_images_are_returned_in_order(
    several: FakeGlance, page: int, options: dict[str, Any], expected: list[str]
) -> None:
    several.page = page
    assert names(**options) == expected


OF_EVERY_RELEASE = [case for case in FILTERS if not {"visibility", "hidden"} & set(case.values[0])]


@pytest.mark.parametrize(("options", "expected"), OF_EVERY_RELEASE)
def test_service_without_filter_operators_returns_the_same(
    several: FakeGlance, options: dict[str, Any], expected: list[str]
) -> None:
    several.supports_operators, several.visibilities = False, set()
    for image in several.images:
        image["os_hidden"] = False
    assert names(**options) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("2026-01-01T00:00:03Z", ["ubuntu-24.04"]),
        ("eq:2026-01-01T00:00:03", ["ubuntu-24.04"]),
        ("lte:2026-01-01T01:00:02+01:00", ["Cirros", "cirros"]),
        ("neq:2026-01-01T00:00:03Z", ["shared", "ubuntu-22.04", "Cirros", "cirros"]),
    ],
)
def test_times_are_compared_by_the_module_before_mitaka(several: FakeGlance, options: str, expected: list[str]) -> None:
    several.supports_operators, several.visibilities = False, set()
    assert names(created_at=options) == expected
    assert "created_at is 'yesterday'. Use an operator (gt, " in run(created_at="yesterday")["msg"]


@pytest.mark.parametrize("visibilities", [{"community"}, set()], ids=["before Stein", "before Ocata"])
def test_older_release_returns_all_visible_images(several: FakeGlance, visibilities: set[str]) -> None:
    several.visibilities = visibilities
    assert names() == [name for name in ALL if visibilities or name != "ubuntu-24.04"]
    assert names(limit=1, sort=["created_at"]) == ["cirros"]


def test_hidden_false_is_not_sent_to_the_service(several: FakeGlance) -> None:
    run(hidden=False)
    assert not [query for _path, query in several.requests if "os_hidden" in query]


NAMES = ["in:x", "eq:", "a,b", 'say "hi"', "it's", "Größe", "100%&name=x", "back\\slash", " x ", "2026-01-01T00:00:00"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ask", [lambda name: {"name": name}, lambda name: {"names": [name]}], ids=["name", "names"])
def test_special_characters_in_names_have_no_meaning(
    glance: FakeGlance, ask: Callable[[str], dict[str, Any]], name: str
) -> None:
    glance.add("other")
    glance.add(name)
    assert names(**ask(name)) == [name]


REQUESTS = [
    pytest.param({"id": uuid(1)}, 1, id="ID"),
    pytest.param({"id": "x"}, 0, id="invalid ID"),
    pytest.param({"names": []}, 0, id="no names"),
    pytest.param({"hidden": False}, 1, id="one list"),
    pytest.param({}, 2, id="hidden ones too"),
    pytest.param({"hidden": False, "limit": 1}, 1, id="the newest one"),
    pytest.param({"hidden": False, "members": True}, 2, id="the members of the one shared image"),
    pytest.param({"hidden": False, "members": True, "limit": 1, "visibility": "public"}, 1, id="members of none"),
]


@pytest.mark.parametrize(("options", "requests"), REQUESTS)
def test_number_of_requests_is_minimal(several: FakeGlance, options: dict[str, Any], requests: int) -> None:
    several.page = 100
    run(**options)
    assert len(several.requests) == requests


def test_tags_are_sorted_and_other_attributes_are_unchanged(several: FakeGlance) -> None:
    (image,) = run(name="ubuntu-24.04")["images"]
    assert image == {**several.images[2], "tags": ["a", "b"]}


def test_limit_stops_the_listing(glance: FakeGlance) -> None:
    for number in range(10):
        glance.add(f"image {number}")
    run(hidden=False, limit=3)
    assert len(glance.requests) == 2


def test_members_of_shared_images_are_returned(several: FakeGlance) -> None:
    members = [{"member_id": "b", "status": "pending"}, {"member_id": "a", "status": "accepted"}]
    several.members[uuid(5)] = members
    members_by_name = {image["name"]: image["members"] for image in run(members=True)["images"]}
    assert members_by_name == {**{name: [] for name in ALL}, "shared": members[::-1]}
    assert "members" not in run(id=uuid(5))["images"][0]


def test_refusal_of_an_invalid_time_is_reported(glance: FakeGlance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance, "_list", lambda _query: answered(400, {"message": "Bad created_at"}))
    assert "answered 400: Bad created_at" in run(created_at="yesterday")["msg"]


def test_wrong_endpoint_is_an_error(glance: FakeGlance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance, "_list", lambda _query: answered(404, {}))
    for options in ({}, {"visibility": "public"}):
        assert "answered 404" in run(**options)["msg"]


WRONG = [
    pytest.param({"limit": 0}, "limit is 0", id="limit"),
    pytest.param({"sort": ["weight"]}, "cannot be sorted by 'weight'", id="sort key"),
    pytest.param({"sort": ["name:up"]}, "cannot be sorted by 'name:up'", id="direction"),
    pytest.param({"sort": [""]}, "cannot be sorted by ''", id="empty sort key"),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_invalid_options_are_refused_before_any_request(
    glance: FakeGlance, options: dict[str, Any], message: str
) -> None:
    assert message in run(**options)["msg"]
    assert glance.requests == []


def test_service_that_is_not_in_the_catalog_has_no_images(glance: FakeGlance) -> None:
    glance.in_catalog = False
    result = run()
    assert result["images"] == []
    assert "catalog" in result["warnings"][0]
    assert glance.requests == []


@pytest.mark.parametrize("check_mode", [True, False], ids=["check mode", "real run"])
def test_result_without_openstacksdk_is_predicted_in_check_mode(
    monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    def connect(_any: Any) -> None:
        raise runner.MissingRequirement("openstacksdk")

    monkeypatch.setattr(info, "connect", connect)
    result = run(check_mode)
    assert result.get("images") == ([] if check_mode else None)
    assert "openstacksdk" in (result["warnings"][0] if check_mode else result["msg"])


QUERIES = [
    pytest.param({}, {}, id="nothing"),
    pytest.param({"name": "in:x"}, {"name": "eq:in:x"}, id="name"),
    pytest.param({"names": ["a,b", "c"]}, {"name": 'in:"a,b","c"'}, id="names"),
    pytest.param({"status": ["queued", "saving"]}, {"status": "in:queued,saving"}, id="states"),
    pytest.param({"tags": ["x", "y"]}, {"tag": ["x", "y"]}, id="tags"),
    pytest.param({"properties": {"a": True, "b": None, "size": 1, "_c": 1}}, {"a": "true"}, id="properties"),
    pytest.param({"limit": 3}, {"limit": "25"}, id="small limit"),
    pytest.param({"limit": 300}, {"limit": "300"}, id="limit"),
    pytest.param({"limit": 30000}, {}, id="large limit"),
    pytest.param({"sort": ["name:desc", "id"]}, {"sort": "name:desc,id:asc,created_at:desc"}, id="sort"),
]


@pytest.mark.parametrize(("options", "expected"), QUERIES)
def test_query_contains_the_conditions_that_the_service_supports(
    options: dict[str, Any], expected: dict[str, Any]
) -> None:
    always = {"visibility": "all", "sort": "created_at:desc,id:asc", "limit": "1000"}
    assert list_query(FakeModule(image_info.OPTIONS, **options).params) == {**always, **expected}
