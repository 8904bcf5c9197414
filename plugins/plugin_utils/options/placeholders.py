# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placeholders that were left in place of a password."""

from __future__ import annotations

import re
from typing import Any

# The install guides write GLANCE_DBPASS and the like where a password belongs.
_GUIDE_WORD = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9_]*_(DB)?PASS(?![A-Za-z0-9_])")
# Values that operators set temporarily.
_TEMPORARY = re.compile(r"change[_-]?me!?|password|secret|openstack|123456|<.*>", re.IGNORECASE | re.DOTALL)


def is_placeholder(secret: Any) -> bool:
    """Return whether a secret is, or contains, a placeholder of a guide or an example."""
    return contains_guide_word(secret) or _TEMPORARY.fullmatch(str(secret).strip()) is not None


def contains_guide_word(value: Any) -> bool:
    """Return whether any value, such as a URL, contains a placeholder of the install guides."""
    return _GUIDE_WORD.search(str(value)) is not None
