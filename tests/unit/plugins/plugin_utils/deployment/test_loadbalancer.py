# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Inventory
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.loadbalancer import loadbalancer_part
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.loadbalancer_checks import loadbalancer_problems
from tests import plans

ADDRESSES = {"b1": "10.0.0.21", "b2": "10.0.0.22", "c1": "10.0.0.11", "c2": "10.0.0.12"}
VIRTUAL = {"glance_loadbalancer_virtual_ip": "10.0.0.20/24", "glance_loadbalancer_virtual_ip_interface": "eth0"}


def host_of(
    host: str = "b1",
    balancers: tuple[str, ...] = ("b1",),
    others: dict[str, dict[str, Any]] | None = None,
    distribution: str = "debian 12",
    api_hosts: tuple[str, ...] = ("c2", "c1"),
    **variables: Any,
) -> Any:
    """Return a load balancer; `others` are the variables of other hosts."""
    known = {name: {"ansible_host": address} for name, address in ADDRESSES.items()}
    for name, values in (others or {}).items():
        known[name] = {**known.get(name, {}), **values}
    inventory = Inventory(host, api_hosts, loadbalancers=balancers, variables_of=lambda name: known.get(name, {}))
    return plans.host_of(inventory=inventory, distribution=distribution, **variables)


def part(**options: Any) -> dict[str, Any]:
    return loadbalancer_part(host_of(**options))


def lines(**options: Any) -> list[str]:
    return [line.strip() for line in part(**options)["haproxy"]["lines"]]


def servers(**options: Any) -> list[str]:
    return [line for line in lines(**options) if line.startswith("server ")]


def test_servers_are_the_api_hosts_sorted_by_name() -> None:
    expected = ["server c1 10.0.0.11:9292 check", "server c2 10.0.0.12:9999 check"]
    assert servers(others={"c2": {"glance_api_bind_port": "9999"}}) == expected
    assert part()["servers"] == ["c1", "c2"]


@given(names=st.sets(st.from_regex(r"[a-z][a-z0-9.-]{0,10}[a-z0-9]", fullmatch=True), min_size=1))
def test_every_api_host_is_one_server(names: set[str]) -> None:
    described = loadbalancer_part(host_of(api_hosts=tuple(names)))
    found = [line.split()[1] for line in described["haproxy"]["lines"] if line.startswith("    server ")]
    assert found == described["servers"] == sorted(names)


def test_blank_variable_of_another_host_counts_as_not_set() -> None:
    assert servers(others={"c2": {"glance_api_bind_port": "", "ansible_host": ""}})[1].startswith("server c2 c2:9292")


def test_wrong_variable_of_another_host_is_named() -> None:
    with pytest.raises(GlanceError, match="glance_api_bind_port of c2 must be an integer"):
        part(others={"c2": {"glance_api_bind_port": "http"}})


def test_servers_can_be_given() -> None:
    given_servers = [{"name": "two", "address": "fd00::2", "port": 80}, {"name": "one.example.org"}]
    assert servers(glance_loadbalancer_servers=given_servers) == [
        "server one.example.org one.example.org:9292 check resolve-prefer ipv4",
        "server two [fd00::2]:80 check",
    ]


def test_names_are_resolved_again_while_haproxy_runs() -> None:
    named = {"c1": {"ansible_host": "c1.example.org", "glance_api_bind_host": "::"}}
    text = lines(others=named)
    holds = [f"hold {status} 10d" for status in ("nx", "refused", "timeout", "other")]
    assert text[:7] == ["resolvers glance", "parse-resolv-conf", *holds, ""]
    assert (
        "default-server inter 2s fall 2 rise 2 resolvers glance resolve-opts allow-dup-ip init-addr last,libc,none"
        in text
    )
    assert "server c1 c1.example.org:9292 check resolve-prefer ipv6" in text
    assert part(others=named)["names"] == ["c1.example.org"]


def test_addresses_need_no_name_server() -> None:
    assert not [line for line in lines() if "resolv" in line]
    assert part()["names"] == []


