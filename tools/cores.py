"""Virtual environments of the supported versions of ansible-core, in .cache/cores.

python tools/cores.py 2.16 2.21         make them, and print where they are
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
CACHE = TOP / ".cache/cores"
# The minor versions of Python 3 that each version of ansible-core runs on as a control node, from its release notes.
CORES = {
    "2.16": range(10, 13),
    "2.18": range(11, 14),
    "2.19": range(11, 14),
    "2.21": range(12, 15),
}


class NoInterpreter(Exception):
    """No Python of this machine runs a version of ansible-core."""


def interpreter(core: str) -> str:
    """Return a Python of this machine that runs a version of ansible-core; NoInterpreter when there is none."""
    for minor in CORES[core]:
        candidates = [shutil.which(f"python3.{minor}"), *pyenv(minor)]
        for candidate in filter(None, candidates):
            if runs(candidate, minor):
                return candidate
    wanted = ", ".join(f"3.{minor}" for minor in CORES[core])
    raise NoInterpreter(
        f"ansible-core {core} needs one of Python {wanted}, and none of them is on the PATH or in pyenv"
    )


def pyenv(minor: int) -> list[str]:
    """Return the interpreters of a minor version that pyenv has."""
    return [str(path) for path in sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python"))]


def runs(python: str, minor: int) -> bool:
    """Return whether an interpreter is of a minor version; a shim of pyenv may fail."""
    command = [python, "-c", "import sys; print(sys.version_info[1])"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.strip() == str(minor)


def environment(core: str) -> Path:
    """Return the virtual environment of a version of ansible-core, which is made once."""
    path = CACHE / core
    if not (path / "done").exists():
        subprocess.run([interpreter(core), "-m", "venv", "--clear", str(path)], check=True)
        pip = [str(path / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, f"ansible-core=={core}.*"], check=True)
        (path / "done").touch()
    return path


if __name__ == "__main__":
    for version in sys.argv[1:]:
        print(environment(version))
