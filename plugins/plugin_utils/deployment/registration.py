# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the options of the modules that use the cloud."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inputs
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.packages import install_options


def cloud_environment(inputs: Inputs) -> dict[str, str]:
    """Return the environment of tasks that use glance_cloud.

    `cacert` and `verify` in glance_cloud have precedence over this variable of the Python library requests.
    """
    return {"REQUESTS_CA_BUNDLE": inputs["ca_cert"]} if inputs["ca_cert"] else {}


def identity_part(host: Host) -> dict[str, Any]:
    """Return the part of the plan for the role glance_identity."""
    inputs = host.inputs
    return {
        "install": install_options(host, [host.platform["cloud_library"]]),
        "environment": cloud_environment(inputs),
        "previous_user": inputs["previous_service_user"],
        "registration": {
            "cloud": inputs["cloud"],
            "domain": inputs["service_domain"],
            "project": inputs["service_project"],
            "user": inputs["service_user"],
            "password": inputs["service_password"],
            "password_refused": _is_password_refused(host),
            "email": inputs["identity_email"],
            "user_description": inputs["identity_user_description"],
            "roles": inputs["identity_roles"],
            "description": inputs["identity_service_description"],
            "region": inputs["region"],
            "endpoints": endpoints_of(inputs),
        },
    }


def endpoints_of(inputs: Inputs) -> dict[str, str]:
    """Return the URLs of the service by interface."""
    return {name: inputs[f"{name}_url"] for name in ("public", "internal", "admin")}


def _is_password_refused(host: Host) -> bool:
    """Return whether the comparison found that Keystone refuses the password: each attempt is a failed login."""
    return host.compared.get("password_works") is False


def images_part(host: Host) -> dict[str, Any]:
    """Return the part of the plan for the role glance_images."""
    inputs = host.inputs
    return {
        "install": install_options(host, [host.platform["cloud_library"]]),
        "environment": cloud_environment(inputs),
        "cloud": inputs["cloud"],
        "region": inputs["region"],
        "images": inputs["images"],
        "parallel": inputs["images_parallel"],
        "timeout": inputs["images_timeout"],
    }
