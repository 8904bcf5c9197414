# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the settings of a server, and check that the module can work with it."""

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Server
from ansible_collections.osops.glance.plugins.module_utils._mysql.password_statements import PLUGINS
from ansible_collections.osops.glance.plugins.module_utils._mysql.session import Session
from ansible_collections.osops.glance.plugins.module_utils._mysql.statements import Statement

MIN_VERSION = (10, 2)
VARIABLES = ("lower_case_table_names", "read_only", "strict_password_validation", "version", "wsrep_on")
CLUSTER_STATUS = ("wsrep_cluster_status", "wsrep_local_state_comment", "wsrep_ready")


def read_server(session: Session) -> Server:
    """Return the server; GlanceError if the module cannot work with it."""
    variables = _read_values(session, "VARIABLES", VARIABLES)
    is_node = variables.get("wsrep_on") == "ON"
    server = Server(
        version=variables["version"],
        lowercases_names=variables["lower_case_table_names"] != "0",
        is_read_only=variables["read_only"] not in ("OFF", "0"),
        cluster=_read_values(session, "STATUS", CLUSTER_STATUS) if is_node else None,
        validates_passwords=variables.get("strict_password_validation") == "ON" and bool(session.rows(PLUGINS)),
    )
    check_server(server, session.where)
    return server._replace(utf8=read_encoding(session, "utf8"))


def _read_values(session: Session, kind: str, names: tuple[str, ...]) -> dict[str, str]:
    """Return global variables or status variables of the server by name."""
    rows = session.rows(f"SHOW GLOBAL {kind} WHERE Variable_name IN %s", (names,))
    return {row["Variable_name"].lower(): row["Value"] for row in rows}


def read_encoding(session: Session, encoding: str) -> str:
    """Return the server's name of an encoding, which may be an alias."""
    (row,) = session.rows(*_encoding_query(encoding), subject=f"the encoding {encoding}")
    return str(next(iter(row.values())))


def _encoding_query(encoding: str) -> Statement:
    return f"SELECT CHARSET(CONVERT('' USING {encoding}))", ()


def check_server(server: Server, where: str) -> None:
    """Raise GlanceError if the module cannot work with the server."""
    if "mariadb" not in server.version.lower():
        raise GlanceError(
            f"The server at {where} is not MariaDB, its version is {server.version!r}. MySQL stores its accounts in a "
            "different way: create the database and its accounts manually, or use MariaDB."
        )
    if server.release < MIN_VERSION:
        raise GlanceError(
            f"The server at {where} is {server.version}: "
            f"the module requires MariaDB {'.'.join(map(str, MIN_VERSION))} or later."
        )
    cluster = server.cluster
    if cluster and (cluster.get("wsrep_ready") != "ON" or cluster.get("wsrep_cluster_status") != "Primary"):
        status = ", ".join(f"{name} is {cluster[name]!r}" for name in sorted(cluster))
        raise GlanceError(
            f"The server at {where} is a node of a Galera cluster that accepts no changes now ({status}): use a node "
            "that is Primary and Synced, or check the log of this one."
        )


def check_writable(server: Server, plan: Plan, where: str) -> None:
    """Raise GlanceError if the plan has changes and the server is read-only."""
    if plan.steps and server.is_read_only:
        resources = ", ".join(step.resource for step in plan.steps)
        raise GlanceError(
            f"The server at {where} is read-only (read_only=ON), but changes are required ({resources}): use the "
            "address of the primary server."
        )
