"""The host of the uploads: a controller with an Image service and the clients."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import ansible
import deploy_tools
import lab
from glance_sample import HERE, TOP, BenchmarkError
from lab import IMAGE_PORT, IMAGE_URL, call, hosts, wait_for
from part import Settings

FILES = HERE / "upload"
# The versions of the clients depend on those of this machine.
PREPARED_BY = (*lab.PREPARED_BY, FILES / "prepare.sh", TOP / "constraints.txt")
# Directories on the host, created by upload/prepare.sh.
CLIENTS = "/opt/clients"
BIN = f"{CLIENTS}/bin"
COLLECTIONS = f"{CLIENTS}/collections/ansible_collections"
# Files with the output of `time` for the whole command, and for each module of a playbook.
COMMAND_TIME, MODULE_TIMES = f"{CLIENTS}/whole", f"{CLIENTS}/tasks"
STORE = "/var/lib/glance"
# boot() of lab.py counts the lines of this log, so the saved host has none.
EMPTY_LOG = "systemctl stop keystone; : >/var/log/keystone/keystone.log"

# Commands on the host -------------------------------------------------------------------------------------------------


class Host(NamedTuple):
    name: str
    folder: Path

    def run(self, *command: str, text: str = "") -> str:
        """Run a command on the host. Return its output, or raise an error with its end."""
        return call(["podman", "exec", "--interactive", self.name, *command], self.folder, text).strip()

    def script(self, name: str, *words: str) -> str:
        """Run a Python script of the directory upload."""
        return self.run(f"{BIN}/python", "-", *words, text=(FILES / name).read_text())

    def write(self, path: str, text: str) -> None:
        self.run("sh", "-c", 'cat >"$1"', "sh", path, text=text)

    def timed(self, command: list[str]) -> Usage:
        """Run a command and return the resources that it used, including its children."""
        self.run("rm", "-f", COMMAND_TIME, MODULE_TIMES)
        limit = ("timeout", str(lab.LIMIT_SECONDS))
        output = self.run(*limit, "time", f"--output={COMMAND_TIME}", "--format=%e %U %S %M", *command)
        whole, *modules = self.run("sh", "-c", f"cat {COMMAND_TIME}; cat {MODULE_TIMES} || true").splitlines()
        return Usage(output, Resources.parse(whole), [Resources.parse(line) for line in modules])


class Resources(NamedTuple):
    wall: float
    cpu: float
    # Resident memory of the largest process.
    peak_mib: float

    @classmethod
    def parse(cls, line: str) -> Resources:
        wall, user, system, kib = map(float, line.split())
        return cls(wall, user + system, kib / 1024)


class Usage(NamedTuple):
    output: str
    whole: Resources
    modules: list[Resources]


# The saved host -------------------------------------------------------------------------------------------------------


def prepared_tag() -> str:
    """Return the tag of the host with an Image service and the clients."""
    return hosts.prepared_tag(f"{lab.SAVED}-images", PREPARED_BY)


def prepare(settings: Settings) -> None:
    """Create and save the host, once, from the initial host of the deployments."""
    lab.prepare(settings.prefix, settings.folder)
    if lab.is_saved(prepared_tag()):
        return
    host = Host(f"{settings.prefix}-images", settings.folder)
    try:
        print("==> Preparing the host of the uploads: Image service, clients", flush=True)
        deploy_tools.deploy_with_collection(lab.boot(host.name, settings.folder), IMAGE_URL)
        install = (FILES / "prepare.sh").read_text()
        host.run("env", f"ANSIBLE_CORE={version('ansible-core')}", "bash", "-s", text=install)
        host.run("sh", "-c", EMPTY_LOG)
        hosts.save(host.name, prepared_tag())
    finally:
        lab.remove([host.name])


def start(settings: Settings) -> Host:
    """Boot the saved host, and copy the collections of this machine to it."""
    host = Host(name(settings), settings.folder)
    remote = lab.boot(host.name, settings.folder, saved=prepared_tag())
    wait_for("the Image service", lambda: lab.responds(remote.url(IMAGE_PORT)))
    host.run("mkdir", "-p", f"{COLLECTIONS}/openstack", f"{COLLECTIONS}/osops/glance")
    openstack_cloud = Path(ansible.__file__).parents[1] / "ansible_collections/openstack/cloud"
    call(["podman", "cp", str(openstack_cloud), f"{host.name}:{COLLECTIONS}/openstack/cloud"], settings.folder)
    for part in ("plugins", "meta", "galaxy.yml"):
        call(["podman", "cp", str(TOP / part), f"{host.name}:{COLLECTIONS}/osops/glance/{part}"], settings.folder)
    host.write(f"{CLIENTS}/curl.sh", (FILES / "curl.sh").read_text())
    return host


def name(settings: Settings) -> str:
    return f"{settings.prefix}-upload"


def tool_versions(host: Host) -> tuple[str, ...]:
    """Return the names and versions of the clients."""
    installed = dict(line.split("==") for line in host.run(f"{BIN}/pip", "freeze").splitlines() if "==" in line)
    named = ("openstacksdk", "python-openstackclient", "python-glanceclient")
    manifest = json.loads(host.run("cat", f"{COLLECTIONS}/openstack/cloud/MANIFEST.json"))
    collection = f"openstack.cloud {manifest['collection_info']['version']}"
    curl_version = " ".join(host.run("curl", "--version").split()[:2])
    return (*(f"{name} {installed[name]}" for name in named), collection, curl_version)


# The disks ------------------------------------------------------------------------------------------------------------


class Disk(NamedTuple):
    mib: int
    path: str
    sha512: str

    @property
    def size(self) -> int:
        return self.mib * 2**20


def make_disks(host: Host, sizes: list[int], images_mib: int) -> list[Disk]:
    """Create the files to upload. Raise BenchmarkError if the host has too little space for them and the images."""
    needed = sum(sizes) + images_mib
    free = int(host.run("df", "--output=avail", "--block-size=1M", STORE).split()[-1])
    if free < needed * 1.1:
        raise BenchmarkError(f"{needed} MiB are required for disks and images, but only {free} are free")
    print("==> Creating the disks", flush=True)
    paths = [f"{CLIENTS}/disks/{number}.raw" for number in range(len(sizes))]
    return [Disk(mib, path, host.script("disk.py", path, str(mib))) for mib, path in zip(sizes, paths)]
