# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of a module that plans, and then carries the plan out; READ_ONLY of one that only looks."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in C(--check) and say what it would change, without changing anything.
    support: full
  diff_mode:
    description: Says with C(--diff) what changes, with secrets masked.
    support: full
"""

    READ_ONLY = r"""
attributes:
  check_mode:
    description: Does the same in C(--check).
    support: full
  diff_mode:
    description: There is nothing to show, because nothing changes.
    support: none
"""
