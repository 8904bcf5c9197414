# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible.plugins.action.normal import ActionModule as NormalAction

from ansible_collections.osops.glance.plugins.plugin_utils.quick_archive import QuickArchive


class ActionModule(QuickArchive, NormalAction):  # type: ignore[misc]
    """Run the module."""
