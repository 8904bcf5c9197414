# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the policy files in force with the desired rules."""

from __future__ import annotations

import json
import os
import re
from typing import Any, Callable, Iterable, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core import files
from ansible_collections.osops.glance.plugins.module_utils._ini.document import decoded
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import listed

_RULE = re.compile(r"""^["']?([A-Za-z_][\w:.-]*)["']?\s*:(?:\s|$)""", re.MULTILINE)


def policy_warnings(policy: Mapping[str, Any], is_as_installed: Callable[[str, bytes], bool]) -> Iterator[str]:
    """Yield warnings about rules that are removed, and about policy files that this collection does not manage.

    policy: the option `policy` of the module config_drift.
    is_as_installed: returns whether a file with a content is unchanged since its package installed it.
    """
    managed_path: str = policy.get("path") or ""
    if managed_path:
        current = rules_in(decoded(files.read(managed_path) or b""))
        removed = [rule for rule in current if rule not in policy["rules"]]
        if removed:
            names = listed(removed)
            yield f"{managed_path} has rules that glance_api_policy does not contain: {names}. They are removed."
    for path in [*policy.get("files", ()), *_other_files_in_directory_of(managed_path)]:
        content = files.read(path) if os.path.isfile(path) else None
        rules = rules_in(decoded(content or b""))
        if content and rules and not is_as_installed(path, content):
            is_read_later = os.path.dirname(path) == os.path.dirname(managed_path) and path > managed_path
            yield foreign_file_warning(path, rules, policy["rules"] if is_read_later else ())


def rules_in(text: str) -> list[str]:
    """Return the names of the rules in a policy file, JSON or YAML."""
    try:
        rules = json.loads(text)
    except ValueError:
        return list(dict.fromkeys(_RULE.findall(text)))
    return [str(name) for name in rules] if isinstance(rules, dict) else []


def foreign_file_warning(path: str, rules: list[str], earlier_rules: Iterable[str] = ()) -> str:
    """Return the warning about a policy file that is not managed by this collection.

    earlier_rules: rules of glance_api_policy that the service reads before this file.
    """
    overridden = [rule for rule in rules if rule in set(earlier_rules)]
    overrides = f" It overrides these rules of glance_api_policy: {listed(overridden)}." if overridden else ""
    return (
        f"{path} is in force and not managed by this collection. It sets these rules: {listed(rules)}.{overrides} Move "
        "the rules that you need to glance_api_policy and remove the file."
    )


def _other_files_in_directory_of(path: str) -> list[str]:
    """Return the other files in the directory of a file that oslo.policy reads: not hidden, sorted by name."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        return []
    names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    return [os.path.join(folder, name) for name in names if os.path.join(folder, name) != path]
