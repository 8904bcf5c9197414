"""Throwaway hosts: containers that boot systemd, made from Debian's packages alone.

    python tools/hosts.py up NAME [--suite bookworm] [--image TAG | --prepared] [--hostname controller] [--publish 9292]
    python tools/hosts.py address NAME PORT                 print how this machine reaches a port of the host
    python tools/hosts.py save NAME TAG                     keep the host as it is, for others to be booted from
    python tools/hosts.py forget TAG [TAG ...]              remove what was saved
    python tools/hosts.py keep NAME [--suite bookworm]      save a host that was prepared, once, for `up --prepared`
    python tools/hosts.py down NAME [NAME ...]

Each host is a podman container of that name on the network of that name, with the label `osops.glance`; a
container that does not carry the label is never touched. What the machine allows (cgroups, limits, root) is looked at,
not assumed.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CACHE = TOP / ".cache"
CONTAINERS_CONF = CACHE / "containers.conf"
LABEL = "osops.glance"
SUITE = "bookworm"
# What prepares a host for the scenarios of Molecule: when it changes, what was kept is of no use any more.
PREPARED_BY = (TOP / "playbooks/sandbox.yml", TOP / "roles/sandbox_controller", TOP / "molecule/default/group_vars")
BOOT_SECONDS = 60
# systemd gives a service 90 s to stop; MariaDB needs a few of them.
STOP_SECONDS = 100

# Debian package: a command that shows that it is there.
COMMANDS = {
    "podman": "podman",
    "runc": "runc",
    "mmdebstrap": "mmdebstrap",
    "uidmap": "newuidmap",
    "iptables": "iptables",
    "nftables": "nft",
}
# Packages that put their programs where podman looks, and not on the PATH.
HELPERS = {"netavark": "netavark", "aardvark-dns": "aardvark-dns", "catatonit": "catatonit"}
HELPER_DIRECTORIES = (
    "/usr/lib/podman",
    "/usr/libexec/podman",
    "/usr/local/lib/podman",
    "/usr/bin",
    "/usr/libexec/catatonit",
)

# What a Debian machine has that Ansible can manage and systemd can boot; nothing of OpenStack.
BASE_PACKAGES = (
    "systemd", "systemd-sysv", "dbus", "python3", "python3-apt",
    "iproute2", "procps", "ca-certificates", "sudo", "netbase",
)  # fmt: skip

# What mmdebstrap is told for a suite. The lists of sid expire after a week, also where a mirror has no newer ones, and
# the host's own apt takes them as well; Glance of bullseye brings services with it that no container can run.
SUITE_OPTIONS = {
    "bullseye": ('--customize-hook=chroot "$1" systemctl mask iscsid open-iscsi',),
    "sid": ('--aptopt=Acquire::Check-Valid-Until "false"',),
}
# Where packages come from, if not from where mmdebstrap gets them by itself: the security archive of bullseye, whose
# support has ended, lists packages that it does not hold any more.
SUITE_ARCHIVES = {"bullseye": ("deb http://deb.debian.org/debian bullseye main",)}

CAP_SYS_RESOURCE = 24
# Where cgroup v2 lies on a machine that has v1 beside it.
HYBRID = Path("/sys/fs/cgroup/unified")


class HostError(Exception):
    """Something that this machine lacks or refuses, said in words for the person at the screen."""


def run(*command: str, check: bool = True) -> str:
    """Run a command and return its output; HostError with its own words when it fails."""
    environment = {**os.environ, "CONTAINERS_CONF": str(CONTAINERS_CONF)}
    try:
        done = subprocess.run(command, env=environment, text=True, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise HostError(f"{command[0]} is not installed") from error
    if check and done.returncode:
        raise HostError(
            f"`{' '.join(command)}` failed ({done.returncode}):\n{done.stderr.strip() or done.stdout.strip()}"
        )
    return done.stdout.strip()


def say(text: str) -> None:
    print(f"==> {text}", flush=True)


# What the machine allows ----------------------------------------------------------------------------------------------


def has_capability(status: str, number: int) -> bool:
    """Say whether /proc/self/status shows an effective capability."""
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
    return bool(int(mask, 16) >> number & 1)


def containers_conf(unified_cgroups: bool, may_raise_limits: bool, limits: dict[str, int]) -> str:
    """Return the containers.conf that this machine needs.

    crun refuses a hybrid cgroup tree, runc takes it. Without CAP_SYS_RESOURCE no limit may be raised, and podman's
    defaults would; then containers get the limits that this process has. A host does not get the /etc/hosts of this
    machine: an entry `controller` there would lead a host of that name to another one.
    """
    lines = ["# Written by tools/hosts.py from what this machine allows.", "[network]", 'network_backend = "netavark"']
    containers = ['base_hosts_file = "none"']
    if not (unified_cgroups and may_raise_limits):
        lines += ["[engine]", 'runtime = "runc"']
    if not may_raise_limits:
        values = ", ".join(f'"{name}={value}:{value}"' for name, value in limits.items())
        containers += [f"default_ulimits = [{values}]"]
    return "\n".join([*lines, "[containers]", *containers]) + "\n"


def own_limits() -> dict[str, int]:
    """Return the hard limits of this process as podman names them; podman itself comes down to pid_max processes."""
    pid_max = int(Path("/proc/sys/kernel/pid_max").read_text())
    limits = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
    found = {name: resource.getrlimit(number)[1] for name, number in limits.items()}
    most = {name: pid_max if value == resource.RLIM_INFINITY else value for name, value in found.items()}
    return {"nofile": most["nofile"], "nproc": min(most["nproc"], pid_max)}


def write_containers_conf() -> None:
    CACHE.mkdir(exist_ok=True)
    CONTAINERS_CONF.write_text(
        containers_conf(
            unified_cgroups=Path("/sys/fs/cgroup/cgroup.controllers").exists(),
            may_raise_limits=has_capability(Path("/proc/self/status").read_text(), CAP_SYS_RESOURCE),
            limits=own_limits(),
        )
    )


def systemd_options() -> list[str]:
    """Return the options of podman for a host that boots systemd.

    From 258 on, systemd refuses cgroup v1, which `--systemd=always` would show it on a hybrid machine. There the host
    sees v2 and nothing else; what else that option does is said one by one. It has no namespace of its own, so that it
    finds its place in the tree, which runc makes in v2 as well.
    """
    if not os.access(HYBRID / "cgroup.procs", os.W_OK):
        return ["--systemd=always"]
    memory = ("/run", "/run/lock", "/tmp", "/var/log/journal")
    return ["--systemd=false", "--stop-signal=SIGRTMIN+3", *(f"--tmpfs={path}" for path in memory),
            "--cgroupns=host", f"--volume={HYBRID}:/sys/fs/cgroup"]  # fmt: skip


# System packages ------------------------------------------------------------------------------------------------------


def missing_packages() -> list[str]:
    """Return the Debian packages whose programs are not there."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    lacking = [package for package, command in COMMANDS.items() if not shutil.which(command, path=path)]
    helpers = ":".join((path, *HELPER_DIRECTORIES))
    return lacking + [package for package, command in HELPERS.items() if not shutil.which(command, path=helpers)]


