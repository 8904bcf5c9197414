"""Run `ansible-test sanity` on the built artifact, unpacked into the directory layout that ansible-test requires.

ansible-test creates an environment for each of its tests and downloads a script that installs pip. If that script does
not exist yet, this program writes one that installs the pip bundled with Python, so no download is needed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
ENSURE_PIP = "import ensurepip\nensurepip.bootstrap(default_pip=True)\n"
# ansible-test tries every Python on the PATH; shims of version managers may have no interpreter behind them.
PATH = f"{Path(sys.executable).parent}:{sys.base_prefix}/bin:/usr/bin:/bin"
# The collection has no shell scripts and no PowerShell.
SKIPPED = ("--skip-test", "pslint", "--skip-test", "shellcheck")


def run(*command: str, cwd: Path = TOP) -> int:
    program = Path(sys.executable).parent / command[0]
    return subprocess.run(
        [str(program), *command[1:]], cwd=cwd, env={**os.environ, "PATH": PATH}, check=False
    ).returncode


def place_pip_script() -> None:
    """Write the script to the path that ansible-test checks before it downloads its own."""
    import ansible_test

    source = Path(ansible_test.__file__).parent / "_internal/python_requirements.py"
    version = re.findall(r"pip='([\d.]+)'", source.read_text())[0]
    script = Path(f"~/.ansible/test/cache/get_pip_{version.replace('.', '_')}.py").expanduser()
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(ENSURE_PIP)


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    place_pip_script()
    # Outside of the checkout, as ansible-test would otherwise take the list of files from its git repository.
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
