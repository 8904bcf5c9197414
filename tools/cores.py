"""Run the tests with another version of ansible-core, in a virtual environment in .cache/cores.

python tools/cores.py environment 2.16        create the environment and print its directory
python tools/cores.py unit 2.16               run the unit tests of the plugins
python tools/cores.py sanity 2.16             run ansible-test sanity
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CACHE = TOP / ".cache/cores"
# The minor versions of Python 3 that run each version of ansible-core on a control node (from its release notes). The
# first that is found is used; 3.11 comes first, as constraints.txt was resolved with it.
CORES = {
    "2.16": (11, 12, 10),
    "2.18": (11, 12, 13),
    "2.19": (11, 12, 13),
    "2.21": (13, 12, 14),
}
OLDEST, NEWEST = list(CORES)[0], list(CORES)[-1]
# Requirements of the unit tests; the linters and Molecule run with one version of ansible-core only.
REQUIREMENTS = (
    "hypothesis",
    "oslo.config",
    "oslo.log",
    "PasteDeploy",
    "openstacksdk",
    "PyMySQL",
    "pytest",
    "pytest-xdist",
    "SQLAlchemy",
)
# The version of AWX 24.6. Later ones use another lock for the output of the workers.
RUNNER = "ansible-runner==2.4.0"


class NoInterpreter(Exception):
    """No Python on this machine runs a version of ansible-core."""


def interpreter(core: str) -> str:
    """Return a Python on this machine that runs a version of ansible-core. Raises NoInterpreter."""
    for minor in CORES[core]:
        candidates = [shutil.which(f"python3.{minor}"), *pyenv(minor)]
        for candidate in filter(None, candidates):
            if runs(candidate, minor):
                return candidate
    versions = ", ".join(f"3.{minor}" for minor in sorted(CORES[core]))
    raise NoInterpreter(f"ansible-core {core} needs one of Python {versions}. Install one, on the PATH or in pyenv.")


def pyenv(minor: int) -> list[str]:
    """Return the interpreters of a minor version in pyenv."""
    return [str(path) for path in sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"))]


def runs(python: str, minor: int) -> bool:
    """Return whether an interpreter runs and has a minor version; a shim of pyenv may fail."""
    command = [python, "-c", "import sys; print(sys.version_info[1])"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.strip() == str(minor)


def requirements() -> list[str]:
    """Return the pinned requirements of the unit tests."""
    pinned = (TOP / "constraints.txt").read_text().splitlines()
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in REQUIREMENTS}
    return [line for line in pinned if re.sub(r"[-_.]+", "-", line.partition("==")[0]).lower() in names]


def environment(core: str) -> Path:
    """Return the virtual environment of a version of ansible-core; create it if it does not exist."""
    path = CACHE / core
    CACHE.mkdir(parents=True, exist_ok=True)
    # Several parts of `make test-all` may need it at the same time.
    with (CACHE / f"{core}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        create(core, path)
    return path


def create(core: str, path: Path) -> None:
    """Create a virtual environment unless it exists with the present requirements."""
    marker = path / "requirements"
    content = [f"ansible-core=={core}.*", RUNNER, *requirements()]
    if marker.exists() and marker.read_text().splitlines() == content:
        return
    subprocess.run([interpreter(core), "-m", "venv", "--clear", str(path)], check=True)
    pip = [str(path / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *content], check=True)
    marker.write_text("\n".join(content))


def run_tests(kind: str, core: str) -> int:
    """Run the unit tests or the sanity tests with a version of ansible-core; return the exit status."""
    programs = environment(core) / "bin"
    commands = {
        "unit": [str(programs / "python"), "-m", "pytest", "-n", "auto", "tests/unit/plugins"],
        "sanity": [str(programs / "python"), "tools/sanity.py"],
    }
    path = f"{programs}:{os.environ['PATH']}"
    return subprocess.run(commands[kind], cwd=TOP, env={**os.environ, "PATH": path}, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("environment", "unit", "sanity"))
    parser.add_argument("core", choices=tuple(CORES), help="version of ansible-core")
    arguments = parser.parse_args()
    try:
        if arguments.command == "environment":
            print(environment(arguments.core))
            return 0
        return run_tests(arguments.command, arguments.core)
    except NoInterpreter as error:
        print(f"{Path(__file__).name}: skipped: {error}", file=sys.stderr)
        return 0


if __name__ == "__main__":
    sys.exit(main())
