"""Manage disposable hosts: containers that boot systemd, built from Debian packages.

    python tools/hosts.py up NAME [--suite bookworm] [--image TAG | --prepared] [--hostname controller] [--publish 9292]
                             [--network NETWORK [--address 10.90.0.11]] [--volume DIRECTORY:PATH]
    python tools/hosts.py address NAME PORT                 print the address of a port of the host for this machine
    python tools/hosts.py save NAME TAG                     save the host as an image for `up --image`
    python tools/hosts.py forget TAG [TAG ...]              remove saved images
    python tools/hosts.py keep NAME [--suite bookworm]      save a prepared host, once, for `up --prepared`
    python tools/hosts.py down NAME [NAME ...]              remove hosts

Each host is a podman container with the label `osops.glance`. It is on a network with the same name as the host, or on
NETWORK, which several hosts can share: they reach each other by their host names, and keep an address from --address
when they start again. --volume mounts a directory of this machine in the host. Containers without the label are never
modified. The tool detects what this machine allows (cgroups, limits, root).
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import ipaddress
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from machine import (
    CACHE,
    TOP,
    HostError,
    install,
    packages_for_hosts,
    report,
    run,
    systemd_options,
    write_containers_conf,
)

LABEL = "osops.glance"
SUITE = "bookworm"
# The code that prepares a host for the Molecule scenarios. A change of it invalidates the saved hosts.
PREPARED_BY = (TOP / "playbooks/sandbox.yml", TOP / "roles/sandbox_controller", TOP / "molecule/default/group_vars")
BOOT_SECONDS = 60
# systemd allows a service 90 s to stop; MariaDB takes a few seconds.
STOP_SECONDS = 100

# Packages that systemd needs to boot and Ansible needs to manage the host; none of OpenStack.
BASE_PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "python3", "python3-apt",
    "iproute2", "procps", "ca-certificates", "sudo", "netbase",
)  # fmt: skip

# Options of mmdebstrap for a suite. The package lists of sid expire after a week, even if a mirror has no newer ones.
# The expiry is ignored, also by apt on the host. Glance of bullseye installs services that cannot run in a container.
SUITE_OPTIONS = {
    "bullseye": ('--customize-hook=chroot "$1" systemctl mask iscsid open-iscsi',),
    "sid": ('--aptopt=Acquire::Check-Valid-Until "false"',),
}
# The sources of packages, if they differ from the defaults of mmdebstrap. The support of bullseye has ended, and its
# security archive lists packages that it no longer contains.
SUITE_ARCHIVES = {"bullseye": ("deb http://deb.debian.org/debian bullseye main",)}

# Images ---------------------------------------------------------------------------------------------------------------


def image_name(suite: str) -> str:
    return f"localhost/osops-glance/debian:{suite}"


def saved_name(tag: str) -> str:
    return f"localhost/osops-glance/saved:{tag}"


def have_image(image: str) -> bool:
    return bool(run("podman", "images", "--quiet", image))


@contextmanager
def image_lock() -> Iterator[None]:
    """Hold a lock, so that parallel scenarios build an image once."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@image_lock()
def build_image(suite: str) -> None:
    """Build the image of a suite, unless it exists."""
    if have_image(image_name(suite)):
        return
    report(f"Building the image of Debian {suite} (about half a minute, once)")
    tarball = CACHE / f"{suite}.tar"
    try:
        run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(BASE_PACKAGES)}",
            *certificate_options(), *SUITE_OPTIONS.get(suite, ()),
            suite, str(tarball), *SUITE_ARCHIVES.get(suite, ()))  # fmt: skip
        run("podman", "import", "--quiet", "--change", 'CMD ["/lib/systemd/systemd"]', str(tarball), image_name(suite))
    finally:
        tarball.unlink(missing_ok=True)


def save(name: str, tag: str) -> None:
    """Save a host as an image. The host is shut down, so that its databases are consistent, and booted again."""
    write_containers_conf()
    if not is_managed(name):
        raise HostError(f"Cannot save the host {name}: it does not exist.")
    report(f"Saving the host {name} as {tag}")
    run("podman", "stop", "--time", str(STOP_SECONDS), name)
    run("podman", "commit", "--quiet", name, saved_name(tag))
    run("podman", "start", name)
    wait_for_boot(name)


