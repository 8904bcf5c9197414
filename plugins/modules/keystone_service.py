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
  - Where Keystone answers 500, 502, 503 or 504, or not at all, it is asked again for half a minute. Before a write is
    repeated, the module looks whether it was carried out all the same.
  - In check mode on a host that lacks openstacksdk, the prediction is that of a Keystone which knows neither the user
    nor the service, with a warning.
notes:
  - Where Keystone locks users after failed logins (C(lockout_failure_attempts)), a run on a password that it refuses
    counts as one failed login. As the password is written, the count begins anew and a lock ends. So no run
    locks the user; and a user that was locked gets its password written once, as Keystone does not tell a lock from a
    wrong password.
  - In check mode nothing is written, so the failed login stays counted until the user next logs in. Where that must
    not be, leave out O(password) in check mode, or exempt the user with
    C(openstack user set --ignore-lockout-failure-attempts).
  - C(unique_last_password_count) and C(minimum_password_age) of Keystone concern users who change their own password,
    not this module. A password that C(password_regex) forbids, or one that the user has to change at once
    (C(change_password_upon_first_use)), fails the task.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes
options:
  state:
    description:
      - V(present) brings Keystone to what the other options say.
      - V(absent) removes, where O(name), O(description) or O(endpoints) is given, all endpoints of the service in
        O(region), and the service if no other region has endpoints of it. A service with another name than O(name)
        stays.
      - V(absent) removes O(user), and its roles with it. If other regions have endpoints of the service, the user and
        its roles stay, with a warning. If the user holds any other role, only O(roles) on O(project) are taken
        from it, with a warning.
      - O(project), O(domain) and the roles themselves always stay.
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
      - Of a user that is disabled, or whose O(project) is, Keystone refuses every password. So the password is written
        as these are enabled.
    type: str
  password_refused:
    description:
      - Whether an earlier task found that the Identity service refuses O(password), as RV(password_works) reports it.
      - It is then written without another trial, which would count as a failed login of O(user).
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
      - Whether O(user) may log in.
      - If V(false), the password of a user that exists is neither tried nor written.
    type: bool
    default: true
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
      - Other roles that the user holds stay, and so do roles by way of a group, which do not count here.
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
  timeout:
    description: Seconds for all requests of the task together, with their retries.
    type: int
    default: 300
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
actions:
  description: What was changed, or in check mode would be - V(create), V(update) or V(remove) for each thing.
  returned: success
  type: dict
  sample: {"user glance": create, "endpoint admin": update}
password_works:
  description: Whether the Identity service accepted O(password) before the task; null where it was not tried.
  returned: success
  type: bool
kept:
  description: What was not removed though it was named, and why.
  returned: when O(state=absent)
  type: dict
  sample: {"user glance": "the service has endpoints in the region RegionTwo"}
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

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._openstack import registration
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import (
    CLOUD_OPTIONS,
    Cloud,
    CloudModule,
    RetryableError,
    connect,
    document,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration import Current, Desired, Entity, New

OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "password_refused": {"type": "bool", "default": False, "no_log": False},
    "email": {"type": "str"},
    "user_description": {"type": "str"},
    "enabled": {"type": "bool", "default": True},
    "project": {"type": "str", "default": "service"},
    "domain": {"type": "str", "default": "Default"},
    "roles": {"type": "list", "elements": "str", "default": ["admin"]},
    "type": {"type": "str", "default": "image"},
    "name": {"type": "str"},
    "description": {"type": "str"},
    "region": {"type": "str", "default": "RegionOne"},
    "endpoints": {"type": "dict"},
    "timeout": {"type": "int", "default": 300},
}


