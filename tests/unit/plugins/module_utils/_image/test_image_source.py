# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.convert import ConvertedSource
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.image_source import ImageSource, open_source
from ansible_collections.osops.glance.plugins.module_utils._image.remote_source import RemoteSource

FORMATS = {"disk_format": "raw", "container_format": "bare"}


def params(path: Path, **options: Any) -> dict[str, Any]:
    return {"src": str(path), "url": None, "checksum": None, "decompress": "none", **options}


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    (tmp_path / "disk").write_bytes(b"\0content")
    return tmp_path / "disk"


def test_options_without_a_source_have_none() -> None:
    assert ImageSource({"src": None, "url": None}).current is None


def test_file_is_the_source(disk: Path) -> None:
    assert isinstance(open_source(params(disk)), FileSource)


def test_converted_file_is_the_source(disk: Path, tmp_path: Path) -> None:
    source = open_source(params(disk, convert="qcow2", convert_directory=str(tmp_path)))
    assert isinstance(source, ConvertedSource)
    assert source.target_format == "qcow2"


def test_content_that_the_service_downloads_is_remote() -> None:
    url = {"src": None, "url": "http://host/disk", "method": "web-download", "decompress": "none"}
    assert isinstance(open_source(url), RemoteSource)


def test_first_attempt_uses_the_planned_source(disk: Path) -> None:
    source = ImageSource(params(disk))
    planned = source.current
    assert planned
    assert source.for_attempt(1, planned, FORMATS) is planned


def test_later_attempt_opens_the_source_again(disk: Path) -> None:
    source = ImageSource(params(disk))
    planned = source.current
    assert planned
    assert b"".join(planned.pieces()) == b"\0content"
    again = source.for_attempt(2, planned, FORMATS)
    assert again is source.current is not planned
    assert b"".join(again.pieces()) == b"\0content"


def test_format_that_changed_between_attempts_is_refused(disk: Path) -> None:
    source = ImageSource(params(disk))
    planned = source.current
    assert planned
    disk.write_bytes(gzip.compress(b"other"))
    with pytest.raises(GlanceError, match="gzip"):
        source.for_attempt(2, planned, FORMATS)
