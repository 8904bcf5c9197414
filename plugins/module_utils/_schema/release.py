# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema revisions of a release, and the migrations between them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.phases import (
    CONTRACT,
    DONE,
    EXPAND,
    MIGRATE,
    ROLLING,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.state import State
from ansible_collections.osops.glance.plugins.module_utils._schema.target import Target

_REVISION = re.compile(r"^revision\s*=\s*['\"](\w+)['\"]", re.MULTILINE)
_PREDECESSORS = re.compile(r"^(?:down_revision|depends_on)\s*=\s*(.*)$", re.MULTILINE)
_NAME = re.compile(r"['\"](\w+)['\"]")
# The end of the name of a file whose revision changes nothing.
EMPTY = "_empty.py"
_NUMBERED = re.compile(r"(\d+)_\w+\.(?:py|sql)$")


@dataclass(frozen=True)
class Release:
    """The revisions in the installed code.

    heads: the newest revisions; `db_sync` ends with the first one, the contract branch with the last one.
    expand_head: the newest revision of the expand branch; None if the release has no phases.
    predecessors: for each revision, the revisions that must be applied before it.
    empty: revisions that change nothing; releases without a change have them to keep the branches complete.
    """

    known: frozenset[str] = frozenset()
    heads: tuple[str, ...] = ()
    expand_head: str | None = None
    predecessors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()

    def is_at_head(self, state: State) -> bool:
        """Return whether the schema has a newest revision."""
        return bool(set(state.revisions) & set(self.heads))

    def stage(self, state: State, phase: str) -> int:
        """Return the first pending phase according to the revisions.

        Revisions do not show whether data was migrated, so MIGRATE is returned only for phases that migrate data and
        do not end at the newest revision.
        """
        if self.is_at_head(state):
            return DONE
        if not self.expand_head or self.expand_head not in state.revisions:
            return EXPAND
        return MIGRATE if phase in ("migrate", ROLLING) else CONTRACT

    def unknown_revisions(self, state: State) -> list[str]:
        """Return the revisions of a newer release. Numbers, which preceded the names of Alembic, are always older."""
        if not self.known:
            return []
        numbers_are_old = not self.heads[0].isdigit()
        return [one for one in state.revisions if one not in self.known and not (numbers_are_old and one.isdigit())]

    def state_after(self, state: State, phase: str) -> State:
        """Return the revisions after a phase."""
        if phase == "migrate" or not self.heads:
            return State(state.revisions if phase == "migrate" else ())
        if phase in ("expand", ROLLING) and self.expand_head:
            return State((*(one for one in state.revisions if "_contract" in one), self.expand_head))
        return State((self.heads[-1] if phase == "contract" else self.heads[0],))

    def migrations(self, state: State, phase: str) -> list[str]:
        """Return the revisions that a phase applies, in order; none if the current revision is unknown."""
        current = [self._contract_revision(one) for one in state.revisions]
        if phase == "migrate" or any(one not in self.predecessors for one in current):
            return []
        applied = set(self._with_predecessors(current))
        return [one for one in self._with_predecessors(self._ends(phase)) if one not in applied]

    def spanned(self, state: State) -> list[str]:
        """Return the releases whose additions to the schema the expand phase applies, in order."""
        applied = (one for one in self.migrations(state, "expand") if "_expand" in one and one not in self.empty)
        return list(dict.fromkeys(one.partition("_expand")[0] for one in applied))

    def _ends(self, phase: str) -> list[str]:
        """Return the revisions with which a phase ends."""
        expand_heads = [self.expand_head] if self.expand_head else []
        if phase in ("expand", ROLLING):
            return expand_heads
        if phase == "contract":
            return [*self.heads[-1:]]
        # `db_sync` applies the expand branch first, except in releases that have a separate revision for `db_sync`.
        return [*(expand_heads if len(self.heads) == 1 else []), *self.heads[:1]]

    def _contract_revision(self, revision: str) -> str:
        """Return the revision that replaces ocata01 and pike01 in later releases."""
        matches = (one for one in self.predecessors if one.replace("_contract", "") == revision)
        return revision if revision in self.predecessors else next(matches, revision)

    def _with_predecessors(self, revisions: Iterable[str]) -> list[str]:
        """Return the revisions and all their predecessors, in order."""
        ordered: dict[str, None] = {}

        def visit(revision: str) -> None:
            if revision not in ordered:
                for one in self.predecessors.get(revision, ()):
                    visit(one)
                ordered[revision] = None

        for revision in revisions:
            visit(revision)
        return list(ordered)


def parse_release(scripts: Mapping[str, str]) -> Release:
    """Return the release that has the migration scripts, which are given by file name."""
    predecessors = {
        revision: tuple(name for line in _PREDECESSORS.findall(text) for name in _NAME.findall(line))
        for text in scripts.values()
        for revision in _REVISION.findall(text)
    }
    if predecessors:
        empty = {one for name, text in scripts.items() if name.endswith(EMPTY) for one in _REVISION.findall(text)}
        return replace(_alembic_release(predecessors), empty=frozenset(empty))
    numbers = {int(match.group(1)) for match in map(_NUMBERED.match, scripts) if match}
    return _numbered_release(max(numbers)) if numbers else Release()


def _numbered_release(newest: int) -> Release:
    names = [str(number) for number in range(newest + 1)]
    chain = {after: (before,) for before, after in zip(names[1:], names[2:])}
    return Release(
        known=frozenset(names),
        heads=(names[-1],),
        predecessors={names[1]: (), **chain} if names[1:] else {},
    )


def _alembic_release(predecessors: Mapping[str, tuple[str, ...]]) -> Release:
    """Return the release with these revisions of Alembic.

    Ocata and Pike have a revision for `db_sync` in addition to the branches expand and contract: ocata01, pike01.
    Later releases do not have these revisions any more, but accept them.
    """
    revisions = set(predecessors)
    referenced = {one for ones in predecessors.values() for one in ones}
    unreferenced = revisions - referenced
    newest = max((one for one in unreferenced if "_contract" in one), default=max(unreferenced))
    # The head of the expand branch may be referenced by the contract branch only.
    followed = {one for name, ones in predecessors.items() if "_contract" not in name for one in ones}
    combined = newest.replace("_contract", "")
    return Release(
        known=frozenset(revisions | {one.replace("_contract", "") for one in revisions}),
        heads=(combined, newest) if combined in revisions and combined != newest else (newest,),
        expand_head=max((one for one in revisions - followed if "_expand" in one), default=None),
        predecessors=predecessors,
    )


def check_revision_is_known(state: State, release: Release, target: Target) -> None:
    """Raise GlanceError if a newer release migrated the schema: the installed one can neither use nor downgrade it.

    It can use a schema that the newer release has only expanded.
    """
    unknown = release.unknown_revisions(state)
    is_expanded = release.is_at_head(state) and all("_expand" in one for one in unknown)
    if unknown and not is_expanded:
        raise GlanceError(
            f"The schema of the database {target} is at revision {', '.join(unknown)}, which the installed release "
            f"does not have: its newest revision is {release.heads[0]}. A schema cannot be downgraded. Install a "
            "release that has this revision, or set `connection` to another database."
        )
