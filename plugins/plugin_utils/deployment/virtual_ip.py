# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual IP address of several load balancers: the configuration of keepalived, in a unit of its own.

A unit of its own leaves the configuration of the operator as it is. The one that the package of the RedHat family
installs is an example with virtual addresses, which must not be started.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Iterator

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.balanced_servers import (
    connection_address,
    is_address,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inputs

UNIT = "keepalived-glance"
FAILOVER_FILE = "/etc/keepalived/glance.conf"
UNIT_FILE = f"/etc/systemd/system/{UNIT}.service"
# SELinux allows the names that begin with keepalived.
PID_FILE, VRRP_PID_FILE = f"/run/{UNIT}.pid", f"/run/{UNIT}-vrrp.pid"
ARGUMENTS = (
    *("--dont-fork", "--vrrp"),
    *(f"--use-file={FAILOVER_FILE}", f"--pid={PID_FILE}", f"--vrrp_pid={VRRP_PID_FILE}"),
)
HIGHEST_PRIORITY = 250
VRRP_ADDRESS = "glance_loadbalancer_vrrp_address"


def virtual_address(inputs: Inputs) -> str | None:
    """Return the virtual IP address without its prefix length; None without one."""
    text = inputs["loadbalancer_virtual_ip"]
    return str(text).partition("/")[0] if text else None


def failover_options(host: Host) -> dict[str, Any]:
    """Return the files and the unit of keepalived."""
    needed = virtual_address(host.inputs) is not None
    return {
        "needed": needed,
        "unit": UNIT,
        "path": FAILOVER_FILE,
        "unit_path": UNIT_FILE,
        "pid_path": VRRP_PID_FILE,
        "lines": list(_lines(host)) if needed else [],
        "arguments": " ".join(ARGUMENTS),
        "validate": "/usr/sbin/keepalived --vrrp --config-test --use-file=%s",
    }


def vrrp_addresses(host: Host) -> dict[str, str]:
    """Return the address of each load balancer for VRRP; an empty string if it is not known."""
    return {name: _vrrp_address(host, name) for name in sorted({*host.inventory.loadbalancers, host.inventory.host})}


def _vrrp_address(host: Host, name: str) -> str:
    variables = host.inventory.variables_of(name)
    own = host.inputs["loadbalancer_vrrp_address"] if name == host.inventory.host else variables.get(VRRP_ADDRESS)
    address = str(own).strip() if own else connection_address(name, variables)
    return address if is_address(address) else ""


def _lines(host: Host) -> Iterator[str]:
    inputs, name = host.inputs, host.inventory.host
    addresses = vrrp_addresses(host)
    yield from ("global_defs {", f"    router_id {name}", "    script_user root", "    enable_script_security", "}", "")
    # A host without a running HAProxy gives the address away.
    yield from ("vrrp_script haproxy {", '    script "/usr/bin/pgrep --exact haproxy"', "    interval 2", "    fall 2")
    yield from ("    rise 2", "}", "", "vrrp_instance glance {")
    # The address moves only if it must: each move interrupts the transfers.
    yield from ("    state BACKUP", "    nopreempt", f"    interface {inputs['loadbalancer_virtual_ip_interface']}")
    yield f"    virtual_router_id {inputs['loadbalancer_virtual_router_id']}"
    yield f"    priority {HIGHEST_PRIORITY - list(addresses).index(name)}"
    yield "    advert_int 1"
    peers = [address for peer, address in addresses.items() if peer != name]
    if peers:
        yield from (f"    unicast_src_ip {addresses[name]}", "    unicast_peer {")
        yield from (f"        {address}" for address in peers)
        yield "    }"
    yield from ("    virtual_ipaddress {", f"        {_with_prefix(inputs)}", "    }")
    yield from ("    track_script {", "        haproxy", "    }", "}")


def _with_prefix(inputs: Inputs) -> str:
    return str(ipaddress.ip_interface(inputs["loadbalancer_virtual_ip"]))
