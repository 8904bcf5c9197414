# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Package managers whose output a test decides."""

from __future__ import annotations

from typing import Sequence


class FakePrograms:
    """Programs that print a text.

    output: the text by program; other programs are not installed.
    """

    def __init__(self, output: dict[str, str]) -> None:
        self.output = output

    def which(self, name: str) -> str | None:
        return name if name in self.output else None

    def run(self, command: Sequence[str]) -> tuple[int, str, str]:
        return query_result(command, self.output[command[0]])


class FakeDnf(FakePrograms):
    """A dnf with a cache, and with repositories that offer packages or fail.

    fetched: whether the repositories were queried.
    """

    def __init__(self, cache: str, repositories: str, error: str = "") -> None:
        super().__init__({"rpm": "", "dnf": ""})
        self.cache, self.repositories, self.error = cache, repositories, error
        self.fetched = False

    def run(self, command: Sequence[str]) -> tuple[int, str, str]:
        if command[0] == "rpm":
            return query_result(command, "")
        if "--cacheonly" in command:
            return 0, self.cache, ""
        self.fetched = True
        return int(bool(self.error)), self.repositories, self.error


def query_result(command: Sequence[str], output: str) -> tuple[int, str, str]:
    """Return the result of a query for packages, of which only those in the output are known."""
    unknown = [name for name in command[4:] if name not in output.split()]
    if command[0] == "dpkg-query":
        lines = [f"dpkg-query: no packages found matching {name}\n" for name in unknown]
        return int(bool(unknown)), output, "".join(lines)
    if command[0] == "rpm":
        return len(unknown), output + "".join(f"package {name} is not installed\n" for name in unknown), ""
    return 0, output, ""
