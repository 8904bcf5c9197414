# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content import url_options
from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.http_request import HttpSettings
from ansible_collections.osops.glance.plugins.module_utils._content.source import PIECE
from ansible_collections.osops.glance.plugins.module_utils._content.source_options import (
    SOURCE_OPTIONS,
    create_source,
    url_secrets,
)
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._content.http_site import (
    CONTENT,
    DATED,
    PROVABLE,
    SHA256,
    Site,
    read,
    status,
    whole,
)

pytestmark = pytest.mark.usefixtures("delays")


def params(**options: Any) -> dict[str, Any]:
    return {**{name: option.get("default") for name, option in SOURCE_OPTIONS.items()}, **options}


def test_missing_ca_file_is_an_error() -> None:
    with pytest.raises(GlanceError, match=r"CA file /nowhere/ca.pem \(url_ca_path\) does not exist"):
        create_source(params(url="https://host/x", url_ca_path="/nowhere/ca.pem"))


def test_passwords_in_urls_are_secrets() -> None:
    options = params(url="https://me:p%2Fw@host/x", checksum="sha256:https://you:s3cret@host/x")
    assert url_secrets(options) == {"p%2Fw", "p/w", "s3cret"}
    assert url_secrets(params(url="https://host:80/a@b", checksum="md5:1")) == set()


def test_options_without_source_result_in_none() -> None:
    assert create_source(params(checksum="sha256:https://host/SHA256SUMS")) is None


def test_src_results_in_a_file_source(tmp_path: Path) -> None:
    (tmp_path / "x.gz").write_bytes(gzip.compress(CONTENT))
    found = create_source(params(src=str(tmp_path / "x.gz"), checksum_uncompressed=f"sha256:{SHA256}"))
    assert isinstance(found, FileSource)
    assert found.checksum_uncompressed == PROVABLE
    assert read(found) == CONTENT


def test_url_results_in_a_url_source_with_its_settings(site: Site, delays: list[float]) -> None:
    url = site.url(status(503), status(503), status(503), path="/x")
    settings = {"url_username": "me", "url_password": "s3cret", "url_headers": {"X-Number": 1}}
    found = create_source(params(url=url, retries=2, retry_delay=7, **settings))
    assert isinstance(found, UrlSource)
    assert found._settings == HttpSettings("me", "s3cret", {"X-Number": "1"}, True, None, 2, 7)
    with pytest.raises(GlanceError, match="503"):
        read(found)
    assert delays == [7, 14]


@pytest.mark.parametrize(
    ("stall_timeout", "seconds"), [(None, 60), (300, 60), (3, 3)], ids=["default", "longer", "shorter"]
)
def test_stall_timeout_is_at_most_a_minute(stall_timeout: int | None, seconds: float) -> None:
    found = create_source(params(url="http://host/x", stall_timeout=stall_timeout))
    assert isinstance(found, UrlSource)
    assert found._settings.stall_timeout == seconds


@pytest.mark.parametrize(
    "prefix",
    ["sha256:", "SHA256:", ""],
    ids=["algorithm", "algorithm in capitals", "no algorithm"],
)
def test_checksum_is_read_from_a_checksum_file(site: Site, prefix: str) -> None:
    url = site.url(whole(**DATED), path="/a%20b.img?x=/y")
    checksums = f"{'0' * 64}  other.img\n{SHA256} *a b.img\n".encode()
    site.responses["/a%20b.img"] = site.responses["/a%20b.img?x=/y"]
    found = create_source(params(url=url, checksum=prefix + site.url(whole(checksums), path="/SHA256SUMS")))
    assert found
    assert found.checksum == PROVABLE
    assert read(found) == CONTENT
    found.check({})


def test_checksum_of_a_file_is_found_by_its_name(site: Site, tmp_path: Path) -> None:
    (tmp_path / "x.img.gz").write_bytes(gzip.compress(CONTENT))
    sums = site.url(whole(f"{'0' * 64}  x.img.gz\n{SHA256}  x.img\n".encode()), path="/SHA256SUMS")
    found = create_source(params(src=str(tmp_path / "x.img.gz"), checksum=sums, checksum_uncompressed=sums))
    assert found
    assert found.checksum == Checksum("sha256", "0" * 64)
    assert found.checksum_uncompressed == PROVABLE


def test_unavailable_checksum_file_is_an_error(site: Site) -> None:
    sums = site.url(status(404), path="/SHA256SUMS")
    with pytest.raises(GlanceError, match="SHA256SUMS cannot be downloaded: HTTP Error 404"):
        create_source(params(url=site.url(whole()), checksum=f"sha256:{sums}"))
    with pytest.raises(GlanceError, match="neither src nor the path of url ends in one"):
        create_source(params(url=site.url(whole(), path="/"), checksum=f"sha256:{sums}"))


def test_large_checksum_file_is_an_error(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(url_options, "MAX_CHECKSUM_FILE_SIZE", PIECE)
    with pytest.raises(GlanceError, match="too large for a checksum file"):
        create_source(params(url=site.url(whole()), checksum=site.url(whole(), path="/y")))


def test_headers_are_not_sent_to_the_server_of_the_checksum_file(site: Site, other_site: Site) -> None:
    sums = other_site.url(whole(f"{SHA256}  x.img\n".encode()), path="/SHA256SUMS")
    assert create_source(params(url=site.url(whole()), url_headers={"X-Token": "s3cret"}, checksum=sums))
    assert "X-Token" not in other_site.requests[0].headers


@pytest.mark.parametrize(
    ("options", "decompressed"),
    [
        pytest.param({}, True, id="detected"),
        pytest.param({"decompress": "gz"}, True, id="explicit"),
        pytest.param({"decompress": "none"}, False, id="disabled"),
        pytest.param({"container_format": "bare"}, True, id="bare"),
        pytest.param({"container_format": "docker"}, False, id="container"),
        pytest.param({"disk_format": "ari"}, False, id="RAM disk"),
        pytest.param({"disk_format": "ari", "decompress": "gz"}, True, id="RAM disk, explicit"),
    ],
)
def test_content_is_decompressed_unless_its_user_decompresses_it(
    tmp_path: Path, options: Any, decompressed: bool
) -> None:
    (tmp_path / "x").write_bytes(gzip.compress(CONTENT))
    found = create_source(params(src=str(tmp_path / "x"), **options))
    assert found
    assert found.is_decompressed is decompressed
