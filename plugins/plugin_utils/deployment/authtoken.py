# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build [keystone_authtoken], by the generation of its options."""

from __future__ import annotations

from typing import Any, Callable, Mapping
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._openstack.domain import domain_options
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Inputs
from ansible_collections.osops.glance.plugins.plugin_utils.memcached import memcached_servers

Options = dict[str, Any]


def authtoken(inputs: Inputs, generation: str) -> Options:
    """Return the options with which the service authenticates, and with which it validates tokens.

    generation: the fact `authtoken` of the release.
    """
    # The oldest generation has no domains.
    domain = {} if generation == "auth_host" else domain_options(str(inputs["service_domain"]))
    return {**GENERATIONS[generation](inputs), **domain}


def optional_authtoken(inputs: Inputs) -> Options:
    """Return the options that depend on inputs that may be empty."""
    options = {"memcached_servers": memcached_servers(inputs["memcached_servers"] or ()), "cafile": inputs["ca_cert"]}
    return {name: value for name, value in options.items() if value}


def oslo_literal(value: str) -> str:
    """Return a value with each dollar sign escaped: oslo.config takes it for a reference otherwise."""
    return DIALECTS["oslo"].literal(value)


def _auth_host(inputs: Inputs) -> Options:
    url = urlsplit(inputs["identity_url"])
    return {
        "auth_uri": inputs["identity_url"],
        "auth_protocol": url.scheme,
        "auth_host": url.hostname,
        "auth_port": 35357,
        "admin_tenant_name": inputs["service_project"],
        "admin_user": inputs["service_user"],
        "admin_password": oslo_literal(str(inputs["service_password"])),
    }


def _account(inputs: Inputs) -> Options:
    return {
        "auth_url": inputs["identity_url"],
        "project_name": inputs["service_project"],
        "username": inputs["service_user"],
        "password": oslo_literal(str(inputs["service_password"])),
        "region_name": inputs["region"],
    }


def _auth_plugin(inputs: Inputs) -> Options:
    return {**_account(inputs), "auth_uri": inputs["identity_url"], "auth_plugin": "password"}


def _auth_uri(inputs: Inputs) -> Options:
    return {**_account(inputs), "auth_uri": inputs["identity_url"], "auth_type": "password"}


def _www_authenticate_uri(inputs: Inputs) -> Options:
    return {**_account(inputs), "www_authenticate_uri": inputs["identity_url"], "auth_type": "password"}


GENERATIONS: Mapping[str, Callable[[Inputs], Options]] = {
    "auth_host": _auth_host,
    "auth_plugin": _auth_plugin,
    "auth_uri": _auth_uri,
    "www_authenticate_uri": _www_authenticate_uri,
}
