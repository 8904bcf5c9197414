# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time before another attempt that a server asks for."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

MAX_RETRY_DELAY = 120.0  # seconds between two attempts, also where the server asks for more


def parse_retry_after(text: str | None) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110); None if it is missing or invalid."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
    except (TypeError, ValueError):  # not a date, or a date without a time zone
        return None
