# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a module that specify content of a URL, and the checksums in checksum files."""

from __future__ import annotations

import os
from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.checksum_file import (
    ChecksumFile,
    find_checksum,
    parse_checksum_option,
)
from ansible_collections.osops.glance.plugins.module_utils._content.http_request import STALL_TIMEOUT, HttpSettings
from ansible_collections.osops.glance.plugins.module_utils._content.url import redacted_url, server_of
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

MAX_CHECKSUM_FILE_SIZE = 4 * 1024 * 1024  # bytes


def url_source(
    params: Mapping[str, Any], checksum: Checksum | None, uncompressed: Checksum | None, decompress: str
) -> UrlSource:
    """Return the source of the option `url`."""
    return UrlSource(params["url"], checksum, uncompressed, decompress, http_settings(params))


def http_settings(params: Mapping[str, Any]) -> HttpSettings:
    """Return the settings of requests for the content and for checksum files."""
    ca_path = params.get("url_ca_path")
    if ca_path and not os.path.isfile(ca_path):
        raise GlanceError(f"The CA file {ca_path} (url_ca_path) does not exist on the host")
    return HttpSettings(
        username=params.get("url_username"),
        password=params.get("url_password"),
        headers={name: str(value) for name, value in (params.get("url_headers") or {}).items()},
        validate_certs=params.get("url_validate_certs") is not False,
        ca_path=ca_path,
        stall_timeout=min(STALL_TIMEOUT, params.get("stall_timeout") or STALL_TIMEOUT),
        **{name: params[name] for name in ("retries", "retry_delay", "timeout") if params.get(name) is not None},
    )


def resolve_checksum(text: str, params: Mapping[str, Any], name: str) -> Checksum | None:
    """Return the checksum of an option; download the checksum file that it refers to.

    name: the name of the content in a checksum file.
    """
    option = parse_checksum_option(text)
    if not isinstance(option, ChecksumFile):
        return option
    if not name:
        raise GlanceError("A checksum file lists file names, and neither src nor the path of url ends in one")
    settings = http_settings(params)
    if params["url"] and server_of(option.url) != server_of(params["url"]):
        settings = settings.without_credentials()
    return find_checksum(download_text(option.url, settings), name, option.algorithm, redacted_url(option.url))


def download_text(url: str, settings: HttpSettings) -> str:
    """Return the text of a checksum file; raise GlanceError if it has more than MAX_CHECKSUM_FILE_SIZE bytes."""
    source = UrlSource(url, settings=settings)
    text = b""
    for piece in source.pieces():
        text += piece
        if len(text) > MAX_CHECKSUM_FILE_SIZE:
            raise GlanceError(f"The {source.name} is too large for a checksum file")
    return text.decode("utf-8", "replace")
