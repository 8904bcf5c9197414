#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Check the requirements of a deployment and gather facts of the host
description:
  - Checks from the host the names, ports, services and files that inventory variables refer to.
  - All checks run concurrently. All problems are reported in one message, each with the variable that causes it.
  - Returns as facts the distribution of the host, and the installed and available versions of packages.
  - Never changes anything.
extends_documentation_fragment:
  - osops.glance.attributes.read_only
options:
  reach:
    description: Addresses that must accept a TCP connection.
    type: list
    elements: dict
    default: []
    suboptions:
      variable: &variable
        description: The name of the inventory variable that a message begins with, or several names.
        type: str
        required: true
      host:
        description: The host name or the IP address.
        type: str
      port:
        description: The port.
        type: int
      url:
        description: A URL with the host and the port, instead of O(reach[].host) and O(reach[].port).
        type: str
      hint: &hint
        description: What to do about a problem. It is added to the message.
        type: str
      ip_version:
        description: The version of IP that the client uses. The default is any version.
        type: int
        choices: [4, 6]
      accept_refused:
        description: Whether a refused connection is accepted, because the service may not be running yet.
        type: bool
        default: false
      required: &required
        description: Whether a problem is an error; otherwise it is a warning.
        type: bool
        default: true
  resolve:
    description: Host names that must resolve. No connection is made.
    type: list
    elements: dict
    default: []
    suboptions:
      variable: *variable
      host: &name
        description: The host name.
        type: str
        required: true
      hint: *hint
      required: *required
      concerns:
        description:
          - Another host of the inventory, which has the problem if the name does not resolve. It is returned in
            RV(problems_of_hosts) and is neither an error nor a warning, because a run can continue without that host.
        type: str
  local:
    description: Host names that must resolve to addresses of this host only.
    type: list
    elements: dict
    default: []
    suboptions:
      variable: *variable
      host: *name
      hint: *hint
  http:
    description:
      - URLs that must respond with an HTTP status below 500, or with one of O(http[].status_code).
      - The time in the header C(Date) of the response must match the clock of the host to within two minutes.
      - The certificate of an HTTPS URL is not verified.
    type: list
    elements: dict
    default: []
    suboptions:
      variable: *variable
      url:
        description: The URL.
        type: str
        required: true
      status_code:
        description: The accepted status codes. If empty, each status below 500 is accepted.
        type: list
        elements: int
        default: []
      hint: *hint
  files:
    description: Files that must exist on the host, be readable and not empty, and not be web pages.
    type: list
    elements: dict
    default: []
    suboptions:
      variable: *variable
      path: &path
        description: The path.
        type: path
        required: true
      reader:
        description: The user that must be able to read the file. This is not checked until the user exists.
        type: str
      ceph_client:
        description:
          - The name of a Ceph client, such as C(client.glance), if the file is a C(ceph.conf).
          - O(files[].reader) must also be able to read one of the keyrings of the client.
        type: str
      hint: *hint
  ports:
    description:
      - Addresses and ports on which the service will listen.
      - Each must be free, or be used by one of O(units).
    type: list
    elements: dict
    default: []
    suboptions:
      variable: *variable
      host:
        description: The IP address, or a name of the host.
        type: str
        required: true
      port:
        description: The port.
        type: int
        required: true
      hint: *hint
  directories:
    description:
      - Directories that the service will write to.
      - For a directory that does not exist yet, the file system in which it would be created is checked.
      - The file system must be writable and have enough free space.
    type: list
    elements: dict
    default: []
    suboptions:
      variable: *variable
      path: *path
      free:
        description: The required free space in GiB.
        type: float
        default: 0
      shared:
        description: Whether the file system must be one that several hosts can mount at the same time, such as NFS.
        type: bool
        default: false
      owner:
        description: The desired owner of the directory, for the fact C(unchanged_directories).
        type: str
      group:
        description: The desired group of the directory, for the fact C(unchanged_directories).
        type: str
      mode:
        description: The desired mode of the directory in octal digits, for the fact C(unchanged_directories).
        type: str
      hint: *hint
  access:
    description:
      - Existing files that the service must be able to use, according to their owner, group and mode.
      - Nothing is checked on a host that does not have the account yet.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: A path, or a pattern as the shell expands it. Paths that do not exist are ignored.
        type: str
        required: true
      user:
        description: The account of the service.
        type: str
        default: glance
      write:
        description: Whether the service writes to the files; otherwise it only reads them.
        type: bool
        default: true
      required: *required
  packages:
    description: Names of packages whose versions are returned. A list, or a dictionary of lists by distribution family.
    type: raw
    default: []
  available_packages:
    description:
      - Names of packages that must be installed, or be offered by a repository of the host. The format is that of
        O(packages).
      - C(apt) is queried for the package lists that the host has downloaded. A host without package lists is not
        checked.
      - C(dnf) is queried for its cache. If the cache does not contain a package, the repositories are queried, and
        C(dnf) refreshes its cache.
      - A package that is not installed and on hold (C(apt-mark hold)), or excluded (C(excludepkgs), C(versionlock)), is
        reported.
    type: raw
    default: []
  removed:
    description: Names of packages that will be removed, and so must not be on hold. The format is that of O(packages).
    type: raw
    default: []
  upgrades:
    description: Whether the available versions of installed packages are returned, too.
    type: bool
    default: false
  lock_timeout:
    description:
      - Seconds to wait while another program uses the package manager.
      - The module waits only if a package of O(packages), O(available_packages) or O(removed) has to be installed or
        removed, or if the package manager was interrupted.
      - If omitted, the module does not wait.
    type: float
  gather:
    description: Whether to return facts.
    type: bool
    default: true
  units:
    description:
      - The systemd units of the service, without C(.service). They may use O(ports). The format is that of O(packages).
    type: raw
    default: []
  stat_files:
    description: Files whose existence is returned as a fact. Links are not counted. The format is that of O(packages).
    type: raw
    default: []
  timeout:
    description: Seconds to wait for each connection and for each response.
    type: float
    default: 5
