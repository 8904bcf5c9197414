# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.api import ImageApi
from ansible_collections.osops.glance.plugins.module_utils._image.connection import Forbidden
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    Broken,
    FakeGlance,
    answered,
    fake_api,
)

DOCUMENT = {"name": "x", "visibility": "private", "disk_format": "raw", "container_format": "bare"}


@pytest.fixture
def glance() -> FakeGlance:
    return FakeGlance()


@pytest.fixture
def api(glance: FakeGlance) -> ImageApi:
    return fake_api(glance)


def test_unknown_image_is_not_found(api: ImageApi) -> None:
    assert api.images.find("id-9") is None


def test_created_image_is_found(api: ImageApi) -> None:
    created = api.images.create(DOCUMENT)
    assert api.images.find(created["id"]) == api.images.get(created["id"]) == created


@pytest.mark.parametrize(
    ("protected", "stored"),
    [((), {"osops_source": "{}"}), (("create",), {})],
    ids=["records accepted", "records refused"],
)
def test_refused_records_are_omitted(
    glance: FakeGlance, api: ImageApi, protected: tuple[str, ...], stored: dict[str, str]
) -> None:
    glance.protected = protected
    created = api.images.create({**DOCUMENT, "osops_source": "{}"})
    assert {name: value for name, value in created.items() if name.startswith("osops_")} == stored
    assert api.traits.stores_records is bool(stored)


def test_refused_records_are_not_sent_again(glance: FakeGlance, api: ImageApi) -> None:
    glance.protected = ("create",)
    for _number in range(2):
        api.images.create({**DOCUMENT, "osops_source": "{}"})
    assert glance.calls == ["POST /v2/images"] * 3


def test_other_refusal_is_raised(glance: FakeGlance, api: ImageApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance, "_post", lambda _none, json: answered(403, {"message": "no"}))
    with pytest.raises(Forbidden, match="answered 403: no"):
        api.images.create(DOCUMENT)


def test_update_without_a_response_is_repeated_with_the_current_image(
    glance: FakeGlance, api: ImageApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = glance.images[glance.add(name="x")]
    patch = glance._patch

    def lose_response(image_id: str, **arguments: Any) -> Any:
        monkeypatch.setattr(glance, "_patch", patch)
        patch(image_id, **arguments)
        raise Broken("cut")

    monkeypatch.setattr(glance, "_patch", lose_response)
    assert api.images.update(dict(image), {"p": "1"})["p"] == "1"
    assert glance.writes() == ["PATCH", "PATCH"]


def test_forbidden_visibility_is_raised_and_not_set(glance: FakeGlance, api: ImageApi) -> None:
    image = glance.images[glance.add(name="x", visibility="private")]
    api.images.check_visibility(image, "public")
    assert image["visibility"] == "private"
    glance.forbidden = {"public"}
    with pytest.raises(GlanceError, match="publicize_image"):
        api.images.check_visibility(image, "public")


@pytest.mark.parametrize("protected", [False, True])
def test_image_is_removed(glance: FakeGlance, api: ImageApi, protected: bool) -> None:
    image = dict(glance.images[glance.add(name="x", protected=protected)])
    assert api.images.remove(image)
    assert glance.images == {}
    assert api.images.remove({**image, "protected": False})


@pytest.mark.parametrize(
    ("in_use", "error", "message"),
    [
        (False, None, "was removed"),
        (True, None, "is in use and still exists; the next run removes it"),
        (False, answered(403, {}), "still exists (DELETE"),
    ],
    ids=["removed", "in use", "error"],
)
def test_outcome_of_discarding_is_described(
    glance: FakeGlance, api: ImageApi, monkeypatch: pytest.MonkeyPatch, in_use: bool, error: Any, message: str
) -> None:
    image = glance.images[glance.add(name="x")]
    glance.in_use = {image["id"]} if in_use else set()
    if error:
        monkeypatch.setattr(glance, "_delete", lambda _id: error)
    assert message in api.images.discard(image)


def test_image_is_deactivated_and_reactivated(glance: FakeGlance, api: ImageApi) -> None:
    image_id = glance.add(CONTENT, name="x")
    assert api.images.set_active(image_id, False)["status"] == "deactivated"
    assert api.images.set_active(image_id, True)["status"] == "active"


def test_status_that_does_not_change_is_an_error(
    glance: FakeGlance, api: ImageApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glance, "_post_actions", lambda _id, name: answered(204, {}))
    with pytest.raises(GlanceError, match="should be deactivated after deactivate, but is active"):
        api.images.set_active(glance.add(CONTENT, name="x"), False)


def test_members_are_set(glance: FakeGlance, api: ImageApi) -> None:
    image = glance.images[glance.add(CONTENT, name="x", visibility="shared")]
    assert api.images.set_members(image["id"], {}, {"a": "accepted", "strict": "rejected"}) == ["strict"]
    assert api.images.members(image) == {"a": "accepted", "strict": "pending"}
    assert api.images.set_members(image["id"], {"a": "accepted", "strict": "pending"}, {"a": "accepted"}) == []
    assert api.images.members(image) == {"a": "accepted"}


def test_image_that_is_not_shared_has_no_members(api: ImageApi) -> None:
    assert api.images.members({"id": "1", "visibility": "public"}) == {}
