"""Compare uploads of images with osops.glance.image and with other tools on a controller; write the tables.

    python benchmarks/upload.py [--write docs/benchmarks.md] [--rounds 3] [--sizes 64,1024,4096] [--quick] [--keep]

README.md in this directory describes the measurements.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple

import ansible
import deploy
import report
import upload_report
from deploy import call, wait_for
from glance_sample import CACHE, HERE, TOP, BenchmarkError
from upload_report import CHECKSUM, COLLECTION, CURL, GLANCE, MANY, OPENSTACK, PLAYBOOK, TWENTY, Run

sys.path.insert(0, str(TOP / "tools"))
import hosts

FILES = HERE / "upload"
# Directories on the host, created by upload/prepare.sh.
CLIENTS = "/opt/clients"
BIN = f"{CLIENTS}/bin"
COLLECTIONS = f"{CLIENTS}/collections/ansible_collections"
# Files with the output of `time` for the whole command, and for each module of a playbook.
COMMAND_TIME, MODULE_TIMES = f"{CLIENTS}/whole", f"{CLIENTS}/tasks"
IMAGE_URL = "http://controller:9292"
LOG = "/var/log/glance/glance-api.log"
STORE = "/var/lib/glance"

# The host -------------------------------------------------------------------------------------------------------------


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
        limit = ("timeout", str(deploy.LIMIT_SECONDS))
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


def start(prefix: str, saved: str | None, folder: Path) -> Host:
    """Boot a controller with an Image service, and install the clients."""
    host = Host(f"{prefix}-upload", folder)
    ports = [deploy.SSH_PORT, deploy.IDENTITY_PORT, deploy.IMAGE_PORT]
    if saved:
        hosts.up(host.name, "bookworm", "controller", ports, saved)
    else:
        if not hosts.have_image(hosts.saved_name(deploy.SAVED)):
            deploy.prepare(prefix, folder)
        deploy.deploy_with_collection(deploy.boot(host.name, folder), IMAGE_URL)
    remote = deploy.Host(host.name, folder)
    for service, port in (("Keystone", deploy.IDENTITY_PORT), ("the Image service", deploy.IMAGE_PORT)):
        wait_for(service, lambda port=port: deploy.responds(remote.url(port)))
    print("==> Installing the clients", flush=True)
    host.run("env", f"ANSIBLE_CORE={version('ansible-core')}", "bash", "-s", text=(FILES / "prepare.sh").read_text())
    host.run("mkdir", "-p", f"{COLLECTIONS}/openstack", f"{COLLECTIONS}/osops/glance")
    openstack_cloud = Path(ansible.__file__).parents[1] / "ansible_collections/openstack/cloud"
    call(["podman", "cp", str(openstack_cloud), f"{host.name}:{COLLECTIONS}/openstack/cloud"], folder)
    for part in ("plugins", "meta", "galaxy.yml"):
        call(["podman", "cp", str(TOP / part), f"{host.name}:{COLLECTIONS}/osops/glance/{part}"], folder)
    host.write(f"{CLIENTS}/curl.sh", (FILES / "curl.sh").read_text())
    return host


class Disk(NamedTuple):
    mib: int
    path: str
    sha512: str

    @property
    def size(self) -> int:
        return self.mib * 2**20


def make_disks(host: Host, sizes: list[int]) -> list[Disk]:
    """Create the files to upload. Raise BenchmarkError if the host has too little space for them and the images."""
    needed = sum(sizes) + max(sizes) + 2 * MANY * min(sizes)
    free = int(host.run("df", "--output=avail", "--block-size=1M", STORE).split()[-1])
    if free < needed * 1.1:
        raise BenchmarkError(f"{needed} MiB are required for disks and images, but only {free} are free")
    print("==> Creating the disks", flush=True)
    paths = {mib: f"{CLIENTS}/disks/{mib}.raw" for mib in sizes}
    return [Disk(mib, path, host.script("disk.py", path, str(mib))) for mib, path in paths.items()]


# The tools ------------------------------------------------------------------------------------------------------------

FORMATS = {"disk_format": "raw", "container_format": "bare"}


def collection(host: Host, name: str, disk: Disk) -> list[str]:
    return playbook(host, {"osops.glance.image": {"cloud": "sandbox", "name": name, "src": disk.path, **FORMATS}})


def openstack_cloud(host: Host, name: str, disk: Disk) -> list[str]:
    return playbook(
        host, {"openstack.cloud.image": {"cloud": "sandbox", "name": name, "filename": disk.path, **FORMATS}}
    )


def openstack(host: Host, name: str, disk: Disk) -> list[str]:
    formats = ["--disk-format", "raw", "--container-format", "bare"]
    return [f"{BIN}/openstack", "--os-cloud", "sandbox", "image", "create", *formats, "--file", disk.path, name]


def glance(host: Host, name: str, disk: Disk) -> list[str]:
    formats = ["--disk-format", "raw", "--container-format", "bare"]
    program = [f"{BIN}/glance", "image-create", *formats, "--file", disk.path, "--name", name]
    return ["bash", "-c", f'. {CLIENTS}/openrc; exec "$@"', "bash", *program]


def curl(host: Host, name: str, disk: Disk) -> list[str]:
    return ["env", f"IMAGE_URL={IMAGE_URL}", "bash", f"{CLIENTS}/curl.sh", name, disk.path]


def collection_many(host: Host, name: str, disk: Disk) -> list[str]:
    return images_task(host, name, {"src": disk.path, **FORMATS})


def collection_many_by_checksum(host: Host, name: str, disk: Disk) -> list[str]:
    return images_task(host, name, {"src": disk.path, "checksum": f"sha512:{disk.sha512}", **FORMATS})


def images_task(host: Host, name: str, image: dict[str, str]) -> list[str]:
    images = [{"name": each, **image} for each in many_names(name)]
    return playbook(host, {"osops.glance.image": {"cloud": "sandbox", "images": images}})


def openstack_cloud_many(host: Host, name: str, disk: Disk) -> list[str]:
    image = {"cloud": "sandbox", "name": "{{ item }}", "filename": disk.path, **FORMATS}
    return playbook(host, {"openstack.cloud.image": image, "loop": many_names(name)})


def many_names(name: str) -> list[str]:
    return [f"{name}-{number:02}" for number in range(MANY)]


def playbook(host: Host, task: dict[str, Any]) -> list[str]:
    """Write a playbook with one task to the host, and return the command that runs it."""
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": f"{BIN}/timed-python"},
        "tasks": [{"name": "Manage the images", **task}],
    }
    path = f"{CLIENTS}/playbook.yml"
    host.write(path, json.dumps([play]))
    settings = [f"ANSIBLE_COLLECTIONS_PATH={CLIENTS}/collections", "LC_ALL=C.UTF-8"]
    return ["env", *settings, f"{BIN}/ansible-playbook", "--inventory", "localhost,", "--verbose", path]


class Tool(NamedTuple):
    name: str
    # The prefix of the names of its images.
    prefix: str
    # Returns the command that uploads a file as an image.
    command: Callable[[Host, str, Disk], list[str]]
    # Matches the seconds of the content request in the output of the tool.
    reported: str = ""


UPLOAD_TOOLS = (
    Tool(COLLECTION, "collection", collection, r'"transfer": \{[^}]*"seconds": ([\d.]+)'),
    Tool(PLAYBOOK, "playbook", openstack_cloud),
    Tool(OPENSTACK, "openstack", openstack),
    Tool(GLANCE, "glance", glance),
    Tool(CURL, "curl", curl, r"^([\d.]+)\Z"),
)
UNCHANGED_TOOLS = (
    Tool(COLLECTION, "collection-many", collection_many),
    Tool(CHECKSUM, "collection-many", collection_many_by_checksum),
    Tool(PLAYBOOK, "playbook-many", openstack_cloud_many),
)

# The comparison -------------------------------------------------------------------------------------------------------


Measure = Callable[[Host, Tool, Disk, int], Run]


def attempt(measure: Measure, work: str, host: Host, tool: Tool, disk: Disk, number: int) -> Run:
    """Measure one run. A failure is a result as well."""
    try:
        run = measure(host, tool, disk, number)
    except (BenchmarkError, ValueError, IndexError) as error:
        print(f"    {tool.name}: {work}: failed\n{error}", flush=True)
        return Run(tool.name, work, number, failure=str(error))
    print(f"    {tool.name}: {work}: {run.wall:.1f} s, CPU {run.cpu:.1f} s, {run.peak_mib:.0f} MiB", flush=True)
    return run


def create_run(tool: Tool, work: str, number: int, used: Usage) -> Run:
    reported = re.search(tool.reported, used.output, re.MULTILINE) if tool.reported else None
    return Run(
        tool.name,
        work,
        number,
        *used.whole,
        module_wall=sum(module.wall for module in used.modules) if used.modules else None,
        module_peak_mib=max(module.peak_mib for module in used.modules) if used.modules else None,
        reported=float(reported[1]) if reported else None,
    )


def upload(host: Host, tool: Tool, disk: Disk, number: int) -> Run:
    """Upload a disk from the page cache, verify the image, and remove it."""
    name = f"{tool.prefix}-{disk.mib}-{number}"
    command = tool.command(host, name, disk)
    host.run("sh", "-c", 'cat "$1" >/dev/null; sync', "sh", disk.path)
    used = host.timed(command)
    image_id = host.script("check.py", name, str(disk.size), disk.sha512)
    run = create_run(tool, upload_report.uploading(disk.mib), number, used)
    return run._replace(put=content_seconds(host, image_id))


def content_seconds(host: Host, image_id: str) -> float:
    """Return the seconds of the content request from the log of the service, whose clock is the same for all tools."""
    line = host.run("grep", f"PUT /v2/images/{image_id}/file ", LOG).splitlines()[-1]
    return float(line.split()[-1])


def compare_uploads(host: Host, disks: list[Disk], rounds: int) -> Iterator[Run]:
    """Run all tools in turn, so that other work of the machine affects all of them equally."""
    print("==> One upload of each tool without measurement", flush=True)
    for tool in UPLOAD_TOOLS:
        attempt(upload, "warm-up", host, tool, disks[0], -1)
    for number in range(rounds):
        print(f"==> Round {number + 1} of {rounds}", flush=True)
        for disk in disks:
            for tool in UPLOAD_TOOLS:
                yield attempt(upload, upload_report.uploading(disk.mib), host, tool, disk, number)


def repeat(host: Host, tool: Tool, disk: Disk, number: int) -> Run:
    """Repeat the task for the images of a tool. Raise BenchmarkError if it changes anything."""
    before = images(host)
    used = host.timed(tool.command(host, tool.prefix, disk))
    if "changed=0 " not in used.output or images(host) != before:
        raise BenchmarkError(f"something changed:\n{used.output[-2000:]}")
    return create_run(tool, TWENTY, number, used)


def images(host: Host) -> list[str]:
    listed = [f"{BIN}/openstack", "--os-cloud", "sandbox", "image", "list", "-f", "value", "-c", "ID", "-c", "Name"]
    return sorted(host.run(*listed).splitlines())


def compare_unchanged(host: Host, disk: Disk, rounds: int) -> Iterator[Run]:
    print(f"==> {MANY} unchanged images", flush=True)
    ready = []
    for tool in UNCHANGED_TOOLS:
        try:
            host.timed(tool.command(host, tool.prefix, disk))
            ready.append(tool)
        except BenchmarkError as error:
            print(f"    {tool.name}: failed\n{error}", flush=True)
            yield Run(tool.name, TWENTY, 0, failure=str(error))
    for number in range(rounds):
        for tool in ready:
            yield attempt(repeat, TWENTY, host, tool, disk, number)


def tool_versions(host: Host) -> list[str]:
    """Return the names and versions of the clients."""
    installed = dict(line.split("==") for line in host.run(f"{BIN}/pip", "freeze").splitlines() if "==" in line)
    named = ("openstacksdk", "python-openstackclient", "python-glanceclient")
    manifest = json.loads(host.run("cat", f"{COLLECTIONS}/openstack/cloud/MANIFEST.json"))
    collection = f"openstack.cloud {manifest['collection_info']['version']}"
    curl_version = " ".join(host.run("curl", "--version").split()[:2])
    return [*(f"{name} {installed[name]}" for name in named), collection, curl_version]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, default=CACHE / "benchmarks.md", help="page to write the tables to")
    parser.add_argument("--rounds", type=int, default=3, help="number of uploads of each disk by each tool")
    parser.add_argument("--again", type=int, default=9, help="number of repetitions for twenty unchanged images")
    parser.add_argument("--sizes", default="64,1024,4096", help="sizes of the disks in MiB")
    parser.add_argument("--quick", action="store_true", help="one run of each")
    parser.add_argument("--keep", action="store_true", help="keep the prepared host as an image")
    parser.add_argument("--image", metavar="TAG", help="saved host with an Image service, used instead of a deployment")
    parser.add_argument("--prefix", default="benchmark", help="prefix of the names of the hosts")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, deploy.stop)
    os.environ["CONTAINERS_CONF"] = str(hosts.CONTAINERS_CONF)
    load = os.getloadavg()[0]
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        deploy.create_settings(folder)
        try:
            hosts.write_containers_conf()
            host = start(arguments.prefix, arguments.image, folder)
            disks = make_disks(host, sorted(map(int, arguments.sizes.split(","))))
            rounds, again = (1, 1) if arguments.quick else (arguments.rounds, arguments.again)
            runs = [*compare_uploads(host, disks, rounds), *compare_unchanged(host, disks[0], again)]
            machine = report.machine(load, *tool_versions(host))
        finally:
            hosts.down([f"{arguments.prefix}-upload"])
            if not (arguments.keep or arguments.image):
                hosts.forget([deploy.SAVED])
    (CACHE / "upload.json").write_text(json.dumps([run._asdict() for run in runs]))
    text = upload_report.section(runs, disks[0].mib, machine)
    print(text)
    report.write_section(arguments.write, text, "benchmarks/upload.py")
    print(f"==> Written: {arguments.write}")


if __name__ == "__main__":
    try:
        main()
    except (BenchmarkError, hosts.HostError) as error:
        sys.exit(f"{Path(__file__).name}: {error}")
    except KeyboardInterrupt:
        sys.exit("Cancelled; the hosts are removed.")
