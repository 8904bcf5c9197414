# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments of Python that lie side by side: what they are made of, and which of them stay."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._plan import Plan, Step

# A set of constraints that pip fetches or opens by itself.
_PLACE = re.compile(r"(https?|file)://|/")


class Content(NamedTuple):
    """What an environment is made of: this alone tells whether one can stand for another."""

    python: str
    packages: tuple[str, ...]
    constraints: tuple[str, ...] = ()

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Content:
        return cls(record["python"], tuple(record["packages"]), tuple(record["constraints"]))

    def digest(self) -> str:
        """Return a short name that another content does not have."""
        return hashlib.sha256(json.dumps(self).encode()).hexdigest()[:8]

    def requirements(self) -> str:
        """Return the text of a file of requirements for pip."""
        places = [f"--constraint {line}" for line in self.constraints if _PLACE.match(line)]
        return "\n".join([*places, *self.packages, ""])

    def pins(self) -> str:
        """Return the text of a file of constraints for pip, of those that are given one by one."""
        return "\n".join([*(line for line in self.constraints if not _PLACE.match(line)), ""])


def normal(lines: Iterable[str]) -> tuple[str, ...]:
    """Return lines of requirements without comments and blanks, whether they came one by one or as a text."""
    texts = (line.split(" #")[0].strip() for item in lines for line in str(item).splitlines())
    return tuple(text for text in texts if text and not text.startswith("#"))


class Found(NamedTuple):
    """What there is.

    built: whether the environment is there, and whole.
    current: where the link leads now; nothing where there is none.
    others: the other whole environments beside it, the youngest first.
    """

    built: bool
    current: str | None
    others: Sequence[str] = ()


def plan(path: str, link: str, content: Content, keep: int, found: Found) -> Plan:
    """Return the steps after which the environment is there, the link leads to it, and few others are left."""
    steps = []
    if not found.built:
        made_of = {"python": content.python, "packages": list(content.packages)}
        steps.append(Step(f"environment {path}", "create", None, made_of, {"verb": "build"}))
    if found.current != path:
        before = {"leads to": found.current} if found.current else None
        action = "update" if found.current else "create"
        steps.append(Step(f"link {link}", action, before, {"leads to": path}, {"verb": "switch"}))
    for other in superfluous(found, path, keep):
        steps.append(Step(f"environment {other}", "remove", {"path": other}, None, {"verb": "remove", "path": other}))
    return Plan(tuple(steps))


def superfluous(found: Found, path: str, keep: int) -> list[str]:
    """Return the environments to remove; what the link led to until now may still be running, and stays."""
    others = [other for other in found.others if other not in (path, found.current)]
    back = [other for other in found.others if other == found.current != path]
    return [*back, *others][max(keep, len(back)) :]


def complaint(output: str, lines: int = 8) -> str:
    """Return what pip complains of: its lines with errors, else the last ones that it printed."""
    printed = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in printed if line.startswith(("ERROR", "error:", "fatal error", "Could not fetch URL"))]
    return " ".join((errors or printed)[-lines:])
