# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import accept
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini import when_needed
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.replacement import Replacement
from ansible_collections.osops.glance.plugins.module_utils._ini.request import request_of
from ansible_collections.osops.glance.plugins.module_utils._ini.rewrite import Rewriter

OSLO = DIALECTS["oslo"]
WORKERS = Setting("DEFAULT", "workers", ("many",))
OPTION = {"name": "workers", "dest": "workers", "type": "integer value", "choices": [], "min": None, "max": None}
SCHEMA = {"options": {"DEFAULT": {"opts": [{**OPTION, "secret": False}]}}, "deprecated_options": {}}


class FakeModule:
    """The part of AnsibleModule that runs the command of `validate`; every command exits with the same status."""

    check_mode = False

    def __init__(self, rc: int) -> None:
        self.rc = rc
        self.commands: list[list[str]] = []

    def run_command(self, command: list[str], **_keywords: Any) -> tuple[int, str, str]:
        self.commands.append(command)
        return self.rc, "", "s3cret is refused"


def replacement(base: str | None) -> Replacement | None:
    params = {
        **{"options": {}, "secrets": {}, "settings": [], "literal": False, "list_style": "repeat", "append": False},
        **{"exclusive": "none", "keep": [], "commented_default": "keep", "style": "keep", "remove_empty": False},
        **{"repair": False, "allow_dash": False, "managed_marker": None, "package_defaults": [], "base": base},
    }
    rewriter = Rewriter("x.conf", params, OSLO, request_of(params, OSLO), Mask())
    return when_needed.replacement_for(None, "x.conf", params, rewriter)  # type: ignore[arg-type]


def test_only_a_base_replaces_the_file() -> None:
    assert replacement(None) is None
    assert isinstance(replacement("# Managed by Ansible\n"), Replacement)


def test_original_is_kept_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "glance-api.conf"
    path.write_text("[DEFAULT]\n")
    copy = when_needed.keep_original(str(path), b"[DEFAULT]\n")
    assert (Path(copy).parent, Path(copy).read_text()) == (tmp_path, "[DEFAULT]\n")


def test_without_a_command_all_content_is_accepted() -> None:
    check = when_needed.check_for(FakeModule(rc=1), "x.conf", None, Mask())  # type: ignore[arg-type]
    assert check is accept


def test_command_refuses_new_content_and_its_output_is_masked(tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.write_text("[DEFAULT]\n")
    module = FakeModule(rc=1)
    mask = Mask(declared=["s3cret"])
    check = when_needed.check_for(module, "x.conf", "check %s", mask)  # type: ignore[arg-type]
    with pytest.raises(GlanceError) as raised:
        check(str(new))
    assert module.commands == [["check", str(new)]]
    assert "is refused" in str(raised.value)
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize(
    ("dialect", "read", "environment", "expected"),
    [
        pytest.param("oslo", False, {}, [], id="nothing else is read"),
        pytest.param("oslo", True, {}, ["path"], id="a later file"),
        pytest.param("oslo", True, {"OS_DEFAULT__WORKERS": "2"}, ["path", "variable"], id="file and environment"),
        pytest.param("oslo", False, {"OS_DEFAULT__WORKERS": "2"}, ["variable"], id="the environment"),
        pytest.param("plain", False, {"OS_DEFAULT__WORKERS": "2"}, [], id="only oslo.config reads the environment"),
    ],
)
def test_overridden_settings_are_found(
    tmp_path: Path, dialect: str, read: bool, environment: dict[str, str], expected: list[str]
) -> None:
    later = tmp_path / "later.conf"
    later.write_text("[DEFAULT]\nworkers = 4\n")
    params = {"also_read": [str(later)] if read else [], "environment": environment, "dialect": dialect}
    shadowed = when_needed.shadowed_settings(params, OSLO, [WORKERS])
    assert [key for entry in shadowed for key in ("path", "variable") if key in entry] == expected
    assert [warning.split(":")[0] for warning in when_needed.shadow_warnings(shadowed)] == [
        "DEFAULT/workers" for _entry in expected
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param("[DEFAULT]\nworkers = many\n", [], id="unchanged"),
        pytest.param("[DEFAULT]\nworkers = 2\n", ["-workers = 2", "+workers = many"], id="changed"),
    ],
)
def test_diff_holds_the_changed_lines(content: str, expected: list[str]) -> None:
    edited = edit(parse(content, OSLO), Desired(settings=[WORKERS]))
    diff = when_needed.text_diff("x.conf", edited, Mask())
    assert [line for line in diff.splitlines()[3:] if line[0] in "-+"] == expected


@pytest.mark.parametrize(
    ("policy", "value", "expected"),
    [
        pytest.param("warn", "many", 1, id="a warning"),
        pytest.param("warn", "2", 0, id="a valid value"),
        pytest.param("error", "2", 0, id="no error for a valid value"),
        pytest.param("ignore", "many", 0, id="ignored"),
    ],
)
def test_faults_against_the_schema(tmp_path: Path, policy: str, value: str, expected: int) -> None:
    assert len(schema_faults(tmp_path, json.dumps(SCHEMA), policy, value)) == expected


def test_schema_is_optional() -> None:
    assert when_needed.checked_schema_faults({"schema": None, "schema_policy": "error"}, [WORKERS], Mask()) == []


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        pytest.param(json.dumps(SCHEMA), r"DEFAULT/workers.*Nothing was changed\.", id="the policy refuses it"),
        pytest.param("[DEFAULT]", "is not the output of `oslo-config-generator --format json`", id="not a schema"),
    ],
)
def test_refused_settings(tmp_path: Path, schema: str, message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        schema_faults(tmp_path, schema, "error", "many")


def schema_faults(directory: Path, schema: str, policy: str, value: str) -> list[str]:
    path = directory / "schema.json"
    path.write_text(schema)
    params = {"schema": str(path), "schema_policy": policy}
    return when_needed.checked_schema_faults(params, [Setting("DEFAULT", "workers", (value,))], Mask())
