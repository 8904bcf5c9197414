# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of the Image service's database: where it is, what it is, what the installed release wants."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Iterable, Mapping, NamedTuple, Sequence
from urllib.parse import parse_qsl, unquote

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document
from ansible_collections.osops.glance.plugins.module_utils._schema.metadefs import Namespace

SCHEMA = "schema"
METADEFS = "metadata definitions"
HALF_DONE = (
    "The schema already has a part of what this migration adds, as after a migration that was interrupted: restore the "
    "database from the backup that was made before that migration, and run this again."
)
DISK_FULL = "A disk is full, the database server's or this host's: make room (`df -h`), and run this again."

# What is still to do, by what `glance-manage db check` ends with: the phases from this one on, or nothing.
DONE, EXPAND, MIGRATE, CONTRACT = 0, 3, 4, 5
PHASES = {"expand": EXPAND, "migrate": MIGRATE, "contract": CONTRACT}
STAGES = (DONE, *PHASES.values())
# What glance-manage is told for each phase.
COMMANDS = {"all": ("db_sync",), **{phase: ("db", phase) for phase in PHASES}}

_URL = re.compile(r"([\w+]+)://(.*)", re.DOTALL)
# A raw "@" or "/" behind the host can only come from a password that was not encoded: such a URL is refused as a
# whole, because naming its "host" would show a part of the password.
_MYSQL = re.compile(
    r"(?:(?P<user>[^:@/]*)(?::(?P<password>[^@]*))?@)?"
    r"(?:\[(?P<ipv6>[^\]@]+)\]|(?P<host>[^:/?@]*))(?::(?P<port>\d+))?"
    r"(?:/(?P<name>[^/?@]*))?(?:\?(?P<options>.*))?"
)
_REVISION = re.compile(r"^revision\s*=\s*['\"](\w+)['\"]", re.MULTILINE)
_BEFORE = re.compile(r"^(?:down_revision|depends_on)\s*=\s*(.*)$", re.MULTILINE)
_NAME = re.compile(r"['\"](\w+)['\"]")
_NUMBERED = re.compile(r"(\d+)_\w+\.(?:py|sql)$")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_LOG_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (?P<level>[A-Z]+) \S+(?: \[[^\]]*\])?\s*")
_EXCEPTION = re.compile(r"(?:[\w.]*(?:Error|Exception|NotFound|NotControlled)|ERROR): ")
_NOISE = re.compile(r"INFO |WARNING |DEBUG |Traceback |File \"|\(Background on this error|\[SQL:|[\^~\s\])]*$")
_GLANCE_TABLE = re.compile(
    r"image(s|_\w+)|metadef_\w+|tasks|task_info|artifact(s|_\w+)|cached_images|node_reference|(alembic|migrate)_version"
)


# What a migration trips over when it was interrupted before: it adds what is there already.
_LEFTOVERS = {
    "table": re.compile(r"\[SQL:\s*CREATE TABLE `?(?P<table>\w+)(?P<name>)"),
    "column": re.compile(r"\[SQL:\s*ALTER TABLE `?(?P<table>\w+)`? ADD COLUMN `?(?P<name>\w+)"),
    "index": re.compile(r"\[SQL:\s*CREATE (?:UNIQUE )?INDEX `?(?P<name>\w+)`? ON `?(?P<table>\w+)"),
}


class Leftover(NamedTuple):
    """A table, or a column or an index of it, that an interrupted migration added."""

    kind: str
    table: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name} of {self.table}" if self.name else f"{self.kind} {self.table}"


@dataclass(frozen=True)
class Target:
    """The database that a URL names."""

    engine: str
    place: str
    host: str = ""
    port: int = 3306
    user: str = ""
    password: str = field(default="", repr=False)
    name: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.place

    @property
    def is_mysql(self) -> bool:
        return self.engine.split("+")[0] in ("mysql", "mariadb")


@dataclass(frozen=True)
class State:
    """What is in the database; tables and namespaces are None where they cannot be looked at."""

    revisions: tuple[str, ...] = ()
    tables: frozenset[str] | None = None
    namespaces: Mapping[str, Namespace] | None = None

    @property
    def revision(self) -> str | None:
        """Several revisions stand side by side in the middle of a migration."""
        return ", ".join(self.revisions) or None


