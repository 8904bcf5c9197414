# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result, the diff, and the need for a restart."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.modules.ini.helpers import (
    converge,
    written,
)

DOCUMENTED = """\
# A sample. Possible values:
#   * http://controller:9292/v2 = the URL
# See also: nothing.

[DEFAULT]

# Whether to log more: true or false (boolean value)
# Note: This option can be changed without restarting.
#debug = false

; workers: how many = 4
x = a ; b
#
# From glance.api: the end.

[b]
y = 1
"""


def test_result_has_the_action_and_the_line_of_each_option(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\n#n = 0\nx = 1\nm = 1\nm = 2\ngone = 1\nsame = 1\n")
    result = converge(
        conf, options={"a": {"x": "2", "n": "1", "m": ["2", "1"], "gone": None, "same": "1"}, "b": {"y": "1"}}
    )
    assert result["changes"] == [
        {"section": "a", "option": "x", "action": "updated", "before": "1", "after": "2", "line": 4},
        {"section": "a", "option": "n", "action": "added", "before": None, "after": "1", "line": 3},
        {"section": "a", "option": "m", "action": "reordered", "before": ["1", "2"], "after": ["2", "1"], "line": 5},
        {"section": "a", "option": "gone", "action": "removed", "before": "1", "after": None, "line": 6},
        {"section": "b", "option": "y", "action": "added", "before": None, "after": "1", "line": 10},
    ]
    assert (result["unchanged"], result["sections_added"], result["path"]) == (1, ["b"], str(conf))


def test_diff_has_the_changed_lines_and_their_section(tmp_path: Path) -> None:
    far = "".join(f"o{number} = {number}\n" for number in range(20))
    conf = written(tmp_path, f"[a]\n#x = 1\n{far}[b]\ny = 1\n# end\n")
    (diff,) = converge(conf, options={"a": {"x": "2"}, "b": {"y": "2"}})["diff"]
    assert diff == {
        "prepared": (
            f"--- {conf}\n+++ {conf}\n"
            "@@ -2,2 +2,3 @@ [a]\n #x = 1\n+x = 2\n o0 = 0\n"
            "@@ -23,3 +24,3 @@ [b]\n [b]\n-y = 1\n+y = 2\n # end\n"
        )
    }


def test_diff_of_forty_options_is_small(tmp_path: Path) -> None:
    help_text = "# The purpose of this option and its possible values, in a line of usual length\n"
    conf = written(tmp_path, "[a]\n" + "".join(f"{help_text * 9}#option_{n} = 0\n\n" for n in range(500)))
    (diff,) = converge(conf, options={"a": {f"option_{n * 12}": n for n in range(40)}})["diff"]
    assert len(diff["prepared"]) <= 4096


def test_diff_can_be_applied_with_patch(tmp_path: Path) -> None:
    conf = written(tmp_path, DOCUMENTED)
    (tmp_path / "old").write_text(DOCUMENTED)
    (diff,) = converge(
        conf, options={"b": {"y": "2", "z": "3"}, "DEFAULT": {"debug": "true", "x": None}, "c": {"q": "1"}}
    )["diff"]
    subprocess.run(["patch", "--quiet", tmp_path / "old"], input=diff["prepared"].encode(), check=True)
    assert (tmp_path / "old").read_text() == conf.read_text()


def test_repair_is_reported(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a] # c\nx = 1\n")
    result = converge(conf, repair=True)
    assert result["changed"]
    assert result["restart_needed"]
    assert result["repaired"]
    assert "-[a] # c\n+[a]\n" in result["diff"][0]["prepared"]


@pytest.mark.parametrize(
    ("mutable", "restart_needed", "reload_only"),
    [([], True, False), (["a/x"], True, False), (["a/x", "a/y"], False, True)],
)
def test_mutable_options_need_no_restart(
    tmp_path: Path, mutable: list[str], restart_needed: bool, reload_only: bool
) -> None:
    conf = written(tmp_path, "[a]\n")
    result = converge(conf, options={"a": {"x": "1", "y": "1"}}, mutable=mutable)
    assert (result["restart_needed"], result["reload_only"]) == (restart_needed, reload_only)
