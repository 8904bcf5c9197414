# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET
from ansible_collections.osops.glance.plugins.module_utils._ini.compare import compare
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.diff import MAX_COMMENTS, unified_diff
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Place, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting

row = pytest.param


def document(text: str, dialect: str = "oslo") -> Document:
    return parse(text, DIALECTS[dialect])


def diff_of(before: str, *settings: Setting, dialect: str = "oslo", mask: Mask | None = None, **desired: Any) -> str:
    """Return the diff without its first two lines, which name the file."""
    text = unified_diff(
        "x.conf", edit(document(before, dialect), Desired(settings=settings, **desired)), mask or Mask()
    )
    assert not text or text.startswith("--- x.conf\n+++ x.conf\n")
    return text[len("--- x.conf\n+++ x.conf\n") :]


X = Setting("a", "x", ("2",))

LETTERS = "".join(f"{letter} = 1\n" for letter in "bcdefg")

DIFFS = [
    row("[a]\nx = 2\n", [X], "", id="none"),
    row("[a]\n\nx = 1\n\n\n", [X], "@@ -2,3 +2,3 @@ [a]\n \n-x = 1\n+x = 2\n \n", id="one line"),
    row("", [X], "@@ -0,0 +1,2 @@ [a]\n+[a]\n+x = 2\n", id="new file"),
    row("[a]\nx = 1", [X], "@@ -1,2 +1,2 @@ [a]\n [a]\n-x = 1\n+x = 2\n", id="no end of the last line"),
    row("[a]\r\nx = 1\r\n", [X], "@@ -1,2 +1,2 @@ [a]\n [a]\n-x = 1\n+x = 2\n", id="CRLF"),
    row(
        "[a]\nx = 1\ny = 1\nz = 1\nq = 1\n",
        [X, Setting("a", "q", ())],
        "@@ -1,5 +1,4 @@ [a]\n [a]\n-x = 1\n+x = 2\n y = 1\n z = 1\n-q = 1\n",
        id="near changes together",
    ),
    row(
        f"[a]\nx = 1\n{LETTERS}",
        [X, Setting("a", "g", ("2",))],
        "@@ -1,3 +1,3 @@ [a]\n [a]\n-x = 1\n+x = 2\n b = 1\n@@ -7,2 +7,2 @@ [a]\n f = 1\n-g = 1\n+g = 2\n",
        id="far changes apart",
    ),
    row(
        "# c\n\n[b]\n",
        [Setting("DEFAULT", "x", ("1",))],
        "@@ -2,2 +2,5 @@ [DEFAULT]\n \n+[DEFAULT]\n+x = 1\n+\n [b]\n",
        id="before all sections",
    ),
]


@pytest.mark.parametrize(("before", "settings", "expected"), DIFFS)
def test_diff_has_the_changes(before: str, settings: list[Setting], expected: str) -> None:
    assert diff_of(before, *settings) == expected


MASKED = [
    row("password = 1", "password = VALUE HIDDEN", id="option"),
    row("key=1\n\t2", "\tVALUE HIDDEN", id="line that continues an option"),
    row("# password: 1", "# password: VALUE HIDDEN", id="commented option"),
    row("# the password: 1", "# the password: VALUE HIDDEN", id="comment"),
    row("# see a:b@c", "# VALUE HIDDEN", id="account in a comment"),
    row("#use_token = False", "#use_token = False", id="not a secret"),
    row("# nothing", "# nothing", id="comment without a secret"),
    row("; = nothing", "; = nothing", id="comment without a name"),
    row("y = 1", "y = 1", id="option without a secret"),
    row("", "", id="blank line"),
]


@pytest.mark.parametrize(("lines", "expected"), MASKED)
def test_secrets_in_context_lines_are_masked(lines: str, expected: str) -> None:
    assert diff_of(f"[a]\n{lines}\nx = 1\n", X).splitlines()[1] == f" {expected}"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        row("[a]", "[a]", id="alone"),
        row("[a] # see c", "[a] # see c", id="with a comment"),
        row("[a] ; key = 1", "[a] ; key = VALUE HIDDEN", id="with a secret"),
        row("[a] u:p@h", "[a] VALUE HIDDEN", id="with nothing but a secret"),
    ],
)
def test_secrets_after_a_header_are_masked(header: str, expected: str) -> None:
    assert diff_of(f"{header}\nx = 1\n", X, dialect="ini").splitlines()[1] == f" {expected}"


def test_option_without_a_delimiter_is_masked() -> None:
    mask = Mask(places={Place("a", "s3cret"), Place("a", "x")})
    expected = diff_of("[a]\nx\n", Setting("a", "x", ("hidden",)), dialect="generic", mask=mask)
    assert expected == f"@@ -1,2 +1,2 @@ [a]\n [a]\n-x\n+x = {SECRET}\n"


def test_comments_of_a_replaced_file_are_counted() -> None:
    text = "# c\n\n" * MAX_COMMENTS + "[a]\nx = 1\n# few\n"
    expected = unified_diff("x.conf", compare(document(text), document("[a]\nx = 2\n")), Mask())
    assert expected.splitlines()[3:] == [
        f"-... {2 * MAX_COMMENTS} lines of comments and blank lines",
        *(" [a]", "-x = 1", "-# few", "+x = 2"),
    ]