@dataclass(frozen=True)
class Release:
    """The revisions that the installed code knows; with the first of the heads `db_sync` ends.

    expanded: the head of the branch of expand, where the release has phases.
    before: for each revision the ones that come before it.
    """

    known: frozenset[str] = frozenset()
    heads: tuple[str, ...] = ()
    expanded: str | None = None
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def is_at_head(self, state: State) -> bool:
        return bool(set(state.revisions) & set(self.heads))

    def stage(self, state: State, phase: str) -> int:
        """Return what is still to do, as far as revisions tell: they say nothing of the data."""
        if self.is_at_head(state):
            return DONE
        if not self.expanded or self.expanded not in state.revisions:
            return EXPAND
        return MIGRATE if phase == "migrate" else CONTRACT

    def unknown(self, state: State) -> list[str]:
        """Return the revisions of a newer release; the numbers that preceded Alembic's names are always older."""
        if not self.known:
            return []
        numbers_are_old = not self.heads[0].isdigit()
        return [one for one in state.revisions if one not in self.known and not (numbers_are_old and one.isdigit())]

    def end(self, state: State, phase: str) -> State:
        """Return the revisions after a phase."""
        if phase == "migrate" or not self.heads:
            return State(state.revisions if phase == "migrate" else ())
        if phase == "expand" and self.expanded:
            return State((*(one for one in state.revisions if "_contract" in one), self.expanded))
        return State((self.heads[-1] if phase == "contract" else self.heads[0],))

    def path(self, state: State, phase: str) -> list[str]:
        """Return the revisions that a phase runs through, in their order; none where the start is not one of them."""
        now = [self._contracted(one) for one in state.revisions]
        if phase == "migrate" or any(one not in self.before for one in now):
            return []
        done = set(self._up_to(now))
        return [one for one in self._up_to(self._ends(phase)) if one not in done]

    def _ends(self, phase: str) -> list[str]:
        expanded = [self.expanded] if self.expanded else []
        if phase == "expand":
            return expanded
        if phase == "contract":
            return [*self.heads[-1:]]
        # `db_sync` expands as far as it goes first, except for the releases that have a revision of their own for it.
        return [*(expanded if len(self.heads) == 1 else []), *self.heads[:1]]

    def _contracted(self, revision: str) -> str:
        """Return the revision that later releases take in the place of ocata01 and pike01."""
        same = (one for one in self.before if one.replace("_contract", "") == revision)
        return revision if revision in self.before else next(same, revision)

    def _up_to(self, revisions: Iterable[str]) -> list[str]:
        """Return the revisions with all that come before them."""
        found: dict[str, None] = {}

        def visit(revision: str) -> None:
            if revision not in found:
                for one in self.before.get(revision, ()):
                    visit(one)
                found[revision] = None

        for revision in revisions:
            visit(revision)
        return list(found)


def connection_in(document: Document) -> str:
    """Return `connection` of section [database], as the service gets it: the last one holds."""
    found = document.values("database", "connection")
    return (found[-1] or "").replace("$$", "$") if found else ""


def target_of(url: str, config_file: str) -> Target:
    """Return the database that a URL names; the message of a refusal shows nothing of the URL."""
    whole = _URL.fullmatch(url)
    engine, rest = whole.groups() if whole else ("", "")
    if engine.split("+")[0] not in ("mysql", "mariadb"):
        return _other_target(engine, rest, config_file)
    parts = _MYSQL.fullmatch(rest)
    if not parts or not parts.group("name"):
        raise GlanceError(_not_a_url(config_file))
    options = dict(parse_qsl(parts.group("options") or ""))
    host, port = parts.group("ipv6") or parts.group("host") or "localhost", int(parts.group("port") or 3306)
    return Target(
        engine=engine,
        place=f"{options.get('unix_socket', f'{host}:{port}')}/{parts.group('name')}",
        host=host,
        port=port,
        user=unquote(parts.group("user") or ""),
        password=unquote(parts.group("password") or ""),
        name=parts.group("name"),
        options=options,
    )


def _other_target(engine: str, rest: str, config_file: str) -> Target:
    if not engine:
        raise GlanceError(_not_a_url(config_file))
    login, _at, place = rest.split("?")[0].rpartition("@")
    return Target(engine=engine, place=f"{engine}://{place}", password=unquote(login.partition(":")[2]))


