"""Race the collection against the other ways to deploy the Image service, over SSH on fresh hosts; write the tables.

    python benchmarks/deploy.py [--write docs/benchmarks.md] [--rounds 3] [--quick] [--keep] [--prefix benchmark]

README.md in this folder says what is measured, and how.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple

import deploy_report
import report
from deploy_report import CHANGE, FIRST, GUIDE, NOTHING, OURS, PUPPET, USUAL, Run
from glance_sample import CACHE, HERE, TOP, BenchmarkError

sys.path.insert(0, str(TOP / "tools"))
import hosts

FILES = HERE / "deploy"
SAVED = "benchmark"
IDENTITY_PORT, IMAGE_PORT, SSH_PORT = 5000, 9292, 22
# Many times what any run takes on a quiet machine; what takes longer is hanging.
LIMIT_SECONDS = 1800
ANSWER_SECONDS = 400

# The hosts are reached from this machine only, and thrown away at the end. The words are plain, for the contestants
# that write them into a URL without escaping them.
ADMIN_PASSWORD = "benchmark-administrator"
INPUTS = {
    "database_password": "benchmark-database",
    "service_password": "benchmark-service",
    "image_url": "http://controller:9292",
}

# The way in -----------------------------------------------------------------------------------------------------------


class Host(NamedTuple):
    name: str
    folder: Path

    def at(self, port: int) -> tuple[str, str]:
        address, _, number = hosts.address(self.name, port).rpartition(":")
        return address, number

    def url(self, port: int) -> str:
        return f"http://{':'.join(self.at(port))}/"

    def ssh(self, command: str, script: Path | None = None) -> str:
        """Run a command on the host, with a file of this folder as its input."""
        address, port = self.at(SSH_PORT)
        login = ["ssh", "-p", port, "-i", str(self.folder / "key"), *SSH_OPTIONS, f"root@{address}", command]
        return call(login, self.folder, script.read_text() if script else "")

    def inventory_entry(self) -> dict[str, str]:
        address, port = self.at(SSH_PORT)
        return {
            "ansible_host": address,
            "ansible_port": port,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_common_args": shlex.join(SSH_OPTIONS),
        }


SSH_OPTIONS = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")


def call(command: list[str], folder: Path, text: str = "") -> str:
    """Run a command without any Ansible setting of this machine; return what it printed, or raise with its end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    try:
        done = subprocess.run(command, env={**clean, **ansible_settings(folder)}, input=text, text=True,
                              capture_output=True, check=False, timeout=LIMIT_SECONDS)  # fmt: skip
    except subprocess.TimeoutExpired as error:
        printed = b"".join(part for part in (error.stdout, error.stderr) if part).decode(errors="replace")
        text = f"`{shlex.join(command)[:200]}` had not ended after {LIMIT_SECONDS} s:\n{printed[-3000:]}"
        raise BenchmarkError(text) from error
    if done.returncode:
        raise BenchmarkError(f"`{shlex.join(command)[:200]}` failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def ansible_settings(folder: Path) -> dict[str, str]:
    """Return what Ansible's defaults leave open, and the clock on every task."""
    return {
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections"),
        "ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks",
        "PROFILE_TASKS_TASK_OUTPUT_LIMIT": "all",
    }


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=60):
            return True
    except urllib.error.HTTPError as error:
        # The Image service says "300 Multiple Choices" where it lists its versions.
        return error.code == 300
    except (urllib.error.URLError, OSError):
        return False


def wait_for(what: str, is_there: Callable[[], bool]) -> None:
    limit = time.monotonic() + ANSWER_SECONDS
    while not is_there():
        if time.monotonic() > limit:
            raise BenchmarkError(f"{what} does not answer after {ANSWER_SECONDS} s")
        time.sleep(0.05)


# The contestants ------------------------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """What a run says of itself: how many tasks or resources it executed and changed, and the clock of each task."""

    executed: int | None = None
    changed: int | None = None
    profile: tuple[tuple[str, float], ...] = ()


