# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert the public variables of a host, once for each task."""

from __future__ import annotations

import multiprocessing
from typing import Any, Callable

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import PREFIX, argument_specs, read_inputs
from ansible_collections.osops.glance.plugins.plugin_utils.merge import merge


class TaskCache:
    """A value that is computed once for a task, for all items of its loop.

    A worker process runs one task for one host, during which the variables stay the same object. The main process runs
    many tasks, so nothing is cached there.
    """

    def __init__(self) -> None:
        self._last: tuple[Any, Any, Any] | None = None

    def of_task(self, variables: Any, compute: Callable[[], Any]) -> Any:
        """Return the value for the variables of a task; compute it if they, or the item of the loop, are others."""
        item = variables.get("item")
        if self._last and self._last[0] is variables and self._last[1] is item:
            return self._last[2]
        value = compute()
        if multiprocessing.parent_process() is not None:
            self._last = (variables, item, value)
        return value


_CACHE = TaskCache()


def converted_inputs(templar: Any, variables: Any) -> dict[str, Any]:
    """Return the public variables of a host without their prefix, converted to their documented types.

    `config` contains the options of glance_config_host as well.

    Raise GlanceError, with the name of the variable, for a value that cannot be converted.
    """
    inputs: dict[str, Any] = _CACHE.of_task(variables, lambda: _convert(templar, variables))
    return inputs


def _convert(templar: Any, variables: Any) -> dict[str, Any]:
    inputs = read_inputs(templar, variables, argument_specs())
    problems = [value.problem for value in inputs.values() if value.problem]
    if problems:
        raise GlanceError(f"{'; '.join(problems)}.")
    converted = {name[len(PREFIX) :]: value.value for name, value in inputs.items() if name.startswith(PREFIX)}
    return {**converted, "config": merge(converted["config"] or {}, converted["config_host"] or {})}
