"""Check the built artifact with galaxy-importer, as Ansible Galaxy does when it is uploaded; a warning is an error."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
REQUIREMENTS = TOP / "requirements-importer.txt"
ENVIRONMENT = TOP / ".cache/importer"
LIMIT_SECONDS = 900


def environment() -> Path:
    """Return the virtual environment of galaxy-importer; create it unless it has these requirements."""
    stamp = ENVIRONMENT / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
        install = [str(ENVIRONMENT / "bin/pip"), "install", "--quiet", "--requirement", str(REQUIREMENTS)]
        subprocess.run(install, check=True)
        stamp.write_text(REQUIREMENTS.read_text())
    return ENVIRONMENT


def problems(output: str) -> list[str]:
    """Return the lines of the output that report a warning or an error."""
    return [line for line in output.splitlines() if line.startswith(("WARNING", "ERROR", "CRITICAL"))]


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    programs = environment() / "bin"
    with tempfile.TemporaryDirectory(prefix="osops-importer-") as work:
        # The settings of this checkout, such as the path of its collections, do not apply on Galaxy.
        clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        settings = {**clean, "HOME": work, "PATH": f"{programs}:{clean['PATH']}"}
        build = [str(programs / "ansible-galaxy"), "collection", "build", "--output-path", work]
        subprocess.run(build, cwd=TOP, env=settings, check=True)
        artifact = next(Path(work).glob("osops-glance-*.tar.gz"))
        command = [str(programs / "python"), "-m", "galaxy_importer.main", str(artifact)]
        done = subprocess.run(
            command, cwd=work, env=settings, text=True, capture_output=True, timeout=LIMIT_SECONDS, check=False
        )
    output = done.stdout + done.stderr
    print(output)
    found = problems(output)
    if done.returncode or found:
        print("galaxy-importer found problems:", *found, sep="\n    ", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
