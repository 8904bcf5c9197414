"""Compare deployments of the Image service with the collection and with other tools."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any, Iterator

import bars
import deploy_report
import lab
from deploy_report import CHANGE, COLLECTION, FIRST, GUIDE, NO_CHANGE, PLAYBOOK, PUPPET, Run
from deploy_tools import TOOLS, Tool
from glance_sample import BenchmarkError
from lab import FILES, IMAGE_PORT, IMAGE_URL, Host, hosts
from part import Measured, Part, Settings

# The rounds of a tool that takes too long to run in every round.
FEWER_ROUNDS = {PUPPET: 3}


class Runner:
    """One tool on its host. After a failure it does not run again."""

    def __init__(self, tool: Tool, host: Host) -> None:
        self.tool, self.host, self.failed = tool, host, False

    def run(self, turn: str, number: int, public_endpoint: str) -> Run:
        """Deploy, measure the time until the service responds, and verify the result."""
        start = time.perf_counter()
        try:
            outcome = self.tool.deploy(self.host, public_endpoint)
            command = time.perf_counter() - start
            wait_for_service(self.host)
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


def compare_first(settings: Settings) -> Measured:
    """Deploy on new hosts in every round."""
    return Measured([run for number in range(settings.rounds) for run in first_round(settings, number)])


def first_round(settings: Settings, number: int) -> Iterator[Run]:
    print(f"==> Round {number + 1} of {settings.rounds}", flush=True)
    tools = [TOOLS[name] for name in (COLLECTION, PLAYBOOK, GUIDE)]
    try:
        # One host at a time: idle hosts also need some CPU time.
        for tool in tools:
            yield Runner(tool, boot(settings, tool)).run(FIRST, number, IMAGE_URL)
            lab.remove([host_name(settings, tool)])
    finally:
        lab.remove([host_name(settings, tool) for tool in tools])


def boot(settings: Settings, tool: Tool) -> Host:
    return lab.boot(host_name(settings, tool), settings.folder)


def host_name(settings: Settings, tool: Tool) -> str:
    return f"{settings.prefix}-{tool.container}"


def compare_unchanged(settings: Settings) -> Measured:
    return Measured(list(compare_again(settings, NO_CHANGE, (COLLECTION, PLAYBOOK, PUPPET))))


def compare_changed(settings: Settings) -> Measured:
    return Measured(list(compare_again(settings, CHANGE, (COLLECTION, PLAYBOOK))))


def compare_again(settings: Settings, turn: str, names: tuple[str, ...]) -> Iterator[Run]:
    """Deploy once with each tool, then run all tools in turn: other work of the machine affects all of them equally."""
    tools = [TOOLS[name] for name in names]
    try:
        print("==> First deployments, which this part does not measure", flush=True)
        runners = []
        for tool in tools:
            runner, failures = deployed(settings, tool)
            runners.append(runner)
            yield from failures
        for number in range(settings.rounds):
            print(f"==> Round {number + 1} of {settings.rounds}", flush=True)
            endpoint = f"http://images-{number}.example:9292" if turn == CHANGE else IMAGE_URL
            for runner in runners:
                if not runner.failed and number < FEWER_ROUNDS.get(runner.tool.name, settings.rounds):
                    yield runner.run(turn, number, endpoint)
    finally:
        lab.remove([host_name(settings, tool) for tool in tools])


def deployed(settings: Settings, tool: Tool) -> tuple[Runner, list[Run]]:
    """Return a tool with a host that it has deployed, and a failure of that.

    The hosts of the other tools are saved, once: their deployments take minutes.
    """
    if tool.sources and lab.is_saved(saved_tag(tool)):
        host = lab.boot(host_name(settings, tool), settings.folder, saved=saved_tag(tool))
        wait_for_service(host)
        return Runner(tool, host), []
    runner = Runner(tool, boot(settings, tool))
    run = runner.run(FIRST, 0, IMAGE_URL)
    if run.failure:
        return runner, [run]
    if tool.sources:
        runner.host.ssh(lab.FORGET_WORKERS)
        hosts.save(runner.host.name, saved_tag(tool))
        lab.wait_for_keystone(runner.host)
        wait_for_service(runner.host)
    return runner, []


def wait_for_service(host: Host) -> None:
    lab.wait_for("the Image service", lambda: lab.responds(host.url(IMAGE_PORT)))


def saved_tag(tool: Tool) -> str:
    """Return the tag of the host that a tool has deployed; a change of its sources changes the tag."""
    return hosts.prepared_tag(f"{lab.SAVED}-{tool.container}", (*lab.PREPARED_BY, *tool.sources))


def saved_tags() -> list[str]:
    """Return the tags of all hosts that tools have deployed."""
    return [saved_tag(tool) for tool in TOOLS.values() if tool.sources]


def prepare(settings: Settings) -> None:
    lab.prepare(settings.prefix, settings.folder)


DRAW = bars.drawing(deploy_report.panels)

PARTS = (
    Part("deploy", 3, compare_first, deploy_report.first_section, prepare, DRAW),
    Part("no-change", 5, compare_unchanged, deploy_report.unchanged_section, prepare, DRAW),
    Part("change", 5, compare_changed, deploy_report.changed_section, prepare, DRAW),
)