def get_packages() -> None:
    """Install what is missing where apt may, else say what to install."""
    missing = missing_packages()
    if not missing:
        return
    wanted = " ".join(missing)
    if os.geteuid() or not shutil.which("apt-get"):
        raise HostError(f"These Debian packages (or their like) are missing; install them and try again:\n    {wanted}")
    say(f"Installing system packages: {wanted}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("apt-get", "update", "-qq")
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)


# Images ---------------------------------------------------------------------------------------------------------------


def image_name(suite: str) -> str:
    return f"localhost/osops-glance/debian:{suite}"


def saved_name(tag: str) -> str:
    return f"localhost/osops-glance/saved:{tag}"


def have_image(image: str) -> bool:
    return bool(run("podman", "images", "--quiet", image))


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let scenarios that run side by side make an image once."""
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "images.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@one_at_a_time()
def build_image(suite: str) -> None:
    """Make the image of a suite, unless it is there."""
    if have_image(image_name(suite)):
        return
    say(f"Building the image of Debian {suite} (about half a minute, once)")
    tarball = CACHE / f"{suite}.tar"
    try:
        run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(BASE_PACKAGES)}",
            *machine_authorities(), *SUITE_OPTIONS.get(suite, ()),
            suite, str(tarball), *SUITE_ARCHIVES.get(suite, ()))  # fmt: skip
        run("podman", "import", "--quiet", "--change", 'CMD ["/lib/systemd/systemd"]', str(tarball), image_name(suite))
    finally:
        tarball.unlink(missing_ok=True)


def save(name: str, tag: str) -> None:
    """Keep a host as an image: shut down in good order, so that its databases are whole, and booted again."""
    write_containers_conf()
    if not is_ours(name):
        raise HostError(f"There is no host {name} to save.")
    say(f"Saving the host {name} as {tag}")
    run("podman", "stop", "--time", str(STOP_SECONDS), name)
    run("podman", "commit", "--quiet", name, saved_name(tag))
    run("podman", "start", name)
    wait_for_boot(name)


def prepared_tag(suite: str, made_by: Iterable[Path] = PREPARED_BY) -> str:
    """Return the tag of a prepared host: its suite, and what prepared it."""
    content = hashlib.sha256()
    for path in made_by:
        for file in sorted(file for file in (path, *path.rglob("*")) if file.is_file()):
            content.update(hashlib.sha256(file.read_bytes()).digest())
    return f"{suite}-{content.hexdigest()[:12]}"


@one_at_a_time()
def keep(name: str, suite: str) -> None:
    """Save a host that was prepared, unless one is; what was kept before of the suite is removed."""
    tag = prepared_tag(suite)
    if have_image(saved_name(tag)):
        return
    save(name, tag)
    for other in run("podman", "images", "--format", "{{.Tag}}", saved_name("").removesuffix(":")).splitlines():
        if other.startswith(f"{suite}-") and other != tag:
            run("podman", "rmi", saved_name(other), check=False)  # a host may still run on it


def forget(tags: list[str]) -> None:
    """Remove saved hosts; those that are not there are no error."""
    write_containers_conf()
    for tag in tags:
        if have_image(saved_name(tag)):
            run("podman", "rmi", saved_name(tag))


def machine_authorities(directory: Path = Path("/usr/local/share/ca-certificates")) -> list[str]:
    """Return the options of mmdebstrap that give an image the authorities which this machine was given."""
    certificates = sorted(str(path) for path in directory.glob("*.crt"))
    if not certificates:
        return []
    copy = f"--customize-hook=copy-in {' '.join(certificates)} {directory}"
    return [copy, '--customize-hook=chroot "$1" update-ca-certificates >/dev/null']


# Hosts ----------------------------------------------------------------------------------------------------------------


def is_ours(name: str) -> bool:
    """Say whether a container exists; HostError when it is somebody else's."""
    if name not in run("podman", "ps", "--all", "--format", "{{.Names}}").splitlines():
        return False
    if run("podman", "inspect", "--format", f'{{{{index .Config.Labels "{LABEL}"}}}}', name) != "true":
        raise HostError(f"A container called {name} exists and was not made here; rename or remove it first.")
    return True


