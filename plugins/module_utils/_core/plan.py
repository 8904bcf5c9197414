# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes that a module makes: one plan is the result, the prediction of check mode and the diff."""

from __future__ import annotations

import re
from typing import Any, Mapping, NamedTuple

SECRET = "VALUE HIDDEN"
# Parts of the names of OpenStack options that hold secrets.
SECRET_NAMES = (
    "passw",
    "passcode",
    "passphrase",
    "secret",
    "token",
    "key",
    "credential",
    "connection$",
    "transport_url",
)
SECRET_NAME = re.compile("|".join(SECRET_NAMES), re.IGNORECASE)
# For cloud parameters, where "key" is the path of a file and "credential" is also in the name of an ID.
CLOUD_SECRET_NAME = re.compile("passw|passcode|secret|token", re.IGNORECASE)


class GlanceError(Exception):
    """A failed operation. The message names the object, the cause and what to do."""


class PartialFailure(GlanceError):
    """A failure after some changes were made.

    result: the return values of the module for the part that succeeded.
    """

    def __init__(self, message: str, result: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.result = result


class Step(NamedTuple):
    """One change to one resource.

    resource: its kind and name, such as "user glance" or "endpoint public".
    action: "create", "update", "remove" or another verb of the resource.
    before, after: the values in the diff; None if the resource does not exist.
    arguments: parameters that apply() needs; never displayed.
    is_change: False for a check that reverts its own effect; it runs, but does not count as a change.
    """

    resource: str
    action: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    arguments: Mapping[str, Any] | None = None
    is_change: bool = True


class Plan(NamedTuple):
    """The ordered steps from the current state to the desired state."""

    steps: tuple[Step, ...] = ()

    @property
    def changed(self) -> bool:
        return any(step.is_change for step in self.steps)

    def diff(self) -> dict[str, dict[str, Any]]:
        """Return the changed resources before and after, for `--diff`."""
        return {
            "before": {step.resource: dict(step.before) for step in self.steps if step.before is not None},
            "after": {step.resource: dict(step.after) for step in self.steps if step.after is not None},
        }

    def actions(self) -> dict[str, str]:
        """Return the action for each resource, for the result of the module."""
        return {step.resource: step.action for step in self.steps}
