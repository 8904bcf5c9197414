# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of the Image service's database: where it is, what it is, what the installed release wants."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Mapping, Sequence
from urllib.parse import parse_qsl, quote, quote_plus, unquote

from ansible_collections.osops.glance.plugins.module_utils._ini import Document
from ansible_collections.osops.glance.plugins.module_utils._plan import SECRET, GlanceError, Plan, Step

SCHEMA = "schema"
METADEFS = "metadata definitions"
HALF_DONE = (
    "An earlier migration was interrupted, and the schema stands between two revisions: restore the database from the "
    "backup that was made before it, and run this again."
)
# What `glance-manage db check` ends with: nothing is pending, or the steps from expand, migrate or contract on are.
PENDING = {0: False, 3: True, 4: True, 5: True}

_URL = re.compile(r"([\w+]+)://(.*)", re.DOTALL)
# A raw "@" or "/" behind the host can only come from a password that was not encoded: such a URL is refused as a
# whole, because naming its "host" would show a part of the password.
_MYSQL = re.compile(
    r"(?:(?P<user>[^:@/]*)(?::(?P<password>[^@]*))?@)?"
    r"(?:\[(?P<ipv6>[^\]@]+)\]|(?P<host>[^:/?@]*))(?::(?P<port>\d+))?"
    r"(?:/(?P<name>[^/?@]*))?(?:\?(?P<options>.*))?"
)
_REVISION = re.compile(r"^revision\s*=\s*['\"](\w+)['\"]", re.MULTILINE)
_DOWN_REVISION = re.compile(r"^down_revision\s*=\s*['\"](\w+)['\"]", re.MULTILINE)
_NUMBERED = re.compile(r"(\d+)_\w+\.(?:py|sql)$")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_LOG_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (?P<level>[A-Z]+) \S+(?: \[[^\]]*\])?\s*")
_EXCEPTION = re.compile(r"(?:[\w.]*(?:Error|Exception|NotFound|NotControlled)|ERROR): ")
_NOISE = re.compile(r"INFO |WARNING |DEBUG |Traceback |File \"|\(Background on this error|\[SQL:|[\^~\s\])]*$")
_GLANCE_TABLE = re.compile(
    r"image(s|_\w+)|metadef_\w+|tasks|task_info|artifact(s|_\w+)|cached_images|node_reference|(alembic|migrate)_version"
)


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
    namespaces: frozenset[str] | None = None

    @property
    def revision(self) -> str | None:
        """Several revisions stand side by side in the middle of a migration."""
        return ", ".join(self.revisions) or None


@dataclass(frozen=True)
class Release:
    """The revisions that the installed code knows; with the first of the heads `db_sync` ends."""

    known: frozenset[str] = frozenset()
    heads: tuple[str, ...] = ()

    def is_at_head(self, state: State) -> bool:
        return bool(set(state.revisions) & set(self.heads))

    def unknown(self, state: State) -> list[str]:
        """Return the revisions of a newer release; the numbers that preceded Alembic's names are always older."""
        if not self.known:
            return []
        numbers_are_old = not self.heads[0].isdigit()
        return [one for one in state.revisions if one not in self.known and not (numbers_are_old and one.isdigit())]


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
        "mysql+pymysql://user:password@host/name. Is a character such as @ : / % in the password not percent-encoded?"
    )


def masked(text: str, password: str) -> str:
    """Return the text without the password, plain or in any of the encodings that URLs use."""
    forms = {password, quote(password), quote(password, safe=""), quote_plus(password), password.replace("$", "$$")}
    for form in sorted(forms - {""}, key=len, reverse=True):
        text = text.replace(form, SECRET)
    return text


def release_of(scripts: Mapping[str, str]) -> Release:
    """Return what revisions the migration scripts lead through: the scripts are given by file name."""
    texts = scripts.values()
    revisions = {found for text in texts for found in _REVISION.findall(text)}
    if revisions:
        return _alembic_release(revisions, {found for text in texts for found in _DOWN_REVISION.findall(text)})
    numbers = {int(found.group(1)) for found in map(_NUMBERED.match, scripts) if found}
    if not numbers:
        return Release()
    return Release(known=frozenset(map(str, range(max(numbers) + 1))), heads=(str(max(numbers)),))


def _alembic_release(revisions: set[str], left: set[str]) -> Release:
    """Ocata and Pike have a revision for `db_sync` beside the branches expand and contract: ocata01, pike01.

    Later releases do not have them any more, but know them when they meet them.
    """
    tip = max((one for one in revisions - left if "_contract" in one), default=max(revisions - left))
    plain = tip.replace("_contract", "")
    return Release(
        known=frozenset(revisions | {one.replace("_contract", "") for one in revisions}),
        heads=(plain, tip) if plain in revisions else (tip,),
    )


def refuse_newer(state: State, release: Release, target: Target) -> None:
    """Raise when a newer release made the schema: this one can neither use it nor bring it back."""
    unknown = release.unknown(state)
    if unknown:
        raise GlanceError(
            f"The schema of the database {target} is at revision {', '.join(unknown)}, which the installed release "
            f"does not know: its newest is {release.heads[0]}. A newer Glance made this schema, and there is no way "
            "back. Install that release here, or let the configuration name another database."
        )


def plan(state: State, pending: bool, head: str | None, metadefs: str | None, missing: Sequence[str] | None) -> Plan:
    """Return the steps to the head of the release and the definitions in `metadefs`; missing None is: not known yet."""
    steps = []
    if pending:
        before = {"revision": state.revision} if state.revision else None
        steps.append(Step(SCHEMA, "migrate" if before else "create", before, {"revision": head or "head"}))
    if metadefs and missing is None:
        steps.append(Step(METADEFS, "load", None, {"directory": metadefs}))
    elif missing:
        steps.append(Step(METADEFS, "load", None, {"directory": metadefs, "namespaces": list(missing)}))
    return Plan(tuple(steps))


def missing_namespaces(wanted: Sequence[str], state: State, pending: bool) -> list[str]:
    """Return the namespaces to load; where they cannot be looked at, all go with a change of the schema."""
    if state.namespaces is None:
        return list(wanted) if pending else []
    return [name for name in wanted if name not in state.namespaces]


def refuse_unfinished(state: State, pending: bool, target: Target, output: str) -> None:
    """Raise unless the schema is there, in the database that the configuration names."""
    lost = state.tables is not None and "images" not in state.tables
    if state.revision and not lost and not pending:
        return
    found = f"at revision {state.revision}" if state.revision else "without a revision"
    raise GlanceError(
        f"`glance-manage db_sync` ended without an error, and yet the database {target} is {found}"
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
