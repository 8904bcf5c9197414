# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import ansible.template
import pytest
from ansible.parsing.dataloader import DataLoader

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import (
    InputTemplar,
    Unresolved,
    error_reason,
    find_unresolved,
    trust,
    unwrap,
)


def render(value: Any, **variables: Any) -> Any:
    """Return a trusted value, rendered with trusted variables."""
    templar = ansible.template.Templar(loader=DataLoader(), variables={})
    return InputTemplar(templar, trust({"inventory_hostname": "h", **variables})).render(trust(value), "glance_x")


@pytest.mark.parametrize("value", ["text", "er%vi{w} $x", 5, 1.5, True, None, ["a", 1], {"a": {"b": [True]}}])
def test_value_without_a_template_is_unchanged(value: Any) -> None:
    assert render(value) == value


def test_templates_in_lists_and_dictionaries_are_rendered() -> None:
    value = {"a": ["{{ x }}", "b"], 1: "{{ y }}"}
    assert render(value, x="1.5.0", y="{{ x }}") == {"a": ["1.5.0", "b"], "1": "1.5.0"}


def test_omit_is_null() -> None:
    assert render("{{ omit }}", omit="__omit_place_holder__") is None


def test_each_failed_template_is_unresolved() -> None:
    rendered = render({"a": "{{ nowhere }}", "b": ["{{ 1"]})
    first, second = find_unresolved(rendered)
    assert first == Unresolved("uses nowhere, which is not defined: define it, or correct the name")
    assert second == Unresolved(
        "has a template with a syntax error: check for unbalanced braces and quotes, "
        "or put the tag !unsafe before text that contains {{, {% or {#"
    )


def test_reason_does_not_contain_the_error() -> None:
    reason = error_reason(ValueError("Sesame"), "glance_x", "h")
    assert reason == "has a template that fails: `ansible h -m ansible.builtin.debug -a var=glance_x` prints the reason"


def test_cause_of_an_error_is_considered() -> None:
    class VaultError(Exception):
        """An error with a name like those of ansible-core."""

    error = ValueError("Sesame")
    error.__cause__ = VaultError("Sesame")
    assert error_reason(error, "glance_x", "h").startswith("cannot be decrypted: pass the vault password")


class Encrypted:
    """A value with the interface of an encrypted string of ansible-core."""

    def encode(self) -> bytes:
        return b"Sesame"

    def __str__(self) -> str:
        return "Sesame"


def test_error_that_causes_itself_is_reported() -> None:
    """ansible-core 2.19 raises such errors for a lookup that does not exist within a larger expression."""
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert error_reason(first, "glance_x", "h").startswith("has a template that fails")


def test_wrappers_are_removed() -> None:
    assert unwrap({1: (Encrypted(), 2), "a": None}) == {"1": ["Sesame", 2], "a": None}
