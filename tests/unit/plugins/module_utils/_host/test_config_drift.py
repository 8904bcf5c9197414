# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.config_drift import (
    OSLO,
    account_warnings,
    connection,
    desired_values,
    loss_warnings,
    values_afterwards,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Place, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import Loss, values_of

BEFORE = parse("[DEFAULT]\ndebug = true\nworkers = 8\n", OSLO)


@pytest.mark.parametrize("replaced", [True, False], ids=["replace", "merge"])
def test_desired_options_replace_the_current_ones(replaced: bool) -> None:
    desired = desired_values({"DEFAULT": {"workers": 2, "debug": None}})
    after = values_afterwards(BEFORE, desired, replaced)
    assert [place.option for place in after] == ["workers"]
    assert after[Place("DEFAULT", "workers")] == ("2",)


def test_other_options_are_kept_only_by_a_merge() -> None:
    desired = desired_values({"DEFAULT": {"workers": 2}})
    assert Place("DEFAULT", "debug") in values_afterwards(BEFORE, desired, replaced=False)
    assert Place("DEFAULT", "debug") not in values_afterwards(BEFORE, desired, replaced=True)


def test_changed_values_of_a_managed_file_are_not_reported() -> None:
    assert not list(loss_warnings("/f", Loss(changed=["DEFAULT/workers"]), True, "/f.before-*"))
    assert len(list(loss_warnings("/f", Loss(changed=["DEFAULT/workers"]), False, "/f.before-*"))) == 1


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("[database]\nconnection = mysql://g:a$$b@db/g\n", "mysql://g:a$b@db/g"),
        ("[DEFAULT]\nsql_connection = mysql://g@db/g\n", "mysql://g@db/g"),
        ("", ""),
    ],
    ids=["current name", "name until Icehouse", "none"],
)
def test_connection_is_read_by_any_of_its_names(text: str, url: str) -> None:
    assert connection(values_of(parse(text, OSLO))) == url


def test_accounts_of_another_user_are_not_compared() -> None:
    def values(user: str, password: str) -> Any:
        return values_of(parse(f"[keystone_authtoken]\nusername = {user}\npassword = {password}\n", OSLO))

    assert not list(account_warnings("/f", values("a", "x"), values("b", "y")))
    assert not list(account_warnings("/f", values("a", "x"), values("a", "x")))
    assert len(list(account_warnings("/f", values("a", "x"), values("a", "y")))) == 1
