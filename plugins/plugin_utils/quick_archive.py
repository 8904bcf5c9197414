# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the archive of a module in less time."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import Any, Iterator

from ansible_collections.osops.glance.plugins.plugin_utils.kept_archives import kept_archives


class QuickArchive:
    """An action plugin that builds the archive of its module once for all runs, and without garbage collection.

    Ansible parses every file of a module. The syntax trees cause many collections, each of which searches all objects
    of Ansible: a third of the time. A worker process executes one task and ends, so hardly any garbage accumulates.
    """

    def _configure_module(self, module_name: str, *arguments: Any, **options: Any) -> Any:
        parent: Any = super()
        with kept_archives(module_name), without_garbage_collection():
            return parent._configure_module(module_name, *arguments, **options)


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Disable the garbage collection, if it is enabled."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
