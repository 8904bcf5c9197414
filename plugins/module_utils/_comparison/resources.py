# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resources of the modules that a comparison reads.

Each is imported when it is needed: Python compiles the code of a module in every run, and a host of the API needs
neither the code for the database server nor that for the images.
"""

from __future__ import annotations

from typing import Callable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import Resource


def config_drift(module: AnsibleModule) -> Resource:
    from ansible_collections.osops.glance.plugins.module_utils._host.config_drift_resource import ConfigDrift

    return ConfigDrift(module)


def database(module: AnsibleModule) -> Resource:
    from ansible_collections.osops.glance.plugins.module_utils._mysql.resource import DatabaseResource

    return DatabaseResource(module)


def db_sync(module: AnsibleModule) -> Resource:
    from ansible_collections.osops.glance.plugins.module_utils._schema.resource import SchemaResource

    return SchemaResource(module)


def image(module: AnsibleModule) -> Resource:
    from ansible_collections.osops.glance.plugins.module_utils._image.batch import ImageBatch

    return ImageBatch(module)


def ini(module: AnsibleModule) -> Resource:
    from ansible_collections.osops.glance.plugins.module_utils._ini.resource import IniFile

    return IniFile(module)


def keystone_service(module: AnsibleModule) -> Resource:
    from ansible_collections.osops.glance.plugins.module_utils._openstack.registration import Registration

    return Registration(module)


def policy(module: AnsibleModule) -> Resource:
    from ansible_collections.osops.glance.plugins.module_utils._host.policy_file import PolicyFile

    return PolicyFile(module)


def service(module: AnsibleModule) -> Resource:
    from ansible_collections.osops.glance.plugins.module_utils._host.service_resource import Service

    return Service(module)


def virtualenv(module: AnsibleModule) -> Resource:
    from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv_resource import Virtualenv

    return Virtualenv(module)


# By the name of the module.
RESOURCES: dict[str, Callable[[AnsibleModule], Resource]] = {
    function.__name__: function
    for function in (config_drift, database, db_sync, image, ini, keystone_service, policy, service, virtualenv)
}
