# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of modules that make changes, and as READ_ONLY those of modules that only read."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Predicts the changes with C(--check) and makes none.
    support: full
  diff_mode:
    description: Shows the changes with C(--diff), without secrets.
    support: full
"""

    READ_ONLY = r"""
attributes:
  check_mode:
    description: Has the same effect with C(--check).
    support: full
  diff_mode:
    description: Makes no changes that could be shown.
    support: none
"""