def _not_a_url(config_file: str) -> str:
    return (
        f"`connection` in section [database] of {config_file} is not of the form "
        "mysql+pymysql://user:password@host/name. Percent-encode characters such as @ : / % in the password."
    )


def release_of(scripts: Mapping[str, str]) -> Release:
    """Return what revisions the migration scripts lead through: the scripts are given by file name."""
    before = {
        revision: tuple(name for line in _BEFORE.findall(text) for name in _NAME.findall(line))
        for text in scripts.values()
        for revision in _REVISION.findall(text)
    }
    if before:
        return _alembic_release(before)
    numbers = {int(found.group(1)) for found in map(_NUMBERED.match, scripts) if found}
    if not numbers:
        return Release()
    names = [str(number) for number in range(max(numbers) + 1)]
    return Release(
        known=frozenset(names),
        heads=(names[-1],),
        before={names[1]: (), **{after: (one,) for one, after in zip(names[1:], names[2:])}} if names[1:] else {},
    )


def _alembic_release(before: Mapping[str, tuple[str, ...]]) -> Release:
    """Ocata and Pike have a revision for `db_sync` beside the branches expand and contract: ocata01, pike01.

    Later releases do not have them any more, but know them when they meet them.
    """
    revisions = set(before)
    left = {one for ones in before.values() for one in ones}
    tip = max((one for one in revisions - left if "_contract" in one), default=max(revisions - left))
    # What the contract branch depends on is no end of the script tree, but the end of its own branch.
    followed = {one for name, ones in before.items() if "_contract" not in name for one in ones}
    plain = tip.replace("_contract", "")
    return Release(
        known=frozenset(revisions | {one.replace("_contract", "") for one in revisions}),
        heads=(plain, tip) if plain in revisions and plain != tip else (tip,),
        expanded=max((one for one in revisions - followed if "_expand" in one), default=None),
        before=before,
    )


def refuse_newer(state: State, release: Release, target: Target) -> None:
    """Raise when a newer release made the schema: this one can neither use it nor bring it back."""
    unknown = release.unknown(state)
    if unknown:
        raise GlanceError(
            f"The schema of the database {target} is at revision {', '.join(unknown)}, which the installed release "
            f"does not know: its newest is {release.heads[0]}. A schema cannot be downgraded. Install a release that "
            "knows this revision, or set `connection` to another database."
        )


def plan(
    state: State, release: Release, phase: str, stage: int, metadefs: str | None = None, namespaces: Sequence[str] = ()
) -> Plan:
    """Return the steps that a phase takes, and with them the namespaces to load from the directory `metadefs`."""
    return Plan((*_schema_steps(state, release, phase, stage), *_load(metadefs, namespaces)))


def prediction(phase: str, metadefs: str | None) -> Plan:
    """Return what will be done where the release and the database cannot be looked at yet."""
    steps = [_look() if phase == "none" else Step(SCHEMA, "create", None, {"revision": "head", "phase": phase})]
    if metadefs and phase != "none":
        steps.append(Step(METADEFS, "load", None, {"directory": metadefs}))
    return Plan(tuple(steps))


def _schema_steps(state: State, release: Release, phase: str, stage: int) -> list[Step]:
    if phase == "none":
        return [] if is_usable(state, stage) else [_look()]
    if not is_pending(stage, phase):
        return []
    before = {"revision": state.revision} if state.revision else None
    after = {"revision": release.end(state, phase).revision or "head", "phase": phase}
    action = phase if phase in PHASES else "migrate" if before else "create"
    return [Step(SCHEMA, action, before, {**after, "migrations": release.path(state, phase)})]


def _look() -> Step:
    """Return the step that changes nothing, and in the end tells that the schema is not there."""
    return Step(SCHEMA, "look", is_change=False)


def _load(metadefs: str | None, namespaces: Sequence[str]) -> list[Step]:
    after: dict[str, Any] = {"directory": metadefs, "namespaces": list(namespaces)}
    return [Step(METADEFS, "load", None, after)] if namespaces else []


def is_pending(stage: int, phase: str) -> bool:
    """Say whether the phase is what is to be done next."""
    return stage == PHASES[phase] if phase in PHASES else stage != DONE


def is_usable(state: State, stage: int) -> bool:
    """Say whether the service of the installed release can work with the schema: an expanded one is enough."""
    return bool(state.revisions) and not has_lost_tables(state) and stage != EXPAND


