# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Server
from ansible_collections.osops.glance.plugins.module_utils._mysql.server import check_server, check_writable
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.builders import SERVER

CLUSTER = {"wsrep_ready": "ON", "wsrep_cluster_status": "Primary", "wsrep_local_state_comment": "Synced"}


@pytest.mark.parametrize(
    ("server", "message"),
    [
        pytest.param(SERVER, None, id="bookworm"),
        pytest.param(Server("5.5.5-10.3.39-MariaDB"), None, id="behind a proxy"),
        pytest.param(Server("8.0.36-0ubuntu0.22.04.1"), "is not MariaDB", id="MySQL"),
        pytest.param(
            Server("5.5.68-MariaDB"), "5.5.68-MariaDB: the module requires MariaDB 10.2 or later", id="CentOS 7"
        ),
        pytest.param(SERVER._replace(cluster=CLUSTER), None, id="node in the cluster"),
        pytest.param(
            SERVER._replace(cluster={**CLUSTER, "wsrep_ready": "OFF", "wsrep_cluster_status": "non-Primary"}),
            "wsrep_cluster_status is 'non-Primary'",
            id="node outside of the cluster",
        ),
    ],
)
def test_server_is_checked(server: Server, message: str | None) -> None:
    if message is None:
        check_server(server, "controller:3306")
        return
    with pytest.raises(GlanceError, match=f"The server at controller:3306 .*{message}"):
        check_server(server, "controller:3306")


def test_read_only_server_is_refused_only_if_changes_are_required() -> None:
    replica = SERVER._replace(is_read_only=True)
    check_writable(replica, Plan(), "db")
    with pytest.raises(GlanceError, match=r"read-only .* \(database glance\)"):
        check_writable(replica, Plan((Step("database glance", "create"),)), "db")
