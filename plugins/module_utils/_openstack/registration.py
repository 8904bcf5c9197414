# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The registration of a service in Keystone as a resource of a module."""

from __future__ import annotations

from typing import Any, Mapping

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import connect
from ansible_collections.osops.glance.plugins.module_utils._openstack.keystone import Keystone
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import (
    Current,
    Desired,
    New,
    check_options,
    predictable_part,
    predicted_state,
    user_label,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_plan import (
    outcome,
    plan_registration,
    warnings,
    writes_password,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_state import read_current
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import document


class Registration:
    """The user, the roles, the service and the endpoints in Keystone."""

    def __init__(self, module: AnsibleModule) -> None:
        self._desired: Desired = module.params
        self._current = Current(password_works=False if module.params["password_refused"] else None)
        check_options(self._desired)
        self._keystone = Keystone(connect(module, module.params["timeout"]))
        self._ids: dict[str, str] = {}  # of new objects, by the names of their steps

    @classmethod
    def predict(cls, module: AnsibleModule) -> PredictedRegistration:
        return PredictedRegistration(module)

    def plan(self) -> Plan:
        self._current = read_current(self._keystone, self._desired, self._current.password_works)
        return plan_registration(self._desired, self._current)

    def apply(self, plan: Plan) -> Plan:
        """Carry out the plan; after a temporary failure, read the current state again and carry out the rest.

        Return the plan of all steps, including those that a failure hid in the first plan.
        """
        steps = {step.resource: step for step in plan.steps}
        remaining, attempt = plan, 0
        while remaining.steps:
            try:
                self._carry_out(remaining)
                break
            except RetryableError as error:
                self._keystone.retry_policy.wait(error, attempt)
            before, remaining = remaining, self.plan()
            attempt = attempt + 1 if len(remaining.steps) >= len(before.steps) else 0
            for step in remaining.steps:
                steps.setdefault(step.resource, step)
        complete = Plan(tuple(steps.values()))
        self._verify_password(complete)
        return complete

    def result(self, plan: Plan) -> dict[str, Any]:
        return registration_result(self._desired, self._current, plan, self._ids)

    def _carry_out(self, plan: Plan) -> None:
        for step in plan.steps:
            try:
                self._send(step)
            except GlanceError as error:
                raise type(error)(f"Cannot {step.action} the {step.resource}: {error}") from error

    def _send(self, step: Step) -> None:
        request: Mapping[str, Any] = step.arguments or {}
        path = "".join(f"/{with_ids(part, self._ids)}" for part in request["path"])
        kind = request.get("kind")
        body = {"json": {kind: with_ids(request["attributes"], self._ids)}} if kind else {}
        response = self._keystone.write(request["method"], path, **body)
        if request["method"] == "POST":
            self._ids[step.resource] = document(response)[kind]["id"]

    def _verify_password(self, plan: Plan) -> None:
        """Raise GlanceError if Keystone refuses the password that was just written."""
        if not writes_password(plan):
            return
        user_id = with_ids(outcome(self._desired, self._current), self._ids)["user"]["id"]
        if not self._keystone.authenticates(user_id, self._desired["password"]):
            raise GlanceError(refused_password_message(self._desired))


class PredictedRegistration:
    """The prediction for a host that has no openstacksdk yet: only the roles exist in Keystone."""

    def __init__(self, module: AnsibleModule) -> None:
        check_options(module.params)
        self._desired = predictable_part(module.params)
        self._current = predicted_state(module.params)

    def plan(self) -> Plan:
        return plan_registration(self._desired, self._current)

    def apply(self, plan: Plan) -> None:
        raise NotImplementedError("a prediction is made in check mode only")

    def result(self, plan: Plan) -> dict[str, Any]:
        return registration_result(self._desired, self._current, plan, {})


def registration_result(desired: Desired, current: Current, plan: Plan, ids: Mapping[str, str]) -> dict[str, Any]:
    """Return the return values of the module.

    ids: the IDs of new objects, by the names of their steps.
    """
    return {
        "actions": plan.actions(),
        "password_works": current.password_works,
        "warnings": warnings(desired, current),
        **with_ids(outcome(desired, current), ids),
    }


def with_ids(value: Any, ids: Mapping[str, str]) -> Any:
    """Return a value with the IDs of new objects in place of `New`; a mapping omits those that are unknown."""
    if isinstance(value, New):
        return ids.get(value.resource)
    if isinstance(value, Mapping):
        resolved = {name: with_ids(inner, ids) for name, inner in value.items()}
        return {name: inner for name, inner in resolved.items() if inner is not None}
    return value


def refused_password_message(desired: Desired) -> str:
    """Return the message for a password that Keystone refuses after it was written."""
    return (
        f"Keystone refuses the password of the {user_label(desired)}, although it was just written. Usually the cause "
        "is change_password_upon_first_use in [security_compliance] of keystone.conf. Exempt the user with "
        f"`openstack user set --ignore-change-password-upon-first-use {desired['user']}`, and run again."
    )