def ours(host: Host, public_endpoint: str) -> Outcome:
    values = {
        "glance_cloud": "sandbox",
        "glance_database_password": INPUTS["database_password"],
        "glance_service_password": INPUTS["service_password"],
        "glance_config": {"DEFAULT": {"public_endpoint": public_endpoint}},
    }
    return play(TOP / "playbooks/site.yml", {"controller": host}, values)


def usual(host: Host, public_endpoint: str) -> Outcome:
    return play(FILES / "usual.yml", {"controller": host}, {**INPUTS, "public_endpoint": public_endpoint})


def play(playbook: Path, controllers: dict[str, Host], values: dict[str, Any]) -> Outcome:
    """Play a playbook on the controllers; the outcome is that of the last of them."""
    last = list(controllers)[-1]
    folder = controllers[last].folder
    group = {name: host.inventory_entry() for name, host in controllers.items()}
    inventory, inputs = folder / "inventory.json", folder / "inputs.json"
    first = {"hosts": dict.fromkeys([next(iter(group))])}
    inventory.write_text(json.dumps({"glance_api": {"hosts": group}, "glance_database": first}))
    inputs.write_text(json.dumps(values))
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    output = call([program, "--inventory", str(inventory), "--extra-vars", f"@{inputs}", str(playbook)], folder)
    return recap(output, last)


def recap(output: str, host: str) -> Outcome:
    """Read the end of what ansible-playbook prints: the host's line, and what profile_tasks adds."""
    ok, changed = re.findall(rf"^{host} +: ok=(\d+) +changed=(\d+)", output, re.MULTILINE)[-1]
    clock = re.findall(r"^(\S.*?) -{2,} +([\d.]+)s$", output, re.MULTILINE)
    return Outcome(int(ok), int(changed), tuple((name, float(seconds)) for name, seconds in clock))


def puppet(host: Host, public_endpoint: str) -> Outcome:
    facts = {f"FACTER_{name}": value for name, value in {**INPUTS, "public_endpoint": public_endpoint}.items()}
    # With --detailed-exitcodes, 2 says that something changed; 4 and 6 that something failed.
    apply = "puppet apply --detailed-exitcodes --summarize --color=false"
    output = host.ssh(f"env {assignments(facts)} {apply} || test $? -eq 2", FILES / "glance.pp")
    counts = dict(re.findall(r"^ +(Changed|Total): +(\d+)$", output.partition("\nResources:")[2], re.MULTILINE))
    return Outcome(int(counts["Total"]), int(counts.get("Changed", 0)))


def guide(host: Host, public_endpoint: str) -> Outcome:
    values = {name.upper(): value for name, value in {**INPUTS, "public_endpoint": public_endpoint}.items()}
    host.ssh(f"env {assignments(values)} bash -s", FILES / "guide.sh")
    return Outcome()


def assignments(values: dict[str, str]) -> str:
    return shlex.join(f"{name}={value}" for name, value in values.items())


class Contestant(NamedTuple):
    name: str
    container: str
    deploy: Callable[[Host, str], Outcome]
    # Commands that look at nothing first cannot be given again.
    again: bool = True


CONTESTANTS = (
    Contestant(OURS, "ours", ours),
    Contestant(USUAL, "usual", usual),
    Contestant(PUPPET, "puppet", puppet),
    Contestant(GUIDE, "guide", guide, again=False),
)

# The hosts ------------------------------------------------------------------------------------------------------------