def up(name: str, suite: str | None, hostname: str, publish: list[int], saved: str | None = None) -> None:
    """Boot a host from a suite or a saved host, or start it again; returns when systemd has booted."""
    get_packages()
    write_containers_conf()
    if is_ours(name):
        run("podman", "start", name)
    else:
        image = image_to_boot(suite, saved)
        say(f"Booting the host {name} from {image}")
        if name not in run("podman", "network", "ls", "--format", "{{.Name}}").splitlines():
            run("podman", "network", "create", name)
        ports = [f"--publish=127.0.0.1::{port}" for port in publish] if os.geteuid() else []
        run("podman", "run", "--detach", "--name", name, "--hostname", hostname, "--network", name,
            "--label", f"{LABEL}=true", *systemd_options(), *ports, image)  # fmt: skip
    wait_for_boot(name)


def image_to_boot(suite: str | None, saved: str | None) -> str:
    """Return the image of a saved host, or else of the suite, which is built where it is not there."""
    if saved and have_image(saved_name(saved)):
        return saved_name(saved)
    if saved and not suite:
        raise HostError(f"No host was saved as {saved}; do it with: {Path(__file__).name} save NAME {saved}")
    build_image(suite or SUITE)
    return image_name(suite or SUITE)


def wait_for_boot(name: str) -> None:
    limit = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < limit:
        state = run("podman", "exec", name, "systemctl", "is-system-running", check=False)
        if state in ("running", "degraded"):
            return
        time.sleep(0.2)
    told = run("podman", "logs", "--tail", "5", name, check=False) or "nothing"
    raise HostError(f"systemd of {name} has not booted after {BOOT_SECONDS} s. Its last words:\n{told}")


def down(names: list[str]) -> None:
    """Remove hosts and their networks; those that are not there are no error."""
    write_containers_conf()
    for name in names:
        if is_ours(name):
            run("podman", "rm", "--force", "--volumes", "--time", "0", name)
        run("podman", "network", "rm", "--force", name, check=False)


def address(name: str, port: int) -> str:
    """Return host:port by which this machine reaches a port of the host."""
    about = json.loads(run("podman", "inspect", name))[0]["NetworkSettings"]
    published = (about.get("Ports") or {}).get(f"{port}/tcp")
    if published:
        return f"{published[0]['HostIp']}:{published[0]['HostPort']}"
    return f"{about['Networks'][name]['IPAddress']}:{port}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    boot = commands.add_parser("up")
    boot.add_argument("name")
    boot.add_argument("--suite", help="of Debian; bookworm, unless --image is given")
    boot.add_argument("--image", metavar="TAG", help="what was saved; with --suite, the suite where nothing was")
    boot.add_argument("--prepared", action="store_true", help="boot from what was kept of the suite, if it was")
    boot.add_argument("--hostname", default="controller")
    boot.add_argument("--publish", type=int, action="append", default=[])
    where = commands.add_parser("address")
    where.add_argument("name")
    where.add_argument("port", type=int)
    store = commands.add_parser("save")
    store.add_argument("name")
    store.add_argument("tag")
    ready = commands.add_parser("keep")
    ready.add_argument("name")
    ready.add_argument("--suite", default=SUITE)
    drop = commands.add_parser("forget")
    drop.add_argument("tags", nargs="+")
    remove = commands.add_parser("down")
    remove.add_argument("names", nargs="+")
    given = parser.parse_args()
    if given.command == "up":
        if given.prepared:
            given.suite = given.suite or SUITE
            given.image = prepared_tag(given.suite)
        up(given.name, given.suite, given.hostname, given.publish, given.image)
    elif given.command == "address":
        print(address(given.name, given.port))
    elif given.command == "save":
        save(given.name, given.tag)
    elif given.command == "keep":
        keep(given.name, given.suite)
    elif given.command == "forget":
        forget(given.tags)
    else:
        down(given.names)


if __name__ == "__main__":
    try:
        main()
    except HostError as error:
        sys.exit(f"{Path(__file__).name}: {error}")
