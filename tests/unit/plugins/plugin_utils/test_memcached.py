# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.memcached import memcached_servers, parse


@pytest.mark.parametrize(
    ("server", "written"),
    [
        ("controller", "controller:11211"),
        ("controller:11212", "controller:11212"),
        ("inet:controller:11212", "controller:11212"),
        ("192.0.2.1:11211", "192.0.2.1:11211"),
        ("[fd00::10]:11211", "inet6:[fd00::10]:11211"),
        ("[fd00::10]", "inet6:[fd00::10]:11211"),
        ("fd00::10", "inet6:[fd00::10]:11211"),
        ("::1", "inet6:[::1]:11211"),
        ("inet6:[fd00::10]:11212", "inet6:[fd00::10]:11212"),
        ("inet6:[controller]:11211", "inet6:[controller]:11211"),
        ("unix:/run/memcached.sock", "unix:/run/memcached.sock"),
    ],
)
def test_server_is_written_as_its_client_parses_it(server: str, written: str) -> None:
    assert memcached_servers([server]) == written
    # What was written is read as the same server.
    assert parse(written) == parse(server)


def test_servers_are_joined() -> None:
    assert memcached_servers(["a", "[::1]:11211"]) == "a:11211,inet6:[::1]:11211"
