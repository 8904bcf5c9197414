# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a module that specify content, and the source that they result in."""

from __future__ import annotations

import re
from typing import Any, Mapping
from urllib.parse import unquote, urlsplit

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import Checksum, parse_checksum
from ansible_collections.osops.glance.plugins.module_utils._content.compression import CHOICES, COMPRESSIONS
from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source

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
    checksum = checksum_of(params.get("checksum"), params, name)
    uncompressed = checksum_of(params.get("checksum_uncompressed"), params, uncompressed_name(name))
    decompress = decompression(params)
    if params["src"]:
        return FileSource(params["src"], checksum, uncompressed, decompress)
    from ansible_collections.osops.glance.plugins.module_utils._content.url_options import url_source

    return url_source(params, checksum, uncompressed, decompress)


def url_secrets(params: Mapping[str, Any]) -> set[str]:
    """Return the passwords and signatures in the URLs of the options, percent-encoded and decoded."""
    options = [params.get(option) or "" for option in ("url", "checksum", "checksum_uncompressed")]
    urls = [text for text in options if "://" in text or "?" in text]
    if not urls:
        return set()
    from ansible_collections.osops.glance.plugins.module_utils._content.signed_url import secrets_in_query

    secrets: set[str] = set()
    for url in urls:
        account = re.search("://[^/@:]*:([^/]*)@", url)
        if account:
            secrets |= {account.group(1), unquote(account.group(1))}
        secrets |= secrets_in_query(url)
    return secrets - {""}


def file_name(params: Mapping[str, Any]) -> str:
    """Return the name of the content in checksum files."""
    path = params["src"] or unquote(urlsplit(params["url"] or "").path)
    return str(path).rpartition("/")[2]


def uncompressed_name(name: str) -> str:
    """Return the name of a file after decompression."""
    stem, _dot, extension = name.rpartition(".")
    return stem if extension in {compression.choice for compression in COMPRESSIONS} else name


def decompression(params: Mapping[str, Any]) -> str:
    """Return the compression of the content; by default, RAM disks and containers stay compressed for their users."""
    choice = params.get("decompress") or "auto"
    stays_compressed = params.get("container_format") not in (None, "bare") or params.get("disk_format") in (
        "aki",
        "ari",
    )
    return "none" if choice == "auto" and stays_compressed else choice


def checksum_of(text: str | None, params: Mapping[str, Any], name: str) -> Checksum | None:
    """Return the checksum of an option; download the checksum file that it refers to.

    name: the name of the content in a checksum file.
    """
    if not text or "://" not in text:
        return parse_checksum(text) if text else None
    from ansible_collections.osops.glance.plugins.module_utils._content.url_options import resolve_checksum

    return resolve_checksum(text, params, name)
