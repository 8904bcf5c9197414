"""Hosts of the scenarios, and runs of the collection's playbooks and modules on them."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, List, Tuple
from urllib.parse import quote

import testinfra
import yaml

TOP = Path(__file__).resolve().parents[1]
DEFAULT = TOP / "molecule/default"
LIMIT = 900  # seconds for one run
FILES = (
    (
        "find / -xdev ( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/tmp -o -path /var/log "
        "-o -path /root/.ansible -o -path /root/.cache -o -path /var/lib/mysql -o -path /var/cache/ldconfig "
        # Timers write to these directories at midnight.
        "-o -path /var/backups -o -path /var/cache/man "
        "-o -path /var/lib/systemd ) -prune "
        "-o -type f -printf '%p %s %T@ %m %u:%g %l\\n' | sort"
    )
    .replace("( ", "\\( ")
    .replace(" )", " \\)")
)
# All databases, including that of Keystone, except the statistics of the server.
ROWS = (
    "mysqldump --all-databases --skip-comments --skip-extended-insert --ignore-table=mysql.innodb_index_stats "
    "--ignore-table=mysql.innodb_table_stats --ignore-table=mysql.gtid_slave_pos"
)
UNITS = "systemctl show 'glance-*' --property=Id,ActiveState,UnitFileState,MainPID"
REQUEST_WITHOUT_TOKEN = """
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1]).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


def encodings(secret: str) -> set[str]:
    """Return the forms in which a secret can appear: plain, URL-encoded, escaped for oslo.config, Base64."""
    return {secret, quote(secret, safe=""), secret.replace("$", "$$"), base64.b64encode(secret.encode()).decode()}


State = Tuple[List[str], List[str], List[str]]


def host_state(host: Any) -> State:
    """Return the files of a host with their times, sizes and owners, the rows of its databases, and its units."""
    files, rows, units = (host.check_output(command).splitlines() for command in (FILES, ROWS, UNITS))
    return files, rows, units


def differences(before: State, after: State) -> list[str]:
    """Return the differences, except the number of failed logins, which Keystone updates itself."""
    changed = [line for old, new in zip(before, after) for line in set(old) ^ set(new)]
    return [line[:200] for line in changed if not line.startswith("INSERT INTO `local_user`")]


class Run:
    """A finished run of a playbook."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.rc = done.returncode
        self.output = done.stdout + done.stderr

    @property
    def words(self) -> str:
        """Return the output on one line, because line wrapping splits sentences."""
        return " ".join(self.output.split())

    @property
    def changed(self) -> int:
        """Return the number of changed tasks on all hosts."""
        return sum(int(number) for number in re.findall(r"\bchanged=(\d+)", self.output))


def run_hosts_tool(*arguments: str) -> None:
    """Run tools/hosts.py to boot, save or remove hosts."""
    subprocess.run([sys.executable, str(TOP / "tools/hosts.py"), *arguments], check=True)


def create_controller(name: str, inventory: Path) -> Controller:
    """Return a controller with its own inventory and the variables of the scenario `default`."""
    groups = {group: {"hosts": {name: {}}} for group in ("sandbox", "glance_api", "glance_database")}
    (inventory / "hosts.yml").write_text(yaml.safe_dump(groups))
    shutil.copytree(DEFAULT / "group_vars", inventory / "group_vars")
    return Controller(name, inventory)


class Controller:
    """A host, and an inventory that contains only this host."""

    def __init__(self, name: str, inventory: Path) -> None:
        self.name = name
        self.inventory = inventory
        # Connect with podman directly: a command through Ansible takes seconds.
        self.host: Any = testinfra.get_host(f"podman://{name}")

    def command(self, playbook: str, *options: str, **extra: Any) -> dict[str, Any]:
        """Return the arguments of subprocess.run() for a playbook."""
        return {
            "args": [
                "ansible-playbook",
                "-i",
                str(self.inventory),
                f"playbooks/{playbook}.yml",
                "-e",
                json.dumps(extra),
                *options,
            ],
            "cwd": TOP,
            "env": {
                **os.environ,
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_FORCE_COLOR": "0",
                "ANSIBLE_CONFIG": str(TOP / "ansible.cfg"),
            },
            "text": True,
        }

    def play(self, playbook: str, *options: str, **extra: Any) -> Run:
        """Run a playbook and wait for its end."""
        command = self.command(playbook, *options, **extra)
        return Run(subprocess.run(**command, capture_output=True, timeout=LIMIT, check=False))

    def module(self, name: str, /, *options: str, **arguments: Any) -> dict[str, Any]:
        """Run a module of the collection and return its result."""
        settings = self.command("site")
        settings["args"] = ["ansible", "-i", str(self.inventory), self.name, "-m", f"osops.glance.{name}"]
        settings["args"] += ["-a", json.dumps(arguments), *options]
        settings["env"]["ANSIBLE_CALLBACK_RESULT_FORMAT"] = "json"
        done = subprocess.run(**settings, capture_output=True, timeout=LIMIT, check=False)
        _head, arrow, body = done.stdout.partition(" => {")
        assert arrow, done.stdout + done.stderr
        return dict(json.JSONDecoder().raw_decode("{" + body)[0])

    def status_without_token(self, url: str) -> int:
        """Return the HTTP status of a request without a token."""
        return int(self.host.check_output("python3 -c %s %s", REQUEST_WITHOUT_TOKEN, url))

    def openstack_json(self, command: str) -> Any:
        """Run the openstack client and return its JSON output."""
        return json.loads(self.host.check_output(f"openstack --os-cloud sandbox {command} -f json"))
