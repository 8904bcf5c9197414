# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module would change: the plan is the result, the prediction and the diff at once."""

from __future__ import annotations

import re
from typing import Any, Mapping, NamedTuple

SECRET = "VALUE HIDDEN"
# Parts of the names of OpenStack's options whose values are secret.
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
    """Something that was tried and failed, said in words for the person who runs the play."""


class PartialFailure(GlanceError):
    """A failure beside which other things were done.

    result: what the module returns all the same.
    """

    def __init__(self, message: str, result: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.result = result


class Step(NamedTuple):
    """One change to one thing.

    thing: what it is, as a person calls it: "user glance", "endpoint public".
    action: what becomes of it: "create", "update", "remove" or a word of the resource's own.
    before, after: what is shown in the diff; None where the thing does not exist.
    arguments: what the resource needs to carry the step out; never shown.
    lasting: False for a trial that takes back what it does, and so is carried out but is no change.
    """

    resource: str
    action: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    arguments: Mapping[str, Any] | None = None
    is_change: bool = True


class Plan(NamedTuple):
    """The steps that lead from what is to what is wanted, in their order."""

    steps: tuple[Step, ...] = ()

    @property
    def changed(self) -> bool:
        return any(step.is_change for step in self.steps)

    def diff(self) -> dict[str, dict[str, Any]]:
        """Return what `--diff` shows: the changed things only, before and after."""
        return {
            "before": {step.resource: dict(step.before) for step in self.steps if step.before is not None},
            "after": {step.resource: dict(step.after) for step in self.steps if step.after is not None},
        }

    def actions(self) -> dict[str, str]:
        """Return what becomes of each thing, for the result."""
        return {step.resource: step.action for step in self.steps}
