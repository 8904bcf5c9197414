"""Run `ansible-test sanity` over the collection as its users get it: built, and unpacked where ansible-test wants it.

ansible-test makes an environment for each of its tests and fetches a script that puts pip into it. Where that script
is not there yet, one is put in its place that takes the pip which Python itself brings; so no download is needed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
ENSURE_PIP = "import ensurepip\nensurepip.bootstrap(default_pip=True)\n"
# ansible-test tries every Python that it finds by name; shims of version managers have names and nothing behind them.
PATH = f"{Path(sys.executable).parent}:{sys.base_prefix}/bin:/usr/bin:/bin"
# There is no shell and no PowerShell to check.
SKIPPED = ("--skip-test", "pslint", "--skip-test", "shellcheck")


def run(*command: str, cwd: Path = TOP) -> int:
    program = Path(sys.executable).parent / command[0]
    return subprocess.run(
        [str(program), *command[1:]], cwd=cwd, env={**os.environ, "PATH": PATH}, check=False
    ).returncode


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
    place_pip_script()
    # Not below the checkout: ansible-test would ask its git which files there are.
    with tempfile.TemporaryDirectory(prefix="osops-sanity-") as work:
        collection = Path(work, "ansible_collections/osops/glance")
        if run("ansible-galaxy", "collection", "build", "--output-path", work):
            return 1
        shutil.unpack_archive(next(Path(work).glob("osops-glance-*.tar.gz")), collection)
        return run(
            "ansible-test", "sanity", "--color", "yes" if sys.stdout.isatty() else "no", *SKIPPED, cwd=collection
        )


if __name__ == "__main__":
    sys.exit(main())
