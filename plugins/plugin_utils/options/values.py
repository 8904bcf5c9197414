# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of options in the configuration files of Glance, as oslo.config reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.request import texts_of
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import Unresolved
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.text import text_problems
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import kind

# The style in which the list of an option is written; an option that may be repeated keeps its list.
_LIST_STYLES = {"bounds": "bracket"}


def written_value(section: str, option: str, value: Any) -> Any:
    """Return the value of an option with its list in the style that Glance parses.

    Raises GlanceError for items that cannot be read back.
    """
    if not isinstance(value, (list, tuple)) or kind(section, option) == "multi":
        return value
    return texts_of(value, _LIST_STYLES.get(kind(section, option), "comma"))[0]


def option_problems(variable: str, sections: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options whose value oslo.config cannot read back from the file."""
    empty = parse("", DIALECTS["oslo"])
    for section, options in sections.items():
        for option, value in options.items() if isinstance(options, Mapping) else ():
            label = f"{variable}: {section}/{option}"
            if isinstance(value, Unresolved):
                continue
            if isinstance(value, str) and value.endswith(("\n", "\r")):
                yield from text_problems(label, value)
                continue
            try:
                texts = texts_of(written_value(str(section), str(option), value), "repeat")
                edit(empty, Desired([Setting(str(section), str(option), texts)]))
            except GlanceError as error:
                yield f"{label} cannot be written: {error}"
