# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual environments of Python that lie side by side: what they are made of, and which of them stay."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step

# A set of constraints that pip fetches or opens by itself.
_PLACE = re.compile(r"(https?|file)://|/")


class SourceFiles(NamedTuple):
    """A directory of a package's source distribution, and where its files are copied to in the environment."""

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
    def read(cls, given: Mapping[str, Any]) -> Content:
        """Return the content in the options of the module, or in the record of an environment."""
        files = given.get("source_files")
        names = SourceFiles._fields
        return cls(
            str(given["python"]),
            normal(given["packages"]),
            normal(given["constraints"]),
            SourceFiles(*(str(files[name]) for name in names)) if files else None,
        )

    def record(self) -> dict[str, Any]:
        """Return the content as JSON can represent it; `read` returns it again."""
        return {**self._asdict(), "source_files": self.source_files and self.source_files._asdict()}

    def digest(self) -> str:
        """Return a short name that another content does not have."""
        parts = [part for part in self if part is not None]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:8]

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


class Current(NamedTuple):
    """What there is.

    built: whether the environment is there, and whole.
    current: where the link leads now; nothing where there is none.
    others: the other whole environments beside it, the youngest first.
    """

    built: bool
    current: str | None
    others: Sequence[str] = ()


def plan(path: str, link: str, content: Content, keep: int, found: Current) -> Plan:
    """Return the steps after which the environment is there, the link leads to it, and few others are left."""
    steps = []
    if not found.built:
        made_of: dict[str, Any] = {"python": content.python, "packages": list(content.packages)}
        if content.source_files:
            made_of["source_files"] = content.source_files._asdict()
        steps.append(Step(f"environment {path}", "create", None, made_of, {"verb": "build"}))
    if found.current != path:
        before = {"leads to": found.current} if found.current else None
        action = "update" if found.current else "create"
        steps.append(Step(f"link {link}", action, before, {"leads to": path}, {"verb": "switch"}))
    for other in superfluous(found, path, keep):
        steps.append(Step(f"environment {other}", "remove", {"path": other}, None, {"verb": "remove", "path": other}))
    return Plan(tuple(steps))


def superfluous(found: Current, path: str, keep: int) -> list[str]:
    """Return the environments to remove; what the link led to until now may still be running, and stays."""
    others = [other for other in found.others if other not in (path, found.current)]
    back = [other for other in found.others if other == found.current != path]
    return [*back, *others][max(keep, len(back)) :]


def extract(archive: str, directory: str, dest: str) -> None:
    """Copy the files below a directory of a source distribution.

    The archive contains one directory, NAME-VERSION. Links and paths that lead out of the directory are not extracted.
    Raises GlanceError if the archive cannot be read or contains no such files.
    """
    prefix = f"{directory.strip('/')}/"
    try:
        with tarfile.open(archive) as source:
            names = {member: os.path.normpath(member.name.partition("/")[2]) for member in source if member.isfile()}
            wanted = {member: name[len(prefix) :] for member, name in names.items() if name.startswith(prefix)}
            for member, name in wanted.items():
                _write_member(source, member, os.path.join(dest, name))
    except (tarfile.TarError, OSError, EOFError) as error:
        raise GlanceError(f"Cannot extract {directory} from {archive}: {error}") from error
    if not wanted:
        raise GlanceError(f"{os.path.basename(archive)} contains no files in {directory}. Check `source_files`.")


def _write_member(source: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    content = source.extractfile(member)
    if content:
        with content, open(path, "wb") as file:
            shutil.copyfileobj(content, file)


def complaint(output: str, lines: int = 8) -> str:
    """Return what pip complains of: its lines with errors, else the last ones that it printed."""
    printed = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in printed if line.startswith(("ERROR", "error:", "fatal error", "Could not fetch URL"))]
    return " ".join((errors or printed)[-lines:])
