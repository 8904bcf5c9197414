# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the options of the module compare, and summarize its result."""

from __future__ import annotations

from typing import Any, Iterable, Mapping, Sequence

from ansible.module_utils.basic import FILE_COMMON_ARGUMENTS
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS, secrets_of
from ansible_collections.osops.glance.plugins.modules import (
    config_drift,
    database,
    db_sync,
    image,
    ini,
    keystone_service,
    policy,
    service,
    virtualenv,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import IN_SYNC, Part

# The argument specs of the modules that manage the parts.
SPECS: Mapping[str, Mapping[str, Any]] = {
    "config_drift": config_drift.OPTIONS,
    "database": database.OPTIONS,
    "db_sync": db_sync.OPTIONS,
    "image": {**CLOUD_OPTIONS, **image.OPTIONS},
    "ini": {**FILE_COMMON_ARGUMENTS, **ini.OPTIONS},
    "keystone_service": {**CLOUD_OPTIONS, **keystone_service.OPTIONS},
    "policy": {**FILE_COMMON_ARGUMENTS, **policy.OPTIONS},
    "service": {**CLOUD_OPTIONS, **service.OPTIONS},
    "virtualenv": virtualenv.OPTIONS,
}
# Modules whose options contain secrets at places that their specs do not mark; they mask these on their own.
SELF_MASKING = ("config_drift", "ini")


def module_arguments(parts: Iterable[Part]) -> dict[str, Any]:
    """Return the options of the module compare.

    The options of each resource are completed by the argument spec of its module, which is not copied to the host.
    """
    resources: list[dict[str, Any]] = []
    secrets: set[str] = set()
    for part in parts:
        for name, options in part.resources:
            complete, hidden = _complete(name, options)
            secrets |= hidden
            resources.append(
                {
                    "part": part.name,
                    "module": name,
                    "options": complete,
                    "required": part.is_required,
                    "results": list(part.results),
                }
            )
    return {"resources": resources, "secrets": sorted(secrets)}


def _complete(name: str, options: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Return all options of a module, and the secrets in them; None means that an option is not set."""
    validated = ArgumentSpecValidator(SPECS[name]).validate(
        {option: value for option, value in options.items() if value is not None}
    )
    if validated.error_messages:
        raise GlanceError(f"{name}: {' '.join(validated.error_messages)}")
    parameters: dict[str, Any] = validated.validated_parameters
    hidden = set() if name in SELF_MASKING else set(validated._no_log_values)
    return parameters, hidden | secrets_of(parameters.get("cloud"))


def part_states(parts: Iterable[Part], differences: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return the state of each part: in sync, or what differs according to the facts and to the comparison."""
    return {
        part.name: "; ".join([*part.to_do, *differences.get(part.name, ())]) or IN_SYNC for part in parts if part.name
    }
