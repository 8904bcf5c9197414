# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a module that specify content, and the source that they result in."""

from __future__ import annotations

import os
import re
from typing import Any, Mapping
from urllib.parse import unquote, urlsplit

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum
from ansible_collections.osops.glance.plugins.module_utils._content.checksum_file import (
    ChecksumFile,
    find_checksum,
    parse_checksum_option,
)
from ansible_collections.osops.glance.plugins.module_utils._content.compression import CHOICES, COMPRESSIONS
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.http_request import STALL_TIMEOUT, HttpSettings
from ansible_collections.osops.glance.plugins.module_utils._content.signed_url import secrets_in_query
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._content.url import redacted_url, server_of
from ansible_collections.osops.glance.plugins.module_utils._content.url_source import UrlSource
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

MAX_CHECKSUM_FILE_SIZE = 4 * 1024 * 1024  # bytes

SOURCE_OPTIONS: dict[str, Any] = {
    "src": {"type": "path"},
    "url": {"type": "str"},
    "url_username": {"type": "str"},
    "url_password": {"type": "str", "no_log": True},
    "url_headers": {"type": "dict", "no_log": True},
    "url_validate_certs": {"type": "bool", "default": True},
    "url_ca_path": {"type": "path"},
    "checksum": {"type": "str"},
    "checksum_uncompressed": {"type": "str"},
    "decompress": {"type": "str", "choices": list(CHOICES), "default": "auto"},
}


def create_source(params: Mapping[str, Any]) -> Source | None:
    """Return the source of the options; None without `src` and `url`. Checksum files are downloaded."""
    if not params["src"] and not params["url"]:
        return None
    name = file_name(params)
    checksum = resolve_checksum(params.get("checksum"), params, name)
    uncompressed = resolve_checksum(params.get("checksum_uncompressed"), params, uncompressed_name(name))
    decompress = decompression(params)
    if params["src"]:
        return FileSource(params["src"], checksum, uncompressed, decompress)
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


def url_secrets(params: Mapping[str, Any]) -> set[str]:
    """Return the passwords and signatures in the URLs of the options, percent-encoded and decoded."""
    secrets: set[str] = set()
    for option in ("url", "checksum", "checksum_uncompressed"):
        account = re.search("://[^/@:]*:([^/]*)@", params.get(option) or "")
        if account:
            secrets |= {account.group(1), unquote(account.group(1))}
        secrets |= secrets_in_query(params.get(option) or "")
    return secrets - {""}


def file_name(params: Mapping[str, Any]) -> str:
    """Return the name of the content in checksum files."""
    path = params["src"] or unquote(urlsplit(params["url"] or "").path)
    return str(path).rpartition("/")[2]


def uncompressed_name(name: str) -> str:
    """Return the name of a file after decompression."""
    stem, _dot, extension = name.rpartition(".")
    return stem if extension in {compression.choice for compression in COMPRESSIONS} else name


def resolve_checksum(text: str | None, params: Mapping[str, Any], name: str) -> Checksum | None:
    """Return the checksum of an option; download the checksum file that it refers to.

    name: the name of the content in a checksum file.
    """
    option = parse_checksum_option(text) if text else None
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


def decompression(params: Mapping[str, Any]) -> str:
    """Return the compression of the content; by default, RAM disks and containers stay compressed for their users."""
    choice = params.get("decompress") or "auto"
    stays_compressed = params.get("container_format") not in (None, "bare") or params.get("disk_format") in (
        "aki",
        "ari",
    )
    return "none" if choice == "auto" and stays_compressed else choice
