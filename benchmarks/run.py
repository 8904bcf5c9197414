"""Run parts of the benchmark, and write their tables to docs/benchmarks.md if the machine was quiet.

    python benchmarks/run.py PART [PART ...] [--rounds N] [--quick] [--anyway] [--prefix benchmark]
    python benchmarks/run.py hosts     create and save the hosts of the parts
    python benchmarks/run.py clean     remove the saved hosts

README.md in this directory describes the parts and the measurements.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

import deploy
import growth
import ini
import lab
import machine
import part
import upload
import upload_host
from glance_sample import BenchmarkError
from lab import hosts

PARTS = {each.name: each for each in (*ini.PARTS, *deploy.PARTS, *growth.PARTS, *upload.PARTS)}


def prepare_hosts(prefix: str) -> None:
    """Create and save all hosts, and remove the saved hosts of earlier versions."""
    with tempfile.TemporaryDirectory() as name:
        upload_host.prepare(part.Settings(1, prefix, Path(name)))
    current = (lab.prepared_tag(), upload_host.prepared_tag(), *deploy.saved_tags())
    hosts.forget([tag for tag in lab.saved_tags() if tag not in current])


def run_all(names: list[str], options: part.Options) -> list[str]:
    """Run parts in order. A part that fails does not prevent the others. Return the error messages."""
    failures = []
    for name in names:
        try:
            part.run(PARTS[name], options)
        except (BenchmarkError, machine.HostError) as error:
            print(f"==> {error}", flush=True)
            failures.append(str(error))
    return failures


def stop(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=[*PARTS, "hosts", "clean"], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, help="number of rounds; the default is that of the part, three or five")
    parser.add_argument("--quick", action="store_true", help="one round, without publishing the results")
    parser.add_argument("--anyway", action="store_true", help="measure on a busy machine, without publishing")
    parser.add_argument("--prefix", default="benchmark", help="prefix of the names of the hosts")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, stop)
    os.environ["CONTAINERS_CONF"] = str(machine.CONTAINERS_CONF)
    machine.write_containers_conf()
    if arguments.parts == ["hosts"]:
        return prepare_hosts(arguments.prefix)
    if arguments.parts == ["clean"]:
        return hosts.forget(lab.saved_tags())
    rounds = 1 if arguments.quick else arguments.rounds
    options = part.Options(rounds, arguments.prefix, publish=not (arguments.quick or arguments.anyway))
    failures = run_all(arguments.parts, options)
    if failures:
        raise BenchmarkError("\n".join(["not all parts were written:", *failures]))
    return None


if __name__ == "__main__":
    try:
        main()
    except (BenchmarkError, machine.HostError) as error:
        sys.exit(f"{Path(__file__).name}: {error}")
    except KeyboardInterrupt:
        sys.exit("Cancelled; the hosts are removed.")
