# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the sections of glance-api.conf and glance-registry.conf."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.authtoken import authtoken, optional_authtoken
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.baseline import (
    baseline_sections,
    feature_sections,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.database import service_url
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.mitigations import mitigation_sections
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.paths import CONFIG_FILE, REGISTRY_CONFIG_FILE
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import Service
from ansible_collections.osops.glance.plugins.plugin_utils.merge import merge
from ansible_collections.osops.glance.plugins.plugin_utils.options.names import renamed
from ansible_collections.osops.glance.plugins.plugin_utils.options.values import written_value
from ansible_collections.osops.glance.plugins.plugin_utils.stores import store_sections

Sections = dict[str, dict[str, Any]]


def config_files(service: Service) -> dict[str, Sections]:
    """Return the sections of each configuration file that the release has, by path. Null removes an option."""
    files = {CONFIG_FILE: api_sections(service)}
    if "registry" in service.features:
        files[REGISTRY_CONFIG_FILE] = registry_sections(service)
    return files


def api_sections(service: Service) -> Sections:
    """Return the sections of glance-api.conf. Values of glance_config replace all others."""
    return merge(
        _common_sections(service),
        {service.release_facts["locks"]: {"lock_path": service.platform["lock_path"]}},
        _optional_sections(service),
        stores_of(service),
        virtualenv_sections(service, "glance-api"),
        *feature_sections(service),
        *baseline_sections(service),
        mitigation_sections(service),
        own_names(service, "glance_config"),
    )


def registry_sections(service: Service) -> Sections:
    """Return the sections of glance-registry.conf. Values of glance_registry_config replace all others."""
    inputs = service.inputs
    listen = {"bind_host": inputs["api_registry_bind_host"], "bind_port": inputs["api_registry_bind_port"]}
    return merge(
        {"DEFAULT": listen},
        _common_sections(service),
        {"keystone_authtoken": optional_authtoken(inputs)},
        virtualenv_sections(service, "glance-registry"),
        own_names(service, "glance_registry_config", file="registry"),
    )


def _common_sections(service: Service) -> Sections:
    return {
        "database": {"connection": service_url(service.inputs)},
        "keystone_authtoken": authtoken(service.inputs, service.release_facts["authtoken"]),
        "paste_deploy": {"flavor": "keystone"},
    }


def _optional_sections(service: Service) -> Sections:
    """Return the options that are written only if an input sets them."""
    workers = service.inputs["api_workers"] if "standalone" in service.features else None
    return {
        "DEFAULT": {"workers": workers} if workers else {},
        "keystone_authtoken": optional_authtoken(service.inputs),
    }


def stores_of(service: Service) -> Sections:
    """Return the sections of the stores, in the syntax of the release."""
    inputs = service.inputs
    return store_sections(inputs["stores"], service.release_facts["stores"], inputs["api_state_directory"])


def virtualenv_sections(service: Service, program: str) -> Sections:
    """Return the paths of files in the virtual environment that the service would read from /etc/glance otherwise."""
    if service.is_packaged:
        return {}
    etc = service.etc_directory
    policy = {"oslo_policy": {"policy_file": f"{etc}/policy.json"}} if "policy_file" in service.features else {}
    paste = {"paste_deploy": {"config_file": f"{etc}/{program}-paste.ini"}}
    return {**paste, **renamed(policy, service.release)}


def own_names(service: Service, variable: str, file: str = "api") -> Sections:
    """Return the sections of a variable, each option under the name that the release has for it."""
    sections = service.inputs[variable.removeprefix("glance_")] or {}
    for section, options in sections.items():
        if not isinstance(options, Mapping):
            raise GlanceError(f"{variable}: [{section}] must be a dictionary of options, not {describe_type(options)}.")
    try:
        return renamed(sections, service.release, file)
    except GlanceError as error:
        raise GlanceError(f"{variable}: {error}.") from error


def written_sections(sections: Mapping[str, Mapping[str, Any]]) -> Sections:
    """Return the sections with each list as the option of Glance expects it; null stays null."""
    return {
        section: {option: _written(section, option, value) for option, value in options.items()}
        for section, options in sections.items()
    }


def _written(section: str, option: str, value: Any) -> Any:
    try:
        return written_value(section, option, value)
    except GlanceError as error:
        raise GlanceError(f"{section}/{option} {error}.") from error
