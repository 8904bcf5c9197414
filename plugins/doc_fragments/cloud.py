# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that every module shares which speaks to a cloud."""

    DOCUMENTATION = r"""
options:
  cloud:
    description:
      - The cloud, in one of three forms.
      - A string names an entry of C(clouds.yaml) on the host, looked for in the working directory,
        C(~/.config/openstack) and C(/etc/openstack).
      - A dictionary is such an entry itself (C(auth), C(region_name) and so on), or what an openrc file holds
        (C(OS_AUTH_URL), C(OS_USERNAME), C(OS_PASSWORD) and so on).
      - Left out, C(OS_*) of the environment decides.
    type: raw
  auth:
    description: What the authentication plugin needs, such as C(auth_url), C(username) and C(password).
    type: dict
  auth_type:
    description: The authentication plugin; C(password) when left out.
    type: str
  region_name:
    description: The region whose endpoints are used.
    type: str
  interface:
    description: Which of the catalog's endpoints are used; C(public) when left out.
    type: str
    choices: [public, internal, admin]
    aliases: [endpoint_type]
  validate_certs:
    description: Whether the certificate of an HTTPS endpoint must be valid.
    type: bool
    aliases: [verify]
  ca_cert:
    description: A file on the host with the authorities that certificates are checked against.
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
      - Seconds within which an API must answer a request, with the whole body of its answer.
      - If omitted, and the cloud does not set it, this is 60 seconds, and 600 seconds for C(DELETE), C(PATCH) and
        C(PUT), which can include work on the data of an image. A connection must be established within 10 seconds.
      - The token, with the discovery of versions and all retries, is limited to 60 seconds in total.
    type: int
  use_proxy:
    description:
      - Whether requests to other hosts use the proxy of the environment (C(http_proxy), C(https_proxy), C(no_proxy)).
      - The services of a cloud do not use it, since systemd does not pass the environment of a login to them. With
        V(false), a module reaches the cloud in the same way as the Image service does.
      - Requests to the host itself never use a proxy.
    type: bool
    default: false
requirements:
  - openstacksdk >= 0.50 on the host
"""
