# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type
from ansible_collections.osops.glance.plugins.plugin_utils.oslo_values import written_value


def oslo_options(sections: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the sections with each list as the option of Glance takes it; null stays null."""
    if not isinstance(sections, Mapping):
        raise AnsibleFilterError(
            f"oslo_options: the input must be a dictionary of sections, not {describe_type(sections)}."
        )
    return {str(section): _section(str(section), options) for section, options in sections.items()}


def _section(section: str, options: Any) -> dict[str, Any]:
    if not isinstance(options, Mapping):
        raise AnsibleFilterError(
            f"oslo_options: [{section}] must be a dictionary of options, not {describe_type(options)}."
        )
    return {str(option): _value(section, str(option), value) for option, value in options.items()}


def _value(section: str, option: str, value: Any) -> Any:
    try:
        return written_value(section, option, value)
    except GlanceError as error:
        raise AnsibleFilterError(f"oslo_options: {section}/{option} {error}.") from error


class FilterModule:
    """The options of Glance, as the module ini takes them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"oslo_options": oslo_options}
