# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers for the tests of modules."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any, Callable, Mapping

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._core import runner


def printed_by(module: Any, check_mode: bool = False, **arguments: Any) -> str:
    """Run a module as Ansible does, and return its output."""
    given = {"ANSIBLE_MODULE_ARGS": {**arguments, "_ansible_check_mode": check_mode, "_ansible_diff": True}}
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as out:
        patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(given).encode())
        # How a module prints its result, since ansible-core 2.19.
        patch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        with pytest.raises(SystemExit):
            module.main()
    return out.getvalue()


class Ended(Exception):
    """The module exited."""


class FakeModule:
    """An AnsibleModule that records its result."""

    def __init__(self, options: Mapping[str, Any], check_mode: bool = False, **given: Any) -> None:
        self.params = {**{name: option.get("default") for name, option in options.items()}, **given}
        self.check_mode = check_mode
        self.no_log_values: set[str] = set()
        self.warnings: list[str] = []
        self.ended: dict[str, Any] = {}

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def exit_json(self, **result: Any) -> None:
        self.ended = result
        raise Ended

    def fail_json(self, **result: Any) -> None:
        self.ended = {"failed": True, "changed": False, **result}
        raise Ended

    def end(self, make: Callable[..., Any]) -> dict[str, Any]:
        """Run to the end, and return the result with the warnings."""
        with pytest.raises(Ended):
            runner.run(self, make)  # type: ignore[arg-type]
        return {**self.ended, "warnings": self.warnings}
