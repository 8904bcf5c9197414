"""The hosts of the benchmarks: saved once, booted for each run, and reached over SSH."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Callable, NamedTuple

from glance_sample import HERE, TOP, BenchmarkError, end_of_output

sys.path.insert(0, str(TOP / "tools"))
import hosts

FILES = HERE / "deploy"
# The saved hosts of the benchmarks have tags with this prefix.
SAVED = "benchmark"
PREPARED_BY = (FILES / "prepare.sh", TOP / "playbooks/sandbox.yml", TOP / "roles/sandbox_controller")
IDENTITY_PORT, IMAGE_PORT, SSH_PORT = 5000, 9292, 22
# Much longer than any run takes on an idle machine; a run that exceeds it hangs.
LIMIT_SECONDS = 1800
RESPONSE_SECONDS = 400
SITE = TOP / "playbooks/site.yml"
ANSIBLE = str(Path(sys.executable).with_name("ansible-playbook"))
IMAGE_URL = "http://controller:9292"

# The hosts are reachable only from this machine and are removed at the end. Some tools write the passwords into a URL
# without escaping them, so they contain no special characters.
ADMIN_PASSWORD = "benchmark-administrator"
DATABASE_PASSWORD, SERVICE_PASSWORD = "benchmark-database", "benchmark-service"

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
        raise BenchmarkError(f"`{shlex.join(command)[:200]}` failed:\n{end_of_output(done)}")
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


# The saved hosts ------------------------------------------------------------------------------------------------------


def prepared_tag() -> str:
    """Return the tag of the initial host: a change of the files that prepare it changes the tag."""
    return hosts.prepared_tag(SAVED, PREPARED_BY)


def create_settings(folder: Path) -> None:
    """Create the SSH key of this run, and an Ansible configuration with default settings."""
    (folder / "ansible.cfg").touch()
    call(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "benchmark", "-f", str(folder / "key")], folder)


def is_saved(tag: str) -> bool:
    return hosts.have_image(hosts.saved_name(tag))


def saved_tags() -> list[str]:
    """Return the tags of all saved hosts of the benchmarks."""
    listed = hosts.run("podman", "images", "--format", "{{.Tag}}", hosts.saved_name("").removesuffix(":"))
    return [tag for tag in listed.splitlines() if tag.startswith(f"{SAVED}-")]


def prepare(prefix: str, folder: Path) -> None:
    """Create and save the initial host, once: MariaDB, memcached, Keystone, SSH access and all clients.

    folder: gets the settings of this run
    """
    create_settings(folder)
    if is_saved(prepared_tag()):
        return
    name = f"{prefix}-prepared"
    hosts.up(name, "bookworm", "controller", hosts.Attachments([]))
    try:
        print("==> Preparing the host: MariaDB, memcached, Keystone, downloaded packages", flush=True)
        entry = {"ansible_connection": "containers.podman.podman", "ansible_host": name, "ansible_become": False}
        inventory = folder / "prepare.json"
        inventory.write_text(json.dumps({"sandbox": {"hosts": {"controller": entry}}}))
        secrets = {
            "sandbox_controller_admin_password": ADMIN_PASSWORD,
            "sandbox_controller_database_password": "benchmark-keystone",
        }
        sandbox = str(TOP / "playbooks/sandbox.yml")
        call([ANSIBLE, "--inventory", str(inventory), "--extra-vars", json.dumps(secrets), sandbox], folder)
        variables = [f"ADMIN_PASSWORD={ADMIN_PASSWORD}", "IDENTITY_URL=http://controller:5000/v3"]
        hosts.run("podman", "exec", name, "env", *variables, "bash", "-c", (FILES / "prepare.sh").read_text())
        hosts.save(name, prepared_tag())
    finally:
        remove([name])


# Keystone responds as soon as one of its two workers runs. Wait for both: a start would affect the measurement.
FORGET_WORKERS = "truncate --size=0 /var/log/keystone/keystone.log"
WORKERS_READY = "grep --count '^WSGI app .* ready' /var/log/keystone/keystone.log || true"


def boot(name: str, folder: Path, hostname: str = "controller", saved: str = "") -> Host:
    """Boot a saved host, authorize the SSH key, and wait until its services have started."""
    hosts.up(name, None, hostname, hosts.Attachments([SSH_PORT, IDENTITY_PORT, IMAGE_PORT]), saved or prepared_tag())
    authorize = 'umask 077; mkdir -p /root/.ssh; echo "$1" > /root/.ssh/authorized_keys'
    hosts.run("podman", "exec", name, "sh", "-c", authorize, "sh", (folder / "key.pub").read_text())
    host = Host(name, folder)
    host.ssh("true")
    wait_for_keystone(host)
    return host


def wait_for_keystone(host: Host) -> None:
    wait_for(f"Keystone of {host.name}", lambda: host.ssh(WORKERS_READY).strip() == "2")


# The CPU time of the hosts that were removed, in seconds.
removed_seconds: list[float] = []


def host_seconds() -> float:
    return sum(removed_seconds)


def remove(names: list[str]) -> None:
    """Record the CPU time of hosts and remove them. Missing ones are not an error."""
    for name in names:
        used = hosts.run("podman", "stats", "--no-stream", "--format", "{{.CPUNano}}", name, check=False)
        if used.isdigit():
            removed_seconds.append(int(used) / 1e9)
    hosts.down(names)
