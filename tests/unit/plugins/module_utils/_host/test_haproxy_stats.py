# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.haproxy_stats import (
    configuration_of,
    has_backend,
    problems_of,
    rows_of,
    servers_of,
)

# The response of HAProxy 2.6.12 to `show stat`
STATISTICS = (Path(__file__).parent / "haproxy_stat.csv").read_text()
SERVERS = servers_of(rows_of(STATISTICS), "glance")


def test_servers_of_the_backend_are_parsed() -> None:
    assert [(server.name, server.status, server.is_up) for server in SERVERS] == [
        ("c1", "UP", True),
        ("c2", "DOWN", False),
        ("c3", "MAINT", False),
        ("c4", "DOWN", False),
    ]
    assert SERVERS[0].address.endswith(":9292")


def test_reason_is_that_of_haproxy() -> None:
    assert "L7OK/200" in SERVERS[0].check
    assert "Layer7 wrong status (L7STS/503), Service Unavailable" in SERVERS[1].check
    assert "Connection refused" in SERVERS[3].check


def test_backend_is_found_by_its_name() -> None:
    assert has_backend(rows_of(STATISTICS), "glance")
    assert not has_backend(rows_of(STATISTICS), "keystone")
    assert servers_of(rows_of(STATISTICS), "keystone") == []


def test_each_difference_from_the_expected_servers_is_a_problem() -> None:
    missing, other, *down = problems_of(SERVERS, ["c1", "c2", "c4", "c5"], "glance")
    assert missing == "The backend glance does not contain c5."
    assert other == "The backend glance contains c3, which is not one of the expected servers."
    assert [problem.split()[0] for problem in down] == ["c2", "c4"]
    assert problems_of(SERVERS[:1], ["c1"], "glance") == []


@pytest.mark.parametrize(
    ("status", "is_up"),
    [("UP", True), ("UP 1/2", True), ("DOWN 1/2", False), ("no check", True), ("DRAIN", False), ("NOLB", False)],
)
def test_server_gets_requests_while_it_is_up(status: str, is_up: bool) -> None:
    assert SERVERS[0]._replace(status=status).is_up is is_up


@pytest.mark.parametrize(
    ("response", "expected"),
    [("GLANCE_LOADBALANCER=ab-cd\n\n", "ab-cd"), ("Variable not found\n\n", None), ("", None)],
)
def test_configuration_is_an_environment_variable(response: str, expected: str | None) -> None:
    assert configuration_of(response) == expected
