# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import Unresolved
from ansible_collections.osops.glance.plugins.plugin_utils.options.values import option_problems, written_value


@pytest.mark.parametrize(
    ("section", "option", "value", "expected"),
    [
        ("DEFAULT", "enabled_import_methods", ["a", "b"], "[a,b]"),
        ("keystone_authtoken", "memcached_servers", ["a:1", "b:1"], "a:1,b:1"),
        ("oslo_messaging_notifications", "driver", ["a", "b"], ["a", "b"]),
        ("DEFAULT", "debug", True, True),
        ("DEFAULT", "debug", None, None),
    ],
    ids=["bounds", "list", "multi", "boolean", "null"],
)
def test_list_is_written_in_the_style_of_its_option(section: str, option: str, value: Any, expected: Any) -> None:
    assert written_value(section, option, value) == expected


def test_item_that_cannot_be_read_back_is_refused() -> None:
    with pytest.raises(GlanceError):
        written_value("keystone_authtoken", "memcached_servers", ["a:1,b:1"])
    (problem,) = option_problems("v", {"keystone_authtoken": {"memcached_servers": ["a:1,b:1"]}})
    assert problem.startswith("v: keystone_authtoken/memcached_servers cannot be written: ")


@pytest.mark.parametrize("sections", [{"DEFAULT": {"log_file": Unresolved("uses x")}}, {"DEFAULT": "x"}, {}])
def test_values_that_other_checks_report_are_ignored(sections: Any) -> None:
    assert list(option_problems("v", sections)) == []
