# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report of what a module waits for, which the play shows while the module runs."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Iterator

from ansible_collections.osops.glance.plugins.module_utils._core.progress import VARIABLE, Progress, progress_file


@contextmanager
def reported() -> Iterator[Progress]:
    """Yield a progress that the play shows.

    In contrast to an upload, the block continues if the play is interrupted.
    """
    path = os.environ.get(VARIABLE)
    with open(os.devnull, encoding="ascii") as reader, progress_file(path, output=reader.fileno()) as progress:
        yield progress
