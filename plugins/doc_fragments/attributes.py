# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The attributes of a module that plans, and then carries the plan out."""

    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in C(--check) and say what it would change, without changing anything.
    support: full
  diff_mode:
    description: Says with C(--diff) what changes, with secrets masked.
    support: full
"""
