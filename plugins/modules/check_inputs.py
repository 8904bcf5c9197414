#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: check_inputs
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Tells all that is wrong with the variables of a host at once
description:
  - Compares the variables of the host with the argument specs of the collection's roles, before anything is changed.
  - Names every fault in one message - a variable or an option of it that does not exist, with the one that was probably
    meant; a required variable without a value; a value of the wrong type; a template that cannot be resolved;
    a placeholder that was left as a password; a URL or a port that cannot be one.
  - Looks into C(glance_config), C(glance_registry_config) and C(glance_stores) as well, and names the sections and
    options that Glance does not have, with the right ones; the same goes for the rules in C(glance_api_policy).
  - Refuses text with a trailing newline or a control character, a URL that is not the root of an API, and values that
    the release or its configuration does not accept.
  - Never prints a secret.
attributes:
  action:
    description: Is an action plugin; it runs on the control node and needs no connection to the host.
    support: full
  check_mode:
    description: Can run in C(--check); it never changes anything.
    support: full
  diff_mode:
    description: Says with C(--diff) what changes, with secrets masked.
    support: N/A
    details: It never changes anything.
options:
  roles:
    description:
      - The roles that are going to run on the host, by their names in this collection.
      - What one of them requires has to be there. Every other variable is judged wherever it is given.
    type: list
    elements: str
    required: true
  groups:
    description: Groups of the inventory that must have a host.
    type: list
    elements: str
    default: []
  release:
    description:
      - The release of Glance, such as V(zed) or V(2025.1).
      - An option that it surely does not have is a fault. Left out, an option is right if any release has it.
      - An option that it has under another name is none, for it is written under that name; a warning tells of it.
    type: str
  version:
    description:
      - The version of Glance, or of its package, that the host has or would install, such as V(2:25.1.0-2+deb12u5).
      - A warning tells of each advisory that it has no fix of, where the variables let it matter, and of what helps, or
        of what the role C(glance_api) writes until then.
      - Advisories in C(glance_api_accepted_advisories) are omitted. No advisory is reported for packages of Ubuntu,
        as their versions do not show which fixes they contain.
    type: str
    default: ""
  servers:
    description: What can serve the release, V(eventlet) or V(uwsgi) or both. C(glance_api_server) must be one of them.
    type: list
    elements: str
    default: []
  percent_since:
    description:
      - The first version whose database migrations accept C(%) in the URL of the database. An older O(version) refuses
        an account or a password that needs it.
      - Empty if every version of the release accepts it.
    type: str
    default: ""
  import_filters:
    description:
      - The options of C([import_filtering_opts]) that the role C(glance_api) writes. C(glance_config) overrides them.
      - An image with C(method=web-download) whose URL they exclude is a fault.
      - Empty if the release has no such options.
    type: dict
    default: {}
  import_methods:
    description: The import methods that the service enables by default. C(glance_config) overrides them.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Check the variables
  osops.glance.check_inputs:
    roles: [glance_database, glance_identity, glance_api, glance_images]

- name: Check the variables against the options of a release
  osops.glance.check_inputs:
    roles: [glance_api]
    release: zed
    version: 2:25.1.0-2+deb12u5
"""

RETURN = r"""
msg:
  description: What is wrong, a line for each fault, with the way out.
  type: str
  returned: failure
  sample: |-
    2 things are wrong with the variables of controller; nothing was changed:
      - glance_stroes is not a variable of this collection; did you mean glance_stores?
      - glance_database_password is not set: put it into the inventory, best encrypted with ansible-vault
"""
