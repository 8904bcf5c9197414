"""Jobs of ansible-runner, with the settings that AWX uses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable, Iterable

import ansible_runner
import pytest
import yaml
from controllers import LIMIT, TOP, Controller


class Job:
    """A finished job.

    artifacts: the directory that AWX stores.
    """

    def __init__(self, runner: Any) -> None:
        self.status: str = runner.status
        self.events = list(runner.events)
        self.artifacts = Path(runner.config.artifact_dir)
        stats = runner.stats or {}
        self.changed = sum(stats.get("changed", {}).values())
        self.hosts = sorted(stats.get("processed", {}))

    @property
    def output(self) -> str:
        return "\n".join(event.get("stdout", "") for event in self.events)

    @property
    def words(self) -> str:
        """Return the output on one line, because line wrapping splits sentences."""
        return " ".join(self.output.split())

    @property
    def tasks(self) -> list[str]:
        """Return the names of the tasks that started, without their roles."""
        started = (event for event in self.events if event["event"] == "playbook_on_task_start")
        return [event["event_data"]["name"].rpartition(" : ")[2] for event in started]

    @property
    def summary(self) -> dict[str, Any]:
        """Return the summary of the run, which AWX passes to the next job of a workflow."""
        ended = [event["event_data"] for event in self.events if event["event"] == "playbook_on_stats"]
        return dict(ended[-1]["artifact_data"]["osops_glance"])

    def results(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the results of tasks, by the kind of their event such as `runner_on_ok`."""
        return [event["event_data"]["res"] for event in self.events if event["event"] in kinds]


class Literal(str):
    """A text that Ansible does not render."""


def launch_variables(answers: dict[str, Any]) -> str:
    """Return extra variables as AWX writes them: all text that users enter is marked as unsafe."""
    dumper = type("Dumper", (yaml.SafeDumper,), {})
    dumper.add_representer(Literal, lambda dump, text: dump.represent_scalar("!unsafe", str(text), style='"'))
    return yaml.dump(literal(answers), Dumper=dumper)


def literal(value: Any) -> Any:
    """Return a value with all of its text as Literal, except the names of variables and options."""
    if isinstance(value, dict):
        return {name: literal(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [literal(inner) for inner in value]
    return Literal(value) if isinstance(value, str) else value


@pytest.fixture(scope="session")
def artifacts() -> list[Path]:
    """Return the directories of all jobs, which must not contain secrets."""
    return []


@pytest.fixture(scope="session")
def connection(controller: Controller, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the variables of a connection over SSH, as AWX has it, and install its server on the host."""
    key = tmp_path_factory.mktemp("ssh") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends openssh-server"
    public = key.with_suffix(".pub").read_text().strip()
    authorize = f"mkdir -p -m 700 /root/.ssh && echo '{public}' > /root/.ssh/authorized_keys"
    for command in (install, authorize, "systemctl start ssh"):
        controller.host.check_output(command)
    return {
        "ansible_connection": "ssh",
        "ansible_host": controller.host.check_output("hostname -I").split()[0],
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(key),
        "ansible_ssh_common_args": "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR",
    }


@pytest.fixture
def job(
    controller: Controller, connection: dict[str, str], tmp_path: Path, artifacts: list[Path]
) -> Callable[..., Job]:
    """Return a function that runs a playbook as a job.

    answers: the extra variables, such as the answers of a survey.
    is_canceled: is called with all events so far; True cancels the job.
    """

    def run(
        playbook: str,
        answers: dict[str, Any] | None = None,
        *options: str,
        is_canceled: Callable[[Iterable[dict[str, Any]]], bool] = lambda _events: False,
        **settings: Any,
    ) -> Job:
        folder = tmp_path / f"job-{len(artifacts)}"
        shutil.copytree(controller.inventory, folder / "inventory")
        (folder / "inventory/host_vars").mkdir()
        (folder / f"inventory/host_vars/{controller.name}.yml").write_text(yaml.safe_dump(connection))
        (folder / "env").mkdir()
        (folder / "env/extravars").write_text(launch_variables(answers or {}))
        seen: list[dict[str, Any]] = []
        runner = ansible_runner.run(
            private_data_dir=str(folder),
            project_dir=str(TOP),
            playbook=f"playbooks/{playbook}.yml",
            envvars={"ANSIBLE_CONFIG": str(TOP / "ansible.cfg"), "PATH": os.environ["PATH"]},
            cmdline=" ".join(options) or None,
            fact_cache_type="jsonfile",
            settings={"suppress_ansible_output": True, "job_timeout": LIMIT},
            event_handler=lambda event: seen.append(event) or True,
            cancel_callback=lambda: is_canceled(seen),
            quiet=True,
            **settings,
        )
        artifacts.append(folder)
        return Job(runner)

    return run


@pytest.fixture(scope="session")
def survey_answers() -> dict[str, Any]:
    """Return answers as AWX passes them: text for lists and numbers, and blank text for optional questions."""
    image = {"name": "survey", "src": "/srv/survey.raw", "disk_format": "raw", "visibility": "public"}
    return {
        "glance_images": json.dumps([image]),
        "glance_api_workers": "2",
        "glance_api_backup": "false",
        "glance_memcached_servers": "",
        "glance_region": "",
        "glance_ca_cert": "",
        "glance_images_parallel": "",
        "glance_config": "DEFAULT:\n  image_member_quota: 64\n",
    }