class Keystone:
    """The questions to Keystone, which are asked until there is an answer, and the writes, which are sent once."""

    def __init__(self, cloud: Cloud) -> None:
        cloud.authenticate()
        self.patience = cloud.patience
        self._cloud = cloud
        self._service = cloud.identity()

    def get(self, path: str, **filters: str) -> Any:
        return self.patience.ask(lambda: self._service.get(path, params=filters))

    def first(self, collection: str, **filters: str) -> Entity | None:
        """Return the thing that Keystone finds; whether case matters in a name is for its database to say."""
        found: list[Entity] = self.get(f"/{collection}", **filters)[collection]
        return found[0] if found else None

    def domain_id(self, domain: str) -> str:
        """Return the ID of a domain that is given by name or ID; an ID by its form is looked up as such first."""
        known = self._cloud.domain_id(domain)
        if known:
            return known
        lookups = (self._domain_by_id, self._domain_by_name)
        for lookup in lookups if registration.is_domain_id(domain) else reversed(lookups):
            found = lookup(domain)
            if found:
                return str(found["id"])
        raise GlanceError(f"No domain has the name or the id {domain!r}: correct `domain`, or create the domain.")

    def _domain_by_name(self, name: str) -> Entity | None:
        return self.first("domains", name=name)

    def _domain_by_id(self, domain_id: str) -> Entity | None:
        path = f"/domains/{quote(domain_id, safe='')}"
        found = self.patience.ask(lambda: self._service.find(path))
        return found["domain"] if found else None

    def authenticates(self, user_id: str, password: str, project: Entity | None = None) -> bool:
        """Say whether Keystone gives a token for the password; without a project, the user may have no role yet."""
        scope = {"project": {"id": project["id"]}} if project else "unscoped"
        proof = {"methods": ["password"], "password": {"user": {"id": user_id, "password": password}}}
        body = {"auth": {"identity": proof, "scope": scope}}
        response = self.patience.ask(
            lambda: self._service.request(
                "POST", "/auth/tokens?nocatalog", accept=(401,), json=body, authenticated=False, log=False
            )
        )
        return bool(response.status_code == 201)

    def write(self, method: str, path: str, **body: Any) -> Any:
        # What was removed by someone else meanwhile is as absent as it should be.
        accept = (404,) if method == "DELETE" else ()
        return self._service.request(method, path, accept=accept, log=False, **body)


class Registration:
    """What Keystone knows of a service."""

    def __init__(self, module: AnsibleModule) -> None:
        self._wanted: Desired = module.params
        self._found = Current(password_works=False if module.params["password_refused"] else None)
        self._ids: dict[str, str] = {}
        registration.check(self._wanted)
        self._enter(module)

    @classmethod
    def predict(cls, module: AnsibleModule) -> Registration:
        return PredictedImages(module)

    def _enter(self, module: AnsibleModule) -> None:
        self._keystone = Keystone(connect(module, module.params["timeout"]))

    def plan(self) -> Plan:
        self._found = read(self._keystone, self._wanted, tried=self._found.password_works)
        return registration.plan(self._wanted, self._found)

    def apply(self, plan: Plan) -> Plan:
        """Carry the plan out; what a step that failed for the moment has done or not, is looked at before going on."""
        steps = {step.resource: step for step in plan.steps}
        left, attempt = plan, 0
        while left.steps:
            try:
                self._carry_out(left)
                break
            except RetryableError as error:
                self._keystone.patience.wait(error, attempt)
            before, left = left, self.plan()
            attempt = attempt + 1 if len(left.steps) >= len(before.steps) else 0
            for step in left.steps:
                steps.setdefault(step.resource, step)
        whole = Plan(tuple(steps.values()))
        self._prove(whole)
        return whole

    def result(self, plan: Plan) -> dict[str, Any]:
        outcome = self._resolved(registration.outcome(self._wanted, self._found))
        return {
            "actions": plan.actions(),
            "password_works": self._found.password_works,
            "warnings": registration.warnings(self._wanted, self._found),
            **outcome,
        }

    def _carry_out(self, plan: Plan) -> None:
        for step in plan.steps:
            try:
                self._write(step)
            except GlanceError as error:
                raise type(error)(f"Could not {step.action} the {step.resource}: {error}") from error

    def _write(self, step: Step) -> None:
        call: Mapping[str, Any] = step.arguments or {}
        path = "".join(f"/{self._resolved(part)}" for part in call["path"])
        kind = call.get("kind")
        body = {"json": {kind: self._resolved(call["attributes"])}} if kind else {}
        response = self._keystone.write(call["method"], path, **body)
        if call["method"] == "POST":
            self._ids[step.resource] = document(response)[kind]["id"]

    def _prove(self, plan: Plan) -> None:
        """Raise GlanceError where the password that was written is not accepted."""
        if not registration.writes_password(plan):
            return
        user_id = self._resolved(registration.outcome(self._wanted, self._found))["user"]["id"]
        if not self._keystone.authenticates(user_id, self._wanted["password"]):
            raise GlanceError(registration.refused_anyway(self._wanted))

    def _resolved(self, value: Any) -> Any:
        """Return the value with the ids of new things in it; in a mapping, those not known yet are left out."""
        if isinstance(value, New):
            return self._ids.get(value.resource)
        if isinstance(value, Mapping):
            inner = {name: self._resolved(each) for name, each in value.items()}
            return {name: each for name, each in inner.items() if each is not None}
        return value


