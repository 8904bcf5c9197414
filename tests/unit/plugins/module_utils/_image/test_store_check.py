# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.store_check import check_upload, writable_stores
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_service import FakeGlance

STORES = {"stores": [{"id": "fs", "default": "true"}, {"id": "web", "read-only": "true"}, {"id": "ceph"}]}
IMAGE = {"id": "1", "status": "active", "os_hash_algo": "sha512", "os_hash_value": "0"}


@pytest.fixture
def glance() -> FakeGlance:
    return FakeGlance()


@pytest.fixture
def service(glance: FakeGlance) -> Service:
    return Service(glance, (OSError,))


def test_upload_is_compared_and_removed(glance: FakeGlance, service: Service) -> None:
    assert check_upload(service, None)["bytes"] == 262144
    assert glance.calls == [
        "POST /v2/images",
        "PUT /v2/images/1/file",
        "GET /v2/images/1",
        "GET /v2/images/1/file",
        "DELETE /v2/images/1",
    ]


@pytest.mark.parametrize(
    ("call", "response", "message"),
    [
        pytest.param("PUT /v2/images/1/file", (410, "no"), "could not use its store when it started", id="410"),
        pytest.param("PUT /v2/images/1/file", (413, "no"), "the store is full", id="413"),
        pytest.param("PUT /v2/images/1/file", (500, "no"), "cannot reach its store", id="500"),
        pytest.param("PUT /v2/images/1/file", (503, "no"), "no permission to write to its store", id="503"),
        pytest.param("PUT /v2/images/1/file", OSError("reset"), "got no response: reset", id="connection reset"),
        pytest.param("GET /v2/images/1", (200, {**IMAGE, "status": "queued"}), "is queued, not active", id="queued"),
        pytest.param("GET /v2/images/1", (200, IMAGE), "a wrong sha512 digest of the image 1: 0", id="digest"),
        pytest.param("GET /v2/images/1/file", (200, b"other"), "differs from the upload", id="other content"),
        pytest.param("GET /v2/images/1/file", (404, "no"), "answered 404", id="no content"),
    ],
)
def test_image_is_removed_after_a_failure(
    glance: FakeGlance, service: Service, call: str, response: Any, message: str
) -> None:
    glance.replaced[call] = [response]
    with pytest.raises(GlanceError) as caught:
        check_upload(service, None)
    assert message in str(caught.value)
    assert str(caught.value).endswith("The image of this check was removed")
    assert glance.calls[-1] == "DELETE /v2/images/1"


def test_image_that_cannot_be_removed_is_reported(glance: FakeGlance, service: Service) -> None:
    glance.replaced = {"PUT /v2/images/1/file": [(413, "no")], "DELETE /v2/images/1": [(500, "no")]}
    with pytest.raises(GlanceError, match="The image 1 of this check was not removed"):
        check_upload(service, None)


def test_image_is_removed_if_the_run_is_interrupted(glance: FakeGlance, service: Service) -> None:
    glance.replaced["PUT /v2/images/1/file"] = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        check_upload(service, None)
    assert glance.calls[-1] == "DELETE /v2/images/1"


def test_md5_of_an_old_release_is_compared(
    glance: FakeGlance, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "urandom", bytes)
    md5 = hashlib.md5(bytes(262144)).hexdigest()
    new = hashlib.new

    def in_fips_mode(name: str, usedforsecurity: bool = True) -> Any:
        if name == "md5" and usedforsecurity:
            raise ValueError("unsupported")
        return new(name)

    monkeypatch.setattr(hashlib, "new", in_fips_mode)
    glance.replaced["GET /v2/images/1"] = [(200, {"id": "1", "status": "active", "checksum": md5})]
    assert check_upload(service, None)["bytes"] == 262144


def test_failing_store_is_named(glance: FakeGlance, service: Service) -> None:
    glance.replaced = {"PUT /v2/images/1/file": [(503, "no")]}
    with pytest.raises(GlanceError, match=r"^The store fs does not work: .*\. The image of this check was removed$"):
        check_upload(service, "fs")


def test_image_in_another_store_is_an_error(glance: FakeGlance, service: Service) -> None:
    glance.replaced["GET /v2/images/1"] = [(200, {**IMAGE, "stores": "ceph"})]
    with pytest.raises(GlanceError, match="is in the store ceph, not in the requested one"):
        check_upload(service, "fs")


@pytest.mark.parametrize(
    ("response", "expected"), [((200, STORES), ["fs", "ceph"]), ((404, "no"), [None])], ids=["stores", "before Train"]
)
def test_writable_stores_are_returned(
    glance: FakeGlance, service: Service, response: Any, expected: list[str | None]
) -> None:
    glance.replaced["GET /v2/info/stores"] = [response]
    assert writable_stores(service, ["fs"]) == expected


def test_missing_store_is_an_error(glance: FakeGlance, service: Service) -> None:
    glance.replaced["GET /v2/info/stores"] = [(200, STORES)]
    with pytest.raises(GlanceError, match="has the stores fs, web, ceph, but not nfs"):
        writable_stores(service, ["fs", "nfs"])
