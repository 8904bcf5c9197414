# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpret the output of glance-manage."""

from __future__ import annotations

import re

from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import INTERRUPTIONS
from ansible_collections.osops.glance.plugins.module_utils._schema.state import Leftover

PARTIAL_MIGRATION_ADVICE = (
    "The schema already has a part of what this migration adds, which indicates an interrupted migration. Restore the "
    "database from a backup made before that migration, and run this again."
)
DISK_FULL_ADVICE = "A disk of the database server or of this host is full: free space (`df -h`), and run this again."

_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_LOG_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (?P<level>[A-Z]+) \S+(?: \[[^\]]*\])?\s*")
_EXCEPTION = re.compile(r"(?:[\w.]*(?:Error|Exception|NotFound|NotControlled)|ERROR): ")
_NOISE = re.compile(r"INFO |WARNING |DEBUG |Traceback |File \"|\(Background on this error|\[SQL:|[\^~\s\])]*$")
# Errors of MySQL for tables, columns and indexes that exist already, or do not exist any more.
_PARTIALLY_APPLIED = re.compile(r"\((1050|1054|1060|1061|1091), |already exists|Duplicate (column|key) name")
# The beginning of an error of MySQL or PyMySQL: its number.
_ERROR_NUMBER = re.compile(r"(?:\w+(?:Error|Deadlock): |\) |^)\((\d+), ", re.MULTILINE)
_DISK_FULL = re.compile(r"\((1021|1114), |[Ee]rror:? 28\b|Errno 28|No space left on device")
_NOTHING_MIGRATED = re.compile(r"No migrations? needed|Migrated 0 rows")
# Statements that fail because an interrupted migration added the object before.
_FAILED_ADDITIONS = {
    "table": re.compile(r"\[SQL:\s*CREATE TABLE `?(?P<table>\w+)(?P<name>)"),
    "column": re.compile(r"\[SQL:\s*ALTER TABLE `?(?P<table>\w+)`? ADD COLUMN `?(?P<name>\w+)"),
    "index": re.compile(r"\[SQL:\s*CREATE (?:UNIQUE )?INDEX `?(?P<name>\w+)`? ON `?(?P<table>\w+)"),
}


def failure_reason(output: str) -> str:
    """Return the reason of a failure from log lines and a traceback."""
    lines = [_message(line) for line in output.splitlines()]
    relevant = [line for line in lines if not _NOISE.match(line)]
    exceptions = [line for line in relevant if _EXCEPTION.match(line)]
    return " ".join(exceptions[-1:] or relevant[-3:]) or "no output"


def is_partially_applied(output: str) -> bool:
    """Return whether a migration failed because a part of it had been applied before."""
    return bool(_PARTIALLY_APPLIED.search(output))


def is_interrupted(output: str) -> bool:
    """Return whether a command failed because the server or the connection ended, or because of another node."""
    return any(int(number) in INTERRUPTIONS for number in _ERROR_NUMBER.findall(output))


def is_nothing_migrated(output: str) -> bool:
    """Return whether `glance-manage db migrate` found no data to migrate."""
    return bool(_NOTHING_MIGRATED.search(output))


def find_leftover(output: str) -> Leftover | None:
    """Return the object that a failed migration tried to add although it exists."""
    matches = ((kind, pattern.search(output)) for kind, pattern in _FAILED_ADDITIONS.items())
    return next((Leftover(kind, match["table"], match["name"]) for kind, match in matches if match), None)


def failure_advice(output: str) -> str:
    """Return what to do after a failure, with a leading space; empty if there is no advice."""
    if _DISK_FULL.search(output):
        return f" {DISK_FULL_ADVICE}"
    return f" {PARTIAL_MIGRATION_ADVICE}" if is_partially_applied(output) else ""


def parse_revisions(output: str) -> tuple[str, ...]:
    """Return the revisions in the output of `db_version`: one per line, or a sentence if there is none."""
    lines = [_message(line) for line in output.splitlines()]
    return tuple(line for line in lines if re.fullmatch(r"\w+", line) and line != "0")


def _message(line: str) -> str:
    """Return the message of a log line; messages below the level of an error begin with INFO."""
    line = _COLOUR.sub("", line)
    prefix = _LOG_PREFIX.match(line)
    if not prefix:
        return line.strip()
    message = line[prefix.end() :].strip()
    return f"INFO {message}" if prefix.group("level") in ("INFO", "DEBUG", "WARNING") else message
