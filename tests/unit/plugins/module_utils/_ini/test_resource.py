# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._ini import resource
from ansible_collections.osops.glance.plugins.module_utils._ini.info import IniInfo
from ansible_collections.osops.glance.plugins.module_utils._ini.resource import IniFile
from ansible_collections.osops.glance.plugins.modules import ini, ini_info


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    path = tmp_path / "glance-api.conf"
    path.write_text("[a]\nx = 1\n")
    return path


def module(monkeypatch: pytest.MonkeyPatch, spec: dict[str, Any], path: Path, **params: Any) -> Any:
    monkeypatch.setattr(basic, "_load_params", lambda: {"path": str(path), **params})
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda *_arguments, **_keywords: None)
    return basic.AnsibleModule(spec, add_file_common_args=spec is ini.OPTIONS)


def ini_file(monkeypatch: pytest.MonkeyPatch, path: Path, **params: Any) -> IniFile:
    return IniFile(module(monkeypatch, ini.OPTIONS, path, **params))


def test_plan_is_empty_after_it_was_applied(monkeypatch: pytest.MonkeyPatch, conf: Path) -> None:
    file = ini_file(monkeypatch, conf, options={"a": {"x": 2, "y": 3}}, mode="0600")
    plan = file.plan()
    assert plan.actions() == {"a/x": "updated", "a/y": "added", "attributes": "update"}
    assert conf.read_text() == "[a]\nx = 1\n"
    file.apply(plan)
    assert (conf.read_text(), conf.stat().st_mode & 0o777) == ("[a]\nx = 2\ny = 3\n", 0o600)
    assert not file.plan().steps
    os.close(file.lock or -1)


def test_comparison_of_two_files_in_one_directory_needs_no_lock(monkeypatch: pytest.MonkeyPatch, conf: Path) -> None:
    """A second lock in the same process would wait for the first one."""
    other = conf.with_name("glance-registry.conf")
    other.write_text("[a]\nx = 1\n")
    monkeypatch.setattr(resource, "lock_directory_of", lambda path: pytest.fail(f"{path} was locked"))
    plans = [ini_file(monkeypatch, path, options={"a": {"x": 2}}).plan() for path in (conf, other)]
    assert [plan.actions() for plan in plans] == [{"a/x": "updated"}] * 2


def test_secrets_are_hidden_in_the_parameters_that_ansible_returns(monkeypatch: pytest.MonkeyPatch, conf: Path) -> None:
    file = ini_file(monkeypatch, conf, options={"a": {"password": "s3cret"}}, secrets={"a": {"pin": "1"}})
    assert file.module.params["options"] == {"a": {"password": "VALUE HIDDEN"}}
    assert file.module.params["secrets"] == {"a": {"pin": "VALUE HIDDEN"}}
    assert file.module.no_log_values == set()
    assert file.params["secrets"] == {"a": {"pin": "1"}}


def test_missing_directory_is_a_missing_requirement(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    arguments = module(monkeypatch, ini.OPTIONS, tmp_path / "missing/x.conf", options={"a": {"x": 1}})
    with pytest.raises(MissingRequirement, match="missing does not exist. Create it first."):
        IniFile(arguments)
    predicted = IniFile.predict(arguments)
    assert predicted.plan().actions() == {"a/x": "added", "file": "create"}


def test_options_are_retrieved(monkeypatch: pytest.MonkeyPatch, conf: Path) -> None:
    conf.write_text("[a]\nx = 1\npassword = 2\n")
    info = IniInfo(module(monkeypatch, ini_info.OPTIONS, conf))
    plan = info.plan()
    info.apply(plan)
    result = info.result(plan)
    assert (plan.steps, result["exists"], result["sections"]) == ((), True, ["a"])
    assert result["options"] == {"a": {"x": "1", "password": "VALUE HIDDEN"}}
