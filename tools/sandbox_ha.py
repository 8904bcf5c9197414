"""Boot and remove the hosts of a sandbox with three controllers, and print how to use it.

tools/sandbox_ha.py up       boot a host for the database and Keystone, three controllers and a load balancer
tools/sandbox_ha.py show     print the images, the state of the controllers, how to log in and how to remove the hosts
tools/sandbox_ha.py down     remove the hosts and the images
"""

from __future__ import annotations

import shutil
import subprocess
from typing import NamedTuple

import hosts
import machine

NETWORK = "glance-sandbox-ha"
# The store that all controllers have mounted.
IMAGES = machine.CACHE / "sandbox-ha"
BALANCER = "sandbox-ha-balancer"
STATISTICS = "/run/haproxy-glance.sock"
# Systemd cannot mount the path of the unit again in a container.
DROP_IN = "/etc/systemd/system/haproxy.service.d/container.conf"
READ_STATISTICS = f"""
import socket
client = socket.socket(socket.AF_UNIX)
client.connect("{STATISTICS}")
client.sendall(b"show stat\\n")
for line in client.makefile().read().splitlines():
    fields = line.split(",")
    if fields[0] == "glance" and fields[1] not in ("FRONTEND", "BACKEND"):
        print(f"  {{fields[1]:<15}} {{fields[17]}}")
"""


class Member(NamedTuple):
    """A host of the sandbox: its names and its address."""

    name: str
    hostname: str
    address: str
    has_store: bool = False


MEMBERS = (
    Member("sandbox-ha-base", "controller", "10.93.7.10"),
    *(Member(f"sandbox-ha-{n}", f"controller{n}", f"10.93.7.2{n}", has_store=True) for n in (1, 2, 3)),
    Member(BALANCER, "cloud", "10.93.7.5"),
)

SUMMARY = f"""
The Image service runs on three controllers behind HAProxy, at http://cloud:9292 in the containers.

  List images     podman exec sandbox-ha-base openstack --os-cloud sandbox image list
  Log in          podman exec -it sandbox-ha-1 bash
  Change it       edit inventories/sandbox-ha/group_vars/all/main.yml, and run make deploy-ha again
  Load balancer   podman exec {BALANCER} cat /etc/haproxy/glance.cfg
  Remove it       make destroy-ha
"""


def up() -> None:
    for member in MEMBERS:
        volumes = (f"{IMAGES}:/srv/glance",) if member.has_store else ()
        attachments = hosts.Attachments([], NETWORK, member.address, volumes)
        hosts.up(member.name, hosts.SUITE, member.hostname, attachments)
    write = f"mkdir -p $(dirname {DROP_IN}) && printf '[Service]\\nBindReadOnlyPaths=\\n' > {DROP_IN}"
    machine.run("podman", "exec", BALANCER, "sh", "-c", write)


def show() -> None:
    """Print the images, and what the load balancer reports about each controller."""
    openstack = ["openstack", "--os-cloud", "sandbox", "image", "list"]
    subprocess.run(["podman", "exec", "sandbox-ha-base", *openstack], check=True)
    print("\nControllers according to the load balancer:", flush=True)
    subprocess.run(["podman", "exec", BALANCER, "python3", "-c", READ_STATISTICS], check=True)
    print(SUMMARY)


def down() -> None:
    hosts.down([member.name for member in MEMBERS])
    shutil.rmtree(IMAGES, ignore_errors=True)


if __name__ == "__main__":
    machine.run_subcommand({"up": up, "show": show, "down": down}, __doc__)
