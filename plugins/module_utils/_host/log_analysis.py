# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the log of a service says of a failure: the lines that matter, and the likely cause."""

from __future__ import annotations

import re
import time
from typing import Iterable, Iterator, NamedTuple

LINES = 6  # at most, of the many that one failure leaves
WIDTH = 300  # characters of a line, at most

# What oslo.log writes: the time, the process, the level, the logger and, of a request, its ids.
_RECORD = re.compile(
    r"(?:\d{4}-\d\d-\d\d[ T][\d:.,]+ )?(?:\d+ )?(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL|TRACE) "
    r"\S+(?: \[(?P<context>[^\]]*)\])? ?(?P<message>.*)"
)
_DATED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
# What the parent of the workers logs for each of them that ended: Glance and uWSGI.
_WORKER_ENDED = re.compile(r"(?:Removing dead child|Not respawning child) \d+|DAMN ! worker \d+ \(pid: \d+\) died")
_BAD = ("ERROR", "CRITICAL", "TRACE")
# Lines of a traceback that are not its end, and what SQLAlchemy adds to it.
_STORY = re.compile(
    r"\s|$|Traceback |File \"|During handling of|The above exception|\[SQL:|\[parameters:|\(Background on|[\^~ ]+$|"
    r"(?:FROM|WHERE|ORDER BY|GROUP BY|HAVING|LIMIT|LEFT OUTER JOIN|VALUES) |"
    # What uWSGI says of its start and of every request.
    r"\*\*\* |\[pid: |spawned uWSGI |"
    # What systemd says of every start and stop.
    r"(Starting|Started|Stopping|Stopped|Reloading|Reloaded) |\S+: (Deactivated successfully|Consumed )"
)

# What a line has in it, and what that means. {0} is what the parentheses found.
CAUSES: tuple[tuple[str, str], ...] = (
    (r"Access denied for user", "the database refuses the login of `connection` in section [database]"),
    (r"Unknown database '([^']+)'", "there is no database {0}"),
    (
        r"Table '([^']+)' doesn't exist",
        "the database has no table {0}: its schema was not made, or in another database",
    ),
    (r"Can't connect to (?:MySQL|MariaDB) server on '?([^' ]+)", "the database on {0} cannot be reached"),
    (r"(?:Lost connection to|gone away)", "the database closes the connection"),
    (
        r"endpoint for identity service in (\S+) region not found",
        "region_name in [keystone_authtoken] is {0}, which the Identity service does not have",
    ),
    (
        r"Identity server rejected authorization|The request you have made requires authentic",
        "the Identity service refuses the account in [keystone_authtoken]: look at its username, password and project",
    ),
    (
        r"Unable to establish connection to (\S+?):?(?:\s|$)|Failed to contact the endpoint at (\S+)|"
        r"Request to (\S+) timed out|identity versions when contacting (\S+?)\.?(?:\s|$)",
        "the Identity service at {0} cannot be reached",
    ),
    (
        r"Address already in use|Could not bind to \S+ after trying",
        "another program listens on the port of the service",
    ),
    (r"No space left on device|StorageFull|enough disk space", "the disk is full"),
    (r"Read-only file system", "the file system of the store is read-only"),
    (
        r"[Pp]ermission (?:to write (?:image storage media|in (\S+)) )?denied:?(?:.*'([^']+)')?|"
        r"Failed to open some config files: (\S+)|Unable to create datadir: (\S+)",
        "the service may not use {0}: look at who owns it",
    ),
    (r"No such file or directory: '([^']+)'|Failed to find some config files: (\S+)", "there is no {0}"),
    (r"Value for option (\S+) (?:from \S+ )?is not valid", "the option {0} has a value that it cannot have"),
    (r"(?:ConfigFileParseError|Failed to parse (\S+))", "a configuration file cannot be parsed"),
    (
        r"no such option .+ in group|template substitution error",
        "a value has a dollar sign, which refers to an option that does not exist: write a literal one as $$",
    ),
    (r"No module named '?([\w.]+)", "the Python library {0} is not installed"),
    (
        r"UnknownScheme|Unknown scheme|Store for identifier \S+ not found|'default_backend' config option is not set|"
        r"Failed to load driver|Driver \S+ could not be loaded|BadStoreConfiguration|could not be configured correctly",
        "a store is not set up right: look at enabled_backends and at the section of the store",
    ),
)
_CAUSES = tuple((re.compile(pattern), told) for pattern, told in CAUSES)


class Record(NamedTuple):
    """One line of a log: its level, where it has one, the ids of its request, and what it says."""

    level: str | None
    context: str
    message: str


def record_of(line: str) -> Record:
    line = _COLOUR.sub("", line.rstrip())
    found = _RECORD.match(line)
    return Record(found["level"], found["context"] or "", found["message"]) if found else Record(None, "", line)


def recent(text: str, since: float) -> str:
    """Return what was logged since a time of the wall clock: all from the first line on that has a later one."""
    begin = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since))
    lines = text.splitlines()
    later = (number for number, line in enumerate(lines) if _DATED.match(line) and line[: len(begin)] >= begin)
    return "\n".join(lines[next(later, len(lines)) :])


def ended_workers(text: str) -> int:
    """Return how many worker processes ended by themselves, according to a log."""
    return len(_WORKER_ENDED.findall(text))


def telling(text: str, request: str | None = None, limit: int = LINES) -> list[str]:
    """Return the lines of a log that tell of a failure, the last ones and the first one that is understood, each once.

    request: the id of a request (req-...); where the log has lines of it, they alone are looked at.
    """
    records = [record_of(line) for line in text.splitlines()]
    own = [record for record in records if request and request in record.context]
    told = list(_bad(own)) or list(_bad(records)) or [one.message for one in records if one.level == "WARNING"]
    each = list(dict.fromkeys(line[:WIDTH] for line in reversed(told)))[::-1]
    kept = each[-limit:]
    # What follows from a failure, such as the attempts of systemd, can be longer than what it is.
    first = [line for line in each if likely([line])][:1]
    return kept if not first or first[0] in kept else [*first, *kept[1:]]


def _bad(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        if (record.level is None or record.level in _BAD) and not _STORY.match(record.message):
            yield record.message


def likely(lines: Iterable[str]) -> str | None:
    """Return the likely cause, as a clause; the first line that is understood decides, for the rest follow from it."""
    for line in lines:
        for pattern, told in _CAUSES:
            found = pattern.search(line)
            if found:
                return told.format(*[next((part for part in found.groups() if part), "its store")])
    return None


def told(lines: list[str], source: str) -> str:
    """Return the sentence that a message ends with: the likely cause, and what the log said."""
    if not lines:
        return f"The log ({source}) says nothing of it."
    cause = likely(lines)
    guess = f"Likely cause: {cause}. " if cause else ""
    return f"{guess}The log ({source}) says: {' | '.join(lines)}"
