#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: keystone_service
short_description: Register a service in Keystone
version_added: "0.1.0"
description:
  - Manages the registration of a service in Keystone with one task and one token - the user of the service, its roles
    on a project, the service, and its endpoints in one region.
  - Wrong objects are updated in place. Duplicates of an endpoint, and services of the same type and name, are merged
    without any time in which no endpoint exists.
  - The password is written only if Keystone refuses it, because writing a password revokes all tokens of the user. To
    check the password, the module authenticates as the user once in each run.
  - Options that are omitted leave the current state unchanged. All objects that the options name are also enabled.
  - If Keystone responds with the status 500, 502, 503 or 504, or does not respond, requests are retried for 30
    seconds. Before a write is repeated, the module checks whether it has taken effect.
  - In check mode on a host without openstacksdk, the prediction assumes that neither the user nor the service exists,
    with a warning.
notes:
  - Where Keystone locks users after failed logins (C(lockout_failure_attempts)), a run with a password that Keystone
    refuses counts as one failed login. Writing the password resets the count and unlocks the user, so no run locks the
    user. The password of a locked user is written once, because Keystone does not distinguish a locked user from a
    wrong password.
  - In check mode nothing is written, so the failed login is counted until the next successful login of the user. To
    avoid this, omit O(password) in check mode, or exempt the user with
    C(openstack user set --ignore-lockout-failure-attempts).
  - C(unique_last_password_count) and C(minimum_password_age) of Keystone apply to users who change their own password,
    not to this module. The task fails for a password that C(password_regex) forbids, and for a user that has to change
    its password immediately (C(change_password_upon_first_use)).
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes
options:
  state:
    description:
      - V(present) updates Keystone to the other options.
      - V(absent) removes all endpoints of the service in O(region) if O(name), O(description) or O(endpoints) is set,
        and the service itself if no other region has endpoints of it. A service with another name than O(name) is not
        removed.
      - V(absent) removes O(user) with its roles. If other regions have endpoints of the service, the user and its
        roles are not removed, with a warning. If the user has any other role, only O(roles) on O(project) are removed
        from it, with a warning.
      - O(project), O(domain) and the roles themselves are never removed.
    type: str
    choices: [present, absent]
    default: present
  user:
    description:
      - The user of the service.
      - If omitted, no user, project or role is read or changed.
    type: str
  password:
    description:
      - The password of O(user). Required to create the user.
      - Keystone refuses any password of a disabled user or of a user in a disabled O(project). When these are enabled,
        the password is written, too.
    type: str
  password_refused:
    description:
      - Whether an earlier task found that the Identity service refuses O(password), as RV(password_works) reports it.
      - The password is then written without another check, which would count as a failed login of O(user).
    type: bool
    default: false
  email:
    description: The e-mail address of O(user).
    type: str
  user_description:
    description: The description of O(user).
    type: str
  enabled:
    description:
      - Whether O(user) is enabled.
      - If V(false), the password of an existing user is neither checked nor written.
    type: bool
    default: true
  project:
    description: The project on which O(user) has O(roles). It is created if it does not exist.
    type: str
    default: service
  domain:
    description: The name or the ID of the domain of O(user) and O(project).
    type: str
    default: Default
  roles:
    description:
      - The roles of O(user) on O(project). Roles that do not exist are created.
      - Other roles of the user are not removed. Roles that the user has through a group are not considered.
    type: list
    elements: str
    default: [admin]
  type:
    description:
      - The type of the service.
      - The service is managed if O(name), O(description) or O(endpoints) is set.
    type: str
    default: image
  name:
    description:
      - The name of the service. Required to create the service.
      - If no service of O(type) has this name, the only service of the type is renamed, or the only one with endpoints
        in O(region).
      - Other services of O(type) with another name are not changed, with a warning.
    type: str
  description:
    description: The description of the service.
    type: str
  region:
    description:
      - The region of O(endpoints). It is created if it does not exist.
      - O(region_name) is the region in which the module uses Keystone.
    type: str
    default: RegionOne
  endpoints:
    description:
      - The URLs of the service by interface - V(public), V(internal), V(admin).
      - Omitted interfaces and other regions are not changed.
      - If the admin endpoint is on another host than the internal one, the task warns.
    type: dict
  timeout:
    description: Seconds for all requests of the task together, with their retries.
    type: int
    default: 300
"""

EXAMPLES = r"""
- name: Register Glance in Keystone
  osops.glance.keystone_service:
    cloud: sandbox
    user: glance
    password: "{{ glance_service_password }}"
    roles: [admin, service]
    name: glance
    description: OpenStack Image
    endpoints:
      public: http://controller:9292
      internal: http://controller:9292
      admin: http://controller:9292

- name: Change the endpoints of one region
  osops.glance.keystone_service:
    cloud: sandbox
    region: RegionTwo
    endpoints:
      public: https://images.two.example.com
      internal: http://10.2.0.10:9292

- name: Remove Glance from Keystone
  osops.glance.keystone_service:
    cloud: sandbox
    user: glance
    name: glance
    state: absent
"""

RETURN = r"""
actions:
  description: The action for each changed object - V(create), V(update) or V(remove); in check mode as predicted.
  returned: success
  type: dict
  sample: {"user glance": create, "endpoint admin": update}
password_works:
  description: Whether the Identity service accepted O(password) before the task; null if it was not checked.
  returned: success
  type: bool
kept:
  description: The objects that were not removed although the options name them, with the reasons.
  returned: when O(state=absent)
  type: dict
  sample: {"user glance": "the service has endpoints in the region RegionTwo"}
project:
  description: The project; without C(id) if check mode predicts its creation.
  returned: when O(user) is set and O(state=present)
  type: dict
  sample: {id: ba2ca47e32df467ea811a4a0e05ce84d, name: service}
user:
  description: The user; without C(id) if check mode predicts its creation.
  returned: when O(user) is set and O(state=present)
  type: dict
  sample: {id: a6ef9cde03994796b23e38886a501f25, name: glance}
service:
  description: The service; without C(id) if check mode predicts its creation.
  returned: when O(name), O(description) or O(endpoints) is set and O(state=present)
  type: dict
  sample: {id: f51239ca474441efbdf5801f9fe52552, name: glance, type: image}
endpoints:
  description: The endpoints of the option by interface; without C(id) if check mode predicts their creation.
  returned: when O(endpoints) is set and O(state=present)
  type: dict
  sample:
    public: {id: 6215ab991622425994952ec6dcdf246d, url: "http://controller:9292"}
"""

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS, CloudModule
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration import Registration
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_spec import OPTIONS


def main() -> None:
    module = CloudModule(
        argument_spec={**CLOUD_OPTIONS, **OPTIONS},
        required_one_of=[("user", "name", "description", "endpoints")],
        supports_check_mode=True,
    )
    run(module, Registration)


if __name__ == "__main__":
    main()
