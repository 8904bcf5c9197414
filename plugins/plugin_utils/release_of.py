# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse versions of packages. This file imports little, since many tasks use it."""

from __future__ import annotations

import re

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

_UPSTREAM = re.compile(r"(?:\d+:)?(\d+(?:\.\d+)*)")


def upstream_version(package_version: str) -> str:
    """Return the version of the software in the version of its package."""
    found = _UPSTREAM.match(package_version)
    if not found:
        raise GlanceError(f"{package_version!r} is not a version of a package")
    return found.group(1)
