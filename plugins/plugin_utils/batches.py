# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The batches in which a run changes the API hosts after the first one: glance_serial."""

from __future__ import annotations

import re
from typing import Any, Iterable, Iterator

SERIAL = "glance_serial"
SPEC = {"type": "list", "elements": "str"}
_BATCH = re.compile(r"[1-9]\d*%?")


def batches(values: Iterable[Any]) -> list[int | str]:
    """Return the sizes of the batches as the keyword `serial` of a play: numbers of hosts, or percentages as text."""
    return [int(value) if value.isdigit() else value for value in map(str, values)]


def batch_problems(values: Any) -> Iterator[str]:
    """Yield the items that are neither a number of hosts nor a percentage."""
    for index, value in enumerate(values if isinstance(values, list) else []):
        if not _BATCH.fullmatch(str(value)):
            yield f"{SERIAL}[{index}] must be a number of hosts or a percentage, such as 1 or 30%"
