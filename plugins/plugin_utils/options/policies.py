# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the rules in the policies of Glance, which control access to the API: data/policies.tsv."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Tuple

from ansible_collections.osops.glance.plugins.module_utils._core.suggest import closest_match
from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import RELEASES

# Since this release, the service reads a directory of policies in addition to its policy file.
FIRST_WITH_DIRECTORY = "kilo"
_REFERENCE = re.compile(r"\brule:(\w+)")

Span = Tuple[str, str]
"""The first and the last release that has a rule; empty if there is no such limit."""


@lru_cache(maxsize=None)
def load() -> Mapping[str, Span]:
    """Return the releases that have each rule, by the name of the rule."""
    path = Path(__file__).parents[1] / "data" / "policies.tsv"
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {row["rule"]: (row["first"], row["last"]) for row in csv.DictReader(lines, delimiter="\t")}


def covers(span: Span, release: str | None) -> bool:
    """Return whether a release has a rule; true for an unknown release."""
    if release not in RELEASES:
        return True
    first, last = span
    index = RELEASES.index(release)
    return (not first or RELEASES.index(first) <= index) and (not last or index <= RELEASES.index(last))


def policy_problems(variable: str, policy: Any, release: str | None = None) -> Iterator[str]:
    """Yield the problems of the rules in a variable; a rule to which another rule refers may have any name."""
    if not isinstance(policy, Mapping) or not policy:
        return
    if release in RELEASES and RELEASES.index(release) < RELEASES.index(FIRST_WITH_DIRECTORY):
        yield (
            f"{variable}: Glance {release} reads a single policy file and no directory. Add the rules to a copy of its "
            "policy.json, and set the path of the copy in glance_config, as DEFAULT/policy_file"
        )
        return
    referenced = {name for check in policy.values() for name in _REFERENCE.findall(str(check))}
    for name, check in policy.items():
        if not isinstance(check, str):
            expected = "a string such as 'role:admin', or '' to allow all users"
            yield f"{variable}.{name} must be {expected}, not {describe_type(check)}"
        yield from _name_problems(f"{variable}.{name}", str(name), release, name in referenced)


def _name_problems(label: str, name: str, release: str | None, is_referenced: bool) -> Iterator[str]:
    if name not in load():
        if not is_referenced:
            match = closest_match(name, load())
            hint = f"; did you mean {match}?" if match else ", and no other rule refers to it"
            yield f"{label} is not a rule of Glance{hint}"
    elif not covers(load()[name], release):
        first, last = load()[name]
        is_release_older = first and not covers((first, ""), release)
        limit = f"since {first}" if is_release_older else f"until {last}"
        yield f"{label} is not a rule of Glance {release}: it exists {limit}"
