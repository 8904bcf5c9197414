# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql.options import (
    account_hosts,
    check_options,
    database_name,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.builders import DESIRED, SERVER


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"name": ""}, "`name` contains an empty string", id="empty name"),
        pytest.param({"hosts": [""]}, "`hosts` contains an empty string", id="empty host"),
        pytest.param({"password": ""}, "`password` contains an empty string", id="empty password"),
        pytest.param({"name": "MySQL"}, "a system database of the server", id="system database"),
        pytest.param({"encoding": "utf8; DROP"}, "letters, digits and underscores only", id="encoding"),
        pytest.param(
            {"password": "Sesame-Ω"}, "`password` contains a character that PyMySQL cannot send", id="password"
        ),
    ],
)
def test_invalid_option_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(GlanceError, match=message) as failure:
        check_options({**DESIRED, **changes})
    assert "Sesame" not in str(failure.value)


def test_hosts_are_lowercased_and_unique() -> None:
    assert account_hosts({**DESIRED, "hosts": ["LocalHost", "localhost", "%"]}) == ["localhost", "%"]
    assert account_hosts({**DESIRED, "user": None}) == []


@pytest.mark.parametrize(("lowercases_names", "name"), [(False, "Glance"), (True, "glance")])
def test_database_name_has_the_case_of_the_server(lowercases_names: bool, name: str) -> None:
    server = SERVER._replace(lowercases_names=lowercases_names)
    assert database_name(server, {**DESIRED, "name": "Glance"}) == name
