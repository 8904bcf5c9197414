# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the creation, change and removal of a database."""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Step
from ansible_collections.osops.glance.plugins.module_utils._mysql.model import Current, Desired
from ansible_collections.osops.glance.plugins.module_utils._mysql.options import database_name
from ansible_collections.osops.glance.plugins.module_utils._mysql.statements import (
    Statement,
    quote_identifier,
    step_arguments,
    without_none,
)

_CLAUSES = {"encoding": "CHARACTER SET", "collation": "COLLATE"}


def database_steps(desired: Desired, current: Current) -> Iterator[Step]:
    """Yield the step that creates or changes the database."""
    name = database_name(current.server, desired)
    if current.encoding is None:
        yield _creation(name, desired, current)
        return
    before = {"encoding": current.encoding, "collation": current.collation}
    after = {
        "encoding": current.desired_encoding if desired["encoding"] else None,
        "collation": _collation(desired["collation"], current),
    }
    changes = {key: value for key, value in without_none(after).items() if value != before[key]}
    if changes:
        # Without the collation, a change of the encoding would set the encoding's default collation.
        arguments = step_arguments(_statement("ALTER", name, after))
        yield Step(f"database {name}", "update", {key: before[key] for key in changes}, changes, arguments)


def _creation(name: str, desired: Desired, current: Current) -> Step:
    after = {"encoding": current.desired_encoding, "collation": _collation(desired["collation"], current)}
    # If only the collation is specified, it determines the encoding.
    if desired["collation"] and not desired["encoding"]:
        del after["encoding"]
    arguments = step_arguments(_statement("CREATE", name, after))
    return Step(f"database {name}", "create", None, without_none(after), arguments)


def database_removal(desired: Desired, current: Current) -> Iterator[Step]:
    """Yield the step that drops the database, if this is requested."""
    if desired["remove_data"] and current.encoding is not None:
        name = database_name(current.server, desired)
        arguments = step_arguments((f"DROP DATABASE IF EXISTS {quote_identifier(name)}", ()))
        yield Step(f"database {name}", "remove", {"encoding": current.encoding}, None, arguments)


def _statement(verb: str, name: str, attributes: Mapping[str, Any]) -> Statement:
    condition = "IF NOT EXISTS " if verb == "CREATE" else ""
    clauses = "".join(f" {_CLAUSES[key]} {value}" for key, value in without_none(attributes).items())
    return f"{verb} DATABASE {condition}{quote_identifier(name)}{clauses}", ()


def _collation(name: str | None, current: Current) -> str | None:
    """Return the server's name of a collation."""
    return re.sub("^utf8_", f"{current.server.utf8}_", name.lower()) if name else None
