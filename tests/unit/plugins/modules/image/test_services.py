# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
    answered,
    time_text,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import run


def test_service_that_is_not_in_the_catalog_has_no_images(glance: FakeGlance, src: str) -> None:
    glance.in_catalog = False
    assert run(src=src, check_mode=True)["action"] == "create"
    assert glance.calls == []


def test_release_without_multihash_is_verified_by_md5(glance: FakeGlance, src: str) -> None:
    glance.algorithm = None
    assert run(src=src)["action"] == "create"
    assert not run(src=src)["changed"]


@pytest.mark.parametrize("name", ["cirros", "debian:12", 'a "quoted", name', "in:x"])
@pytest.mark.parametrize("others", [0, 1, 2])
def test_service_without_operators_in_filters_has_one_image_of_the_name(
    glance: FakeGlance, src: str, name: str, others: int
) -> None:
    glance.supports_operators = glance.supports_visibility_all = False
    for number in range(others):
        glance.add(b"other", name=f"other {number}", visibility="public")
    assert [run(name=name, src=src)["changed"] for _run in range(3)] == [True, False, False]
    assert len(glance.named(name)) == 1


PROTECTED = [("create", "update", "delete"), ("delete",), ("update", "delete")]


@pytest.mark.parametrize("protected", PROTECTED, ids=["all", "delete", "update and delete"])
@pytest.mark.parametrize("replace", ["delete", "rotate", "hide"])
def test_service_may_refuse_the_records(
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


def test_refused_records_are_a_warning(glance: FakeGlance, src: str) -> None:
    glance.protected = PROTECTED[0]
    leftover = glance.add(name="(upload of osops.glance) cirros", updated_at=time_text(-9999))
    result = run(src=src)
    assert "property_protection_file" in result["warnings"][0]
    assert result["removed"] == [leftover]
    assert not [name for image in glance.images.values() for name in image if name.startswith("osops_")]


def test_record_is_stored_if_only_removals_are_refused(glance: FakeGlance, src: str) -> None:
    glance.protected = ("delete",)
    result = run(src=src)
    assert result["warnings"] == []
    assert "origin" in json.loads(result["image"]["osops_source"])
    assert result["image"]["osops_upload_of"] == "cirros"


def test_other_refusals_are_reported(glance: FakeGlance, src: str, monkeypatch: Any) -> None:
    refusal = {"message": "Attribute 'os_distro' is reserved."}
    monkeypatch.setattr(glance, "_post", lambda _none, json: answered(403, refusal))
    assert "answered 403: Attribute 'os_distro' is reserved." in run(src=src, os_distro="debian")["msg"]


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
def test_host_in_fips_mode_refuses_md5(
    glance: FakeGlance, src: str, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    fips(monkeypatch, True)
    message = run(src=src, **{option: "md5:" + hashlib.md5(CONTENT).hexdigest()})["msg"]
    assert message == (
        f"The checksum of the file {src} uses md5, which Python on this host refuses, as hosts in FIPS mode do for "
        "md5. Set a checksum of sha256 or sha512."
    )
    assert glance.writes() == []
