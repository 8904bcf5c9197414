# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phases of a migration, and their order."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.state import State
from ansible_collections.osops.glance.plugins.module_utils._schema.target import Target

# The first pending phase, as `glance-manage db check` returns it in its exit status.
DONE, EXPAND, MIGRATE, CONTRACT = 0, 3, 4, 5
PHASES = {"expand": EXPAND, "migrate": MIGRATE, "contract": CONTRACT}
STAGES = (DONE, *PHASES.values())
# The phases with which the API of the previous release works.
ROLLING = "rolling"
LAST = {**PHASES, ROLLING: MIGRATE}
# The arguments of each run of glance-manage for a phase.
COMMANDS = {
    "all": (("db_sync",),),
    ROLLING: (("db", "expand"), ("db", "migrate")),
    **{phase: (("db", phase),) for phase in PHASES},
}


def phase_of(phase: str, has_phases: bool) -> str:
    """Return the phase to run: `rolling` is `all` in a new database, which no service uses, and without phases."""
    return "all" if phase == ROLLING and not has_phases else phase


def check_hosts(stage: int, phase: str, params: Mapping[str, Any], state: State, target: Target) -> None:
    """Raise GlanceError if all phases would run at once while hosts that this run does not change use the database.

    phase: the phase to run, after phase_of. params: the options of the module.
    """
    hosts = params["absent_hosts"]
    if hosts and params["phase"] == ROLLING and phase == "all" and state.revisions and stage != DONE:
        raise GlanceError(
            f"{', '.join(hosts)} cannot be changed by this run, and could not use the database {target} after its "
            f"migration from revision {state.revision}, which has no phases here. The database was not changed. Run "
            "the playbook for all controllers."
        )


def is_pending(stage: int, phase: str) -> bool:
    """Return whether a phase is not done, at this first pending phase; `all` is pending until all phases are done."""
    return DONE < stage <= LAST.get(phase, CONTRACT)


def check_phase_order(stage: int, phase: str, state: State, target: Target) -> None:
    """Raise GlanceError if an earlier phase is not done."""
    first = next((name for name, other in PHASES.items() if other == stage), None)
    if first and phase in PHASES and stage < PHASES[phase]:
        raise GlanceError(
            f"`phase: {phase}` comes after {first}, and {first} is not done in the database {target}, which is at "
            f"revision {state.revision}: run `phase: {first}` first. Nothing was changed."
        )
