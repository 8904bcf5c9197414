# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, copies of files that were written by hand, and validators."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    OPTIONS,
    converge,
    row,
    run,
    state,
    written,
)

VALIDATOR = Path(sys.executable).with_name("oslo-config-validator")
NOTICE = "# Written by Ansible (osops.glance)."
OWNED: dict[str, Any] = {"base": NOTICE, "managed_marker": "(osops.glance)"}
BY_HAND = "[DEFAULT]\nworkers = 3\ndebug = true\n[database]\nconnection = mysql://glance:by-hand@db/glance\n"


def test_backup_is_made_with_a_change(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    backup = Path(converge(conf, options=OPTIONS, backup=True)["backup_file"])
    assert (backup.parent, backup.read_text()) == (tmp_path, "[a]\nx = 1\n")
    assert len(os.listdir(tmp_path)) == 2


def test_copy_of_a_file_written_by_hand_is_kept(tmp_path: Path) -> None:
    conf = written(tmp_path, BY_HAND)
    os.chmod(conf, 0o644)
    result = converge(conf, options={"DEFAULT": {"workers": 4}}, **OWNED)
    copy = Path(result["kept_file"])
    assert re.fullmatch(rf"{conf.name}\.before-osops-\d{{8}}T\d{{6}}", copy.name)
    assert (copy.read_text(), stat.S_IMODE(copy.stat().st_mode)) == (BY_HAND, 0o640)
    assert result["warnings"] == [
        f"{conf} was not written by this collection and is replaced. A copy is kept as {conf}.before-osops-*. "
        "Options that are removed: DEFAULT/debug, database/connection. Options whose value changes: DEFAULT/workers."
    ]
    assert sorted(os.listdir(tmp_path)) == [conf.name, copy.name]


def test_same_original_is_kept_once(tmp_path: Path) -> None:
    conf = written(tmp_path, BY_HAND)
    first = run(conf, options=OPTIONS, **OWNED)["kept_file"]
    conf.write_text(BY_HAND)
    assert run(conf, options=OPTIONS, **OWNED)["kept_file"] == first
    conf.write_text(BY_HAND.replace("3", "5"))
    assert run(conf, options=OPTIONS, **OWNED)["kept_file"] != first
    assert len(os.listdir(tmp_path)) == 3


@pytest.mark.parametrize(
    ("before", "params"),
    [
        row(None, OWNED, id="a-new-file"),
        row(f"{NOTICE}\n\n[a]\nby_hand = 1\n", OWNED, id="a-file-with-the-marker"),
        row("# all commented\n[DEFAULT]\n# debug = true\n", OWNED, id="a-file-without-options"),
        row(BY_HAND, {}, id="options-that-are-edited-in-place"),
        row(BY_HAND, {"base": NOTICE}, id="no-marker"),
        row(BY_HAND, {**OWNED, "package_defaults": ["packaged.conf", "absent.conf"]}, id="as-the-package-wrote-it"),
    ],
)
def test_no_copy_of_other_files_is_kept(tmp_path: Path, before: str | None, params: Any) -> None:
    packaged = written(tmp_path, f"# commented\n{BY_HAND}", "packaged.conf")
    conf = written(tmp_path, before)
    if "package_defaults" in params:
        params = {**params, "package_defaults": [str(tmp_path / name) for name in params["package_defaults"]]}
    result = converge(conf, options=OPTIONS, **params)
    assert "kept_file" not in result
    assert not result["warnings"]
    assert sorted(os.listdir(tmp_path)) == [conf.name, packaged.name]


def test_options_of_the_package_are_not_listed_as_lost(tmp_path: Path) -> None:
    packaged = written(tmp_path, BY_HAND, "packaged.conf")
    conf = written(tmp_path, f"{BY_HAND}[more]\nby_hand = 1\n")
    warning = run(conf, options=OPTIONS, package_defaults=[str(packaged)], **OWNED)["warnings"][0]
    assert warning.endswith("Options that are removed: more/by_hand.")


@pytest.mark.parametrize(
    ("dialect", "before"), [("generic", "[Service]\nExecStart=/opt/own\n"), ("oslo", "no option\n")]
)
def test_copy_of_a_file_of_any_dialect_is_kept(tmp_path: Path, dialect: str, before: str) -> None:
    conf = written(tmp_path, before)
    kept = run(conf, options={"Service": {"ExecStart": "/usr/bin/glance-api"}}, dialect=dialect, **OWNED)["kept_file"]
    assert Path(kept).read_text() == before


def test_no_copy_is_kept_if_the_validator_refuses_the_new_file(tmp_path: Path) -> None:
    conf = written(tmp_path, BY_HAND)
    assert run(conf, options=OPTIONS, validate="false %s", **OWNED)["failed"]
    assert os.listdir(tmp_path) == [conf.name]


def test_refused_content_is_not_written_and_not_backed_up(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    before = state(conf)
    validate = "sh -c 'grep -q \"x = 1\" $0 || { echo $0 is bad; exit 3; }' %s"
    assert not converge(conf, options={"a": {"x": "1"}}, validate=validate, backup=True)["changed"]
    result = run(conf, options=OPTIONS, validate=validate, backup=True)
    assert result["failed"]
    assert result["msg"].endswith(f"failed with status 3. Nothing was changed. Output: {conf} is bad")
    assert (state(conf), os.listdir(tmp_path)) == (before, [conf.name])


@pytest.mark.skipif(not VALIDATOR.exists(), reason="oslo.config's validator is not installed")
def test_oslo_config_validator_checks_the_new_content(tmp_path: Path) -> None:
    conf = written(tmp_path, "[DEFAULT]\n")
    validate = f"{VALIDATOR} --input-file %s --namespace oslo.log"
    result = run(conf, options={"DEFAULT": {"debgu": True}}, validate=validate)
    assert "debgu" in result["msg"]
    assert conf.read_text() == "[DEFAULT]\n"
    assert run(conf, options={"DEFAULT": {"debug": True}}, validate=validate)["changed"]
