# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the policies, which say who may do what, and what is wrong with what is said of them."""

from __future__ import annotations

import csv
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, Mapping, Tuple

from ansible_collections.osops.glance.plugins.module_utils._core.words import in_words
from ansible_collections.osops.glance.plugins.plugin_utils.oslo_options import RELEASES, nearest

# Since this release, the service reads a directory of policies beside its file.
FIRST = "kilo"
_REFERENCE = re.compile(r"\brule:(\w+)")

Span = Tuple[str, str]


@lru_cache(maxsize=None)
def load() -> Mapping[str, Span]:
    """Return the rules that the service has, each with its first and its last release; empty where there is none."""
    path = Path(__file__).parent / "data" / "policies.tsv"
    lines = (line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {row["rule"]: (row["first"], row["last"]) for row in csv.DictReader(lines, delimiter="\t")}


def covers(span: Span, release: str | None) -> bool:
    """Say whether a release has a rule; where the release is not known, it has."""
    if release not in RELEASES:
        return True
    first, last = span
    now = RELEASES.index(release)
    return (not first or RELEASES.index(first) <= now) and (not last or now <= RELEASES.index(last))


def policy_faults(variable: str, policy: Any, release: str | None = None) -> Iterator[str]:
    """Yield what is wrong with rules, a line for each fault; a rule that another one refers to may have any name."""
    if not isinstance(policy, Mapping) or not policy:
        return
    if release in RELEASES and RELEASES.index(release) < RELEASES.index(FIRST):
        yield (
            f"{variable}: Glance {release} reads one file of policies and no directory. Write the rules into a copy of "
            "its policy.json, and name the copy in glance_config, as DEFAULT/policy_file"
        )
        return
    helpers = {name for check in policy.values() for name in _REFERENCE.findall(str(check))}
    for name, check in policy.items():
        if not isinstance(check, str):
            yield f"{variable}.{name} must be a string such as 'role:admin', or '' for everybody, not {in_words(check)}"
        if name not in load() and name not in helpers:
            near = nearest(str(name), load())
            hint = f"; did you mean {near}?" if near else ", and no other rule refers to it"
            yield f"{variable}.{name} is not a rule of Glance{hint}"
        elif name in load() and not covers(load()[name], release):
            first, last = load()[name]
            yield f"{variable}.{name} is not a rule of Glance {release}: it is one " + (
                f"since {first}" if first and not covers((first, ""), release) else f"until {last}"
            )
