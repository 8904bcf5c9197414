# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options of all modules that use a cloud."""

    DOCUMENTATION = r"""
options:
  cloud:
    description:
      - The cloud, in one of three forms.
      - A string is the name of an entry of C(clouds.yaml) on the host, in the working directory,
        C(~/.config/openstack) or C(/etc/openstack).
      - A dictionary is such an entry itself (C(auth), C(region_name) and so on), or it has the variables of an openrc
        file (C(OS_AUTH_URL), C(OS_USERNAME), C(OS_PASSWORD) and so on).
      - If omitted, the variables C(OS_*) of the environment are used.
    type: raw
  auth:
    description: The options of the authentication plugin, such as C(auth_url), C(username) and C(password).
    type: dict
  auth_type:
    description: The authentication plugin; C(password) if omitted.
    type: str
  region_name:
    description: The region whose endpoints are used.
    type: str
  interface:
    description: The interface of the endpoints in the catalog; C(public) if omitted.
    type: str
    choices: [public, internal, admin]
    aliases: [endpoint_type]
  validate_certs:
    description: Whether the certificate of an HTTPS endpoint must be valid.
    type: bool
    aliases: [verify]
  ca_cert:
    description: A file on the host with the CA certificates that verify the certificates of the endpoints.
    type: path
    aliases: [cacert]
  client_cert:
    description: A file on the host with a client certificate.
    type: path
    aliases: [cert]
  client_key:
    description: A file on the host with the key of O(client_cert).
    type: path
    aliases: [key]
  api_timeout:
    description:
      - Seconds within which an API must complete its response to a request.
      - If omitted, and the cloud does not set it, this is 60 seconds, and 600 seconds for C(DELETE), C(PATCH) and
        C(PUT), which can include work on the data of an image. A connection must be established within 10 seconds.
      - The token, with version discovery and all retries, is limited to 60 seconds in total.
    type: int
  use_proxy:
    description:
      - Whether requests to other hosts use the proxy of the environment (C(http_proxy), C(https_proxy), C(no_proxy)).
      - The services of a cloud do not use it, because systemd does not pass the environment of a login to them. With
        V(false), a module uses the same connections as the Image service.
      - Requests to the host itself never use a proxy.
    type: bool
    default: false
requirements:
  - openstacksdk >= 0.50 on the host
"""
