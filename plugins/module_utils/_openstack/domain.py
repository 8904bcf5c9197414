# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains of Keystone, given by name or ID."""

from __future__ import annotations

import re

# The IDs of domains in Keystone: UUIDs without hyphens, and `default` for the domain that every Keystone has.
DOMAIN_ID = re.compile(r"default|[0-9a-f]{32}")
# The options of keystoneauth have one of these as a prefix.
DOMAIN_OWNERS = ("user", "project")


def is_domain_id(domain: str) -> bool:
    """Return whether a domain is given by its ID, according to the format of the ID."""
    return DOMAIN_ID.fullmatch(domain) is not None


def domain_options(domain: str) -> dict[str, str | None]:
    """Return the options of [keystone_authtoken] for the domain of the user and the project; null removes an option."""
    key, other = ("id", "name") if is_domain_id(domain) else ("name", "id")
    values = {key: domain, other: None}
    return {f"{owner}_domain_{name}": value for owner in DOMAIN_OWNERS for name, value in values.items()}
