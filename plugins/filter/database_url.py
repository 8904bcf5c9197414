# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment import database_url as url


def database_url(parts: Mapping[str, Any]) -> str:
    """Return the URL of a database."""
    try:
        return url.database_url(parts)
    except GlanceError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Build URLs of databases."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"database_url": database_url}
