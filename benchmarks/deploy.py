"""Compare deployments of the Image service with the collection and with other tools; write the tables.

    python benchmarks/deploy.py [--write docs/benchmarks.md] [--rounds 3] [--quick] [--keep] [--prefix benchmark]

README.md in this directory describes the measurements.
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
from deploy_report import CHANGE, COLLECTION, FIRST, GUIDE, NO_CHANGE, PLAYBOOK, PUPPET, Run
from glance_sample import CACHE, HERE, TOP, BenchmarkError

sys.path.insert(0, str(TOP / "tools"))
import hosts

FILES = HERE / "deploy"
SAVED = "benchmark"
IDENTITY_PORT, IMAGE_PORT, SSH_PORT = 5000, 9292, 22
# Much longer than any run takes on an idle machine; a run that exceeds it hangs.
LIMIT_SECONDS = 1800
RESPONSE_SECONDS = 400

# The hosts are reachable only from this machine and are removed at the end. Some tools write the passwords into a URL
# without escaping them, so they contain no special characters.
ADMIN_PASSWORD = "benchmark-administrator"
INPUTS = {
    "database_password": "benchmark-database",
    "service_password": "benchmark-service",
    "image_url": "http://controller:9292",
}

# Access to the hosts --------------------------------------------------------------------------------------------------


class Host(NamedTuple):
    name: str
    folder: Path

    def address(self, port: int) -> tuple[str, str]:
        address, _, number = hosts.address(self.name, port).rpartition(":")
        return address, number

    def url(self, port: int) -> str:
        return f"http://{':'.join(self.address(port))}/"

    def ssh(self, command: str, script: Path | None = None) -> str:
        """Run a command on the host, with the content of a script as its input."""
        address, port = self.address(SSH_PORT)
        login = ["ssh", "-p", port, "-i", str(self.folder / "key"), *SSH_OPTIONS, f"root@{address}", command]
        return call(login, self.folder, script.read_text() if script else "")

    def inventory_entry(self) -> dict[str, str]:
        address, port = self.address(SSH_PORT)
        return {
            "ansible_host": address,
            "ansible_port": port,
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.folder / "key"),
            "ansible_ssh_common_args": shlex.join(SSH_OPTIONS),
        }


SSH_OPTIONS = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")


def call(command: list[str], folder: Path, text: str = "") -> str:
    """Run a command without Ansible settings of this machine. Return its output, or raise an error with its end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    try:
        done = subprocess.run(command, env={**clean, **ansible_settings(folder)}, input=text, text=True,
                              capture_output=True, check=False, timeout=LIMIT_SECONDS)  # fmt: skip
    except subprocess.TimeoutExpired as error:
        printed = b"".join(part for part in (error.stdout, error.stderr) if part).decode(errors="replace")
        text = f"`{shlex.join(command)[:200]}` did not end within {LIMIT_SECONDS} s:\n{printed[-3000:]}"
        raise BenchmarkError(text) from error
    if done.returncode:
        raise BenchmarkError(f"`{shlex.join(command)[:200]}` failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def ansible_settings(folder: Path) -> dict[str, str]:
    """Return the settings of Ansible: defaults, separate directories, and the callback that measures each task."""
    return {
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections"),
        "ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks",
        "PROFILE_TASKS_TASK_OUTPUT_LIMIT": "all",
    }


def responds(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=60):
            return True
    except urllib.error.HTTPError as error:
        # The Image service responds to a request for its versions with "300 Multiple Choices".
        return error.code == 300
    except (urllib.error.URLError, OSError):
        return False


def wait_for(service: str, is_ready: Callable[[], bool]) -> None:
    limit = time.monotonic() + RESPONSE_SECONDS
    while not is_ready():
        if time.monotonic() > limit:
            raise BenchmarkError(f"{service} did not respond within {RESPONSE_SECONDS} s")
        time.sleep(0.05)


# The tools ------------------------------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """The results that a run reports: number of executed and changed tasks or resources, and the time of each task."""

    executed: int | None = None
    changed: int | None = None
    profile: tuple[tuple[str, float], ...] = ()


def deploy_with_collection(host: Host, public_endpoint: str) -> Outcome:
    values = {
        "glance_cloud": "sandbox",
        "glance_database_password": INPUTS["database_password"],
        "glance_service_password": INPUTS["service_password"],
        "glance_config": {"DEFAULT": {"public_endpoint": public_endpoint}},
    }
    return run_playbook(TOP / "playbooks/site.yml", {"controller": host}, values)


def deploy_with_playbook(host: Host, public_endpoint: str) -> Outcome:
    return run_playbook(FILES / "playbook.yml", {"controller": host}, {**INPUTS, "public_endpoint": public_endpoint})


def run_playbook(playbook: Path, controllers: dict[str, Host], values: dict[str, Any]) -> Outcome:
    """Run a playbook on the controllers. Return the outcome of the last one."""
    last = list(controllers)[-1]
    folder = controllers[last].folder
    group = {name: host.inventory_entry() for name, host in controllers.items()}
    inventory, inputs = folder / "inventory.json", folder / "inputs.json"
    first = {"hosts": dict.fromkeys([next(iter(group))])}
    inventory.write_text(json.dumps({"glance_api": {"hosts": group}, "glance_database": first}))
    inputs.write_text(json.dumps(values))
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    output = call([program, "--inventory", str(inventory), "--extra-vars", f"@{inputs}", str(playbook)], folder)
    return parse_output(output, last)


def parse_output(output: str, host: str) -> Outcome:
    """Parse the recap of ansible-playbook for the host, and the times of profile_tasks."""
    ok, changed = re.findall(rf"^{host} +: ok=(\d+) +changed=(\d+)", output, re.MULTILINE)[-1]
    times = re.findall(r"^(\S.*?) -{2,} +([\d.]+)s$", output, re.MULTILINE)
    return Outcome(int(ok), int(changed), tuple((name, float(seconds)) for name, seconds in times))


def deploy_with_puppet(host: Host, public_endpoint: str) -> Outcome:
    facts = {f"FACTER_{name}": value for name, value in {**INPUTS, "public_endpoint": public_endpoint}.items()}
    # With --detailed-exitcodes, 2 means a change; 4 and 6 mean a failure.
    apply = "puppet apply --detailed-exitcodes --summarize --color=false"
    output = host.ssh(f"env {assignments(facts)} {apply} || test $? -eq 2", FILES / "glance.pp")
    counts = dict(re.findall(r"^ +(Changed|Total): +(\d+)$", output.partition("\nResources:")[2], re.MULTILINE))
    return Outcome(int(counts["Total"]), int(counts.get("Changed", 0)))


def deploy_with_guide(host: Host, public_endpoint: str) -> Outcome:
    values = {name.upper(): value for name, value in {**INPUTS, "public_endpoint": public_endpoint}.items()}
    host.ssh(f"env {assignments(values)} bash -s", FILES / "guide.sh")
    return Outcome()


def assignments(values: dict[str, str]) -> str:
    return shlex.join(f"{name}={value}" for name, value in values.items())


class Tool(NamedTuple):
    name: str
    container: str
    deploy: Callable[[Host, str], Outcome]
    # Commands that do not check the current state cannot run again.
    is_repeatable: bool = True


TOOLS = (
    Tool(COLLECTION, "collection", deploy_with_collection),
    Tool(PLAYBOOK, "playbook", deploy_with_playbook),
    Tool(PUPPET, "puppet", deploy_with_puppet),
    Tool(GUIDE, "guide", deploy_with_guide, is_repeatable=False),
)

# The hosts ------------------------------------------------------------------------------------------------------------


def prepare(prefix: str, folder: Path) -> None:
    """Create and save the initial host of all tools, once: MariaDB, memcached, Keystone, SSH access and all clients."""
    name = f"{prefix}-prepared"
    hosts.up(name, "bookworm", "controller", [])
    try:
        print("==> Preparing the host: MariaDB, memcached, Keystone, downloaded packages", flush=True)
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
        variables = [f"ADMIN_PASSWORD={ADMIN_PASSWORD}", "IDENTITY_URL=http://controller:5000/v3"]
        hosts.run("podman", "exec", name, "env", *variables, "bash", "-c", (FILES / "prepare.sh").read_text())
        hosts.save(name, SAVED)
    finally:
        hosts.down([name])


# Keystone responds as soon as one of its two workers runs. Wait for both: a start would affect the measurement.
WORKERS_READY = "grep --count '^WSGI app .* ready' /var/log/keystone/keystone.log || true"


def boot(name: str, folder: Path, hostname: str = "controller") -> Host:
    """Boot a host from the saved one, authorize the SSH key, and wait until its services have started."""
    hosts.up(name, "bookworm", hostname, [SSH_PORT, IDENTITY_PORT, IMAGE_PORT], SAVED)
    authorize = 'umask 077; mkdir -p /root/.ssh; echo "$1" > /root/.ssh/authorized_keys'
    hosts.run("podman", "exec", name, "sh", "-c", authorize, "sh", (folder / "key.pub").read_text())
    host = Host(name, folder)
    host.ssh("true")
    wait_for(f"Keystone of {name}", lambda: host.ssh(WORKERS_READY).strip() == "2")
    return host


# The comparison -------------------------------------------------------------------------------------------------------


class Runner:
    """One tool on its host. After a failure it does not run again in the round."""

    def __init__(self, tool: Tool, host: Host) -> None:
        self.tool, self.host, self.failed = tool, host, False

    def run(self, turn: str, number: int, public_endpoint: str) -> Run:
        """Deploy, measure the time until the service responds, and verify the result."""
        start = time.perf_counter()
        try:
            outcome = self.tool.deploy(self.host, public_endpoint)
            command = time.perf_counter() - start
            wait_for("the Image service", lambda: responds(self.host.url(IMAGE_PORT)))
            wall = time.perf_counter() - start
            self.check(turn, public_endpoint)
        except (BenchmarkError, KeyError, IndexError) as error:
            self.failed = True
            print(f"    {self.tool.name}: {turn}: failed\n{error}", flush=True)
            return Run(self.tool.name, turn, number, failure=str(error))
        print(f"    {self.tool.name}: {turn}: {wall:.1f} s, changed: {outcome.changed}", flush=True)
        return Run(self.tool.name, turn, number, wall, command, *outcome)

    def check(self, turn: str, public_endpoint: str) -> None:
        """Verify the option in a response of the service, and after a first deployment an image."""
        opener = urllib.request.build_opener(AcceptAnyStatus)
        with opener.open(self.host.url(IMAGE_PORT), timeout=30) as response:
            urls = {link["href"] for version in json.load(response)["versions"] for link in version["links"]}
        if not all(href.startswith(f"{public_endpoint}/") for href in urls):
            raise BenchmarkError(
                f"the option is not in effect: expected {public_endpoint}, the service returned {urls}"
            )
        if turn == FIRST:
            self.host.ssh("bash -s", FILES / "check.sh")


class AcceptAnyStatus(urllib.request.HTTPErrorProcessor):
    def http_response(self, _request: Any, response: Any) -> Any:
        return response


def compare(prefix: str, rounds: int, again: int, folder: Path) -> Iterator[Run]:
    """Run all tools in turn, so that other work of the machine affects all of them equally."""
    for number in range(rounds):
        print(f"==> Round {number + 1} of {rounds}", flush=True)
        try:
            runners = [Runner(tool, boot(f"{prefix}-{tool.container}", folder)) for tool in TOOLS]
            endpoint = "http://controller:9292"
            yield from (runner.run(FIRST, number, endpoint) for runner in runners)
            for turn in (NO_CHANGE, CHANGE):
                for repetition in range(again):
                    endpoint = f"http://images-{repetition}.example:9292" if turn == CHANGE else endpoint
                    ready = [runner for runner in runners if runner.tool.is_repeatable and not runner.failed]
                    yield from (runner.run(turn, number, endpoint) for runner in ready)
        finally:
            hosts.down([f"{prefix}-{tool.container}" for tool in TOOLS])


def count_tasks_on_second(prefix: str, folder: Path) -> Run:
    """Deploy on two controllers that share the services of the first, and count the tasks on the second."""
    names = [f"{prefix}-first", f"{prefix}-second"]
    print("==> Counting the tasks on the second of two controllers", flush=True)
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
            # The tasks are only counted, so the file system is not really shared.
            "glance_stores": [
                {
                    "name": "fs",
                    "type": "file",
                    "options": {"filesystem_store_datadir": "/var/lib/glance/images/"},
                    "shared": True,
                }
            ],
        }
        outcome = run_playbook(TOP / "playbooks/site.yml", {"controller": first, "controller2": second}, values)
        return Run(COLLECTION, "second controller", 0, executed=outcome.executed, changed=outcome.changed)
    except BenchmarkError as error:
        print(error, flush=True)
        return Run(COLLECTION, "second controller", 0, failure=str(error))
    finally:
        hosts.down(names)