def prepare(prefix: str, folder: Path) -> None:
    """Make the host that all start from, once: MariaDB, memcached, Keystone, the way in and the tools of all."""
    name = f"{prefix}-prepared"
    hosts.up(name, "bookworm", "controller", [])
    try:
        print("==> Preparing it: MariaDB, memcached, Keystone, packages to be at hand", flush=True)
        entry = {"ansible_connection": "containers.podman.podman", "ansible_host": name, "ansible_become": False}
        inventory = folder / "prepare.json"
        inventory.write_text(json.dumps({"sandbox": {"hosts": {"controller": entry}}}))
        secrets = {
            "sandbox_controller_admin_password": ADMIN_PASSWORD,
            "sandbox_controller_database_password": "benchmark-keystone",
        }
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        call([program, "--inventory", str(inventory), "--extra-vars", json.dumps(secrets),
              str(TOP / "playbooks/sandbox.yml")], folder)  # fmt: skip
        given = [f"ADMIN_PASSWORD={ADMIN_PASSWORD}", "IDENTITY_URL=http://controller:5000/v3"]
        hosts.run("podman", "exec", name, "env", *given, "bash", "-c", (FILES / "prepare.sh").read_text())
        hosts.save(name, SAVED)
    finally:
        hosts.down([name])


# Keystone answers when one of its two workers is there, and the other one would still start while others are measured.
WORKERS_READY = "grep --count '^WSGI app .* ready' /var/log/keystone/keystone.log || true"


def boot(name: str, folder: Path, hostname: str = "controller") -> Host:
    """Boot a host from the saved one, let the key in, and wait until it is as quiet as it will be."""
    hosts.up(name, "bookworm", hostname, [SSH_PORT, IDENTITY_PORT, IMAGE_PORT], SAVED)
    let_in = 'umask 077; mkdir -p /root/.ssh; echo "$1" > /root/.ssh/authorized_keys'
    hosts.run("podman", "exec", name, "sh", "-c", let_in, "sh", (folder / "key.pub").read_text())
    host = Host(name, folder)
    host.ssh("true")
    wait_for(f"Keystone of {name}", lambda: host.ssh(WORKERS_READY).strip() == "2")
    return host


# The race -------------------------------------------------------------------------------------------------------------


class Racer:
    """One contestant on its host; after a failure it is out for the rest of the round."""

    def __init__(self, contestant: Contestant, host: Host) -> None:
        self.contestant, self.host, self.failed = contestant, host, False

    def run(self, turn: str, number: int, public_endpoint: str) -> Run:
        """Deploy, and measure it until the service answers; then see that what was asked for is in effect."""
        start = time.perf_counter()
        try:
            outcome = self.contestant.deploy(self.host, public_endpoint)
            command = time.perf_counter() - start
            wait_for("the Image service", lambda: answers(self.host.url(IMAGE_PORT)))
            wall = time.perf_counter() - start
            self.check(turn, public_endpoint)
        except (BenchmarkError, KeyError, IndexError) as error:
            self.failed = True
            print(f"    {self.contestant.name}: {turn}: failed\n{error}", flush=True)
            return Run(self.contestant.name, turn, number, failure=str(error))
        print(f"    {self.contestant.name}: {turn}: {wall:.1f} s, changed: {outcome.changed}", flush=True)
        return Run(self.contestant.name, turn, number, wall, command, *outcome)

    def check(self, turn: str, public_endpoint: str) -> None:
        """Hold the service to what was asked: the option by its answer, and after a first deploy an image."""
        with_error = urllib.request.build_opener(TakeAnyStatus)
        with with_error.open(self.host.url(IMAGE_PORT), timeout=30) as answer:
            named = {link["href"] for version in json.load(answer)["versions"] for link in version["links"]}
        if not all(href.startswith(f"{public_endpoint}/") for href in named):
            raise BenchmarkError(f"the option is not in effect: asked for {public_endpoint}, the service names {named}")
        if turn == FIRST:
            self.host.ssh("bash -s", FILES / "check.sh")


class TakeAnyStatus(urllib.request.HTTPErrorProcessor):
    def http_response(self, _request: Any, response: Any) -> Any:
        return response


