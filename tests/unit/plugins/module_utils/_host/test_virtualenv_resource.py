# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv_builder import RECORD
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv_resource import Virtualenv
from ansible_collections.osops.glance.plugins.modules.virtualenv import OPTIONS
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule


def virtualenv(path: Path, **params: Any) -> Virtualenv:
    return Virtualenv(FakeModule(OPTIONS, **{"path": str(path), "packages": ["a==1"], **params}))  # type: ignore[arg-type]


def build(path: Path, packages: list[str], modified: float) -> None:
    """Create the record of a complete environment."""
    path.mkdir()
    record = {"python": "python3", "packages": packages, "constraints": [], "installed": packages}
    (path / RECORD).write_text(json.dumps(record))
    os.utime(path / RECORD, (modified, modified))


def test_new_environment_is_planned(tmp_path: Path) -> None:
    resource = virtualenv(tmp_path / "new")
    plan = resource.plan()
    assert plan.actions() == {f"environment {tmp_path}/new": "create", f"link {tmp_path}/current": "create"}
    assert resource.result(plan)["packages"] == []


def test_complete_environment_is_unchanged(tmp_path: Path) -> None:
    build(tmp_path / "a", ["a==1"], 1)
    (tmp_path / "current").symlink_to("a")
    resource = virtualenv(tmp_path / "a")
    plan = resource.plan()
    assert not plan.changed
    assert resource.result(plan)["packages"] == ["a==1"]


def test_oldest_environments_are_removed(tmp_path: Path) -> None:
    for number, name in enumerate(("oldest", "older", "a")):
        build(tmp_path / name, ["a==1"], number)
    (tmp_path / "current").symlink_to("a")
    plan = virtualenv(tmp_path / "a").plan()
    assert plan.actions() == {f"environment {tmp_path}/oldest": "remove"}
    virtualenv(tmp_path / "a").apply(plan)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "current", "older"]


def test_link_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "current").symlink_to("before")
    (tmp_path / "current.new").symlink_to("interrupted")
    virtualenv(tmp_path / "a").apply(Plan((Step("link", "update", arguments={"verb": "switch"}),)))
    assert os.readlink(tmp_path / "current") == "a"


@pytest.mark.parametrize(
    ("packages", "link", "message"),
    [
        ([], "current", "`packages` is empty"),
        (["a==2"], "current", "was created with other packages"),
        (["a==1"], "file", "file exists and is not a link"),
    ],
)
def test_conflicts_are_refused(tmp_path: Path, packages: list[str], link: str, message: str) -> None:
    build(tmp_path / "a", ["a==1"], 1)
    (tmp_path / "file").touch()
    with pytest.raises(GlanceError, match=message):
        virtualenv(tmp_path / "a", packages=packages, link=link).plan()
