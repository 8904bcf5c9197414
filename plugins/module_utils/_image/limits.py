# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of uploads."""

from __future__ import annotations

from typing import NamedTuple


class Limits(NamedTuple):
    """Limits of an upload; times in seconds.

    verify: whether the digests of the service are compared with those of the sent content.
    """

    timeout: float = 3600
    stall_timeout: float = 300
    retries: int = 3
    retry_delay: float = 5
    verify: bool = True
