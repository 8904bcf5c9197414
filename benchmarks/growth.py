"""Measure how the cost of a run grows with the number of controllers: without a change, and of a first deployment."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Iterator

import glance_sample
import growth_report
import lab
import upload_host
from deploy_tools import collection_values, run_playbook
from glance_sample import BenchmarkError, plot
from growth_report import FORKS, HOSTS, Run
from lab import SITE, Host, hosts
from part import Measured, Part, Settings

# The services of a saved host that the first controller provides for the others.
SHARED_SERVICES = ("mariadb", "memcached", "keystone")
# Only the configuration is compared, so the file system of the store is not really shared.
STORE_OPTIONS = {"filesystem_store_datadir": "/var/lib/glance/images/"}
STORE = {"name": "fs", "type": "file", "options": STORE_OPTIONS, "shared": True}


def controller_names(count: int = max(HOSTS)) -> list[str]:
    return ["controller", *(f"controller{number}" for number in range(2, count + 1))]


def boot_controllers(settings: Settings, count: int, tag: str) -> dict[str, Host]:
    """Boot controllers from a saved host. The others share the database, memcached and Keystone of the first."""
    controllers: dict[str, Host] = {}
    for name in controller_names(count):
        host = lab.boot(f"{settings.prefix}-{name}", settings.folder, name, tag)
        if controllers:
            host.ssh(f"systemctl disable --quiet --now {' '.join(SHARED_SERVICES)}")
        controllers[name] = host
    introduce(controllers)
    return controllers


def introduce(controllers: dict[str, Host]) -> None:
    """Add the address of every controller to /etc/hosts of the others."""
    addresses = {name: network_address(host) for name, host in controllers.items()}
    for name, host in controllers.items():
        lines = "".join(f"{address} {other}\n" for other, address in addresses.items() if other != name)
        host.ssh(f"printf '%s' '{lines}' >> /etc/hosts")


def network_address(host: Host) -> str:
    """Return the address of a host on its network."""
    form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    return hosts.run("podman", "inspect", "--format", form, host.name)


def run_site(controllers: dict[str, Host], number: int) -> Run:
    """Run site.yml on the controllers and measure it."""
    start = time.perf_counter()
    values = collection_values(glance_stores=[STORE])
    outcome = run_playbook(SITE, controllers, values, "--forks", str(FORKS))
    wall = time.perf_counter() - start
    return Run(len(controllers), number, wall, outcome.cpu or 0.0, outcome.executed, outcome.changed)


def measure(settings: Settings) -> Measured:
    try:
        controllers = boot_controllers(settings, max(HOSTS), upload_host.prepared_tag())
        print(f"==> Deploying on {len(controllers)} controllers, which this part does not measure", flush=True)
        run_site(controllers, 0)
        return Measured(list(measure_all(controllers, settings.rounds)))
    finally:
        remove_controllers(settings)


def measure_first(settings: Settings) -> Measured:
    """Deploy on new hosts for each number of controllers."""
    return Measured([deploy(settings, count, number) for number in range(settings.rounds) for count in HOSTS])


def deploy(settings: Settings, count: int, number: int) -> Run:
    try:
        run = attempt(boot_controllers(settings, count, lab.prepared_tag()), number)
    finally:
        remove_controllers(settings)
    print(f"    {count} hosts: {run.failure or f'{run.wall:.1f} s, CPU {run.cpu:.1f} s'}", flush=True)
    return run


def remove_controllers(settings: Settings) -> None:
    lab.remove([f"{settings.prefix}-{name}" for name in controller_names()])


def measure_all(controllers: dict[str, Host], rounds: int) -> Iterator[Run]:
    """Run with every number of controllers in every round, so that other work affects all of them equally."""
    for number in range(rounds):
        print(f"==> Round {number + 1} of {rounds}", flush=True)
        for count in HOSTS:
            run = unchanged(attempt(dict(list(controllers.items())[:count]), number))
            print(f"    {count} hosts: {run.failure or f'{run.wall:.1f} s, CPU {run.cpu:.1f} s'}", flush=True)
            yield run


def attempt(controllers: dict[str, Host], number: int) -> Run:
    """Measure one run. A failure is a result as well."""
    try:
        return run_site(controllers, number)
    except (BenchmarkError, IndexError) as error:
        return Run(len(controllers), number, failure=str(error))


def unchanged(run: Run) -> Run:
    """Return a run that must change nothing: a change is a failure."""
    return run._replace(failure=f"{run.changed} tasks changed something") if run.changed else run


def prepare(settings: Settings) -> None:
    upload_host.prepare(settings)
    glance_sample.prepare()


def draw(runs: list[Run], figure: Path) -> None:
    plot("plot_growth.py", growth_report.points(runs), figure)


def prepare_first(settings: Settings) -> None:
    lab.prepare(settings.prefix, settings.folder)


PARTS = (
    Part("growth", 5, measure, growth_report.section, prepare, draw),
    Part("growth-deploy", 1, measure_first, growth_report.first_section, prepare_first),
)
