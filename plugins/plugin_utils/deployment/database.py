# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the options of the module database, and the URL of the database."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.database_url import database_url
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inputs
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.packages import install_options

LOGIN = ("login_host", "login_port", "login_user", "login_password", "connect_timeout", "lock_timeout", "timeout")


def service_url(inputs: Inputs) -> str:
    """Return the URL of the database for the configuration. An authority in it makes the service use TLS."""
    return database_url(
        {
            "user": inputs["database_user"],
            "password": inputs["database_password"],
            "host": inputs["database_host"],
            "port": inputs["database_port"],
            "name": inputs["database_name"],
            "query": {"charset": "utf8", "ssl_ca": inputs["database_ca_cert"]},
        }
    )


def database_part(host: Host) -> dict[str, Any]:
    """Return the part of the plan for the role glance_database."""
    inputs = host.inputs
    return {
        "install": install_options(host, [host.platform["mysql_library"]]),
        "login": _login(host),
        "previous_user": inputs["previous_database_user"],
        "account": {**_account(inputs), "privileges": inputs["database_privileges"], "tls": _tls(inputs)},
        "removal": {
            "dump": not inputs["remove_data"],
            "dump_directory": None if inputs["remove_data"] else inputs["database_dump_directory"],
            "checked_directories": _dump_directories(inputs),
        },
    }


def _login(host: Host) -> dict[str, Any]:
    """Return the login of the administrator: over TCP if a host is set, otherwise by a socket on this host."""
    login = {name: host.inputs[f"database_{name}"] for name in LOGIN}
    return {**login, "login_unix_socket": None if login["login_host"] else host.platform["mysql_sockets"]}


def _account(inputs: Inputs) -> dict[str, Any]:
    names = ("name", "user", "password")
    return {**{name: inputs[f"database_{name}"] for name in names}, "hosts": inputs["database_account_hosts"]}


def _tls(inputs: Inputs) -> bool:
    """Return whether the accounts require TLS. Without an authority the service would connect without it."""
    if inputs["database_tls"] and not inputs["database_ca_cert"]:
        raise GlanceError(
            "glance_database_tls requires glance_database_ca_cert, the authority that signed the certificate of the "
            "database."
        )
    return bool(inputs["database_tls"])


def _dump_directories(inputs: Inputs) -> list[dict[str, Any]]:
    if inputs["remove_data"]:
        return []
    hint = "Set glance_database_dump_directory to a directory with space for a dump of the database."
    path = inputs["database_dump_directory"]
    return [{"variable": "glance_database_dump_directory", "path": path, "free": 0.1, "hint": hint}]
