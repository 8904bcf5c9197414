# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.service_account import ServiceAccount


@pytest.fixture
def directory(tmp_path: Path) -> dict[str, str]:
    tmp_path.chmod(0o750)
    status = tmp_path.stat()
    owner, group = pwd.getpwuid(status.st_uid).pw_name, grp.getgrgid(status.st_gid).gr_name
    return {"path": str(tmp_path), "owner": owner, "group": group, "mode": "0750"}


def differences(user: dict[str, str] | None, directory: dict[str, str]) -> list[str]:
    module: Any = SimpleNamespace(params={"user": user, "directory": directory})
    return [step.resource for step in ServiceAccount(module).plan().steps]


def current_user() -> dict[str, str]:
    account = pwd.getpwuid(os.getuid())
    group = grp.getgrgid(account.pw_gid).gr_name
    return {"name": account.pw_name, "group": group, "home": account.pw_dir, "shell": account.pw_shell}


def test_matching_account_and_directory_have_no_difference(directory: dict[str, str]) -> None:
    assert differences(current_user(), directory) == []


@pytest.mark.parametrize("change", [{"name": "no-such-user"}, {"group": "no-such-group"}, {"shell": "/bin/other"}])
def test_other_account_differs(directory: dict[str, str], change: dict[str, str]) -> None:
    user = {**current_user(), **change}
    assert differences(user, directory) == [f"user {user['name']}"]


def test_account_of_a_package_is_not_compared(directory: dict[str, str]) -> None:
    assert differences(None, directory) == []


@pytest.mark.parametrize("change", [{"mode": "0755"}, {"owner": "another"}, {"path": "/nonexistent"}])
def test_other_directory_differs(directory: dict[str, str], change: dict[str, str]) -> None:
    assert differences(None, {**directory, **change}) == [f"directory {change.get('path', directory['path'])}"]
