# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The method to store content with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

if TYPE_CHECKING:
    from ansible_collections.osops.glance.plugins.module_utils._image.import_task import Import

UPLOAD, DIRECT, DOWNLOAD, COPY = "upload", "glance-direct", "web-download", "copy-image"
CLIENT_SIDE_METHODS = (UPLOAD, DIRECT)  # the methods with which this module reads the content


class ImportMethod(NamedTuple):
    """The method to store content with, and the desired stores."""

    method: str = UPLOAD
    stores: tuple[str, ...] = ()
    all_stores: bool = False
    all_stores_must_succeed: bool | None = None
    stores_mode: str = "merge"

    @property
    def selects_stores(self) -> bool:
        return bool(self.stores or self.all_stores)

    @property
    def store_arguments(self) -> dict[str, Any]:
        """The arguments of import_document() for the stores."""
        return {
            "stores": self.stores,
            "all_stores": self.all_stores,
            "all_stores_must_succeed": self.all_stores_must_succeed if self.selects_stores else None,
        }

    def check(self, imports: Import) -> None:
        """Raise GlanceError if the service does not offer the method or the stores; a plain upload needs no check."""
        if self.method != UPLOAD or self.selects_stores:
            imports.check(None if self.method == UPLOAD else self.method, self.stores, self.all_stores)

    def desired_stores(self, writable_stores: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """Return the stores that the data must be in; none if the service chooses."""
        return writable_stores() if self.all_stores else self.stores


def import_method(params: Mapping[str, Any]) -> ImportMethod:
    """Return the method and the stores from the options."""
    if params.get("stores") and params.get("all_stores"):
        raise GlanceError("stores and all_stores exclude each other. Set only one of them")
    options = {name: params[name] for name in ImportMethod._fields if params.get(name) is not None}
    return ImportMethod(**{**options, "stores": tuple(dict.fromkeys(options.get("stores", ())))})
