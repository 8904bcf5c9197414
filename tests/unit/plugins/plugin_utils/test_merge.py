# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osops.glance.plugins.plugin_utils.merge import merge


def test_dictionaries_are_merged_and_later_values_replace_earlier_ones() -> None:
    merged = merge({"a": {"x": 1, "y": [1]}}, {"a": {"y": [2]}, "b": 3}, {"a": {"z": None}})
    assert merged == {"a": {"x": 1, "y": [2], "z": None}, "b": 3}
    assert list(merged["a"]) == ["x", "y", "z"]


def test_arguments_are_not_changed() -> None:
    first = {"a": {"x": 1}}
    merge(first, {"a": {"x": 2}})
    assert first == {"a": {"x": 1}}
