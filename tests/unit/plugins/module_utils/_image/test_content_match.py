# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import hashlib
import os
import time
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content import file_source
from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum, parse_checksum
from ansible_collections.osops.glance.plugins.module_utils._content.convert import ConvertedSource
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.content_match import same_content
from ansible_collections.osops.glance.plugins.module_utils._image.publication import (
    source_facts,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import (
    CONTENT,
    MD5,
    OTHER,
    SHA256,
    SHA512,
    FakeUrl,
    UnreadableFile,
    desired,
    image,
    record,
)


@pytest.mark.parametrize(
    ("existing", "options", "same"),
    [
        pytest.param(image(), {"checksum": f"sha512:{SHA512}"}, True, id="hash of the service"),
        pytest.param(image(), {"checksum": f"md5:{MD5}"}, True, id="md5 of the service"),
        pytest.param(image(), {"checksum": f"md5:{'0' * 32}"}, False, id="another md5"),
        pytest.param(
            image(**record(checksum=f"sha256:{SHA256}")), {"checksum": f"sha256:{SHA256}"}, True, id="recorded"
        ),
        pytest.param(
            image(**record(checksum=f"sha256:{OTHER}")), {"checksum": f"sha256:{SHA256}"}, False, id="another record"
        ),
        pytest.param(image(), {"disk_format": "qcow2"}, False, id="other format"),
        pytest.param(image(), {"container_format": "ova"}, False, id="other container"),
    ],
)
def test_known_digests_are_compared_without_reading_the_file(existing: Any, options: Any, same: bool) -> None:
    if "checksum" in options:
        options["checksum"] = parse_checksum(options["checksum"])
    assert same_content(existing, desired(**options), UnreadableFile("/x")) is same


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
    assert same_content(existing, desired(), file) is same


def test_file_of_another_size_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"longer than the content")
    assert not same_content(image(), desired(), UnreadableFile(str(tmp_path / "x")))


def test_checksum_unknown_to_the_service_is_verified_while_reading(file: FileSource) -> None:
    right, wrong = parse_checksum(f"sha256:{SHA256}"), parse_checksum(f"sha256:{OTHER}")
    assert same_content(image(), desired(checksum=right), FileSource(file.path, right))
    with pytest.raises(GlanceError, match=f"not sha256:{OTHER}"):
        same_content(image(), desired(checksum=wrong), FileSource(file.path, wrong))


def compressed(tmp_path: Path) -> Path:
    path = tmp_path / "disk.gz"
    path.write_bytes(gzip.compress(CONTENT))
    return path


def sum_of(path: Path) -> Checksum:
    return Checksum("sha256", hashlib.sha256(path.read_bytes()).hexdigest())


def test_decompressed_content_is_compared_with_the_image(tmp_path: Path) -> None:
    source = FileSource(str(compressed(tmp_path)), decompress="auto")
    assert same_content(image(), desired(), source)
    assert not same_content(image(os_hash_value="0" * 128), desired(), source)


def test_checksum_of_compressed_content_is_recorded(tmp_path: Path) -> None:
    path = compressed(tmp_path)
    expected = desired(checksum=sum_of(path), checksum_uncompressed=parse_checksum(f"sha256:{SHA256}"))
    source = FileSource(str(path), expected.checksum, expected.checksum_uncompressed, decompress="auto")
    recorded = source_facts(None, expected, source)
    assert recorded == {
        "delivered": str(expected.checksum),
        "checksum": f"sha256:{SHA256}",
        "origin": source.origin,
    }
    assert same_content(image(**record(**recorded)), expected, None)
    assert not same_content(image(**record(delivered=f"sha256:{OTHER}")), expected, None)


