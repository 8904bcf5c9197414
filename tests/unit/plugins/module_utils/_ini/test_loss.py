# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that are lost when a configuration file is replaced."""

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import (
    Loss,
    Values,
    is_managed,
    listed,
    loss,
    set_by_hand,
    values_of,
)


def oslo(text: str) -> Values:
    return values_of(parse(text, DIALECTS["oslo"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Written by Ansible (osops.glance).\n[DEFAULT]\n", True),
        ("\n# first\n\n; by (osops.glance)\n[DEFAULT]\n", True),
        ("[DEFAULT]\n# not by (osops.glance)\n", False),
        ("name = (osops.glance)\n", False),
        ("", False),
    ],
)
def test_marker_counts_in_the_comments_at_the_top(text: str, expected: bool) -> None:
    assert is_managed(text, "(osops.glance)") is expected


def test_options_are_removed_changed_or_the_same() -> None:
    before = oslo(
        "[DEFAULT]\nworkers = 3\ndebug = true\n[a]\nx = 1\nx = 2\n[database]\nconnection = mysql://s3cret@db\n"
    )
    after = oslo("[DEFAULT]\nworkers = 4\ndebug = true\n[A]\nx = 1\n")
    assert loss(before, after) == Loss(["database/connection"], ["DEFAULT/workers", "a/x"])


def test_options_of_the_package_are_not_set_by_hand() -> None:
    before = oslo("[DEFAULT]\nworkers = 3\ndebug = true\n[keystone_authtoken]\nregion_name = regionOne\n")
    packaged = oslo("[DEFAULT]\nworkers = 2\n[keystone_authtoken]\nregion_name = regionOne\n")
    assert [str(place.option) for place in set_by_hand(before, [packaged])] == ["workers", "debug"]
    assert set_by_hand(before, []) == before
    assert not set_by_hand(before, [packaged, before])


def test_long_list_ends_with_a_number() -> None:
    assert listed(["a", "b"], 2) == "a, b"
    assert listed(["a", "b", "c", "d"], 2) == "a, b and 2 more"


@pytest.mark.parametrize(
    ("lost", "sentences"),
    [
        (Loss(), []),
        (Loss(["a/x", "a/y"]), ["Options that are removed: a/x, a/y."]),
        (Loss([], ["b/z"]), ["Options whose value changes: b/z."]),
    ],
)
def test_each_kind_of_loss_is_one_sentence(lost: Loss, sentences: list[str]) -> None:
    assert lost.sentences() == sentences
