# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of all modules that use a cloud, and their form in openstacksdk."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import CLOUD_SECRET_NAME

CLOUD_OPTIONS: dict[str, Any] = {
    "cloud": {"type": "raw"},
    "auth": {"type": "dict", "no_log": True},
    "auth_type": {"type": "str"},
    "region_name": {"type": "str"},
    "interface": {"type": "str", "choices": ["public", "internal", "admin"], "aliases": ["endpoint_type"]},
    "validate_certs": {"type": "bool", "aliases": ["verify"]},
    "ca_cert": {"type": "path", "aliases": ["cacert"]},
    "client_cert": {"type": "path", "aliases": ["cert"]},
    "client_key": {"type": "path", "aliases": ["key"]},
    "api_timeout": {"type": "int"},
    "use_proxy": {"type": "bool", "default": False},
}
# The options that openstacksdk does not have.
_OWN_OPTIONS = ("use_proxy",)
# The options that have another name in openstacksdk.
_SDK_NAMES = {"validate_certs": "verify", "ca_cert": "cacert", "client_cert": "cert", "client_key": "key"}


class CloudModule(AnsibleModule):  # type: ignore[misc]  # ansible-core is not typed
    """A module that masks the secrets in its option `cloud`, also in its log and in errors about its options."""

    def _load_params(self) -> None:
        super()._load_params()
        self.no_log_values.update(secrets_of(self.params.get("cloud")))


def secrets_of(value: Any) -> set[str]:
    """Return the secret values in a nested mapping, detected by their keys."""
    if not isinstance(value, Mapping):
        return set()
    secrets: set[str] = set()
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            secrets |= secrets_of(inner)
        elif inner not in (None, "") and CLOUD_SECRET_NAME.search(str(name)):
            secrets.add(str(inner))
    return secrets


def sdk_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the cloud options that are set, with their names in openstacksdk."""
    names = [name for name in CLOUD_OPTIONS if name not in _OWN_OPTIONS]
    options = {name: params[name] for name in names if params.get(name) is not None}
    cloud = options.pop("cloud", None)
    arguments = {_SDK_NAMES.get(name, name): value for name, value in options.items()}
    if is_openrc(cloud):
        return {**openrc_arguments(cloud), **arguments}
    if isinstance(cloud, Mapping):
        return {**without_empty_values(cloud), **arguments}
    return arguments if cloud is None else {"cloud": str(cloud), **arguments}


def loader_arguments(cloud: Any) -> dict[str, Any]:
    """Return the arguments of openstack.config.OpenStackConfig for the option `cloud`.

    The environment and clouds.yaml are used only for a cloud that the option does not define itself.
    """
    if not isinstance(cloud, Mapping):
        return {}
    if "OS_CLOUD" not in cloud:
        return {"load_envvars": False, "load_yaml_config": False}
    files = {"config_files": "OS_CLIENT_CONFIG_FILE", "secure_files": "OS_CLIENT_SECURE_FILE"}
    return {"load_envvars": False, **{name: [cloud[variable]] for name, variable in files.items() if variable in cloud}}


def openrc_arguments(variables: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of an openrc file with their names in openstacksdk, as it reads them from the environment.

    OS_CLOUD selects an entry of clouds.yaml, and the other variables are ignored.
    """
    if "OS_CLOUD" in variables:
        return {"cloud": str(variables["OS_CLOUD"])}
    names = [name for name in map(str, variables) if name.startswith("OS_")]
    return {name.partition("_")[2].lower(): str(variables[name]) for name in names}


def without_empty_values(cloud: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of clouds.yaml without null and empty values, which keystoneauth would send."""
    entries = {
        name: without_empty_values(value) if isinstance(value, Mapping) else value for name, value in cloud.items()
    }
    return {name: value for name, value in entries.items() if value not in (None, "")}


def is_openrc(cloud: Any) -> bool:
    """Return whether a value is a mapping with the variables of an openrc file: OS_AUTH_URL, OS_USERNAME and so on."""
    return isinstance(cloud, Mapping) and any(str(name).startswith("OS_") for name in cloud)


def cloud_description(params: Mapping[str, Any]) -> str:
    """Return the description of the cloud for messages, without its secrets."""
    cloud = params.get("cloud")
    if isinstance(cloud, Mapping):
        return "The cloud in the dictionary `cloud`"
    if cloud:
        return f"The cloud {cloud!r} of clouds.yaml"
    if params.get("auth"):
        return "The cloud in the option `auth`"
    return "The cloud of the environment (`cloud` and `auth` are not set)"
