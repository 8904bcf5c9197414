# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Place
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask
from ansible_collections.osops.glance.plugins.module_utils._ini.request import request_of
from ansible_collections.osops.glance.plugins.module_utils._ini.rewrite import Rewrite, Rewriter

DEFAULTS: dict[str, Any] = {
    **{"options": {}, "secrets": {}, "settings": [], "literal": False, "list_style": "repeat", "append": False},
    **{"exclusive": "none", "keep": [], "commented_default": "keep", "style": "keep", "remove_empty": False},
    **{"dialect": "oslo", "base": None, "repair": False, "allow_dash": False},
}
OPTIONS = {"a": {"x": "2"}}


def rewriter(mask: Mask | None = None, **params: Any) -> Rewriter:
    params = {**DEFAULTS, **params}
    dialect = DIALECTS[params["dialect"]]
    return Rewriter("x.conf", params, dialect, request_of(params, dialect), mask or Mask())


def rewritten(old: bytes | None, **params: Any) -> Rewrite:
    return rewriter(**params).rewrite(old)


@pytest.mark.parametrize(
    ("old", "params", "new"),
    [
        pytest.param(None, {"options": OPTIONS}, b"[a]\nx = 2\n", id="new file"),
        pytest.param(b"[a]\nx = 1\n# caf\xe9\n", {"options": OPTIONS}, b"[a]\nx = 2\n# caf\xe9\n", id="bytes kept"),
        pytest.param(b"[a]\nx = 2\n", {"options": OPTIONS}, b"[a]\nx = 2\n", id="unchanged"),
        pytest.param(b"[b]\ny = 1\n", {"options": OPTIONS, "base": "# c\n"}, b"# c\n\n[a]\nx = 2\n", id="base"),
        pytest.param(b"[a\n", {"options": OPTIONS, "base": ""}, b"[a]\nx = 2\n", id="base for an unreadable file"),
    ],
)
def test_content_is_computed(old: bytes | None, params: dict[str, Any], new: bytes) -> None:
    result = rewritten(old, **params)
    assert (result.old, result.new, result.is_repaired) == (old, new, False)


def test_base_is_compared_with_the_old_content() -> None:
    result = rewritten(b"[b]\ny = 1\n", options=OPTIONS, base="")
    assert [(change.option, change.action) for change in result.edited.changes] == [("y", "removed"), ("x", "added")]


def test_repairs_are_part_of_the_edit() -> None:
    result = rewritten(b"[a] # c\nx = 1\n", options=OPTIONS, repair=True)
    assert (result.new, result.is_repaired) == (b"[a]\nx = 2\n", True)
    assert result.edited.before.text() == "[a] # c\nx = 1\n"


def test_byte_order_mark_is_removed_with_a_warning() -> None:
    result = rewritten("\ufeff[a]\nx = 1\n".encode(), options=OPTIONS)
    assert result.new == b"[a]\nx = 2\n"
    assert result.warnings == ("x.conf: the byte order mark is removed because oslo.config cannot read it.",)
    assert not rewritten("\ufeff[a]\nx = 1\n".encode(), options=OPTIONS, dialect="ini").warnings


def test_settings_get_the_names_that_oslo_config_reads_and_stay_secret() -> None:
    mask = Mask()
    result = rewriter(mask, secrets={"a": {"my-pin": "1"}}).rewrite(b"[a]\nmy_pin = 0\n")
    assert [setting.option for setting in result.settings] == ["my_pin"]
    assert mask.places == {Place("a", "my-pin"), Place("a", "my_pin")}
    assert "oslo.config reads my_pin" in result.warnings[0]


def test_unknown_reference_is_a_warning() -> None:
    (warning,) = rewritten(b"", options={"a": {"x": "$y"}}).warnings
    assert warning.startswith("a/x refers to $y")


@pytest.mark.parametrize(
    ("old", "params", "message"),
    [
        pytest.param(b"[a\n", {}, "x.conf:1: ", id="unreadable file"),
        pytest.param(b"", {"base": "x = 1\n"}, "`base`, line 1: ", id="unreadable base"),
        pytest.param(
            b"", {"options": {"a": {"x": "1\n\n2"}}}, "x.conf: the value of x .*Nothing was changed", id="value"
        ),
    ],
)
def test_invalid_content_is_refused(old: bytes, params: dict[str, Any], message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        rewritten(old, **params)
