# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, Callable, Iterator, Mapping, Tuple

Row = Tuple[str, str, str]
HEADINGS: Row = ("CHECK", "NAME", "RESULT")


def verification_table(verification: Mapping[str, Any]) -> list[str]:
    """Return the lines of a table with one line for each fact that was verified."""
    rows = [HEADINGS, *_rows(verification)]
    check, name = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"{row[0]:{check}}  {row[1]:{name}}  {row[2]}" for row in rows]


def _rows(verification: Mapping[str, Any]) -> Iterator[Row]:
    for interface, url in verification["endpoints"].items():
        yield "endpoint", str(interface), f"{url} responds"
    yield "API", "version", str(verification["versions"][0])
    if verification.get("health"):
        yield "API", "healthcheck", str(verification["health"])
    for upload in verification.get("uploads") or ():
        result = f"{upload['bytes']} bytes uploaded, downloaded, compared and deleted"
        yield "store", _store(upload), result
    for read in verification.get("reads") or ():
        yield "store", _store(read), f"image {read['image']} downloaded"


def _store(entry: Mapping[str, Any]) -> str:
    """Return the name of a store; a service with a single store does not report one."""
    return str(entry["store"] or "(default)")


class FilterModule:
    """Format the result of a verification."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"verification_table": verification_table}
