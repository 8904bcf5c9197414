# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.network_checks import (
    check_local,
    check_reach,
    check_resolve,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.fakes import entry

TIMEOUT = 1.0


def test_open_port_has_no_problem(web_port: int) -> None:
    assert check_reach(entry(host="127.0.0.1", port=web_port), TIMEOUT) is None
    assert check_reach(entry(url=f"http://127.0.0.1:{web_port}/v3"), TIMEOUT) is None


def test_refused_connection_is_reported_with_the_hint(closed_port: int) -> None:
    assert check_reach(entry(host="127.0.0.1", port=closed_port, hint="Is it running?"), TIMEOUT) == (
        f"cannot connect to 127.0.0.1:{closed_port} (Connection refused). Is it running?"
    )


def test_refused_connection_is_accepted_on_request(closed_port: int) -> None:
    assert check_reach(entry(host="127.0.0.1", port=closed_port, accept_refused=True), TIMEOUT) is None


def test_secret_in_a_url_is_not_reported(closed_port: int) -> None:
    problem = check_reach(entry(url=f"http://glance:S3cret@127.0.0.1:{closed_port}/"), TIMEOUT)
    assert problem
    assert "S3cret" not in problem


@pytest.mark.parametrize(
    ("ip_version", "problem"),
    [(4, None), (6, "127.0.0.1 has no IPv6 address, and its client uses IPv6 only."), (None, None)],
    ids=["4", "6", "any"],
)
def test_client_of_one_ip_version_needs_an_address_of_it(
    web_port: int, ip_version: int | None, problem: str | None
) -> None:
    assert check_reach(entry(host="127.0.0.1", port=web_port, ip_version=ip_version), TIMEOUT) == problem


def test_name_that_resolves_has_no_problem() -> None:
    assert check_resolve(entry(host="localhost"), TIMEOUT) is None


@pytest.mark.usefixtures("unresolvable")
@pytest.mark.parametrize("check", [check_reach, check_resolve, check_local])
def test_unknown_name_is_reported(check: object) -> None:
    assert check(entry(host="db.invalid", port=3306), TIMEOUT) == (  # type: ignore[operator]
        "cannot resolve db.invalid (Name or service not known). Add the name to the DNS, or to /etc/hosts on this host."
    )


@pytest.mark.parametrize(
    ("addresses", "foreign"),
    [
        pytest.param(["127.0.0.1"], None, id="own"),
        pytest.param(["127.0.1.1"], None, id="own, as Debian's installer writes it"),
        pytest.param(["192.0.2.9"], "192.0.2.9", id="another host"),
        pytest.param(["127.0.0.1", "192.0.2.9"], "192.0.2.9", id="both"),
    ],
)
def test_local_name_must_resolve_to_this_host(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], foreign: str | None
) -> None:
    found = [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: found)
    problem = f"controller resolves to {foreign}, which is not an address of this host. Correct /etc/hosts."
    assert check_local(entry(host="controller", hint="Correct /etc/hosts."), TIMEOUT) == (problem if foreign else None)
