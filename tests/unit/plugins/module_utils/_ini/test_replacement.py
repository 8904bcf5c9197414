# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._ini import replacement
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask
from ansible_collections.osops.glance.plugins.module_utils._ini.replacement import Replacement
from ansible_collections.osops.glance.plugins.module_utils._ini.request import request_of
from ansible_collections.osops.glance.plugins.module_utils._ini.rewrite import Rewrite, Rewriter

BASE = "# Managed by Ansible\n"
OLD = "[a]\nby_hand = 1\nx = 1\n"


class Case:
    """A file that is replaced.

    is_packaged: whether the package manager reports that the file was not changed.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, is_packaged: bool = False, **params: Any) -> None:
        monkeypatch.setattr(replacement, "is_as_installed", lambda _module, _path, _content: is_packaged)
        params = {
            **{"options": {"a": {"x": "2"}}, "secrets": {}, "settings": [], "literal": False, "list_style": "repeat"},
            **{"append": False, "exclusive": "none", "keep": [], "commented_default": "keep", "style": "keep"},
            **{"remove_empty": False, "dialect": "oslo", "base": BASE, "repair": False, "allow_dash": False},
            **{"managed_marker": "Managed by", "package_defaults": []},
            **params,
        }
        dialect = DIALECTS["oslo"]
        self.rewriter = Rewriter("x.conf", params, dialect, request_of(params, dialect), Mask())
        self.replacement = Replacement(None, "x.conf", params, self.rewriter)  # type: ignore[arg-type]

    def rewrite(self, old: str | None) -> Rewrite:
        return self.rewriter.rewrite(None if old is None else old.encode())

    def loses_original(self, old: str | None) -> bool:
        return self.replacement.loses_original(self.rewrite(old))


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        pytest.param(OLD, True, id="written by hand"),
        pytest.param("no option\n", True, id="unreadable"),
        pytest.param(None, False, id="absent"),
        pytest.param("\n", False, id="blank"),
        pytest.param("# all commented\n[a]\n#x = 1\n", False, id="without options"),
        pytest.param(f"{BASE}[a]\nx = 1\n", False, id="with the marker"),
        pytest.param(f"{BASE}[a]\nx = 2\n", False, id="unchanged"),
    ],
)
def test_original_is_recognized(monkeypatch: pytest.MonkeyPatch, old: str | None, expected: bool) -> None:
    assert Case(monkeypatch).loses_original(old) is expected


@pytest.mark.parametrize("params", [{"base": None}, {"managed_marker": None}], ids=["no base", "no marker"])
def test_no_original_without_base_and_marker(monkeypatch: pytest.MonkeyPatch, params: dict[str, Any]) -> None:
    assert not Case(monkeypatch, **params).loses_original(OLD)


def test_file_of_the_package_is_no_original(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "packaged.conf").write_text(OLD)
    defaults = {"package_defaults": [str(tmp_path / "packaged.conf"), str(tmp_path / "absent.conf")]}
    assert not Case(monkeypatch, **defaults).loses_original(OLD)
    assert Case(monkeypatch, **defaults).loses_original(f"{OLD}y = 1\n")
    assert not Case(monkeypatch, is_packaged=True).loses_original(OLD)


def test_warning_lists_lost_options(monkeypatch: pytest.MonkeyPatch) -> None:
    case = Case(monkeypatch)
    assert case.replacement.warning(case.rewrite(OLD)) == (
        "x.conf was not written by this collection and is replaced. A copy is kept as x.conf.before-osops-*. "
        "Options that are removed: a/by_hand. Options whose value changes: a/x."
    )
