# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Change, Desired, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.report import (
    describe_changes,
    select_values,
    service_action,
)


def document(text: str, dialect: str = "oslo") -> Document:
    return parse(text, DIALECTS[dialect])


def test_changes_are_described_without_secrets() -> None:
    edited = edit(
        document("[a]\nx\ny = 1\ny = 2\npassword = 1\n", "generic"),
        Desired([Setting("a", "x", ("1",)), Setting("a", "y", ()), Setting("a", "password", ("2", "3"))]),
    )
    assert [
        (change["option"], change["before"], change["after"])
        for change in describe_changes(edited.changes, edited.after, Mask())
    ] == [("x", "(no value)", "1"), ("y", ["1", "2"], None), ("password", SECRET, [SECRET, SECRET])]


@pytest.mark.parametrize("requested", [None, {"a": None, "c": None, "b": None}, {"a": ["x", "pin", "y"], "b": ["X"]}])
def test_values_of_a_document_are_selected(requested: Any) -> None:
    text = "[a]\nx = 1\nx = 2\npin = 3\n[b]\nX\n"
    everything = {"a": {"x": ["1", "2"], "pin": "3"}, "b": {"X": None}}
    assert select_values(document(text, "generic"), requested, None) == everything
    mrequested = select_values(document(text, "generic"), requested, Mask().add_patterns(["pin"]))
    assert mrequested == {**everything, "a": {"x": ["1", "2"], "pin": SECRET}}


@pytest.mark.parametrize(
    ("requested", "expected"),
    [({"A": ["x"]}, {"A": {"X": "1"}}), ({"A": []}, {}), ({"a": ["x"]}, {}), ({"A": ["X", "y"]}, {"A": {"X": "1"}})],
)
def test_values_are_selected_by_the_names_of_the_dialect(requested: Any, expected: Any) -> None:
    assert select_values(document("[A]\nX = 1\n", "ini"), requested, None) == expected


MUTABLE = ["DEFAULT/debug", "DEFAULT/rate"]

NOTHING, RESTART, RELOAD = (False, False), (True, False), (False, True)


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        pytest.param([], NOTHING, id="nothing"),
        pytest.param([("workers", "restyled"), ("debug", "restyled")], NOTHING, id="style"),
        pytest.param([("workers", "updated")], RESTART, id="updated"),
        pytest.param([("workers", "added")], RESTART, id="added"),
        pytest.param([("workers", "removed")], RESTART, id="removed"),
        pytest.param([("workers", "deduplicated")], RESTART, id="deduplicated"),
        pytest.param([("workers", "reordered")], RESTART, id="reordered"),
        pytest.param([("debug", "updated"), ("rate", "removed")], RELOAD, id="mutable"),
        pytest.param([("debug", "updated"), ("workers", "restyled")], RELOAD, id="mutable and style"),
        pytest.param([("debug", "updated"), ("workers", "updated")], RESTART, id="mutable and not"),
        pytest.param([("Debug", "updated")], RESTART, id="mutable in another case"),
    ],
)
def test_service_is_restarted_unless_all_changes_are_mutable(
    actions: list[tuple[str, str]], expected: tuple[bool, bool]
) -> None:
    changes = [Change("DEFAULT", option, action, ("a",), ("b",)) for option, action in actions]
    assert service_action(changes, MUTABLE) == expected
