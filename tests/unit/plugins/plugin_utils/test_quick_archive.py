# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gc
from typing import Any

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.osops.glance.plugins.action import compare, database, ini, preflight
from ansible_collections.osops.glance.plugins.plugin_utils.quick_archive import without_garbage_collection


@pytest.mark.parametrize("plugin", [compare, database, ini, preflight])
def test_archive_is_built_without_garbage_collection(plugin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The method is not part of the interface of action plugins; every supported release of ansible-core has it."""
    assert hasattr(ActionBase, "_configure_module")
    seen: list[Any] = []
    monkeypatch.setattr(
        ActionBase, "_configure_module", lambda _self, name, **_options: seen.append((name, gc.isenabled()))
    )
    action = plugin.ActionModule.__new__(plugin.ActionModule)
    action._configure_module("ini", module_args={}, task_vars={})
    assert seen == [("ini", False)]
    assert gc.isenabled()


@pytest.mark.parametrize("is_enabled", [True, False])
def test_garbage_collection_is_as_before_afterwards(is_enabled: bool) -> None:
    was_enabled = gc.isenabled()
    (gc.enable if is_enabled else gc.disable)()
    try:
        with without_garbage_collection():
            assert not gc.isenabled()
        assert gc.isenabled() is is_enabled
    finally:
        (gc.enable if was_enabled else gc.disable)()