def has_lost_tables(state: State) -> bool:
    return state.tables is not None and "images" not in state.tables


def refuse_out_of_order(stage: int, phase: str, state: State, target: Target) -> None:
    """Raise when an earlier phase is not done."""
    first = next((name for name, other in PHASES.items() if other == stage), None)
    if first and phase in PHASES and stage < PHASES[phase]:
        raise GlanceError(
            f"`phase: {phase}` comes after {first}, and {first} is not done in the database {target}, which is at "
            f"revision {state.revision}: run `phase: {first}` first. Nothing was changed."
        )


def refuse_absent(state: State, release: Release, target: Target) -> None:
    """Raise because the service cannot work with the schema that there is."""
    if state.revision and not has_lost_tables(state):
        found = f"is at revision {state.revision}, and the installed release needs {release.heads[0]}"
    else:
        found = f"has no schema of the Image service{f', but {len(state.tables)} tables' if state.tables else ''}"
    raise GlanceError(
        f"The database {target} {found}. Check that `connection` names the right database here, and run this module "
        "without `phase: none` on one host first."
    )


def refuse_unfinished(state: State, pending: bool, target: Target, output: str) -> None:
    """Raise unless the schema is there, in the database that the configuration names."""
    lost = has_lost_tables(state)
    if state.revision and not lost and not pending:
        return
    found = f"at revision {state.revision}" if state.revision else "without a revision"
    raise GlanceError(
        f"glance-manage ended without an error, and yet the database {target} is {found}"
        f"{' and has no table images' if lost else ''}. It said: {complaint(output)}"
    )


def are_ours(tables: frozenset[str] | None) -> bool:
    """Say whether there are tables, and all of them are the Image service's own."""
    return bool(tables) and all(_GLANCE_TABLE.fullmatch(table) for table in tables or ())


def can_check(target: Target | None) -> bool:
    """Say whether `glance-manage db check` answers for the engine: not for PostgreSQL, nor mariadb://."""
    return target is not None and target.engine.split("+")[0] in ("mysql", "sqlite")


def complaint(output: str) -> str:
    """Return what a command that failed says of the reason, out of its log lines and traceback."""
    lines = [_plain(line) for line in output.splitlines()]
    told = [line for line in lines if not _NOISE.match(line)]
    reasons = [line for line in told if _EXCEPTION.match(line)]
    return " ".join(reasons[-1:] or told[-3:]) or "it said nothing"


def trips_over_itself(output: str) -> bool:
    """Say whether a migration failed because a part of it was done before."""
    return bool(re.search(r"\((1050|1054|1060|1061|1091), |already exists|Duplicate (column|key) name", output))


def was_cut_off(output: str) -> bool:
    """Say whether a migration failed because the server went away."""
    return bool(re.search(r"\((1053|1927|2002|2003|2006|2013|2055), ", output))


def leftover_in(output: str) -> Leftover | None:
    """Return what a migration was about to add when it found it there."""
    found = ((kind, pattern.search(output)) for kind, pattern in _LEFTOVERS.items())
    return next((Leftover(kind, match["table"], match["name"]) for kind, match in found if match), None)


def did_nothing(output: str) -> bool:
    """Say whether glance-manage found no data to migrate."""
    return bool(re.search(r"No migrations? needed|Migrated 0 rows", output))


def advice(output: str) -> str:
    """Return what to do about the reason that a command gave."""
    if re.search(r"\((1021|1114), |[Ee]rror:? 28\b|Errno 28|No space left on device", output):
        return f" {DISK_FULL}"
    return f" {HALF_DONE}" if trips_over_itself(output) else ""


def _plain(line: str) -> str:
    line = _COLOUR.sub("", line)
    prefix = _LOG_PREFIX.match(line)
    if not prefix:
        return line.strip()
    told = line[prefix.end() :].strip()
    return f"INFO {told}" if prefix.group("level") in ("INFO", "DEBUG", "WARNING") else told


def revisions_in(output: str) -> tuple[str, ...]:
    """Return what `db_version` printed: a revision for each line, or a sentence that there is none."""
    lines = [_plain(line) for line in output.splitlines()]
    return tuple(line for line in lines if re.fullmatch(r"\w+", line) and line != "0")
