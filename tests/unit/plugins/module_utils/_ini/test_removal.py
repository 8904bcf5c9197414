# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import Layout
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.removal import plan_removal

TEXT = "[a]\nx = 1\ny = 1\n[b]\nz = 1\n[c]\n# comment\nq = 1\n"
X = Setting("a", "x", ("1",))


@pytest.mark.parametrize(
    ("desired", "sections", "options"),
    [
        pytest.param(Desired([X]), [], [], id="nothing"),
        pytest.param(Desired([X], drop=["B", "absent"]), ["b"], [], id="dropped section"),
        pytest.param(Desired([X], exclusive="sections"), [], ["a/y"], id="exclusive section"),
        pytest.param(Desired([X], exclusive="file"), ["b", "c"], ["a/y"], id="exclusive file"),
        pytest.param(Desired([X], exclusive="file", keep=["*/y", "b/*"]), ["c"], [], id="kept options"),
        pytest.param(Desired([X], exclusive="file", named=["b"]), ["c"], ["a/y", "b/z"], id="named section"),
        pytest.param(Desired([Setting("b", "z", ())]), [], [], id="empty section"),
        pytest.param(Desired([Setting("b", "z", ())], remove_empty=True), ["b"], [], id="removed empty section"),
        pytest.param(Desired([Setting("c", "q", ())], remove_empty=True), [], [], id="section with a comment"),
    ],
)
def test_removal_is_planned(desired: Desired, sections: list[str], options: list[str]) -> None:
    document = parse(TEXT, DIALECTS["oslo"])
    removal = plan_removal(document, Layout(document), desired)
    assert sorted(removal.sections) == sections
    assert [str(setting) for setting in removal.options] == options
    assert not any(setting.values for setting in removal.options)


def test_section_with_a_directive_is_refused_by_the_layout() -> None:
    document = parse("[a]\n!include /x\n", DIALECTS["mysql"])
    with pytest.raises(GlanceError, match="line 2 in it is a directive"):
        Layout(document).refuse_directives(document.sections[1])
