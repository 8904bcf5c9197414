# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Identify the Linux distribution of a host."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence

from ansible.module_utils import distro

# Values of ID and ID_LIKE in os-release(5) for each family of distributions.
FAMILIES = {"Debian": {"debian", "ubuntu"}, "RedHat": {"rhel", "centos", "fedora"}}


class Distribution(NamedTuple):
    """A Linux distribution.

    name: ID and VERSION_ID of os-release(5), such as "debian 12"; a rolling one, such as Debian sid, has no version.
    family: "Debian" or "RedHat"; empty for any other family.
    """

    name: str
    family: str


def read_distribution() -> Distribution:
    """Return the distribution of this host."""
    return distribution_of(distro.os_release_info())


def distribution_of(release: Mapping[str, str]) -> Distribution:
    """Return the distribution that the fields of os-release(5) describe.

    release: the fields by their names in lower case.
    """
    ids = {release.get("id", ""), *release.get("id_like", "").split()}
    family = next((name for name, members in FAMILIES.items() if ids & members), "")
    return Distribution(f"{release.get('id', 'linux')} {release.get('version_id', '')}".strip(), family)


def for_family(values: Mapping[str, Any] | Sequence[Any], family: str) -> Any:
    """Return the values for a family of distributions.

    values: the values for every family, or a dictionary of them by family.
    """
    return values.get(family, []) if isinstance(values, Mapping) else values
