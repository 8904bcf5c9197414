# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Format changes and values as the data that modules return."""

from __future__ import annotations

from typing import Any, Collection, Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Change

NO_VALUE = "(no value)"


def describe_changes(changes: Iterable[Change], document: Document, mask: Mask) -> list[dict[str, Any]]:
    """Return the action, the line and the masked values of each changed option."""
    return [
        {
            "section": change.section,
            "option": change.option,
            "action": change.action,
            "before": _masked_values(change, change.before, document, mask),
            "after": _masked_values(change, change.after, document, mask),
            "line": change.line,
        }
        for change in changes
    ]


def _masked_values(change: Change, values: tuple[str | None, ...], document: Document, mask: Mask) -> Any:
    """Return one value alone, several as a list, and none as null."""
    place = document.place(change.section, change.option)
    masked = [NO_VALUE if value is None else mask.value(*place, value) for value in values]
    return masked if len(masked) > 1 else masked[0] if masked else None


def select_values(
    document: Document, requested: Mapping[str, Any] | None, mask: Mask | None
) -> dict[str, dict[str, Any]]:
    """Return the values of the requested options by section; several values as a list.

    requested: sections with lists of options, or with null for the whole section; null for everything.
    mask: hides secrets; without it, they are returned.
    """
    sections = None
    if requested is not None:
        sections = {document.dialect.section(str(name)): names for name, names in requested.items()}
    selected: dict[str, dict[str, Any]] = {}
    for place, options in document.places.items():
        names = None if sections is None else sections.get(place.section, ())
        if names is None or place.option in map(document.dialect.option, map(str, names)):
            values = [mask.value(*place, option.value) if mask else option.value for option in options]
            selected.setdefault(place.section, {})[options[0].name] = values if len(values) > 1 else values[0]
    return selected


def service_action(changes: Iterable[Change], mutable: Collection[str]) -> tuple[bool, bool]:
    """Return whether the service must be restarted, and whether it is enough to reload its files.

    At most one is true. A change of the style alone needs neither. Every other change needs one, also if it only
    removes or moves repeated lines: to an option with several values, these are other values.

    mutable: the options, as `section/option`, that the service reads again when it reloads its files.
    """
    changed = [f"{change.section}/{change.option}" for change in changes if change.action != "restyled"]
    reload_only = bool(changed) and all(name in mutable for name in changed)
    return bool(changed) and not reload_only, reload_only
