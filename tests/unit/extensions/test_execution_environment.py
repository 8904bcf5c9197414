"""ansible-builder accepts the definition of the execution environment and finds what the collection requires."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
DEFINITION = yaml.safe_load((TOP / "execution-environment.yml").read_text())
ARTIFACT = DEFINITION["additional_build_files"][0]


def builder(*arguments: str) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    program = shutil.which("ansible-builder", path=path)
    assert program, "ansible-builder is not installed: see requirements-test.txt"
    return subprocess.run([program, *arguments], check=True, text=True, capture_output=True).stdout


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the build context. The artifact is an empty file: only the build of the image reads it."""
    directory = tmp_path_factory.mktemp("environment")
    shutil.copy(TOP / "execution-environment.yml", directory)
    (directory / ARTIFACT["src"]).touch()
    file, context = directory / "execution-environment.yml", directory / "context"
    builder("create", "--file", str(file), "--context", str(context), "--output-filename", "Containerfile")
    return context


def test_artifact_is_the_one_of_this_version() -> None:
    galaxy = yaml.safe_load((TOP / "galaxy.yml").read_text())
    assert ARTIFACT["src"] == f"{galaxy['namespace']}-{galaxy['name']}-{galaxy['version']}.tar.gz"


def test_collection_is_installed_from_the_artifact(context: Path) -> None:
    [collection] = yaml.safe_load((context / "_build/requirements.yml").read_text())["collections"]
    assert (context / "_build" / Path(collection["name"]).relative_to("/build")).is_file()


def test_base_image_is_an_argument(context: Path) -> None:
    lines = (context / "Containerfile").read_text().splitlines()
    assert f'ARG EE_BASE_IMAGE="{DEFINITION["images"]["base_image"]["name"]}"' in lines
    assert "FROM $EE_BASE_IMAGE as base" in lines


def test_requirements_of_the_collection_are_found() -> None:
    found = yaml.safe_load(builder("introspect", str(TOP / "playbooks/collections")))
    assert found == {
        "python": [],
        "system": [
            f"{line}  # from collection osops.glance"
            for line in (TOP / "bindep.txt").read_text().splitlines()
            if not line.startswith("#")
        ],
    }


def test_only_dependencies_of_ansible_core_are_imported_on_the_control_node() -> None:
    """The list of Python requirements is empty because the plugins use nothing else."""
    parts = ("plugin_utils", "action", "lookup", "filter")
    lines = [
        line.split()[1].partition(".")[0]
        for part in parts
        for path in (TOP / "plugins" / part).rglob("*.py")
        for line in path.read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]
    others = {name for name in lines if name not in sys.stdlib_module_names}
    assert others <= {"ansible", "ansible_collections", "jinja2", "yaml"}
