# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Callable

import pytest
import yaml
from ansible import constants

from ansible_collections.osops.glance.plugins.plugin_utils import kept_archives
from ansible_collections.osops.glance.plugins.plugin_utils.kept_archives import MAXIMUM, PREFIX, digest_of

ROOT = Path(__file__).parents[4]
NAME = f"{PREFIX}ini-ZIP_DEFLATED-none"
Build = Callable[..., list[str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(constants, "ANSIBLE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of plugins of a collection with one module."""
    plugins = tmp_path / "plugins"
    for name, text in (("modules/ini.py", "import a\n"), ("module_utils/a.py", "x = 1\n")):
        (plugins / name).parent.mkdir(parents=True)
        (plugins / name).write_text(text)
    monkeypatch.setattr(kept_archives, "PLUGINS", plugins)
    return plugins


@pytest.fixture
def build(tmp_path: Path, home: Path, collection: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    """Return the archives that a new run of Ansible finds; without one, it builds one with this content."""

    def run(content: str, module: str = "osops.glance.ini") -> list[str]:
        used = tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}" / "ansiballz_cache"
        monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(used.parent))
        with kept_archives.kept_archives(module):
            found = [path.read_text() for path in used.glob(f"{PREFIX}*")]
            if not found:
                used.mkdir(parents=True, exist_ok=True)
                (used / NAME).write_text(content)
                (used / f"{NAME}.lock").touch()
        return found

    return run


@pytest.mark.parametrize("module", ["osops.glance.ini", "ini"])
def test_later_run_uses_the_archive(build: Build, module: str) -> None:
    assert build("first", module) == []
    assert build("second", module) == ["first"]


@pytest.mark.parametrize("file", ["modules/ini.py", "module_utils/a.py", "module_utils/_new/b.py"])
def test_changed_source_needs_another_archive(build: Build, collection: Path, file: str) -> None:
    build("first")
    status = (collection / "modules/ini.py").stat()
    (collection / file).parent.mkdir(exist_ok=True)
    (collection / file).write_text("x = 2\n")
    os.utime(collection / file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert build("second") == []
    assert build("third") == ["second"]


def test_other_release_of_ansible_needs_another_archive(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    build("first")
    monkeypatch.setattr(kept_archives, "__version__", "2.99.0")
    assert build("second") == []


def test_second_task_of_a_run_finds_its_archive_without_reading_the_sources(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build("first")
    monkeypatch.setattr(kept_archives, "digest_of", lambda _module: pytest.fail("the sources were read"))
    with kept_archives.kept_archives("osops.glance.ini"):
        assert (tmp_path / "run-0" / "ansiballz_cache" / NAME).read_text() == "first"


def test_only_the_archives_are_kept_for_their_owner_and_the_oldest_are_removed(
    build: Build, home: Path, collection: Path
) -> None:
    for number in range(MAXIMUM + 2):
        (collection / "modules/ini.py").write_text(f"import a{number}\n")
        build(f"run {number}")
    folder = home / "osops_glance" / "archives"
    assert folder.stat().st_mode & 0o777 == 0o700
    contents = sorted(path.read_text().split("\n", 1)[1] for path in folder.iterdir())
    assert contents == [f"run {number}" for number in range(2, MAXIMUM + 2)]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("mode", [0o770, 0o702])
def test_folder_that_others_can_write_to_is_not_used(build: Build, home: Path, mode: int) -> None:
    build("first")
    (home / "osops_glance" / "archives").chmod(mode)
    assert build("second") == []


def test_folder_of_another_account_is_not_used(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    build("first")
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert build("second") == []


def test_home_that_cannot_be_written_costs_only_time(build: Build, home: Path) -> None:
    home.write_text("not a folder")
    assert build("first") == build("second") == []


@pytest.mark.parametrize("content", ["", "f", "0" * 64 + "\nfirst"], ids=["empty", "truncated", "other content"])
def test_damaged_archive_is_replaced(build: Build, home: Path, content: str) -> None:
    build("first")
    for path in (home / "osops_glance/archives").iterdir():
        path.write_text(content)
    assert build("second") == []
    assert build("third") == ["second"]


def test_first_run_that_uses_an_archive_again_compiles_it_for_all_later_ones(
    build: Build, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_archives.bytecode, "with_bytecode", lambda content: content + b" and compiled")
    assert build("first") == []
    assert [path.read_text().split("\n")[1] for path in (home / "osops_glance/archives").iterdir()] == ["first"]
    assert build("second") == build("third") == ["first and compiled"]


def test_archive_that_another_process_compiles_is_used_as_it_is(
    build: Build, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build("first")
    monkeypatch.setattr(kept_archives.bytecode, "with_bytecode", lambda content: content + b" and compiled")
    (copy,) = (home / "osops_glance/archives").iterdir()
    with copy.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert build("second") == ["first"]
    assert build("third") == ["first and compiled"]


def test_archive_in_a_folder_that_cannot_be_written_is_used(
    build: Build, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build("first")
    monkeypatch.setattr(kept_archives.bytecode, "with_bytecode", lambda content: content + b" and compiled")
    write = kept_archives._write

    def refuse(target: Path, content: bytes, replace: bool = False) -> None:
        if home in target.parents:
            raise PermissionError(target)
        write(target, content, replace)

    monkeypatch.setattr(kept_archives, "_write", refuse)
    assert build("second") == build("third") == ["first and compiled"]


def test_archive_of_another_version_of_python_is_not_used(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    build("first")
    monkeypatch.setattr(kept_archives.sys, "implementation", SimpleNamespace(cache_tag="cpython-399"))
    assert build("second") == []


def test_archive_of_sources_that_changed_during_the_build_is_not_kept(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = iter(["before", "after", "before", "before"])
    monkeypatch.setattr(kept_archives, "digest_of", lambda _module: next(digests))
    assert build("first") == build("second") == []


def test_archive_that_another_process_builds_is_left_to_it(
    home: Path, collection: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can have begun before the sources changed."""
    used = tmp_path / "ansiballz_cache"
    used.mkdir()
    (used / f"{NAME}.lock").touch()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    with kept_archives.kept_archives("ini"):
        (used / NAME).write_text("of the other process")
    assert not (home / "osops_glance").exists()


def test_file_name_that_is_not_utf8_is_accepted(build: Build, collection: Path) -> None:
    Path(os.fsdecode(os.fsencode(collection / "module_utils") + b"/caf\xe9.py")).write_text("x = 1\n")
    build("first")
    assert build("second") == ["first"]


def test_digest_depends_on_the_real_module_and_its_code() -> None:
    assert digest_of("ini") == digest_of("ini") != digest_of("image")


def test_every_module_of_this_collection_has_a_kept_archive() -> None:
    routing = yaml.safe_load((ROOT / "meta/runtime.yml").read_text())["plugin_routing"]["modules"]
    plugins = ROOT / "plugins"
    modules = {path.stem for path in (plugins / "modules").glob("*.py")}
    actions = {path.stem for path in (plugins / "action").glob("*.py")}
    assert set(routing) == modules - actions
    assert {entry["action_plugin"] for entry in routing.values()} == {"osops.glance.ini"}
