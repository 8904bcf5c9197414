# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import parse_checksum
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.content_match import known_digests
from ansible_collections.osops.glance.plugins.module_utils._image.publication import (
    published_attributes,
    retired_attributes,
    retired_name,
    source_facts,
    temporary_document,
    upload_algorithms,
    verify_digests,
    verify_size,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import (
    MD5,
    SHA256,
    SHA512,
    FakeUrl,
    desired,
    image,
    record,
)


def test_temporary_image_is_private_and_records_its_upload() -> None:
    attributes = {"visibility": "public", "protected": True, "os_hidden": True, "p": "1", "tags": ["a"]}
    assert temporary_document(
        "cirros", {"disk_format": "raw", "container_format": "bare"}, attributes, {"place": "here"}
    ) == {
        "name": "(upload of osops.glance) cirros",
        "osops_upload_of": "cirros",
        "osops_upload_by": '{"place": "here"}',
        "visibility": "private",
        "disk_format": "raw",
        "container_format": "bare",
        "p": "1",
        "tags": ["a"],
    }
    assert len(temporary_document("x" * 255, {}, {}, {})["name"]) == 255


@pytest.mark.parametrize(
    ("options", "source", "recorded"),
    [
        pytest.param({}, None, None, id="nothing shows a change of the source"),
        pytest.param({}, "abc", {"image": "1", "origin": "abc"}, id="origin"),
        pytest.param({"checksum": f"sha512:{SHA512}"}, None, None, id="checksum that the service has"),
        pytest.param(
            {"checksum": f"sha256:{SHA256}"},
            "abc",
            {"image": "1", "checksum": f"sha256:{SHA256}", "origin": "abc"},
            id="checksum that the service does not have",
        ),
    ],
)
def test_only_facts_that_the_image_does_not_show_are_recorded(options: Any, source: Any, recorded: Any) -> None:
    expected = desired(checksum=parse_checksum(options["checksum"]) if options else None)
    facts = source_facts(None, expected, FakeUrl(source))
    published = published_attributes(image(), expected, {"visibility": "public"}, facts)
    assert (json.loads(published["osops_source"]) if recorded else published["osops_source"]) == recorded
    assert (published["name"], published["osops_upload_of"]) == ("cirros", None)


@pytest.mark.parametrize(
    ("held", "message"),
    [
        pytest.param({"status": "queued"}, "is queued, not active", id="status"),
        pytest.param({"size": 7}, "8 bytes were sent, but the service holds 7", id="size"),
        pytest.param({"os_hash_value": "0" * 128}, "the service holds 000", id="hash"),
        pytest.param({"checksum": "0" * 32}, "the service holds 000", id="md5"),
    ],
)
def test_upload_is_verified(held: dict[str, Any], message: str) -> None:
    def verify(found: dict[str, Any]) -> None:
        verify_size(found, 8)
        verify_digests(known_digests(found), {"sha512": SHA512, "md5": MD5})

    verify(image())
    with pytest.raises(GlanceError, match=message):
        verify(image(**held))


@pytest.mark.parametrize(
    ("created", "used"),
    [({"os_hash_algo": None}, {"sha512"}), ({}, {"md5"})],
    ids=["since Rocky", "before"],
)
def test_algorithm_depends_on_the_release(created: dict[str, Any], used: set[str]) -> None:
    assert upload_algorithms(created) == used


@pytest.mark.parametrize(
    ("name", "kept"),
    [("cirros", "cirros (2026-01-01)"), ("x" * 255, "x" * 242 + " (2026-01-01)")],
    ids=["short", "longest"],
)
def test_retired_copy_has_its_creation_time_in_the_name(name: str, kept: str) -> None:
    assert retired_name(image(name=name)) == kept


def test_retired_copy_keeps_the_record_of_its_source() -> None:
    retired = retired_attributes(image(**record(checksum="md5:0", replaces="0")), hide=True)
    assert retired["os_hidden"] is True
    assert json.loads(retired["osops_source"]) == {"image": "1", "checksum": "md5:0", "retired": "cirros"}
