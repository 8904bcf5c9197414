"""The tools that deploy the Image service, each with one command."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any, Callable, NamedTuple

from deploy_report import COLLECTION, GUIDE, PLAYBOOK, PUPPET
from lab import ANSIBLE, DATABASE_PASSWORD, FILES, IMAGE_URL, SERVICE_PASSWORD, SITE, Host, call
from quiet import child_seconds

INPUTS = {"database_password": DATABASE_PASSWORD, "service_password": SERVICE_PASSWORD, "image_url": IMAGE_URL}


class Outcome(NamedTuple):
    """The results that a run reports, and the CPU time of the command on this machine with all its children.

    executed, changed: number of tasks or resources of the last host
    profile: the time of each task
    """

    executed: int | None = None
    changed: int | None = None
    cpu: float | None = None
    profile: tuple[tuple[str, float], ...] = ()


def collection_values(**config: Any) -> dict[str, Any]:
    return {
        "glance_cloud": "sandbox",
        "glance_database_password": DATABASE_PASSWORD,
        "glance_service_password": SERVICE_PASSWORD,
        **config,
    }


def deploy_with_collection(host: Host, public_endpoint: str) -> Outcome:
    values = collection_values(glance_config={"DEFAULT": {"public_endpoint": public_endpoint}})
    return run_playbook(SITE, {"controller": host}, values)


def deploy_with_playbook(host: Host, public_endpoint: str) -> Outcome:
    return run_playbook(FILES / "playbook.yml", {"controller": host}, {**INPUTS, "public_endpoint": public_endpoint})


def run_playbook(playbook: Path, controllers: dict[str, Host], values: dict[str, Any], *options: str) -> Outcome:
    """Run a playbook on the controllers. Return the outcome of the last one."""
    last = list(controllers)[-1]
    folder = controllers[last].folder
    group = {name: host.inventory_entry() for name, host in controllers.items()}
    inventory, inputs = folder / "inventory.json", folder / "inputs.json"
    first = {"hosts": dict.fromkeys([next(iter(group))])}
    inventory.write_text(json.dumps({"glance_api": {"hosts": group}, "glance_database": first}))
    inputs.write_text(json.dumps(values))
    before = child_seconds()
    command = [ANSIBLE, "--inventory", str(inventory), "--extra-vars", f"@{inputs}", *options, str(playbook)]
    output = call(command, folder)
    return parse_output(output, last, list(group))._replace(cpu=child_seconds() - before)


def parse_output(output: str, host: str, names: list[str]) -> Outcome:
    """Parse the recap of ansible-playbook: tasks of one host, changes of all, and the times of profile_tasks."""
    recap = {name: re.findall(rf"^{name} +: ok=(\d+) +changed=(\d+)", output, re.MULTILINE)[-1] for name in names}
    times = re.findall(r"^(\S.*?) -{2,} +([\d.]+)s$", output, re.MULTILINE)
    changed = sum(int(changed) for _ok, changed in recap.values())
    profile = tuple((name, float(seconds)) for name, seconds in times)
    return Outcome(executed=int(recap[host][0]), changed=changed, profile=profile)


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
    """A tool.

    sources: the files from which it deploys. Its host can be saved while these do not change.
    """

    name: str
    container: str
    deploy: Callable[[Host, str], Outcome]
    sources: tuple[Path, ...] = ()


TOOLS = {
    tool.name: tool
    for tool in (
        Tool(COLLECTION, "collection", deploy_with_collection),
        Tool(PLAYBOOK, "playbook", deploy_with_playbook, (FILES / "playbook.yml",)),
        Tool(PUPPET, "puppet", deploy_with_puppet, (FILES / "glance.pp",)),
        Tool(GUIDE, "guide", deploy_with_guide),
    )
}
