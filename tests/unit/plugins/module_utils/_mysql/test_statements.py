# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._mysql.statements import (
    quote_identifier,
    step_arguments,
    without_none,
)


def test_identifier_is_quoted_and_its_percent_signs_are_doubled() -> None:
    assert quote_identifier("a`b%c") == "`a``b%%c`"


def test_step_has_its_statements_in_order() -> None:
    first, second = ("SELECT 1", ()), ("SELECT %s", (2,))
    assert step_arguments(first, second) == {"statements": (first, second)}


def test_attributes_without_a_value_are_removed() -> None:
    assert without_none({"a": None, "b": False, "c": ""}) == {"b": False, "c": ""}
