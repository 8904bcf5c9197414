# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import run


def test_web_page_is_refused_before_any_change(glance: FakeGlance, tmp_path: Path) -> None:
    (tmp_path / "page.img").write_text("<!DOCTYPE html><html>404</html>")
    assert "is a web page" in run(src=str(tmp_path / "page.img"))["msg"]
    assert glance.writes() == []


def iso(hybrid: bool) -> bytes:
    content = bytearray(300 * 1024)
    content[0x8000:0x8006] = b"\x01CD001"
    if hybrid:
        content[510:512] = b"\x55\xaa"
    return bytes(content)


def strict(content: bytes) -> Any:
    """Respond to a hybrid ISO of any format as Glance 2025.1 and 2025.2 do."""
    if content[510:512] == b"\x55\xaa":
        return 415, None
    return 204, content


@pytest.mark.parametrize("disk_format", [None, "iso"])
def test_hybrid_iso_is_refused_before_the_upload(glance: FakeGlance, tmp_path: Path, disk_format: Any) -> None:
    file = tmp_path / "x.iso"
    file.write_bytes(iso(True))
    sent: list[int] = []
    glance.faults = [lambda content: (sent.append(len(content)), strict(content))[1]]
    message = run(src=str(file), disk_format=disk_format)["msg"]
    assert sent == [64 * 1024]
    assert "is a bootable (hybrid) ISO, and the Image service rejects its first 64 KiB" in message
    assert "require_image_format_match" in message
    assert glance.images == {}


def test_disk_with_a_contradicting_partition_table_is_refused_before_the_upload(
    glance: FakeGlance, tmp_path: Path
) -> None:
    file = tmp_path / "x.raw"
    file.write_bytes(bytes(510) + b"\x55\xaa" + bytes(300 * 1024))
    glance.faults = [strict]
    message = run(src=str(file))["msg"]
    assert "rejects its first 64 KiB: 415" in message
    assert "gpt_safety_checks_nonfatal: [mbr]" in message
    assert glance.images == {}


@pytest.mark.parametrize(("hybrid", "puts"), [(True, 2), (False, 1)], ids=["hybrid", "plain"])
def test_iso_is_uploaded_if_the_service_accepts_it(glance: FakeGlance, tmp_path: Path, hybrid: bool, puts: int) -> None:
    file = tmp_path / "x.iso"
    file.write_bytes(iso(hybrid))
    assert [run(src=str(file))["changed"] for _run in range(2)] == [True, False]
    assert glance.writes().count("PUT") == puts
    assert [image["size"] for image in glance.images.values()] == [300 * 1024]


def test_file_that_changes_during_the_upload_is_sent_again(glance: FakeGlance, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    # Its beginning is read when it is planned.
    content = CONTENT * 100
    disk.write_bytes(content)
    glance.after_post = lambda: disk.write_bytes(content[:-1])
    transfer = run(src=str(disk))["transfer"]
    assert (transfer["bytes"], transfer["attempts"]) == (len(content) - 1, 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(os.mkfifo, "is not a regular file", id="pipe"),
        pytest.param(lambda path: path.symlink_to("/dev/stdin"), "is not a regular file", id="standard input"),
        pytest.param(lambda path: path.symlink_to("nowhere"), "does not exist", id="link to nothing"),
        pytest.param(lambda path: path.touch(), "is empty", id="empty"),
    ],
)
def test_unsuitable_file_is_refused(glance: FakeGlance, tmp_path: Path, make: Any, message: str) -> None:
    make(tmp_path / "disk")
    assert message in run(src=str(tmp_path / "disk"))["msg"]
    assert glance.writes() == []


def test_huge_file_is_not_read_for_the_plan(glance: FakeGlance, src: str) -> None:
    first = run(src=src)
    os.truncate(src, 2**40)
    assert run(src=src, check_mode=True)["action"] == "replace"
    glance.images[first["id"]]["osops_source"] = json.dumps(
        {"image": first["id"], "origin": FileSource(src, decompress="auto").origin}
    )
    assert not run(src=src)["changed"]


def test_link_is_followed(glance: FakeGlance, src: str, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(src)
    created = run(src=str(tmp_path / "link"))
    assert glance.data[created["id"]] == CONTENT
    assert not run(src=src)["changed"]


def test_file_that_is_replaced_during_the_upload_is_not_mixed(glance: FakeGlance, tmp_path: Path) -> None:
    disk, other = tmp_path / "disk", tmp_path / "other"
    disk.write_bytes(CONTENT * 100)
    other.write_bytes(CONTENT[::-1] * 100)
    glance.after_post = lambda: os.replace(other, disk)
    first = run(src=str(disk))
    assert glance.data[first["id"]] in (CONTENT * 100, CONTENT[::-1] * 100)
    second = run(src=str(disk))
    assert glance.data[second["id"]] == CONTENT[::-1] * 100
    assert not run(src=str(disk))["changed"]


def test_content_is_checked_before_it_is_converted(
    glance: FakeGlance, src: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin/qemu-img"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\ncp "$6" "$7"; echo converted >> "$7"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    work = tmp_path / "work"
    work.mkdir()
    options = {"src": src, "convert": "qcow2", "convert_directory": str(work)}
    predicted = run(check_mode=True, **options)
    assert (predicted["changed"], list(work.iterdir()), glance.writes()) == (True, [], [])
    done = run(**options)
    assert (done["image"]["disk_format"], done["transfer"]["bytes"]) == ("qcow2", len(CONTENT) + len("converted\n"))
    assert list(work.iterdir()) == []
    assert not run(**options)["changed"]