class PredictedImages(Registration):
    """What is predicted where Keystone cannot be asked, as the host has no openstacksdk yet."""

    def _enter(self, module: AnsibleModule) -> None: ...

    def plan(self) -> Plan:
        self._wanted, self._found = registration.predicted(self._wanted)
        return registration.plan(self._wanted, self._found)


def read(keystone: Keystone, wanted: Desired, tried: bool | None = None) -> Current:
    """Ask Keystone for what the options speak of, and for nothing else."""
    account = read_account(keystone, wanted, tried) if wanted["user"] is not None else {}
    catalog = read_catalog(keystone, wanted) if registration.concerns_service(wanted) else {}
    return Current(**account, **catalog)


def read_account(keystone: Keystone, wanted: Desired, tried: bool | None) -> dict[str, Any]:
    domain_id = keystone.domain_id(wanted["domain"])
    user = keystone.first("users", name=wanted["user"], domain_id=domain_id)
    assignments = assignments_of(keystone, user)
    if wanted["state"] == "absent" and not assignments:
        return {"domain_id": domain_id, "user": user}
    project = registration.known_project(wanted, domain_id, assignments)
    works = tried
    if works is None and user and registration.needs_probe(wanted, user):
        works = keystone.authenticates(user["id"], wanted["password"], project)
    if not registration.is_proven(wanted, project, works):
        project = keystone.first("projects", name=wanted["project"], domain_id=domain_id)
    return {
        "domain_id": domain_id,
        "user": user,
        "project": project,
        "roles": role_ids(keystone, wanted["roles"], assignments),
        "assignments": assignments,
        "password_works": works,
    }


def assignments_of(keystone: Keystone, user: Entity | None) -> list[Entity]:
    """Return which roles the user holds, and where."""
    if user is None:
        return []
    query = {"user.id": user["id"], "include_names": "true"}
    assignments: list[Entity] = keystone.get("/role_assignments", **query)["role_assignments"]
    return assignments


def role_ids(keystone: Keystone, names: list[str], assignments: list[Entity]) -> dict[str, str | None]:
    """Return the ids of the roles; None for a role that does not exist."""
    known = registration.known_roles(assignments)
    return {name: known.get(name) or role_id(keystone, name) for name in names}


def role_id(keystone: Keystone, name: str) -> str | None:
    role = keystone.first("roles", name=name)
    return str(role["id"]) if role else None


def read_catalog(keystone: Keystone, wanted: Desired) -> dict[str, Any]:
    services = keystone.get("/services", type=wanted["type"])["services"]
    endpoints: list[Entity] = []
    if registration.needs_endpoints(wanted, services):
        for service in services:
            endpoints += keystone.get("/endpoints", service_id=service["id"])["endpoints"]
    return {"services": services, "endpoints": endpoints}


def main() -> None:
    module = CloudModule(
        argument_spec={**CLOUD_OPTIONS, **OPTIONS},
        required_one_of=[("user", "name", "description", "endpoints")],
        supports_check_mode=True,
    )
    run(module, Registration)


if __name__ == "__main__":
    main()
