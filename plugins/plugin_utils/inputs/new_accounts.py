# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace the accounts of the inventory with those of `glance_new_*`, which a survey of AWX asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar


class _Value(Protocol):
    @property
    def value(self) -> object:
        """The value; None if it is not set."""


_ValueT = TypeVar("_ValueT", bound=_Value)

# A variable of the inventory, and the one that replaces it. A playbook cannot replace the variables of a credential in
# AWX, which are extra variables.
REPLACEMENTS = {
    f"glance_{name}": f"glance_new_{name}"
    for name in ("database_user", "database_password", "service_user", "service_password")
}


def with_new_accounts(inputs: Mapping[str, _ValueT]) -> dict[str, _ValueT]:
    """Return the inputs of a host, with the new accounts in place of those of the inventory.

    A user that is replaced becomes the previous user, which remove_previous_accounts.yml removes, unless one is set.
    """
    replaced = dict(inputs)
    for name, new in REPLACEMENTS.items():
        if new not in inputs or inputs[new].value is None:
            continue
        replaced[name] = inputs[new]
        previous = name.replace("glance_", "glance_previous_", 1)
        is_other = inputs[name].value != inputs[new].value
        if previous in inputs and inputs[previous].value is None and is_other:
            replaced[previous] = inputs[name]
    return replaced
