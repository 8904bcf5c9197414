# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.release_of import upstream_version


def release(package_version: str, table: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the release that a version of the package belongs to."""
    try:
        version = upstream_version(str(package_version or ""))
    except GlanceError as error:
        raise AnsibleFilterError(f"{error}; name the release in glance_release: {', '.join(table)}") from error
    parts = version.split(".")
    for name, facts in table.items():
        leading = str(facts["version"]).split(".")
        if parts[: len(leading)] == leading:
            return name
    raise AnsibleFilterError(
        f"Glance {version} (package version {package_version}) is of no release known here: {', '.join(table)}. "
        "Name the one that it is most like in glance_release."
    )


class FilterModule:
    """Which release a package is of."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"release": release}
