"""What this machine allows and lacks for containers that boot systemd: limits, cgroups and programs."""

from __future__ import annotations

import fcntl
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CACHE = TOP / ".cache"
CONTAINERS_CONF = CACHE / "containers.conf"

# Debian package: a command that it installs.
COMMANDS = {
    "podman": "podman",
    "runc": "runc",
    "mmdebstrap": "mmdebstrap",
    "uidmap": "newuidmap",
    "iptables": "iptables",
    "nftables": "nft",
}
# Packages whose programs are in directories that podman searches, and not on the PATH.
HELPERS = {"netavark": "netavark", "aardvark-dns": "aardvark-dns", "catatonit": "catatonit"}
HELPER_DIRECTORIES = (
    "/usr/lib/podman",
    "/usr/libexec/podman",
    "/usr/local/lib/podman",
    "/usr/bin",
    "/usr/libexec/catatonit",
)

CAP_SYS_RESOURCE = 24
# The mount point of cgroup v2 on a machine that also has v1.
HYBRID = Path("/sys/fs/cgroup/unified")


class HostError(Exception):
    """A requirement that this machine does not meet. The message is for the user."""


def run(*command: str, check: bool = True) -> str:
    """Run a command and return its output. Raise HostError with its error output if it fails."""
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


def report(text: str) -> None:
    print(f"==> {text}", flush=True)


def run_subcommand(commands: Mapping[str, Callable[[], None]], usage: str) -> None:
    """Run the function of the only argument of this program. Exit with the usage, or with the message of a failure."""
    if len(sys.argv) != 2 or sys.argv[1] not in commands:
        sys.exit(usage)
    try:
        commands[sys.argv[1]]()
    except (HostError, subprocess.CalledProcessError) as error:
        sys.exit(f"{Path(sys.argv[0]).name}: {error}")


def has_capability(status: str, number: int) -> bool:
    """Return whether /proc/self/status contains an effective capability."""
    mask = next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff"))
    return bool(int(mask, 16) >> number & 1)


def containers_conf(unified_cgroups: bool, may_raise_limits: bool, limits: dict[str, int]) -> str:
    """Return the containers.conf for this machine.

    crun refuses a hybrid cgroup tree; runc supports it. Without CAP_SYS_RESOURCE no limit can be raised, as podman's
    defaults do, so containers get the limits of this process. A host does not get the /etc/hosts of this machine: an
    entry `controller` in it would resolve to another host.
    """
    lines = [
        "# Written by tools/hosts.py for the capabilities of this machine.",
        "[network]",
        'network_backend = "netavark"',
    ]
    containers = ['base_hosts_file = "none"']
    if not (unified_cgroups and may_raise_limits):
        lines += ["[engine]", 'runtime = "runc"']
    if not may_raise_limits:
        values = ", ".join(f'"{name}={value}:{value}"' for name, value in limits.items())
        containers += [f"default_ulimits = [{values}]"]
    return "\n".join([*lines, "[containers]", *containers]) + "\n"


def own_limits() -> dict[str, int]:
    """Return the hard limits of this process with podman's names. podman limits processes to pid_max itself."""
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

    systemd 258 and later refuses cgroup v1, which `--systemd=always` would mount on a hybrid machine. There only v2 is
    mounted, and the other effects of that option are set one by one. The host uses the cgroup namespace of this
    machine, so that systemd finds its place in the tree, which runc creates in v2 as well.
    """
    if not os.access(HYBRID / "cgroup.procs", os.W_OK):
        return ["--systemd=always"]
    memory = ("/run", "/run/lock", "/tmp", "/var/log/journal")
    return ["--systemd=false", "--stop-signal=SIGRTMIN+3", *(f"--tmpfs={path}" for path in memory),
            "--cgroupns=host", f"--volume={HYBRID}:/sys/fs/cgroup"]  # fmt: skip


def missing_packages(commands: Mapping[str, str], directories: Iterable[str] = ()) -> list[str]:
    """Return the Debian packages whose programs are missing.

    commands: a program of each package.
    directories: where to search in addition to the PATH.
    """
    path = ":".join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin", *directories))
    return [package for package, command in commands.items() if not shutil.which(command, path=path)]


def packages_for_hosts() -> list[str]:
    """Return the missing Debian packages that boot hosts."""
    return missing_packages(COMMANDS) + missing_packages(HELPERS, HELPER_DIRECTORIES)


def install(missing: Sequence[str]) -> None:
    """Install packages as root with apt, unless there are none. Otherwise raise HostError with their names."""
    if not missing:
        return
    names = " ".join(missing)
    if os.geteuid() or not shutil.which("apt-get"):
        raise HostError(f"These Debian packages (or equivalents) are missing. Install them and try again:\n    {names}")
    report(f"Installing system packages: {names}")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    CACHE.mkdir(exist_ok=True)
    # The parts of `make test` run at the same time, and apt does not wait for another `apt-get update`.
    with (CACHE / "apt.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)
