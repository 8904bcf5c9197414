# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type
from ansible_collections.osops.glance.plugins.plugin_utils.oslo_names import renamed


def oslo_names(sections: Mapping[str, Mapping[str, Any]], release: str, file: str = "api") -> dict[str, dict[str, Any]]:
    """Return the sections with each option under the name that the release has for it."""
    if not isinstance(sections, Mapping):
        raise AnsibleFilterError(
            f"oslo_names: the input must be a dictionary of sections, not {describe_type(sections)}."
        )
    for section, options in sections.items():
        if not isinstance(options, Mapping):
            raise AnsibleFilterError(
                f"oslo_names: [{section}] must be a dictionary of options, not {describe_type(options)}."
            )
    try:
        return renamed(sections, release, file)
    except GlanceError as error:
        raise AnsibleFilterError(f"oslo_names: {error}.") from error


class FilterModule:
    """The options of Glance, under the names of a release."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"oslo_names": oslo_names}
