# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Model the content of Python virtual environments, and plan which of them are created and removed."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan, Step

# A file of constraints, which pip downloads or opens itself.
_CONSTRAINTS_FILE = re.compile(r"(https?|file)://|/")


class SourceFiles(NamedTuple):
    """Files of a package's source distribution.

    package: the package and its version, as pip takes it.
    directory: the directory in the source distribution.
    dest: the directory that they are copied to, relative to the environment.
    """

    package: str
    directory: str
    dest: str


class Content(NamedTuple):
    """The content of an environment. Environments with equal contents are interchangeable."""

    python: str
    packages: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    source_files: SourceFiles | None = None

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Content:
        """Return the content in the options of the module, or in the record of an environment."""
        files = values.get("source_files")
        names = SourceFiles._fields
        return cls(
            str(values["python"]),
            requirement_lines(values["packages"]),
            requirement_lines(values["constraints"]),
            SourceFiles(*(str(files[name]) for name in names)) if files else None,
        )

    def record(self) -> dict[str, Any]:
        """Return the content as JSON can represent it; `read` returns it again."""
        return {**self._asdict(), "source_files": self.source_files and self.source_files._asdict()}

    def digest(self) -> str:
        """Return a short name that no other content has."""
        parts = [part for part in self if part is not None]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]

    def requirements(self) -> str:
        """Return the text of a requirements file for pip."""
        files = [f"--constraint {line}" for line in self.constraints if _CONSTRAINTS_FILE.match(line)]
        return "\n".join([*files, *self.packages, ""])

    def pins(self) -> str:
        """Return the text of a constraints file for pip, with the constraints that are given one by one."""
        return "\n".join([*(line for line in self.constraints if not _CONSTRAINTS_FILE.match(line)), ""])


def requirement_lines(items: Iterable[str]) -> tuple[str, ...]:
    """Return lines of requirements without comments and blank lines.

    items: single lines, or texts of several lines.
    """
    lines = (line.split(" #")[0].strip() for item in items for line in str(item).splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


class Current(NamedTuple):
    """The current state of the environments in a directory.

    built: whether the desired environment exists and is complete.
    target: the environment that the link points to; None if there is no link.
    others: the other complete environments, the newest first.
    """

    built: bool
    target: str | None
    others: Sequence[str] = ()


def plan_environments(path: str, link: str, content: Content, keep: int, current: Current) -> Plan:
    """Return the steps after which the environment exists, the link points to it, and old ones are removed.

    keep: how many other environments are kept.
    """
    steps = []
    if not current.built:
        after: dict[str, Any] = {"python": content.python, "packages": list(content.packages)}
        if content.source_files:
            after["source_files"] = content.source_files._asdict()
        steps.append(Step(f"environment {path}", "create", None, after, {"verb": "build"}))
    if current.target != path:
        before = {"target": current.target} if current.target else None
        action = "update" if current.target else "create"
        steps.append(Step(f"link {link}", action, before, {"target": path}, {"verb": "switch"}))
    for other in superfluous(current, path, keep):
        steps.append(Step(f"environment {other}", "remove", {"path": other}, None, {"verb": "remove", "path": other}))
    return Plan(tuple(steps))


def superfluous(current: Current, path: str, keep: int) -> list[str]:
    """Return the environments to remove; the target of the link may still be running, and is always kept."""
    others = [other for other in current.others if other not in (path, current.target)]
    running = [other for other in current.others if other == current.target != path]
    return [*running, *others][max(keep, len(running)) :]


def pip_errors(output: str, lines: int = 8) -> str:
    """Return the error lines in the output of pip or, if there are none, its last lines.

    lines: the maximum number of lines.
    """
    printed = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in printed if line.startswith(("ERROR", "error:", "fatal error", "Could not fetch URL"))]
    return " ".join((errors or printed)[-lines:])
