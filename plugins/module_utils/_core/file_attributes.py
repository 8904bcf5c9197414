# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owner, mode, SELinux label and the other attributes that the options of ansible.builtin.file set."""

from __future__ import annotations

import copy
import os
from typing import Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.files import explain_errors, is_mask


class FileAttributes(NamedTuple):
    """The desired attributes of a file.

    file_args: from AnsibleModule.load_file_common_arguments().
    """

    module: AnsibleModule
    path: str
    file_args: dict[str, Any]

    def drift(self) -> dict[str, dict[str, Any]]:
        """Return the attributes that differ, before and after; an empty dictionary if none differ or no file exists."""
        if not os.path.exists(self.path) or is_mask(self.path):
            return {}
        if os.path.islink(self.path):
            return {"before": {"state": "link"}, "after": {"state": "file"}}
        # The comparison of AnsibleModule writes unless its check mode is on, so a copy in check mode compares.
        comparing = copy.copy(self.module)
        comparing.check_mode = True
        diff: dict[str, dict[str, Any]] = {}
        is_different = self._apply(comparing, self.path, diff)
        return diff or {"before": {}, "after": {}} if is_different else {}

    def apply(self, path: str | None = None, **other: Any) -> bool:
        """Set the attributes; return whether any was changed.

        path: another file that receives them.
        other: values that replace those of file_args.
        """
        return self._apply(self.module, path or self.path, None, **other)

    def _apply(self, module: AnsibleModule, path: str, diff: dict[str, dict[str, Any]] | None, **other: Any) -> bool:
        file_args = {**self.file_args, **other, "path": path}
        with explain_errors("set the attributes of", self.path):
            return bool(module.set_fs_attributes_if_different(file_args, False, diff, expand=False))
