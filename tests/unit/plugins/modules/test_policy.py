"""The module policy on real files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.modules import policy
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by

RULES = {"publicize_image": "role:admin", "add_image": ""}


class File:
    """A policy file on which the module runs."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(self, rules: dict[str, Any], check: bool = False) -> dict[str, Any]:
        return dict(json.loads(printed_by(policy, check, path=str(self.path), rules=rules, mode="0640")))


@pytest.fixture
def file(tmp_path: Path) -> File:
    return File(tmp_path / "etc/policy.d/local.json")


def test_file_and_directory_are_created_once(file: File) -> None:
    predicted = file.run(RULES, check=True)
    assert not file.path.parent.exists()
    created = file.run(RULES)
    assert predicted["rules"] == created["rules"] == {"add_image": "create", "publicize_image": "create"}
    assert predicted["diff"] == created["diff"]
    assert json.loads(file.path.read_text()) == RULES
    assert file.path.stat().st_mode & 0o777 == 0o640
    assert file.path.parent.stat().st_mode & 0o777 == 0o755
    assert file.run(RULES)["changed"] is False


def test_other_rules_are_removed(file: File) -> None:
    file.run(RULES)
    result = file.run({"add_image": "role:member"})
    assert result["rules"] == {"add_image": "update", "publicize_image": "remove"}
    assert result["diff"]["before"] == {"add_image": {"check": ""}, "publicize_image": {"check": "role:admin"}}
    assert result["diff"]["after"] == {"add_image": {"check": "role:member"}}
    assert json.loads(file.path.read_text()) == {"add_image": "role:member"}
    # The service would read any other file in the directory.
    assert list(file.path.parent.iterdir()) == [file.path]


def test_file_without_rules_is_removed(file: File) -> None:
    assert file.run({})["changed"] is False
    file.run(RULES)
    assert file.run({}, check=True)["changed"]
    assert file.path.exists()
    assert file.run({})["rules"] == {"add_image": "remove", "publicize_image": "remove", "file": "remove"}
    assert not file.path.exists()


@pytest.mark.parametrize("content", ["not: json", "[]", '{"add_image":""}'])
def test_other_content_is_replaced(file: File, content: str) -> None:
    file.path.parent.mkdir(parents=True)
    file.path.write_text(content)
    assert file.run({"add_image": ""})["changed"]
    assert json.loads(file.path.read_text()) == {"add_image": ""}
    assert file.run({"add_image": ""})["changed"] is False


def test_mode_is_restored(file: File) -> None:
    file.run(RULES)
    file.path.chmod(0o666)
    assert file.run(RULES)["rules"] == {"attributes": "update"}
    assert file.path.stat().st_mode & 0o777 == 0o640


def test_check_that_is_not_a_string_is_refused(file: File) -> None:
    result = file.run({"add_image": True})
    assert result["msg"] == "`rules`: add_image must be a string such as 'role:admin', not True"
    assert not file.path.exists()