def create_settings(folder: Path) -> None:
    """Create the SSH key of this run, and an Ansible configuration with default settings."""
    (folder / "ansible.cfg").touch()
    call(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "benchmark", "-f", str(folder / "key")], folder)


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, default=CACHE / "benchmarks.md", help="page to write the tables to")
    parser.add_argument("--rounds", type=int, default=2, help="number of rounds on fresh hosts")
    parser.add_argument("--again", type=int, default=3, help="number of runs without and with one change in each round")
    parser.add_argument("--quick", action="store_true", help="one round with one run of each, one controller")
    parser.add_argument("--keep", action="store_true", help="keep the prepared host as an image")
    parser.add_argument("--prefix", default="benchmark", help="prefix of the names of the hosts")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, stop)
    os.environ["CONTAINERS_CONF"] = str(hosts.CONTAINERS_CONF)
    load = os.getloadavg()[0]
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        create_settings(folder)
        try:
            hosts.write_containers_conf()
            if not hosts.have_image(hosts.saved_name(SAVED)):
                prepare(arguments.prefix, folder)
            rounds, again = (1, 1) if arguments.quick else (arguments.rounds, arguments.again)
            runs = list(compare(arguments.prefix, rounds, again, folder))
            if not arguments.quick:
                runs.append(count_tasks_on_second(arguments.prefix, folder))
        finally:
            if not arguments.keep:
                hosts.forget([SAVED])
    (CACHE / "deploy.json").write_text(json.dumps([run._asdict() for run in runs]))
    text = deploy_report.section(runs, report.machine(load))
    print(text)
    report.write_section(arguments.write, text, "benchmarks/deploy.py")
    print(f"==> Written: {arguments.write}")


if __name__ == "__main__":
    try:
        main()
    except (BenchmarkError, hosts.HostError) as error:
        sys.exit(f"{Path(__file__).name}: {error}")
    except KeyboardInterrupt:
        sys.exit("Cancelled; the hosts are removed.")