def prepared_tag(suite: str, sources: Iterable[Path] = PREPARED_BY) -> str:
    """Return the tag of a prepared host: its suite and a digest of the files that prepare it."""
    content = hashlib.sha256()
    for path in sources:
        for file in sorted(file for file in (path, *path.rglob("*")) if file.is_file()):
            content.update(hashlib.sha256(file.read_bytes()).digest())
    return f"{suite}-{content.hexdigest()[:12]}"


@image_lock()
def keep(name: str, suite: str) -> None:
    """Save a prepared host, unless it is saved already, and remove older ones of the suite."""
    tag = prepared_tag(suite)
    if have_image(saved_name(tag)):
        return
    save(name, tag)
    for other in run("podman", "images", "--format", "{{.Tag}}", saved_name("").removesuffix(":")).splitlines():
        if other.startswith(f"{suite}-") and other != tag:
            run("podman", "rmi", saved_name(other), check=False)  # a running host may use it


def forget(tags: list[str]) -> None:
    """Remove saved hosts. Missing ones are not an error."""
    write_containers_conf()
    for tag in tags:
        if have_image(saved_name(tag)):
            run("podman", "rmi", saved_name(tag))


def certificate_options(directory: Path = Path("/usr/local/share/ca-certificates")) -> list[str]:
    """Return the options of mmdebstrap that install the additional certificate authorities of this machine."""
    certificates = sorted(str(path) for path in directory.glob("*.crt"))
    if not certificates:
        return []
    copy = f"--customize-hook=copy-in {' '.join(certificates)} {directory}"
    return [copy, '--customize-hook=chroot "$1" update-ca-certificates >/dev/null']


# Hosts ----------------------------------------------------------------------------------------------------------------


