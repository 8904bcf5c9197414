"""Tests with real environments, created without network access."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.modules import virtualenv
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by

WHEEL = "brick-{0}-py3-none-any.whl"

# Builds without other packages, so that pip needs no index.
PYPROJECT = """[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """import os
def prepare_metadata_for_build_wheel(directory, settings=None):
    os.mkdir(os.path.join(directory, "brick-1.dist-info"))
    with open(os.path.join(directory, "brick-1.dist-info", "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\\nName: brick\\nVersion: 1\\n")
    return "brick-1.dist-info"
def build_wheel(*arguments):
    raise NotImplementedError
"""
SOURCE_FILES = {"package": "brick==1", "directory": "etc", "dest": "etc/brick"}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with two versions of a package."""
    folder = tmp_path_factory.mktemp("wheels")
    for version in ("1", "2"):
        about = f"brick-{version}.dist-info"
        with zipfile.ZipFile(folder / WHEEL.format(version), "w") as wheel:
            wheel.writestr("brick.py", f"VERSION = {version}\n")
            wheel.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: brick\nVersion: {version}\n")
            wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{about}/RECORD", "")
    return folder


@pytest.fixture
def sources(wheels: Path, tmp_path: Path) -> Path:
    """Return a directory with the wheels, and with the source distribution of one version."""
    folder = tmp_path / "sources"
    folder.mkdir()
    for wheel in wheels.iterdir():
        (folder / wheel.name).symlink_to(wheel)
    texts = {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "etc/paste.ini": "[app]\n", "etc/defs/a.json": "{}"}
    with tarfile.open(folder / "brick-1.tar.gz", "w:gz") as archive:
        for name, text in {**texts, "PKG-INFO": "Metadata-Version: 2.1\nName: brick\nVersion: 1\n"}.items():
            member = tarfile.TarInfo(f"brick-1/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return folder


class Site:
    """A directory with environments."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder = folder
        self.options: dict[str, Any] = {"python": sys.executable, "find_links": str(wheels), "no_index": True}

    def run(self, name: str, *packages: str, check: bool = False, **options: Any) -> dict[str, Any]:
        arguments = {**self.options, "path": str(self.folder / name), "packages": list(packages), **options}
        return dict(json.loads(printed_by(virtualenv, check, **arguments)))

    def version(self, name: str) -> str:
        python = self.folder / name / "bin/python"
        return subprocess.check_output([python, "-c", "import brick; print(brick.VERSION)"], text=True).strip()


@pytest.fixture
def site(tmp_path: Path, wheels: Path) -> Site:
    return Site(tmp_path / "opt", wheels)


def test_environment_is_predicted_created_and_then_unchanged(site: Site) -> None:
    predicted = site.run("a", "brick==1", check=True)
    assert predicted["changed"]
    assert not site.folder.exists()
    created = site.run("a", "brick==1")
    assert created["environments"] == predicted["environments"]
    assert created["packages"] == ["brick==1"]
    assert site.version("current") == "1"
    assert site.run("a", "brick==1")["changed"] is False


def test_link_points_to_the_environment_of_the_last_run(site: Site) -> None:
    for name, version in (("a", "1"), ("b", "2"), ("a", "1")):
        assert site.run(name, f"brick=={version}")["changed"]
        assert site.version("current") == version
    assert sorted(path.name for path in site.folder.iterdir()) == ["a", "b", "current"]


def test_interrupted_environment_is_created_again(site: Site) -> None:
    failed = site.run("a", "brick==3")
    assert "brick==3" in failed["msg"]
    assert (site.folder / "a").exists()
    assert site.run("a", "brick==2")["packages"] == ["brick==2"]


@pytest.mark.parametrize(
    ("name", "packages", "message"),
    [
        pytest.param("a", ["brick==2"], "was created with other packages", id="another content"),
        pytest.param("b", ["brick==1"], "was not created by this module", id="another directory"),
        pytest.param("c", [], "`packages` is empty", id="no packages"),
        pytest.param("c", ["# brick"], "`packages` is empty", id="only comments"),
    ],
)
def test_existing_directory_is_not_replaced(site: Site, name: str, packages: list[str], message: str) -> None:
    site.run("a", "brick==1")
    (site.folder / "b").mkdir()
    (site.folder / "b" / "precious").touch()
    refused = site.run(name, *packages)
    assert message in refused["msg"]
    assert site.version("current") == "1"
    assert (site.folder / "b" / "precious").exists()


def test_missing_interpreter_is_reported(site: Site) -> None:
    assert "python2.3 is not installed on this host" in site.run("a", "brick==1", python="python2.3")["msg"]


def test_files_that_the_wheel_lacks_are_copied_from_the_source_distribution(site: Site, sources: Path) -> None:
    options: dict[str, Any] = {"source_files": SOURCE_FILES, "find_links": str(sources)}
    predicted = site.run("a", "brick==1", check=True, **options)
    assert site.run("a", "brick==1", **options)["environments"] == predicted["environments"]
    copied = site.folder / "a/etc/brick"
    assert (copied / "paste.ini").read_text() == "[app]\n"
    assert (copied / "defs/a.json").read_text() == "{}"
    assert not (site.folder / "a/.sources").exists()
    assert site.run("a", "brick==1", **options)["changed"] is False
    assert "was created with other packages" in site.run("a", "brick==1", find_links=str(sources))["msg"]


def test_constraints_in_the_configuration_of_pip_do_not_apply_to_the_source_distribution(
    site: Site, sources: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "constraints.txt").write_text("brick<3\n")
    monkeypatch.setenv("PIP_CONSTRAINT", str(tmp_path / "constraints.txt"))
    assert site.run("a", "brick==1", source_files=SOURCE_FILES, find_links=str(sources))["changed"]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        pytest.param(
            {"package": "brick==2"}, "Provide its source distribution (.tar.gz) in `find_links`", id="no source"
        ),
        pytest.param({"directory": "share"}, "brick-1.tar.gz contains no files in share", id="no such directory"),
    ],
)
def test_missing_source_files_are_reported(site: Site, sources: Path, other: dict[str, str], message: str) -> None:
    failed = site.run("a", "brick==1", source_files={**SOURCE_FILES, **other}, find_links=str(sources))
    assert message in failed["msg"]
    assert not (site.folder / "current").exists()