"""

EXAMPLES = r"""
- name: Check the host before anything is changed
  osops.glance.preflight:
    reach:
      - variable: glance_database_host
        host: "{{ glance_database_host }}"
        port: 3306
        hint: Is MariaDB running there, and does it listen on more than 127.0.0.1 (bind-address)?
    resolve:
      - variable: glance_public_url
        host: "{{ glance_public_url | urlsplit('hostname') }}"
    http:
      - variable: glance_keystone_url
        url: "{{ glance_keystone_url }}"
        hint: Is Keystone running there?
    files:
      - variable: glance_ca_file
        path: /etc/ssl/certs/cloud.pem
    ports:
      - variable: glance_api_bind_port
        host: 0.0.0.0
        port: 9292
    directories:
      - variable: glance_stores
        path: /var/lib/glance/images
        free: 10
    packages: {Debian: [glance-api], RedHat: [openstack-glance]}
    available_packages: {Debian: [glance-api], RedHat: [openstack-glance]}
    units: {Debian: [glance-api], RedHat: [openstack-glance-api]}

- name: Show which version of Glance is installed or available on this host
  ansible.builtin.debug:
    var: ansible_facts['osops_glance']['packages']['glance-api']
"""

RETURN = r"""
ansible_facts:
  description: Facts to add to C(ansible_facts).
  returned: success, if O(gather=true)
  type: dict
  contains:
    osops_glance:
      description: Facts of the host.
      returned: success
      type: dict
      contains:
        packages:
          description:
            - For each package the installed version or, if it is not installed, the version that would be installed.
              Null if no version is available, or if it cannot be determined without the network.
            - Without O(upgrades), repositories are not queried, and this version is null, if all packages in
              O(available_packages) are installed.
          returned: success
          type: dict
          sample:
            glance-api:
              installed: null
              candidate: "2:25.1.0-2+deb12u5"
        unchanged_directories:
          description: The directories that exist with the desired owner, group and mode.
          returned: success
          type: list
          elements: str
          sample: [/var/lib/glance/images]
        existing_files:
          description: The files in O(stat_files) that exist.
          returned: success
          type: list
          elements: str
          sample: [/etc/systemd/system/glance-api.service]
        interrupted:
          description:
            - Whether C(dpkg) was ended during its work and has to be repaired.
            - False while another program uses the package manager.
            - Always false with C(rpm), which accepts further transactions after an interruption.
          returned: success
          type: bool
        family:
          description: The family of the distribution, V(Debian) or V(RedHat); empty for any other.
          returned: success
          type: str
          sample: Debian
        distribution:
          description: The distribution and its version, C(ID) and C(VERSION_ID) in C(/etc/os-release).
          returned: success
          type: str
          sample: debian 12
problems_of_hosts:
  description: The problems of the checks with O(resolve[].concerns), by that host. Null if there are none.
  returned: success
  type: dict
  sample: null
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host.preflight_resource import Preflight
from ansible_collections.osops.glance.plugins.module_utils._host.preflight_spec import OPTIONS


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), Preflight)


if __name__ == "__main__":
    main()
