# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Result of the processing of one image."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Step
from ansible_collections.osops.glance.plugins.module_utils._image.content_match import known_digests
from ansible_collections.osops.glance.plugins.module_utils._image.steps import image_action
from ansible_collections.osops.glance.plugins.module_utils._image.store_plan import stores_of


@dataclass
class ImageResult:
    """Result of the processing of one image.

    image: as the API returned it last; predicted before an upload.
    retired: the replaced and kept images, with their new names.
    removed: the IDs of removed images.
    transfer: statistics of the upload.
    """

    label: str
    image: dict[str, Any] = field(default_factory=dict)
    retired: list[dict[str, Any]] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    transfer: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add_failed_stores(self, stores: Sequence[str]) -> None:
        """Add a warning about stores that the data was not copied to."""
        if stores:
            self.warnings.append(f"The data of the {self.label} was not copied to {', '.join(stores)}")

    def to_dict(self, steps: Iterable[Step]) -> dict[str, Any]:
        """Return the return values of the module for the image."""
        transfer = {"transfer": self.transfer} if self.transfer else {}
        return {
            "id": self.image.get("id"),
            "image": self.image,
            "action": image_action(steps, self.label),
            "digests": known_digests(self.image),
            "retired": self.retired,
            "removed": self.removed,
            "stores": list(stores_of(self.image)),
            **transfer,
        }
