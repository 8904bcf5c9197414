"""The commands of the README that install the collection work in a checkout."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
INSTALLATION = re.compile(r"^1\. Build and install.*?```console\n(.*?)```", re.DOTALL | re.MULTILINE)


def test_installation_works(tmp_path: Path) -> None:
    readme = (TOP / "README.md").read_text()
    (block,) = INSTALLATION.findall(readme)
    commands = re.findall(r"^ *\$ (.*)$", block, re.MULTILINE)
    subprocess.run(["git", "clone", "--quiet", str(TOP), str(tmp_path / "checkout")], check=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(commands)],
        cwd=tmp_path / "checkout",
        env={**environment, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    installed = tmp_path / ".ansible" / "collections" / "ansible_collections" / "osops" / "glance"
    assert (installed / "MANIFEST.json").is_file(), done.stdout
