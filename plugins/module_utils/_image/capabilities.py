# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import methods and stores that the service offers."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError


class Capabilities(NamedTuple):
    """Import methods and stores of the service.

    methods: the enabled import methods; none before Queens.
    stores: the stores that can be written to; none if the service has a single store without a name.
    read_only: the other stores.
    """

    methods: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()

    def check_method(self, method: str) -> None:
        """Raise GlanceError if the import method is not enabled."""
        if method not in self.methods:
            enabled = ", ".join(self.methods) or "none"
            raise GlanceError(
                f"The Image service does not support the import method {method} (enabled: {enabled}). "
                "Check enabled_import_methods in glance-api.conf"
            )

    def check_stores(self, stores: Iterable[str]) -> None:
        """Raise GlanceError for stores that do not exist or cannot be written to."""
        desired = [*stores]
        missing = [store for store in desired if store not in self.stores]
        if not missing:
            return
        if not self.stores and not self.read_only:
            raise GlanceError(
                f"The Image service has a single store without a name, so the stores {', '.join(desired)} cannot be "
                "selected. Check enabled_backends in glance-api.conf"
            )
        refused = [f"{store} (read-only)" if store in self.read_only else store for store in missing]
        raise GlanceError(
            f"The Image service has no writable store {', '.join(refused)}. "
            f"Writable stores: {', '.join(self.stores) or 'none'}"
        )

    def check_all_stores(self) -> None:
        """Raise GlanceError if there are no named stores that all_stores could refer to."""
        if not self.stores:
            raise GlanceError("The Image service has no named stores, so all_stores cannot be used")


def parse_capabilities(imports: Mapping[str, Any] | None, stores: Mapping[str, Any] | None) -> Capabilities:
    """Return the capabilities from /v2/info/import and /v2/info/stores; None for a document that does not exist."""
    methods = (imports or {}).get("import-methods", {}).get("value") or ()
    read_only = {
        store["id"]: str(store.get("read-only")).lower() == "true" for store in (stores or {}).get("stores", ())
    }
    return Capabilities(
        methods=tuple(methods),
        stores=tuple(name for name, is_read_only in read_only.items() if not is_read_only),
        read_only=tuple(name for name, is_read_only in read_only.items() if is_read_only),
    )