def race(prefix: str, rounds: int, again: int, folder: Path) -> Iterator[Run]:
    """Let all of them run in turn, so that what else the machine does meets all alike."""
    for number in range(rounds):
        print(f"==> Round {number + 1} of {rounds}", flush=True)
        try:
            racers = [Racer(each, boot(f"{prefix}-{each.container}", folder)) for each in CONTESTANTS]
            endpoint = "http://controller:9292"
            yield from (racer.run(FIRST, number, endpoint) for racer in racers)
            for turn in (NOTHING, CHANGE):
                for repetition in range(again):
                    endpoint = f"http://images-{repetition}.example:9292" if turn == CHANGE else endpoint
                    ready = [racer for racer in racers if racer.contestant.again and not racer.failed]
                    yield from (racer.run(turn, number, endpoint) for racer in ready)
        finally:
            hosts.down([f"{prefix}-{each.container}" for each in CONTESTANTS])


def count_on_second(prefix: str, folder: Path) -> Run:
    """Deploy on two controllers, which share what the first one has, and count what the second one executes."""
    names = [f"{prefix}-first", f"{prefix}-second"]
    print("==> Two controllers, to count the tasks on the second", flush=True)
    try:
        first = boot(names[0], folder)
        second = boot(names[1], folder, "controller2")
        address = hosts.run(
            "podman", "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", names[0]
        )
        hosts.run("podman", "exec", names[1], "sh", "-c", f"echo '{address} controller' >> /etc/hosts")
        values = {
            "glance_cloud": "sandbox",
            "glance_database_password": INPUTS["database_password"],
            "glance_service_password": INPUTS["service_password"],
            # Only counted, so no file system that they really share.
            "glance_stores": [
                {
                    "name": "fs",
                    "type": "file",
                    "options": {"filesystem_store_datadir": "/var/lib/glance/images/"},
                    "shared": True,
                }
            ],
        }
        outcome = play(TOP / "playbooks/site.yml", {"controller": first, "controller2": second}, values)
        return Run(OURS, "second controller", 0, executed=outcome.executed, changed=outcome.changed)
    except BenchmarkError as error:
        print(error, flush=True)
        return Run(OURS, "second controller", 0, failure=str(error))
    finally:
        hosts.down(names)


def make_folder(folder: Path) -> None:
    """Make the key of this run, and a configuration of Ansible that leaves everything at its default."""
    (folder / "ansible.cfg").touch()
    call(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "benchmark", "-f", str(folder / "key")], folder)


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, default=CACHE / "benchmarks.md", help="page that gets the tables")
    parser.add_argument("--rounds", type=int, default=2, help="how often all deploy on fresh hosts")
    parser.add_argument("--again", type=int, default=3, help="how often, in each round, nothing and one option change")
    parser.add_argument("--quick", action="store_true", help="one round, each once, one controller: to try it")
    parser.add_argument("--keep", action="store_true", help="keep the prepared host as an image, for the next time")
    parser.add_argument("--prefix", default="benchmark", help="what the names of the hosts begin with")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, stop)
    os.environ["CONTAINERS_CONF"] = str(hosts.CONTAINERS_CONF)
    load = os.getloadavg()[0]
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_folder(folder)
        try:
            hosts.write_containers_conf()
            if not hosts.have_image(hosts.saved_name(SAVED)):
                prepare(given.prefix, folder)
            rounds, again = (1, 1) if given.quick else (given.rounds, given.again)
            runs = list(race(given.prefix, rounds, again, folder))
            if not given.quick:
                runs.append(count_on_second(given.prefix, folder))
        finally:
            if not given.keep:
                hosts.forget([SAVED])
    (CACHE / "deploy.json").write_text(json.dumps([run._asdict() for run in runs]))
    text = deploy_report.section(runs, report.machine(load))
    print(text)
    report.write_section(given.write, text, "benchmarks/deploy.py")
    print(f"==> Written: {given.write}")


if __name__ == "__main__":
    try:
        main()
    except (BenchmarkError, hosts.HostError) as error:
        sys.exit(f"{Path(__file__).name}: {error}")
    except KeyboardInterrupt:
        sys.exit("Stopped; its hosts are removed.")