@pytest.mark.parametrize(
    ("resolvers", "expected"),
    [
        ([], []),
        (["10.0.0.2"], ["nameserver dns1 10.0.0.2:53"]),
        (["10.0.0.2:5353", "fd00::2"], ["nameserver dns1 10.0.0.2:5353", "nameserver dns2 [fd00::2]:53"]),
        (["[fd00::2]:5353", "[fd00::3]"], ["nameserver dns1 [fd00::2]:5353", "nameserver dns2 [fd00::3]:53"]),
    ],
)
def test_name_servers_can_be_given(resolvers: list[str], expected: list[str]) -> None:
    options: dict[str, Any] = {
        "others": {"c1": {"ansible_host": "c1.example.org"}},
        "glance_loadbalancer_resolvers": resolvers,
    }
    assert [line for line in lines(**options) if line.startswith("nameserver")] == expected
    assert part(**options)["names"] == []
    assert loadbalancer_problems(host_of(**options)) == []


def test_clients_use_tls_on_request() -> None:
    assert "bind *:9292" in lines()
    assert "http-request set-header X-Forwarded-Proto http" in lines()
    text = lines(glance_loadbalancer_certificate="/etc/a.pem", glance_loadbalancer_bind_host="::")
    assert "bind [::]:9292 ssl crt /etc/a.pem ssl-min-ver TLSv1.2 alpn http/1.1" in text
    assert "http-request set-header X-Forwarded-Proto https" in text


def test_certificate_of_a_server_contains_its_name() -> None:
    named = {"c1": {"ansible_host": "c1.example.org"}}
    tls = servers(others=named, glance_loadbalancer_backend_tls="yes", glance_ca_cert="/ca.pem")
    tail = "verifyhost c1.example.org sni str(c1.example.org) check-sni c1.example.org"
    assert tls[0].endswith(f"ssl verify required ca-file /ca.pem {tail}")
    assert tls[1].endswith("verifyhost c2 sni str(c2) check-sni c2")


def test_files_must_exist_if_they_are_used() -> None:
    options = {"glance_loadbalancer_certificate": "/a.pem", "glance_loadbalancer_backend_ca_cert": "/ca.pem"}
    used = part(**options, glance_loadbalancer_backend_tls=True)["files"]
    assert [file["path"] for file in used] == ["/a.pem", "/ca.pem"]
    assert [file["variable"] for file in part(**options)["files"]] == ["glance_loadbalancer_certificate"]


def test_transfers_may_pause() -> None:
    text = lines(glance_loadbalancer_transfer_timeout="7200")
    assert {"timeout client 7200s", "timeout server 7200s", "timeout connect 5s"} <= set(text)


def test_only_a_read_is_sent_to_another_server_after_it_was_sent() -> None:
    """HAProxy repeats a request without a response by default only if it could not connect."""
    assert "retry-on conn-failure empty-response" in lines()
    assert "http-request disable-l7-retry unless METH_GET" in lines()


def test_no_section_applies_to_the_configuration_of_the_operator() -> None:
    assert not [line for line in lines() if line.split()[:1] in (["defaults"], ["global"], ["listen"])]


def test_configuration_is_identified_by_its_content() -> None:
    digests = {part()["haproxy"]["digest"], part(glance_loadbalancer_bind_port=80)["haproxy"]["digest"]}
    assert len(digests) == 2
    assert part()["haproxy"]["digest"] in digests


@pytest.mark.parametrize(
    ("distribution", "packages", "command"),
    [
        ("debian 12", ["haproxy", "keepalived", "procps"], "-f %s"),
        ("centos 9", ["haproxy", "keepalived", "procps-ng"], "-f %s -f /etc/haproxy/conf.d"),
    ],
)
def test_platforms_differ_in_packages_and_files(distribution: str, packages: list[str], command: str) -> None:
    described = part(distribution=distribution, **VIRTUAL)
    assert described["install"]["names"] == packages
    assert described["haproxy"]["validate"].endswith(f"haproxy -c -f /etc/haproxy/haproxy.cfg {command}")
    assert part(distribution=distribution)["install"]["names"] == ["haproxy"]


def test_balancers_share_a_virtual_address() -> None:
    described = [part(host=name, balancers=("b2", "b1"), **VIRTUAL)["failover"] for name in ("b1", "b2")]
    first, second = ([line.strip() for line in failover["lines"]] for failover in described)
    assert {"priority 250", "unicast_src_ip 10.0.0.21", "10.0.0.22", "10.0.0.20/24", "interface eth0"} <= set(first)
    assert {"priority 249", "unicast_src_ip 10.0.0.22", "10.0.0.21", "virtual_router_id 51"} <= set(second)
    assert part()["failover"]["lines"] == []


def test_single_balancer_has_no_peer() -> None:
    assert "unicast" not in " ".join(part(**VIRTUAL)["failover"]["lines"])


