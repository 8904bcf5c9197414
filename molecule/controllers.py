"""Hosts on which the collection's playbooks are run, as a person at the screen would."""

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
LIMIT = 900  # seconds, of one run
FILES = (
    (
        "find / -xdev ( -path /proc -o -path /sys -o -path /run -o -path /tmp -o -path /var/tmp -o -path /var/log "
        "-o -path /root/.ansible -o -path /root/.cache -o -path /var/lib/mysql -o -path /var/cache/ldconfig "
        # Timers write these at midnight.
        "-o -path /var/backups -o -path /var/cache/man "
        "-o -path /var/lib/systemd ) -prune "
        "-o -type f -printf '%p %s %T@ %m %u:%g %l\\n' | sort"
    )
    .replace("( ", "\\( ")
    .replace(" )", " \\)")
)
# All databases, and so all that Keystone has, except the statistics of the server.
ROWS = (
    "mysqldump --all-databases --skip-comments --skip-extended-insert --ignore-table=mysql.innodb_index_stats "
    "--ignore-table=mysql.innodb_table_stats --ignore-table=mysql.gtid_slave_pos"
)
UNITS = "systemctl show 'glance-*' --property=Id,ActiveState,UnitFileState,MainPID"
ANONYMOUS = """
import sys, urllib.error, urllib.request
try:
    print(urllib.request.urlopen(sys.argv[1]).status)
except urllib.error.HTTPError as error:
    print(error.code)
"""


def spellings(secret: str) -> set[str]:
    """The forms in which a secret may slip out: as it is, in a URL, doubled for oslo.config, in base64."""
    return {secret, quote(secret, safe=""), secret.replace("$", "$$"), base64.b64encode(secret.encode()).decode()}


State = Tuple[List[str], List[str], List[str]]


def state_of(host: Any) -> State:
    """Return the files of a host with their times, sizes and owners, the rows of its databases, and its units."""
    files, rows, units = (host.check_output(command).splitlines() for command in (FILES, ROWS, UNITS))
    return files, rows, units


def differences(before: State, after: State) -> list[str]:
    """Return what changed, except the count of refused passwords, which Keystone itself keeps."""
    changed = [line for old, new in zip(before, after) for line in set(old) ^ set(new)]
    return [line[:200] for line in changed if not line.startswith("INSERT INTO `local_user`")]


class Run:
    """One finished run of a playbook."""

    def __init__(self, done: subprocess.CompletedProcess[str]) -> None:
        self.rc = done.returncode
        self.output = done.stdout + done.stderr

    @property
    def words(self) -> str:
        """The output on one line, as wrapping breaks sentences anywhere."""
        return " ".join(self.output.split())

    @property
    def changed(self) -> int:
        """How many tasks changed something, on all hosts."""
        return sum(int(number) for number in re.findall(r"\bchanged=(\d+)", self.output))


def hosts(*arguments: str) -> None:
    """Boot, save and remove throwaway hosts."""
    subprocess.run([sys.executable, str(TOP / "tools/hosts.py"), *arguments], check=True)


def alone(name: str, inventory: Path) -> Controller:
    """Return a host of an inventory that is made for it, with what the scenario `default` says."""
    groups = {group: {"hosts": {name: {}}} for group in ("sandbox", "glance_api", "glance_database")}
    (inventory / "hosts.yml").write_text(yaml.safe_dump(groups))
    shutil.copytree(DEFAULT / "group_vars", inventory / "group_vars")
    return Controller(name, inventory)


class Controller:
    """A host, and the inventory in which it is the only one."""

    def __init__(self, name: str, inventory: Path) -> None:
        self.name = name
        self.inventory = inventory
        # Entered by podman itself: through Ansible, every look at it would take seconds.
        self.host: Any = testinfra.get_host(f"podman://{name}")

    def command(self, playbook: str, *options: str, **extra: Any) -> dict[str, Any]:
        """Return what subprocess is to be told to run a playbook."""
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
        """Run a playbook to its end."""
        command = self.command(playbook, *options, **extra)
        return Run(subprocess.run(**command, capture_output=True, timeout=LIMIT, check=False))

    def module(self, name: str, /, *options: str, **arguments: Any) -> dict[str, Any]:
        """Run a module of the collection by itself, and return what it says."""
        setting = self.command("site")
        setting["args"] = ["ansible", "-i", str(self.inventory), self.name, "-m", f"osops.glance.{name}"]
        setting["args"] += ["-a", json.dumps(arguments), *options]
        setting["env"]["ANSIBLE_CALLBACK_RESULT_FORMAT"] = "json"
        done = subprocess.run(**setting, capture_output=True, timeout=LIMIT, check=False)
        _head, arrow, body = done.stdout.partition(" => {")
        assert arrow, done.stdout + done.stderr
        return dict(json.JSONDecoder().raw_decode("{" + body)[0])

    def anonymous(self, url: str) -> int:
        """Return the status that somebody without a token is answered."""
        return int(self.host.check_output("python3 -c %s %s", ANONYMOUS, url))

    def ask(self, command: str) -> Any:
        """Return what the real client answers."""
        return json.loads(self.host.check_output(f"openstack --os-cloud sandbox {command} -f json"))
