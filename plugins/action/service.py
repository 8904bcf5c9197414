# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

# The module writes what it waits for where this displays it, as it does for the images.
from ansible_collections.osops.glance.plugins.action.image import ActionModule

__all__ = ["ActionModule"]
