# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources of the modules that a comparison reads.

Each is imported when it is needed: Python compiles the code of a module in every run, and a host of the API needs
neither the code for the database server nor that for the images.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Callable, Mapping, Tuple

from ansible.module_utils.basic import FILE_COMMON_ARGUMENTS, AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import Resource
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS

# A comparison does not wait longer for a service that is stopped; the task that manages the images does.
IMAGES_SECONDS = 15
ResourceType = Callable[[AnsibleModule], Resource]
# The class of a resource, and the argument spec of its module.
Managed = Tuple[ResourceType, Mapping[str, Any]]


def config_drift() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._host.config_drift_resource import ConfigDrift
    from ansible_collections.osops.glance.plugins.module_utils._host.config_drift_spec import OPTIONS

    return ConfigDrift, OPTIONS


def database() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._mysql.argument_spec import OPTIONS
    from ansible_collections.osops.glance.plugins.module_utils._mysql.resource import DatabaseResource

    return DatabaseResource, OPTIONS


def db_sync() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._schema.argument_spec import OPTIONS
    from ansible_collections.osops.glance.plugins.module_utils._schema.resource import SchemaResource

    return SchemaResource, OPTIONS


def image() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._image.access import cloud_access
    from ansible_collections.osops.glance.plugins.module_utils._image.argument_spec import OPTIONS
    from ansible_collections.osops.glance.plugins.module_utils._image.batch import ImageBatch

    access = partial(cloud_access, seconds=IMAGES_SECONDS)
    return partial(ImageBatch, access=access), {**CLOUD_OPTIONS, **OPTIONS}


def ini() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._ini.argument_spec import OPTIONS
    from ansible_collections.osops.glance.plugins.module_utils._ini.resource import IniFile

    return IniFile, {**FILE_COMMON_ARGUMENTS, **OPTIONS}


def keystone_service() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._openstack.registration import Registration
    from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_spec import OPTIONS

    return Registration, {**CLOUD_OPTIONS, **OPTIONS}


def policy() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._host.policy_file import PolicyFile
    from ansible_collections.osops.glance.plugins.module_utils._host.policy_spec import OPTIONS

    return PolicyFile, {**FILE_COMMON_ARGUMENTS, **OPTIONS}


def preflight() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._host.preflight_resource import Preflight
    from ansible_collections.osops.glance.plugins.module_utils._host.preflight_spec import OPTIONS

    return Preflight, OPTIONS


def service() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._host.service_resource import Service
    from ansible_collections.osops.glance.plugins.module_utils._host.service_spec import OPTIONS

    return Service, {**CLOUD_OPTIONS, **OPTIONS}


def service_account() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._host.service_account import OPTIONS, ServiceAccount

    return ServiceAccount, OPTIONS


def virtualenv() -> Managed:
    from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv_resource import Virtualenv
    from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv_spec import OPTIONS

    return Virtualenv, OPTIONS


# By the name of the module; an account is managed by modules of Ansible.
RESOURCES: dict[str, Callable[[], Managed]] = {
    "config_drift": config_drift,
    "database": database,
    "db_sync": db_sync,
    "image": image,
    "ini": ini,
    "keystone_service": keystone_service,
    "policy": policy,
    "preflight": preflight,
    "service": service,
    "service_account": service_account,
    "virtualenv": virtualenv,
}
