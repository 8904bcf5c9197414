"""Race osops.glance.image against the other ways to upload images, on a controller that serves them; write the tables.

    python benchmarks/upload.py [--write docs/benchmarks.md] [--rounds 3] [--sizes 64,1024,4096] [--quick] [--keep]

README.md in this folder says what is measured, and how.
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
from upload_report import CHECKSUM, CURL, GLANCE, MANY, OPENSTACK, OURS, TWENTY, USUAL, Run

sys.path.insert(0, str(TOP / "tools"))
import hosts

FILES = HERE / "upload"
# On the host, made by upload/prepare.sh.
CLIENTS = "/opt/clients"
BIN = f"{CLIENTS}/bin"
COLLECTIONS = f"{CLIENTS}/collections/ansible_collections"
# What a command takes, and what each task of a playbook takes, as `time` tells it.
WHOLE, TASKS = f"{CLIENTS}/whole", f"{CLIENTS}/tasks"
IMAGE_URL = "http://controller:9292"
LOG = "/var/log/glance/glance-api.log"
STORE = "/var/lib/glance"

# The host -------------------------------------------------------------------------------------------------------------


class Host(NamedTuple):
    name: str
    folder: Path

    def run(self, *command: str, text: str = "") -> str:
        """Run a command on the host; return what it printed, or raise with its end."""
        return call(["podman", "exec", "--interactive", self.name, *command], self.folder, text).strip()

    def script(self, name: str, *words: str) -> str:
        """Run a Python script of the folder upload."""
        return self.run(f"{BIN}/python", "-", *words, text=(FILES / name).read_text())

    def write(self, path: str, text: str) -> None:
        self.run("sh", "-c", 'cat >"$1"', "sh", path, text=text)

    def timed(self, command: list[str]) -> Used:
        """Run a command and tell what it takes, with all its children."""
        self.run("rm", "-f", WHOLE, TASKS)
        limit = ("timeout", str(deploy.LIMIT_SECONDS))
        output = self.run(*limit, "time", f"--output={WHOLE}", "--format=%e %U %S %M", *command)
        whole, *tasks = self.run("sh", "-c", f"cat {WHOLE}; cat {TASKS} || true").splitlines()
        return Used(output, Clock.read(whole), [Clock.read(task) for task in tasks])


class Clock(NamedTuple):
    wall: float
    cpu: float
    # Resident, of the largest process.
    peak_mib: float

    @classmethod
    def read(cls, line: str) -> Clock:
        wall, user, system, kib = map(float, line.split())
        return cls(wall, user + system, kib / 1024)


class Used(NamedTuple):
    output: str
    whole: Clock
    tasks: list[Clock]


def start(prefix: str, saved: str | None, folder: Path) -> Host:
    """Boot a controller with an Image service, and give it the clients."""
    host = Host(f"{prefix}-upload", folder)
    ports = [deploy.SSH_PORT, deploy.IDENTITY_PORT, deploy.IMAGE_PORT]
    if saved:
        hosts.up(host.name, "bookworm", "controller", ports, saved)
    else:
        if not hosts.have_image(hosts.saved_name(deploy.SAVED)):
            deploy.prepare(prefix, folder)
        deploy.ours(deploy.boot(host.name, folder), IMAGE_URL)
    reached = deploy.Host(host.name, folder)
    for service, port in (("Keystone", deploy.IDENTITY_PORT), ("the Image service", deploy.IMAGE_PORT)):
        wait_for(service, lambda port=port: deploy.answers(reached.url(port)))
    print("==> Installing the clients", flush=True)
    host.run("env", f"ANSIBLE_CORE={version('ansible-core')}", "bash", "-s", text=(FILES / "prepare.sh").read_text())
    host.run("mkdir", "-p", f"{COLLECTIONS}/openstack", f"{COLLECTIONS}/osops/glance")
    theirs = Path(ansible.__file__).parents[1] / "ansible_collections/openstack/cloud"
    call(["podman", "cp", str(theirs), f"{host.name}:{COLLECTIONS}/openstack/cloud"], folder)
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
    """Make the files to upload, where there is room for them and for the images."""
    needed = sum(sizes) + max(sizes) + 2 * MANY * min(sizes)
    room = int(host.run("df", "--output=avail", "--block-size=1M", STORE).split()[-1])
    if room < needed * 1.1:
        raise BenchmarkError(f"{needed} MiB are needed for disks and images, and {room} are free")
    print("==> Making the disks", flush=True)
    paths = {mib: f"{CLIENTS}/disks/{mib}.raw" for mib in sizes}
    return [Disk(mib, path, host.script("disk.py", path, str(mib))) for mib, path in paths.items()]


# The contestants ------------------------------------------------------------------------------------------------------

FORMATS = {"disk_format": "raw", "container_format": "bare"}


def ours(host: Host, name: str, disk: Disk) -> list[str]:
    return playbook(host, {"osops.glance.image": {"cloud": "sandbox", "name": name, "src": disk.path, **FORMATS}})


def usual(host: Host, name: str, disk: Disk) -> list[str]:
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


def our_twenty(host: Host, name: str, disk: Disk) -> list[str]:
    return our_many(host, name, {"src": disk.path, **FORMATS})


def our_twenty_by_checksum(host: Host, name: str, disk: Disk) -> list[str]:
    return our_many(host, name, {"src": disk.path, "checksum": f"sha512:{disk.sha512}", **FORMATS})


def our_many(host: Host, name: str, image: dict[str, str]) -> list[str]:
    images = [{"name": each, **image} for each in twenty(name)]
    return playbook(host, {"osops.glance.image": {"cloud": "sandbox", "images": images}})


def usual_twenty(host: Host, name: str, disk: Disk) -> list[str]:
    image = {"cloud": "sandbox", "name": "{{ item }}", "filename": disk.path, **FORMATS}
    return playbook(host, {"openstack.cloud.image": image, "loop": twenty(name)})


def twenty(name: str) -> list[str]:
    return [f"{name}-{number:02}" for number in range(MANY)]


def playbook(host: Host, task: dict[str, Any]) -> list[str]:
    """Write a playbook of one task to the host, and return the command that plays it there."""
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": f"{BIN}/timed-python"},
        "tasks": [{"name": "Keep the images", **task}],
    }
    path = f"{CLIENTS}/playbook.yml"
    host.write(path, json.dumps([play]))
    settings = [f"ANSIBLE_COLLECTIONS_PATH={CLIENTS}/collections", "LC_ALL=C.UTF-8"]
    return ["env", *settings, f"{BIN}/ansible-playbook", "--inventory", "localhost,", "--verbose", path]


class Contestant(NamedTuple):
    name: str
    # Begins the names of its images.
    word: str
    # Returns the command that uploads a file as an image of a name.
    command: Callable[[Host, str, Disk], list[str]]
    # Finds how long it says itself that the content took to send.
    own_clock: str = ""


UPLOADING = (
    Contestant(OURS, "ours", ours, r'"transfer": \{[^}]*"seconds": ([\d.]+)'),
    Contestant(USUAL, "usual", usual),
    Contestant(OPENSTACK, "openstack", openstack),
    Contestant(GLANCE, "glance", glance),
    Contestant(CURL, "curl", curl, r"^([\d.]+)\Z"),
)
KEEPING = (
    Contestant(OURS, "ours-many", our_twenty),
    Contestant(CHECKSUM, "ours-many", our_twenty_by_checksum),
    Contestant(USUAL, "usual-many", usual_twenty),
)

# The race -------------------------------------------------------------------------------------------------------------


Measure = Callable[[Host, Contestant, Disk, int], Run]


def attempt(measure: Measure, work: str, host: Host, contestant: Contestant, disk: Disk, number: int) -> Run:
    """Measure one run; a failure is a result, too."""
    try:
        run = measure(host, contestant, disk, number)
    except (BenchmarkError, ValueError, IndexError) as error:
        print(f"    {contestant.name}: {work}: failed\n{error}", flush=True)
        return Run(contestant.name, work, number, failure=str(error))
    print(f"    {contestant.name}: {work}: {run.wall:.1f} s, CPU {run.cpu:.1f} s, {run.peak_mib:.0f} MiB", flush=True)
    return run


def run_of(contestant: Contestant, work: str, number: int, used: Used) -> Run:
    told = re.search(contestant.own_clock, used.output, re.MULTILINE) if contestant.own_clock else None
    return Run(
        contestant.name,
        work,
        number,
        *used.whole,
        task_wall=sum(task.wall for task in used.tasks) if used.tasks else None,
        task_peak_mib=max(task.peak_mib for task in used.tasks) if used.tasks else None,
        own_clock=float(told[1]) if told else None,
    )


def upload(host: Host, contestant: Contestant, disk: Disk, number: int) -> Run:
    """Upload a disk that is in the page cache, and hold the image to it; the image is removed."""
    name = f"{contestant.word}-{disk.mib}-{number}"
    command = contestant.command(host, name, disk)
    host.run("sh", "-c", 'cat "$1" >/dev/null; sync', "sh", disk.path)
    used = host.timed(command)
    image_id = host.script("check.py", name, str(disk.size), disk.sha512)
    run = run_of(contestant, upload_report.uploading(disk.mib), number, used)
    return run._replace(put=service_clock(host, image_id))


def service_clock(host: Host, image_id: str) -> float:
    """Return how long the content took by the log of the service, whose clock is the same for all."""
    line = host.run("grep", f"PUT /v2/images/{image_id}/file ", LOG).splitlines()[-1]
    return float(line.split()[-1])


def race(host: Host, disks: list[Disk], rounds: int) -> Iterator[Run]:
    """Let all of them upload in turn, so that what else the machine does meets all alike."""
    print("==> Each once, to warm up", flush=True)
    for contestant in UPLOADING:
        attempt(upload, "warming up", host, contestant, disks[0], -1)
    for number in range(rounds):
        print(f"==> Round {number + 1} of {rounds}", flush=True)
        for disk in disks:
            for contestant in UPLOADING:
                yield attempt(upload, upload_report.uploading(disk.mib), host, contestant, disk, number)


def keep(host: Host, contestant: Contestant, disk: Disk, number: int) -> Run:
    """Have all images of a contestant once more; fails where that is not nothing."""
    before = images(host)
    used = host.timed(contestant.command(host, contestant.word, disk))
    if "changed=0 " not in used.output or images(host) != before:
        raise BenchmarkError(f"something changed:\n{used.output[-2000:]}")
    return run_of(contestant, TWENTY, number, used)


def images(host: Host) -> list[str]:
    listed = [f"{BIN}/openstack", "--os-cloud", "sandbox", "image", "list", "-f", "value", "-c", "ID", "-c", "Name"]
    return sorted(host.run(*listed).splitlines())


def race_with_nothing_to_do(host: Host, disk: Disk, rounds: int) -> Iterator[Run]:
    print(f"==> {MANY} unchanged images", flush=True)
    ready = []
    for contestant in KEEPING:
        try:
            host.timed(contestant.command(host, contestant.word, disk))
            ready.append(contestant)
        except BenchmarkError as error:
            print(f"    {contestant.name}: failed\n{error}", flush=True)
            yield Run(contestant.name, TWENTY, 0, failure=str(error))
    for number in range(rounds):
        for contestant in ready:
            yield attempt(keep, TWENTY, host, contestant, disk, number)


def tools(host: Host) -> list[str]:
    """Return what the clients are, with their versions."""
    installed = dict(line.split("==") for line in host.run(f"{BIN}/pip", "freeze").splitlines() if "==" in line)
    named = ("openstacksdk", "python-openstackclient", "python-glanceclient")
    manifest = json.loads(host.run("cat", f"{COLLECTIONS}/openstack/cloud/MANIFEST.json"))
    collection = f"openstack.cloud {manifest['collection_info']['version']}"
    curl_version = " ".join(host.run("curl", "--version").split()[:2])
    return [*(f"{name} {installed[name]}" for name in named), collection, curl_version]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, default=CACHE / "benchmarks.md", help="page that gets the tables")
    parser.add_argument("--rounds", type=int, default=3, help="how often all upload each disk")
    parser.add_argument("--again", type=int, default=9, help="how often twenty images are left as they are")
    parser.add_argument("--sizes", default="64,1024,4096", help="the MiB of each disk")
    parser.add_argument("--quick", action="store_true", help="each once: to try it")
    parser.add_argument("--keep", action="store_true", help="keep the prepared host as an image, for the next time")
    parser.add_argument("--image", metavar="TAG", help="a saved host that serves images, to boot instead of deploying")
    parser.add_argument("--prefix", default="benchmark", help="what the names of the hosts begin with")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, deploy.stop)
    os.environ["CONTAINERS_CONF"] = str(hosts.CONTAINERS_CONF)
    load = os.getloadavg()[0]
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        deploy.make_folder(folder)
        try:
            hosts.write_containers_conf()
            host = start(given.prefix, given.image, folder)
            disks = make_disks(host, sorted(map(int, given.sizes.split(","))))
            rounds, again = (1, 1) if given.quick else (given.rounds, given.again)
            runs = [*race(host, disks, rounds), *race_with_nothing_to_do(host, disks[0], again)]
            machine = report.machine(load, *tools(host))
        finally:
            hosts.down([f"{given.prefix}-upload"])
            if not (given.keep or given.image):
                hosts.forget([deploy.SAVED])
    (CACHE / "upload.json").write_text(json.dumps([run._asdict() for run in runs]))
    text = upload_report.section(runs, disks[0].mib, machine)
    print(text)
    report.write_section(given.write, text, "benchmarks/upload.py")
    print(f"==> Written: {given.write}")


if __name__ == "__main__":
    try:
        main()
    except (BenchmarkError, hosts.HostError) as error:
        sys.exit(f"{Path(__file__).name}: {error}")
    except KeyboardInterrupt:
        sys.exit("Stopped; its hosts are removed.")