def test_converted_content_is_identified_by_its_original(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(CONTENT)
    source = ConvertedSource(FileSource(str(path)), "qcow2", str(tmp_path))
    recorded = source_facts(None, desired(), source)
    assert recorded == {"delivered": f"sha256:{SHA256}", "converted": "qcow2", "origin": source.original.origin}
    existing = image(os_hash_value="0" * 128, **record(**recorded))
    assert same_content(existing, desired(compare="hash"), source)
    assert same_content(existing, desired(), ConvertedSource(UnreadableFile(str(path)), "qcow2", str(tmp_path)))
    assert not same_content(existing, desired(), FileSource(str(path)))


def test_checksum_of_the_original_is_not_compared_with_the_converted_content(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(b"another format")
    expected = desired(checksum_uncompressed=parse_checksum(f"sha512:{SHA512[::-1]}"))
    source = ConvertedSource(FileSource(str(path)), "raw", str(tmp_path))
    recorded = source_facts(None, expected, source)
    assert same_content(image(**record(**recorded)), expected, source)
    other = desired(checksum_uncompressed=parse_checksum(f"sha512:{SHA512}"))
    assert not same_content(image(**record(**recorded)), other, source)


def test_file_with_the_recorded_inode_size_and_times_is_not_read(file: FileSource) -> None:
    existing = image(**record(**source_facts(None, desired(), file)))
    unread = UnreadableFile(file.path, decompress="auto")
    with pytest.raises(AssertionError, match="was read"):
        same_content(existing, desired(), unread)
    existing = image(**record(**source_facts(None, desired(), unread)))
    assert same_content(existing, desired(), UnreadableFile(file.path, decompress="auto"))


@pytest.mark.parametrize(
    ("options", "changes"),
    [
        pytest.param({"compare": "hash"}, lambda path: None, id="compare: hash"),
        pytest.param({"checksum": f"sha256:{SHA256}"}, lambda path: None, id="checksum that was not verified"),
        pytest.param({}, lambda path: path.write_bytes(CONTENT), id="written"),
        pytest.param({}, lambda path: path.chmod(0o600), id="other mode"),
        pytest.param({}, lambda path: replace(path, CONTENT), id="another file"),
        pytest.param({}, lambda path: os.utime(path, (0, 0)), id="other time"),
        pytest.param({}, lambda path: rewrite_with_old_time(path, CONTENT), id="same size and time"),
    ],
)
def test_file_is_read_if_it_may_have_changed(
    file: FileSource, options: dict[str, Any], changes: Callable[[Path], Any]
) -> None:
    existing = image(**record(**source_facts(None, desired(), file)))
    while time.time() - os.stat(file.path).st_ctime < file_source.TIME_STEP:
        time.sleep(0.01)
    changes(Path(file.path))
    if "checksum" in options:
        options["checksum"] = parse_checksum(options["checksum"])
    with pytest.raises(AssertionError, match="was read"):
        same_content(existing, desired(**options), UnreadableFile(file.path, options.get("checksum")))


def replace(path: Path, content: bytes) -> None:
    other = path.with_name("other")
    other.write_bytes(content)
    other.rename(path)


def rewrite_with_old_time(path: Path, content: bytes) -> None:
    """Write to the file, and set its time back."""
    times = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_image_without_digests_is_identified_by_its_source(file: FileSource) -> None:
    unknown = {"checksum": None, "os_hash_algo": None, "os_hash_value": None}
    assert same_content(image(**unknown, **record(**source_facts(None, desired(), file))), desired(), file)
    assert not same_content(image(**unknown), desired(), file)


def test_origin_of_a_recently_changed_file_is_not_recorded(file: FileSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_source, "has_reliable_times", lambda _status: False)
    assert source_facts(None, desired(), file) == {}


@pytest.mark.parametrize(
    ("existing", "same"),
    [
        pytest.param(image(**record(origin="abc")), True, id="same"),
        pytest.param(image(**record(origin="xyz")), False, id="other"),
        pytest.param(image(), True, id="no record, same hash"),
        pytest.param(image(os_hash_value="0" * 128), False, id="no record, other hash"),
        pytest.param(image(osops_source="no json"), True, id="invalid record, same hash"),
        pytest.param(
            image(id="2", os_hash_value="0" * 128, **record(origin="abc")),
            False,
            id="record of the image that a snapshot was made of",
        ),
    ],
)
def test_url_is_compared_by_its_origin_or_its_content(existing: Any, same: bool) -> None:
    assert same_content(existing, desired(), FakeUrl("abc")) is same
