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
short_description: Check the variables of a host
description:
  - Compares the variables of a host with the argument specs of the roles of this collection, before anything is
    changed.
  - Reports all problems in one message. Examples are an unknown variable or option, with the one that was probably
    meant; a required variable that is not set; a value of the wrong type; a template that cannot be rendered; a
    placeholder that was left as a password; an invalid URL or port.
  - Checks the sections and options in C(glance_config), C(glance_registry_config) and C(glance_stores), and the rules
    in C(glance_api_policy), against those that Glance has.
  - Refuses text with a trailing newline or a control character, a URL that is not the root URL of an API, and values
    that the release or its configuration does not accept.
  - Never prints a secret.
attributes:
  action:
    description: Is an action plugin; it runs on the control node and requires no connection to the host.
    support: full
  check_mode:
    description: Can run in C(--check); it never changes anything.
    support: full
  diff_mode:
    description: Returns the changes with C(--diff), with secrets masked.
    support: N/A
    details: It never changes anything.
options:
  roles:
    description:
      - The names of the roles of this collection that run on the host.
      - Their required variables must be set. All other variables are checked if they are set.
    type: list
    elements: str
    required: true
  groups:
    description: Groups of the inventory that must have at least one host.
    type: list
    elements: str
    default: []
  release:
    description:
      - The release of Glance, such as V(zed) or V(2025.1).
      - An option that the release certainly does not have is a problem. If omitted, the options of all releases are
        valid.
      - An option that the release has under another name is valid and is written under that name; the module returns
        a warning.
    type: str
  version:
    description:
      - The version of Glance, or of its package, that the host has or would install, such as V(2:25.1.0-2+deb12u5).
      - The module returns a warning for each advisory that this version has no fix for and to which the variables
        expose the service. The warning contains the mitigation that the role P(osops.glance.glance_api#role) writes,
        or a workaround.
      - Advisories in C(glance_api_accepted_advisories) are omitted. No advisory is reported for packages of Ubuntu,
        as their versions do not show which fixes they contain.
    type: str
    default: ""
  servers:
    description:
      - The WSGI servers that the release supports, V(eventlet), V(uwsgi) or both. C(glance_api_server) must be one of
        them.
    type: list
    elements: str
    default: []
  percent_since:
    description:
      - The first version whose schema migrations accept C(%) in the database URL. With an older O(version), a user
        name or a password that requires it is a problem.
      - Empty if every version of the release accepts it.
    type: str
    default: ""
  import_filters:
    description:
      - The options of C([import_filtering_opts]) that the role P(osops.glance.glance_api#role) writes.
        C(glance_config) overrides them.
      - An image with C(method=web-download) whose URL they exclude is a problem.
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
  description: The problems, one per line, each with its solution.
  type: str
  returned: failure
  sample: |-
    2 problems in the variables of controller; nothing was changed:
      - glance_stroes is not a variable of this collection; did you mean glance_stores?
      - glance_database_password is not set: set it in the inventory, preferably encrypted with ansible-vault
"""
