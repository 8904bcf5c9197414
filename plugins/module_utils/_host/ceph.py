# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the key of a Ceph client, as librados does."""

from __future__ import annotations

import configparser
import re

# The default of the option `keyring` (src/common/options/global.yaml.in of Ceph).
DEFAULT_KEYRINGS = "/etc/ceph/$cluster.$name.keyring,/etc/ceph/$cluster.keyring,/etc/ceph/keyring,/etc/ceph/keyring.bin"
# With one of these options the configuration contains the key itself, or names a file with only the key.
OTHER_KEYS = ("key", "keyfile")


def keyring_paths(text: str, client: str, cluster: str = "ceph") -> list[str]:
    """Return the files in which the key of a client can be.

    text: the content of ceph.conf.
    client: the name of the client, such as `client.glance`.
    Empty if the configuration needs no keyring, or cannot be parsed.
    """
    try:
        options = _client_options(text, client)
    except configparser.Error:
        return []
    if options.get("auth_client_required") == "none" or any(option in options for option in OTHER_KEYS):
        return []
    kind, _dot, name = client.partition(".")
    listed = options.get("keyring") or DEFAULT_KEYRINGS
    for variable, value in (("cluster", cluster), ("name", client), ("type", kind), ("id", name)):
        listed = re.sub(rf"\${variable}\b|\${{{variable}}}", value, listed)
    return [path for path in re.split(r"[,;\s]+", listed) if path]


def _client_options(text: str, client: str) -> dict[str, str]:
    """Return the options of a client; those of its own section replace those of [client] and [global]."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, inline_comment_prefixes=("#", ";"))
    parser.optionxform = _normalized  # type: ignore[method-assign,assignment]
    parser.read_string(text)
    sections = [section for section in ("global", "client", client) if parser.has_section(section)]
    return {option: value or "" for section in sections for option, value in parser.items(section)}


def _normalized(option: str) -> str:
    """Return an option name with underscores: Ceph also accepts spaces and hyphens."""
    return re.sub(r"[\s_-]+", "_", option.strip().lower())
