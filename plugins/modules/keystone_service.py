#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: keystone_service
short_description: Make Keystone know a service
version_added: "0.1.0"
description:
  - Registers a service with Keystone in one call and with one token - the user it runs as, the roles of the user on
    a project, the service itself, and its endpoints in one region.
  - What is registered wrongly is repaired in place. Duplicates of an endpoint, and services of the same type and name,
    are merged without a moment in which none is there.
  - The password is written only when Keystone refuses it, because any password that is written ends all tokens of
    the user. To know, the module authenticates as the user, once in a run.
  - Options that are left out leave things as they are. What is named is also enabled.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes
options:
  state:
    description:
      - V(present) brings Keystone to what the other options say.
      - V(absent) removes O(user), with its role assignments on every project, and where O(name), O(description) or
        O(endpoints) is given, all endpoints of the service in O(region), and the service if no other region has
        endpoints of it. A service with another name than O(name) stays, as do O(project) and O(roles).
      - Leave O(user) out where the service of another region still runs as this user.
    type: str
    choices: [present, absent]
    default: present
  user:
    description:
      - The user that the service runs as.
      - Left out, no user, project or role is looked at.
    type: str
  password:
    description:
      - The password of O(user). Needed to create the user.
      - A password that Keystone refuses counts as one failed login, where Keystone locks users after several.
      - Of a user that is disabled, Keystone refuses every password. So the password is written as the user is enabled.
    type: str
  email:
    description: The e-mail address of O(user).
    type: str
  user_description:
    description: The description of O(user).
    type: str
  project:
    description: The project on which O(user) holds O(roles). Created if missing.
    type: str
    default: service
  domain:
    description: The name or the id of the domain of O(user) and O(project).
    type: str
    default: Default
  roles:
    description:
      - The roles that O(user) holds on O(project). Roles that do not exist are created.
      - Other roles that the user holds stay.
    type: list
    elements: str
    default: [admin]
  type:
    description:
      - The type of the service.
      - The service is looked at when O(name), O(description) or O(endpoints) is given.
    type: str
    default: image
  name:
    description:
      - The name of the service. Needed to create the service.
      - If there are services of O(type), but none of this name, the only one is renamed, or the only one with
        endpoints in O(region).
      - A further service of O(type) with another name is left alone, with a warning.
    type: str
  description:
    description: The description of the service.
    type: str
  region:
    description:
      - The region of O(endpoints). Created if missing.
      - Not to be confused with O(region_name), the region in which the module looks for Keystone.
    type: str
    default: RegionOne
  endpoints:
    description:
      - The URLs of the service, by interface - V(public), V(internal), V(admin).
      - An interface that is left out stays as it is, as do other regions.
      - An admin endpoint on another host than the internal one is a warning.
    type: dict
"""

EXAMPLES = r"""
- name: Make Keystone know Glance
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

- name: Move the endpoints of one region
  osops.glance.keystone_service:
    cloud: sandbox
    region: RegionTwo
    endpoints:
      public: https://images.two.example.com
      internal: http://10.2.0.10:9292

- name: Make Keystone forget Glance
  osops.glance.keystone_service:
    cloud: sandbox
    user: glance
    name: glance
    state: absent
"""

RETURN = r"""
things:
  description: What was changed, or in check mode would be - V(create), V(update) or V(remove) for each thing.
  returned: success
  type: dict
  sample: {"user glance": create, "endpoint admin": update}
project:
  description: The project; without C(id) where check mode predicts it.
  returned: when O(user) is given and O(state=present)
  type: dict
  sample: {id: ba2ca47e32df467ea811a4a0e05ce84d, name: service}
user:
  description: The user; without C(id) where check mode predicts it.
  returned: when O(user) is given and O(state=present)
  type: dict
  sample: {id: a6ef9cde03994796b23e38886a501f25, name: glance}
service:
  description: The service; without C(id) where check mode predicts it.
  returned: when O(name), O(description) or O(endpoints) is given and O(state=present)
  type: dict
  sample: {id: f51239ca474441efbdf5801f9fe52552, name: glance, type: image}
endpoints:
  description: The given endpoints, by interface; without C(id) where check mode predicts them.
  returned: when O(endpoints) is given and O(state=present)
  type: dict
  sample:
    public: {id: 6215ab991622425994952ec6dcdf246d, url: "http://controller:9292"}
