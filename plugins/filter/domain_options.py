# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable

from ansible_collections.osops.glance.plugins.module_utils._openstack import domain as domains


def domain_options(domain: Any) -> dict[str, str | None]:
    """Return the options of keystoneauth for the domain of the user and the project, given by name or ID."""
    return domains.domain_options(str(domain))


class FilterModule:
    """The domain of a service account."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"domain_options": domain_options}
