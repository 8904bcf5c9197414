# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Analyse the log of a service: the lines about a failure, and its likely cause."""

from __future__ import annotations

import re
import time
from typing import Iterable, Iterator, NamedTuple

MAX_LINES = 6  # of the many that one failure leaves
MAX_WIDTH = 300  # characters of a line

# A line of oslo.log: the time, the process, the level, the logger and the IDs of the request.
_RECORD = re.compile(
    r"(?:\d{4}-\d\d-\d\d[ T][\d:.,]+ )?(?:\d+ )?(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL|TRACE) "
    r"\S+(?: \[(?P<context>[^\]]*)\])? ?(?P<message>.*)"
)
_DATED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_COLOUR = re.compile(r"\x1b\[[\d;]*m")
# Logged by the parent of the workers (Glance, uWSGI) for each worker that has ended.
_WORKER_ENDED = re.compile(r"(?:Removing dead child|Not respawning child) \d+|DAMN ! worker \d+ \(pid: \d+\) died")
_ERROR_LEVELS = ("ERROR", "CRITICAL", "TRACE")
# Lines of a traceback before its end, and the statements that SQLAlchemy adds to it.
_IRRELEVANT = re.compile(
    r"\s|$|Traceback |File \"|During handling of|The above exception|\[SQL:|\[parameters:|\(Background on|[\^~ ]+$|"
    r"(?:FROM|WHERE|ORDER BY|GROUP BY|HAVING|LIMIT|LEFT OUTER JOIN|VALUES) |"
    # Messages of uWSGI about its start and about every request.
    r"\*\*\* |\[pid: |spawned uWSGI |"
    # Messages of systemd about every start and stop.
    r"(Starting|Started|Stopping|Stopped|Reloading|Reloaded) |\S+: (Deactivated successfully|Consumed )"
)

# A pattern in a line, and the cause that it indicates. {0} is replaced by the first group that matched.
CAUSES: tuple[tuple[str, str], ...] = (
    (r"Access denied for user", "the database rejects the login in `connection` of [database]"),
    (r"Unknown database '([^']+)'", "the database {0} does not exist"),
    (
        r"Table '([^']+)' doesn't exist",
        "the table {0} does not exist: the schema was not created, or was created in another database",
    ),
    (r"Can't connect to (?:MySQL|MariaDB) server on '?([^' ]+)", "the database on {0} cannot be reached"),
    (r"(?:Lost connection to|gone away)", "the database closes the connection"),
    (
        r"endpoint for identity service in (\S+) region not found",
        "region_name in [keystone_authtoken] is {0}, which does not exist in the Identity service",
    ),
    (
        r"Identity server rejected authorization|The request you have made requires authentic",
        "the Identity service rejects the account in [keystone_authtoken]: check its username, password and project",
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
        "the service has no permission to use {0}: check its owner and mode",
    ),
    (r"No such file or directory: '([^']+)'|Failed to find some config files: (\S+)", "{0} does not exist"),
    (r"Value for option (\S+) (?:from \S+ )?is not valid", "the value of the option {0} is not valid"),
    (r"(?:ConfigFileParseError|Failed to parse (\S+))", "a configuration file cannot be parsed"),
    (
        r"no such option .+ in group|template substitution error",
        "a value contains a dollar sign that refers to an option that does not exist: write a literal one as $$",
    ),
    (r"No module named '?([\w.]+)", "the Python library {0} is not installed"),
    (
        r"UnknownScheme|Unknown scheme|Store for identifier \S+ not found|'default_backend' config option is not set|"
        r"Failed to load driver|Driver \S+ could not be loaded|BadStoreConfiguration|could not be configured correctly",
        "a store is not configured correctly: check enabled_backends and the section of the store",
    ),
)
_CAUSES = tuple((re.compile(pattern), cause) for pattern, cause in CAUSES)


class Record(NamedTuple):
    """One line of a log.

    level: None if the line is not in the format of oslo.log.
    context: the IDs of the request; empty if there are none.
    """

    level: str | None
    context: str
    message: str


def record_of(line: str) -> Record:
    """Return the parts of a line."""
    line = _COLOUR.sub("", line.rstrip())
    found = _RECORD.match(line)
    return Record(found["level"], found["context"] or "", found["message"]) if found else Record(None, "", line)


def recent(text: str, since: float) -> str:
    """Return the end of a log, from the first line that is not older than a time.

    since: seconds since 1970.
    """
    begin = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(since))
    lines = text.splitlines()
    later = (number for number, line in enumerate(lines) if _DATED.match(line) and line[: len(begin)] >= begin)
    return "\n".join(lines[next(later, len(lines)) :])


def ended_workers(text: str) -> int:
    """Return how many worker processes have ended on their own, according to a log."""
    return len(_WORKER_ENDED.findall(text))


def relevant_lines(text: str, request: str | None = None, limit: int = MAX_LINES) -> list[str]:
    """Return the lines of a log about a failure: the last ones, and the first one with a known cause, each once.

    request: the ID of a request (req-...); if the log contains lines of it, only these are considered.
    limit: the maximum number of lines.
    """
    records = [record_of(line) for line in text.splitlines()]
    own = [record for record in records if request and request in record.context]
    warnings = [record.message for record in records if record.level == "WARNING"]
    messages = list(_errors(own)) or list(_errors(records)) or warnings
    lines = list(dict.fromkeys(message[:MAX_WIDTH] for message in reversed(messages)))[::-1]
    last = lines[-limit:]
    # The consequences of a failure, such as restart attempts of systemd, can have more lines than the failure.
    first = [line for line in lines if likely_cause([line])][:1]
    return last if not first or first[0] in last else [*first, *last[1:]]


def _errors(records: Iterable[Record]) -> Iterator[str]:
    for record in records:
        if (record.level is None or record.level in _ERROR_LEVELS) and not _IRRELEVANT.match(record.message):
            yield record.message


def likely_cause(lines: Iterable[str]) -> str | None:
    """Return the likely cause as a clause; None if no line indicates one.

    The first line with a known cause decides, because later failures are its consequences.
    """
    for line in lines:
        for pattern, cause in _CAUSES:
            found = pattern.search(line)
            if found:
                return cause.format(*[next((part for part in found.groups() if part), "its store")])
    return None


def summary(lines: list[str], source: str) -> str:
    """Return the likely cause and the lines of a log, in sentences for the end of a message.

    source: the files or commands that the lines come from.
    """
    if not lines:
        return f"The log ({source}) contains no errors or warnings."
    cause = likely_cause(lines)
    sentence = f"Likely cause: {cause}. " if cause else ""
    return f"{sentence}Log ({source}): {' | '.join(lines)}"