def test_balancer_listens_on_a_virtual_address_of_another_host() -> None:
    assert "bind 10.0.0.20:9292 transparent" in lines(glance_loadbalancer_bind_host="10.0.0.20", **VIRTUAL)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        pytest.param({"glance_loadbalancer_bind_host": "lb"}, ["glance_loadbalancer_bind_host"], id="no address"),
        pytest.param({"glance_loadbalancer_check_path": "health"}, ["glance_loadbalancer_check_path"], id="path"),
        pytest.param({"glance_loadbalancer_certificate": "/a b"}, ["glance_loadbalancer_certificate"], id="blank"),
        pytest.param({"glance_loadbalancer_resolvers": ["dns"]}, ["glance_loadbalancer_resolvers[0]"], id="resolver"),
        pytest.param({"glance_loadbalancer_check_rise": 0}, ["glance_loadbalancer_check_rise"], id="rise"),
        pytest.param(
            {"glance_loadbalancer_virtual_router_id": 256}, ["glance_loadbalancer_virtual_router_id"], id="router"
        ),
        pytest.param({"api_hosts": ()}, ["glance_loadbalancer_servers", "glance_api"], id="no server"),
        pytest.param(
            {"glance_loadbalancer_servers": [{"name": "a"}, {"name": "a"}]}, ["several servers", "a"], id="twice"
        ),
        pytest.param({"glance_loadbalancer_servers": [{"name": "a b"}]}, ["the name of a server", "a b"], id="name"),
        pytest.param(
            {"glance_loadbalancer_servers": [{"name": "a", "address": "a:80"}]}, ["address of a"], id="address"
        ),
        pytest.param({"glance_loadbalancer_servers": [{"name": "a", "port": 70000}]}, ["port of a"], id="port"),
        pytest.param(
            {"glance_loadbalancer_backend_tls": True},
            ["glance_loadbalancer_backend_tls", "glance_loadbalancer_backend_ca_cert"],
            id="no authority",
        ),
        pytest.param(
            {"api_hosts": ("b1",)}, ["glance_loadbalancer_bind_port", "glance_api_bind_host"], id="port of the API"
        ),
        pytest.param(
            {"others": {"c2": {"glance_api_drain_delay": "4"}}},
            ["glance_api_drain_delay is 4 on c2", "4 seconds", "glance_loadbalancer_check_interval"],
            id="drain delay",
        ),
        pytest.param(
            {"glance_loadbalancer_virtual_ip": "10.0.0.20"},
            ["glance_loadbalancer_virtual_ip_interface"],
            id="no interface",
        ),
        pytest.param({**VIRTUAL, "glance_loadbalancer_virtual_ip": "vip"}, ["must be an IP address"], id="virtual IP"),
        pytest.param(
            {**VIRTUAL, "balancers": ("b1", "b3")}, ["glance_loadbalancer_vrrp_address", "b3"], id="unknown peer"
        ),
        pytest.param(
            {**VIRTUAL, "balancers": ("b1", "b2"), "others": {"b2": {"ansible_host": "fd00::22"}}},
            ["IPv4 address", "b2"],
            id="another version of IP",
        ),
        pytest.param(
            {**VIRTUAL, "balancers": ("b1", "b2"), "others": {"b2": {"ansible_host": "10.0.0.21"}}},
            ["the same on several"],
            id="same address",
        ),
    ],
)
def test_wrong_variable_is_one_problem_that_names_it(options: dict[str, Any], names: list[str]) -> None:
    (problem,) = loadbalancer_problems(host_of(**options))
    assert [name for name in names if name not in problem] == []


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"api_hosts": ("c1",), "others": {"c1": {"glance_api_drain_delay": 0}}},
        {"api_hosts": ("b1", "c1"), "glance_loadbalancer_bind_port": 9293},
        {"api_hosts": ("b1", "c1"), "glance_loadbalancer_bind_host": "10.0.0.20", "glance_api_bind_host": "10.0.0.21"},
        {**VIRTUAL, "balancers": ("b1", "b2")},
        {**VIRTUAL, "balancers": ("b1", "b3"), "others": {"b3": {"glance_loadbalancer_vrrp_address": "10.0.0.23"}}},
    ],
)
def test_right_variables_have_no_problem(options: dict[str, Any]) -> None:
    assert loadbalancer_problems(host_of(**options)) == []
