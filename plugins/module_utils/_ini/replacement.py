# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect a file that was written by hand before it is replaced as a whole."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core import original
from ansible_collections.osops.glance.plugins.module_utils._core.files import read
from ansible_collections.osops.glance.plugins.module_utils._ini.document import decoded
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import (
    Values,
    is_managed,
    loss,
    set_by_hand,
    values_of,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.packaged import is_as_installed
from ansible_collections.osops.glance.plugins.module_utils._ini.rewrite import Rewrite, Rewriter


class Replacement:
    """The replacement of a file by one that is made from `base`."""

    def __init__(self, module: AnsibleModule, path: str, params: Mapping[str, Any], rewriter: Rewriter) -> None:
        self.module = module
        self.path = path
        self.params = params
        self.rewriter = rewriter

    def loses_original(self, rewrite: Rewrite) -> bool:
        """Return whether the replaced file was written neither by this task nor by its package."""
        marker, text = self.params["managed_marker"], decoded(rewrite.old or b"")
        if self.params["base"] is None or not marker or rewrite.new == rewrite.old or not text.strip():
            return False
        is_unreadable = not rewrite.before.lines
        if is_managed(text, marker) or not (is_unreadable or self.set_by_hand(rewrite)):
            return False
        return not is_as_installed(self.module, self.path, rewrite.old or b"")

    def warning(self, rewrite: Rewrite) -> str:
        """Return which options are lost, and where the copy is kept."""
        lost = loss(self.set_by_hand(rewrite), values_of(rewrite.edited.after))
        return " ".join(
            [
                f"{self.path} was not written by this collection and is replaced.",
                f"A copy is kept as {original.pattern(self.path)}.",
                *lost.sentences(),
            ]
        )

    def set_by_hand(self, rewrite: Rewrite) -> Values:
        """Return the options that differ from the files of the package."""
        packaged = [read(path) for path in self.params["package_defaults"]]
        documents = [self.rewriter.document(content) for content in packaged if content]
        return set_by_hand(values_of(rewrite.before), map(values_of, documents))
