#!/usr/bin/env python3
"""Run `ansible-test sanity` over the collection as its users get it: built, and installed where ansible-test wants it.

ansible-test makes an environment for each of its tests and fetches a script that puts pip into it. Where that script
is not there yet, one is put in its place that takes the pip which Python itself brings; so no download is needed.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
WORK = TOP / ".cache/sanity"
COLLECTION = WORK / "ansible_collections/osops/glance"
ENSURE_PIP = "import ensurepip\nensurepip.bootstrap(default_pip=True)\n"
# Of the shell and PowerShell checkers there is nothing for to check.
SKIPPED = ("--skip-test", "pslint", "--skip-test", "shellcheck")


def run(*command: str, cwd: Path = TOP) -> None:
    subprocess.run([str(Path(sys.executable).parent / command[0]), *command[1:]], cwd=cwd, check=True)


def place_pip_script() -> None:
    """Put our script where ansible-test looks before it downloads its own."""
    import ansible_test

    asks = Path(ansible_test.__file__).parent / "_internal/python_requirements.py"
    version = re.findall(r"pip='([\d.]+)'", asks.read_text())[0]
    script = Path(f"~/.ansible/test/cache/get_pip_{version.replace('.', '_')}.py").expanduser()
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(ENSURE_PIP)


def main() -> int:
    shutil.rmtree(WORK, ignore_errors=True)
    place_pip_script()
    run("ansible-galaxy", "collection", "build", "--output-path", str(WORK))
    artifact = next(WORK.glob("osops-glance-*.tar.gz"))
    run("ansible-galaxy", "collection", "install", str(artifact), "--collections-path", str(WORK), "--no-deps")
    try:
        run("ansible-test", "sanity", "--color", "yes" if sys.stdout.isatty() else "no", *SKIPPED, cwd=COLLECTION)
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    return 0


if __name__ == "__main__":
    sys.exit(main())
