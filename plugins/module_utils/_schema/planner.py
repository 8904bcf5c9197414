# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the schema with the installed release, and plan the migration."""

from __future__ import annotations

from typing import Any, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._schema.diagnosis import failure_reason
from ansible_collections.osops.glance.plugins.module_utils._schema.phases import EXPAND, PHASES, is_pending
from ansible_collections.osops.glance.plugins.module_utils._schema.release import Release
from ansible_collections.osops.glance.plugins.module_utils._schema.state import State
from ansible_collections.osops.glance.plugins.module_utils._schema.target import Target

SCHEMA = "schema"
METADEFS = "metadata definitions"


def make_plan(
    state: State, release: Release, phase: str, stage: int, metadefs: str | None = None, namespaces: Sequence[str] = ()
) -> Plan:
    """Return the steps of a phase.

    stage: the first pending phase.
    metadefs: the directory with the metadata definitions.
    namespaces: the namespaces to load from it.
    """
    return Plan((*_schema_steps(state, release, phase, stage), *_metadefs_steps(metadefs, namespaces)))


def predicted_plan(phase: str, metadefs: str | None) -> Plan:
    """Return the predicted steps if the release and the database cannot be read yet."""
    if phase == "none":
        return Plan((_verification(),))
    steps = [Step(SCHEMA, "create", None, {"revision": "head", "phase": phase})]
    if metadefs:
        steps.append(Step(METADEFS, "load", None, {"directory": metadefs}))
    return Plan(tuple(steps))


def _schema_steps(state: State, release: Release, phase: str, stage: int) -> list[Step]:
    if phase == "none":
        return [] if is_usable(state, stage) else [_verification()]
    if not is_pending(stage, phase):
        return []
    before = {"revision": state.revision} if state.revision else None
    after = {"revision": release.state_after(state, phase).revision or "head", "phase": phase}
    action = phase if phase in PHASES else "migrate" if before else "create"
    return [Step(SCHEMA, action, before, {**after, "migrations": release.migrations(state, phase)})]


def _verification() -> Step:
    """Return the step that changes nothing and fails if the schema is not usable."""
    return Step(SCHEMA, "verify", is_change=False)


def _metadefs_steps(metadefs: str | None, namespaces: Sequence[str]) -> list[Step]:
    after: dict[str, Any] = {"directory": metadefs, "namespaces": list(namespaces)}
    return [Step(METADEFS, "load", None, after)] if namespaces else []


def is_usable(state: State, stage: int) -> bool:
    """Return whether the installed release can work with the schema, which must at least be expanded."""
    return bool(state.revisions) and not state.lacks_images and stage != EXPAND


def unusable_schema(state: State, release: Release, target: Target) -> GlanceError:
    """Return the error for a schema with which the service cannot work."""
    if state.revision and not state.lacks_images:
        cause = f"is at revision {state.revision}, and the installed release needs {release.heads[0]}"
    else:
        cause = f"has no schema of the Image service{f', but {len(state.tables)} tables' if state.tables else ''}"
    return GlanceError(
        f"The database {target} {cause}. Check that `connection` refers to the right database on this host, and run "
        "this module without `phase: none` on one host first."
    )


def check_completed(state: State, pending: bool, target: Target, output: str) -> None:
    """Raise GlanceError unless the configured database has the schema after a migration.

    pending: whether the phase is still pending.
    output: of glance-manage.
    """
    if state.revision and not state.lacks_images and not pending:
        return
    cause = f"at revision {state.revision}" if state.revision else "without a revision"
    tables = " and has no table images" if state.lacks_images else ""
    raise GlanceError(
        f"glance-manage ended without an error, but the database {target} is {cause}{tables}. Its output: "
        f"{failure_reason(output)}"
    )