"""

from typing import Any, Mapping
from urllib.parse import quote

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils import _identity
from ansible_collections.osops.glance.plugins.module_utils._cloud import CLOUD_OPTIONS, CloudModule, Service, connect
from ansible_collections.osops.glance.plugins.module_utils._identity import Entity, Found, New, Wanted
from ansible_collections.osops.glance.plugins.module_utils._module import run
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError, Plan, Step

OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "email": {"type": "str"},
    "user_description": {"type": "str"},
    "project": {"type": "str", "default": "service"},
    "domain": {"type": "str", "default": "Default"},
    "roles": {"type": "list", "elements": "str", "default": ["admin"]},
    "type": {"type": "str", "default": "image"},
    "name": {"type": "str"},
    "description": {"type": "str"},
    "region": {"type": "str", "default": "RegionOne"},
    "endpoints": {"type": "dict"},
}


class Registration:
    """What Keystone knows of a service."""

    def __init__(self, module: AnsibleModule) -> None:
        self._wanted: Wanted = module.params
        self._found = Found()
        self._ids: dict[str, str] = {}
        _identity.check(self._wanted)
        cloud = connect(module)
        cloud.authenticate()
        self._keystone = cloud.service("identity", version="3")

    def plan(self) -> Plan:
        self._found = read(self._keystone, self._wanted)
        return _identity.plan(self._wanted, self._found)

    def apply(self, plan: Plan) -> None:
        for step in plan.steps:
            try:
                self._carry_out(step)
            except GlanceError as error:
                raise GlanceError(f"Could not {step.action} the {step.thing}: {error}") from error

    def result(self, plan: Plan) -> dict[str, Any]:
        outcome = self._resolved(_identity.outcome(self._wanted, self._found))
        return {"things": plan.actions(), "warnings": _identity.warnings(self._wanted, self._found), **outcome}

    def _carry_out(self, step: Step) -> None:
        call: Mapping[str, Any] = step.arguments or {}
        path = "".join(f"/{self._resolved(part)}" for part in call["path"])
        kind = call.get("kind")
        body = {"json": {kind: self._resolved(call["attributes"])}} if kind else {}
        # What was removed by someone else meanwhile is as absent as it should be.
        accept = (404,) if call["method"] == "DELETE" else ()
        response = self._keystone.request(call["method"], path, accept=accept, log=False, **body)
        if call["method"] == "POST":
            self._ids[step.thing] = response.json()[kind]["id"]

    def _resolved(self, value: Any) -> Any:
        """Return the value with the ids of new things in it; in a mapping, those not known yet are left out."""
        if isinstance(value, New):
            return self._ids.get(value.thing)
        if isinstance(value, Mapping):
            inner = {name: self._resolved(each) for name, each in value.items()}
            return {name: each for name, each in inner.items() if each is not None}
        return value


def read(keystone: Service, wanted: Wanted) -> Found:
    """Ask Keystone for what the options speak of, and for nothing else."""
    account = read_account(keystone, wanted) if wanted["user"] is not None else {}
    catalog = read_catalog(keystone, wanted) if _identity.concerns_service(wanted) else {}
    return Found(**account, **catalog)


def read_account(keystone: Service, wanted: Wanted) -> dict[str, Any]:
    domain_id = domain_id_of(keystone, wanted["domain"])
    user = first(keystone, "users", name=wanted["user"], domain_id=domain_id)
    if wanted["state"] == "absent":
        return {"domain_id": domain_id, "user": user}
    project = first(keystone, "projects", name=wanted["project"], domain_id=domain_id)
    lacking = lacking_roles(keystone, wanted["roles"], project, user)
    works = authenticates(keystone, user, wanted["password"]) if user and _identity.needs_probe(wanted, user) else None
    return {"domain_id": domain_id, "project": project, "user": user, "lacking": lacking, "password_works": works}


def read_catalog(keystone: Service, wanted: Wanted) -> dict[str, Any]:
    services = keystone.get("/services", params={"type": wanted["type"]})["services"]
    endpoints: list[Entity] = []
    if _identity.needs_endpoints(wanted, services):
        for service in services:
            endpoints += keystone.get("/endpoints", params={"service_id": service["id"]})["endpoints"]
    return {"services": services, "endpoints": endpoints}


def first(keystone: Service, collection: str, **filters: str) -> Entity | None:
    """Return the thing that Keystone finds; whether case matters in a name is for its database to say."""
    found: list[Entity] = keystone.get(f"/{collection}", params=filters)[collection]
    return found[0] if found else None


def domain_id_of(keystone: Service, domain: str) -> str:
    """Return the id of the domain with this name or id."""
    named = first(keystone, "domains", name=domain)
    if named:
        return str(named["id"])
    found = keystone.find(f"/domains/{quote(domain, safe='')}")
    if found is None:
        raise GlanceError(f"No domain has the name or the id {domain!r}: correct `domain`, or create the domain.")
    return str(found["domain"]["id"])


def lacking_roles(
    keystone: Service, roles: list[str], project: Entity | None, user: Entity | None
) -> dict[str, str | None]:
    """Return the roles that the user does not hold on the project, with the ids of those that exist."""
    held: list[Entity] = []
    if project and user:
        held = keystone.get(f"/projects/{project['id']}/users/{user['id']}/roles")["roles"]
    # A role of one domain may have the name of a role of all.
    names = {role["name"] for role in held if role.get("domain_id") is None}
    unseen = {name: first(keystone, "roles", name=name) for name in roles if name not in names}
    return {name: str(role["id"]) if role else None for name, role in unseen.items() if role not in held}


def authenticates(keystone: Service, user: Entity, password: str) -> bool:
    """Say whether Keystone accepts the password, for a token without scope: the user may have no role yet."""
    proof = {"methods": ["password"], "password": {"user": {"id": user["id"], "password": password}}}
    body = {"auth": {"identity": proof, "scope": "unscoped"}}
    response = keystone.request("POST", "/auth/tokens", accept=(401,), json=body, authenticated=False, log=False)
    return bool(response.status_code == 201)


def main() -> None:
    module = CloudModule(
        argument_spec={**CLOUD_OPTIONS, **OPTIONS},
        required_one_of=[("user", "name", "description", "endpoints")],
        supports_check_mode=True,
    )
    run(module, Registration)


if __name__ == "__main__":
    main()
