# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable, Sequence

from ansible_collections.osops.glance.plugins.plugin_utils.memcached import option


def memcached_servers(servers: Sequence[str]) -> str:
    """Return the value of the option `memcached_servers` of keystonemiddleware."""
    return ",".join(option(server) for server in servers)


class FilterModule:
    """Format memcached servers for keystonemiddleware."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"memcached_servers": memcached_servers}