def is_managed(name: str) -> bool:
    """Return whether a container exists. Raise HostError if this tool did not create it."""
    if name not in run("podman", "ps", "--all", "--format", "{{.Names}}").splitlines():
        return False
    if run("podman", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', name) != "true":
        raise HostError(f"A container named {name} exists, but tools/hosts.py did not create it. Rename or remove it.")
    return True


class Attachments(NamedTuple):
    """What connects a host with other hosts and this machine.

    publish: ports that this machine reaches at 127.0.0.1, if podman runs without root.
    network: the network; with an empty name, one with the name of the host.
    address: an IPv4 address in the network; None for any.
    volumes: directories of this machine, each as DIRECTORY:PATH.
    """

    publish: list[int]
    network: str = ""
    address: str | None = None
    volumes: tuple[str, ...] = ()

    def options(self, name: str, hostname: str) -> list[str]:
        """Return the options of podman for a host."""
        ports = [f"--publish=127.0.0.1::{port}" for port in self.publish] if os.geteuid() else []
        fixed = [f"--ip={self.address}"] if self.address else []
        volumes = [f"--volume={volume}" for volume in self.volumes]
        return [f"--network={self.network or name}", f"--network-alias={hostname}", *fixed, *ports, *volumes]

    def create_directories(self) -> None:
        """Create the directories of the volumes, which podman requires."""
        for volume in self.volumes:
            Path(volume.partition(":")[0]).mkdir(parents=True, exist_ok=True)

    def subnet(self) -> list[str]:
        """Return the options of a new network, which must contain the address."""
        return [f"--subnet={ipaddress.ip_interface(f'{self.address}/24').network}"] if self.address else []


def up(name: str, suite: str | None, hostname: str, attachments: Attachments, saved: str | None = None) -> None:
    """Boot a host from a suite or a saved host, or start an existing one. Wait until systemd has booted."""
    install(packages_for_hosts())
    write_containers_conf()
    if is_managed(name):
        run("podman", "start", name)
    else:
        image = image_to_boot(suite, saved)
        report(f"Booting the host {name} from {image}")
        attachments.create_directories()
        network = attachments.network or name
        if network not in run("podman", "network", "ls", "--format", "{{.Name}}").splitlines():
            run("podman", "network", "create", "--label", f"{LABEL}=true", *attachments.subnet(), network)
        run("podman", "run", "--detach", "--name", name, "--hostname", hostname, *attachments.options(name, hostname),
            "--label", f"{LABEL}=true", *systemd_options(), image)  # fmt: skip
    wait_for_boot(name)


def image_to_boot(suite: str | None, saved: str | None) -> str:
    """Return the image of a saved host, or otherwise of the suite, which is built if necessary."""
    if saved and have_image(saved_name(saved)):
        return saved_name(saved)
    if saved and not suite:
        raise HostError(f"No host is saved as {saved}. Save one with: {Path(__file__).name} save NAME {saved}")
    build_image(suite or SUITE)
    return image_name(suite or SUITE)


def wait_for_boot(name: str) -> None:
    limit = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < limit:
        state = run("podman", "exec", name, "systemctl", "is-system-running", check=False)
        if state in ("running", "degraded"):
            return
        time.sleep(0.2)
    log = run("podman", "logs", "--tail", "5", name, check=False) or "no output"
    raise HostError(f"systemd of {name} did not boot within {BOOT_SECONDS} s. Last lines of its log:\n{log}")


def down(names: list[str]) -> None:
    """Remove hosts, and the networks that no other host uses. Missing ones are not an error."""
    write_containers_conf()
    for name in names:
        networks = {name}
        if is_managed(name):
            networks.update(network_settings(name)["Networks"])
            run("podman", "rm", "--force", "--volumes", "--time", "0", name)
        own = run("podman", "network", "ls", "--filter", f"label={LABEL}", "--format", "{{.Name}}").splitlines()
        for network in networks.intersection(own):
            run("podman", "network", "rm", network, check=False)  # it fails if another host uses the network


def network_settings(name: str) -> dict[str, Any]:
    """Return the ports and networks of a host, as podman describes them."""
    settings: dict[str, Any] = json.loads(run("podman", "inspect", name))[0]["NetworkSettings"]
    return settings


def address(name: str, port: int) -> str:
    """Return address:port under which this machine reaches a port of the host."""
    about = network_settings(name)
    published = (about.get("Ports") or {}).get(f"{port}/tcp")
    if published:
        return f"{published[0]['HostIp']}:{published[0]['HostPort']}"
    return f"{next(iter(about['Networks'].values()))['IPAddress']}:{port}"


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    up_command = commands.add_parser("up")
    up_command.add_argument("name")
    up_command.add_argument("--suite", help="Debian suite; the default is bookworm, unless --image is set")
    up_command.add_argument("--image", metavar="TAG", help="boot a saved host; with --suite, fall back to the suite")
    up_command.add_argument("--prepared", action="store_true", help="boot the prepared host of the suite, if saved")
    up_command.add_argument("--hostname", default="controller")
    up_command.add_argument("--publish", type=int, action="append", default=[])
    up_command.add_argument("--network", default="", help="the default is a network with the name of the host")
    up_command.add_argument("--address", help="IPv4 address of the host in the network; the network is its /24")
    up_command.add_argument("--volume", metavar="DIRECTORY:PATH", action="append", default=[])
    address_command = commands.add_parser("address")
    address_command.add_argument("name")
    address_command.add_argument("port", type=int)
    save_command = commands.add_parser("save")
    save_command.add_argument("name")
    save_command.add_argument("tag")
    keep_command = commands.add_parser("keep")
    keep_command.add_argument("name")
    keep_command.add_argument("--suite", default=SUITE)
    commands.add_parser("forget").add_argument("tags", nargs="+")
    commands.add_parser("down").add_argument("names", nargs="+")
    return parser


def main() -> None:
    arguments = build_parser().parse_args()
    if arguments.command == "up":
        if arguments.prepared:
            arguments.suite = arguments.suite or SUITE
            arguments.image = prepared_tag(arguments.suite)
        attachments = Attachments(arguments.publish, arguments.network, arguments.address, tuple(arguments.volume))
        up(arguments.name, arguments.suite, arguments.hostname, attachments, arguments.image)
    elif arguments.command == "address":
        print(address(arguments.name, arguments.port))
    elif arguments.command == "save":
        save(arguments.name, arguments.tag)
    elif arguments.command == "keep":
        keep(arguments.name, arguments.suite)
    elif arguments.command == "forget":
        forget(arguments.tags)
    else:
        down(arguments.names)


if __name__ == "__main__":
    try:
        main()
    except HostError as error:
        sys.exit(f"{Path(__file__).name}: {error}")
