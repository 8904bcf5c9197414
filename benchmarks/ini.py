"""Compare osops.glance.ini with other tools that set options in a glance-api.conf."""

from __future__ import annotations

import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Iterator, NamedTuple

import glance_sample
import ini_report
import yaml
from glance_sample import BIN, CACHE, SAMPLE_LINES, BenchmarkError, Options, call, plot
from ini_report import COLLECTION, COMPARED, FLOOR, INI_FILE, TEMPLATE, TURNS, Run
from part import Measured, Part, Settings
from quiet import child_seconds

# The tools ------------------------------------------------------------------------------------------------------------


class Job(NamedTuple):
    """The file to edit, and the options to set in it."""

    path: Path
    options: Options

    def rows(self) -> list[dict[str, str]]:
        return [
            {"section": section, "option": option, "value": value}
            for section, values in self.options.items()
            for option, value in values.items()
        ]


ITEM = {name: f"{{{{ item['{name}'] }}}}" for name in ("section", "option", "value")}
JINJA = """\
{% for section, values in options.items() %}
[{{ section }}]
{% for option, value in values.items() %}
{{ option }} = {{ value }}
{% endfor %}
{% endfor %}
"""


def ping(job: Job) -> dict[str, Any]:
    return {"ansible.builtin.ping": {}}


def ini_module(job: Job) -> dict[str, Any]:
    return {"osops.glance.ini": {"path": str(job.path), "options": job.options}}


def template(job: Job) -> dict[str, Any]:
    source = job.path.with_name("options.j2")
    source.write_text(JINJA)
    parameters = {"src": str(source), "dest": str(job.path), "mode": "0640"}
    return {"ansible.builtin.template": parameters, "vars": {"options": job.options}}


def ini_file_loop(job: Job) -> dict[str, Any]:
    return {"community.general.ini_file": {"path": str(job.path), "mode": "0640", **ITEM}, "loop": job.rows()}


def crudini_loop(job: Job) -> dict[str, Any]:
    argv = [str(BIN / "crudini"), "--set", str(job.path), *ITEM.values()]
    return {"ansible.builtin.command": {"argv": argv}, "loop": job.rows()}


def crudini_once(job: Job) -> list[str]:
    each = (["--set", str(job.path), *row.values()] for row in job.rows())
    return [str(BIN / "crudini"), *(word for words in each for word in words)]


def playbook(task: dict[str, Any], folder: Path) -> list[str]:
    """Write a playbook of one task and return the command that runs it."""
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": sys.executable},
        "tasks": [{"name": "Set the options", **task}],
    }
    path = folder / "playbook.yml"
    path.write_text(yaml.safe_dump([play], sort_keys=False))
    program = str(Path(sys.executable).with_name("ansible-playbook"))
    return [program, "--inventory", "localhost,", "--forks", "1", str(path)]


class Tool(NamedTuple):
    """A tool that sets options.

    task: the task of its playbook; None is a single call of crudini without a playbook.
    loop: whether it starts one process for each option, which is too slow for the usual number of rounds.
    """

    name: str
    task: Callable[[Job], dict[str, Any]] | None
    loop: bool = False

    def command(self, job: Job) -> list[str]:
        return playbook(self.task(job), job.path.parent) if self.task else crudini_once(job)


TOOLS = (
    Tool(FLOOR, ping),
    Tool(COLLECTION, ini_module),
    Tool(TEMPLATE, template),
    Tool(INI_FILE, ini_file_loop, loop=True),
    Tool("loop of crudini --set", crudini_loop, loop=True),
    Tool("one crudini, without Ansible", None),
)


# The measurement ------------------------------------------------------------------------------------------------------


class Point(NamedTuple):
    options: int
    lines: int
    loop_rounds: int = 0


# The loops take a second for every three options, so they have fewer points and rounds.
POINTS = (
    Point(1, SAMPLE_LINES, loop_rounds=3),
    Point(10, SAMPLE_LINES, loop_rounds=3),
    Point(COMPARED, SAMPLE_LINES, loop_rounds=3),
    Point(250, SAMPLE_LINES),
    Point(1000, SAMPLE_LINES),
    *(Point(COMPARED, lines) for lines in (50_000, 100_000, 200_000)),
)


def measure_all(rounds: int) -> Iterator[Run]:
    """Run every tool in every round, so that other load on the machine affects all of them equally."""
    for point in POINTS:
        print(f"==> {point.options:,} options, {point.lines:,} lines", flush=True)
        options, text = glance_sample.choose_options(point.options), glance_sample.sample_of(point.lines)
        for number in range(rounds):
            for tool in TOOLS:
                if not tool.loop or number < point.loop_rounds:
                    for turn, result in zip(TURNS, measure(tool, options, text)):
                        yield Run(tool.name, point.options, point.lines, turn, number, *result)


def measure(tool: Tool, options: Options, text: str) -> Iterator[tuple[float, float, bool | None]]:
    """Set the options twice with one tool; yield wall time, CPU time and whether it reports a change."""
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        job = Job(Path(folder, "glance-api.conf"), options)
        job.path.write_text(text)
        job.path.chmod(0o640)
        command = tool.command(job)
        for _turn in TURNS:
            cpu, start = child_seconds(), time.perf_counter()
            output = call(*command)
            wall, cpu = time.perf_counter() - start, child_seconds() - cpu
            if tool.name != FLOOR and glance_sample.effective(job.path) != options:
                raise BenchmarkError(f"{tool.name} set other options than the {len(job.rows())} requested ones")
            recap = re.search(r"changed=(\d+)", output)
            yield wall, cpu, recap and recap[1] != "0"


def compare(settings: Settings) -> Measured:
    crudini = call(str(BIN / "crudini"), "--version").split("\n")[0]
    return Measured(list(measure_all(settings.rounds)), (crudini,))


def section(runs: list[Run], machine: str) -> str:
    return ini_report.section(ini_report.summary(runs), SAMPLE_LINES, machine)


def draw(runs: list[Run], figure: Path) -> None:
    points = {"rows": ini_report.summary(runs), "sample_lines": SAMPLE_LINES, "compared_options": COMPARED}
    plot("plot.py", points, figure)


def prepare(_settings: Settings) -> None:
    glance_sample.prepare()


PARTS = (Part("ini", 5, compare, section, prepare, draw),)
