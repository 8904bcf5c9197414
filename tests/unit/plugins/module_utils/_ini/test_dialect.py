# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify that MariaDB and systemd read back what is written.

The reference parsers follow mysys/my_default.c and src/shared/conf-parser.c; the former is compared with
my_print_defaults if that is installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Place, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting

EXAMPLES = int(os.environ.get("OSOPS_EXAMPLES", "800"))
thoroughly = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    max_examples=EXAMPLES,
)
PROGRAM = shutil.which("my_print_defaults")
Values = dict[tuple[str, str], list["str | None"]]


class Unreadable(Exception):
    """The reference parser does not read the file."""


# MariaDB -------------------------------------------------------------------------------------------------------------

BLANKS = b" \t\n\v\f\r\xa0"
ESCAPES = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"b": b"\b", b"s": b" ", b'"': b'"', b"'": b"'", b"\\": b"\\"}


def mariadb(text: str) -> Values:
    """Return what MariaDB reads; directives are skipped."""
    found: Values = {}
    group = None
    for raw in text.encode("utf-8", "surrogateescape").split(b"\n"):
        line = raw.lstrip(BLANKS)
        if not line or line[:1] in (b"#", b";", b"!"):
            continue
        if line[:1] == b"[":
            name, bracket, _rest = line[1:].partition(b"]")
            if not bracket:
                raise Unreadable
            group = name.rstrip(BLANKS).decode()
            continue
        if group is None:
            raise Unreadable
        name, value = mariadb_option(without_comment(line))
        found.setdefault((group, name.replace("-", "_")), []).append(value)
    return found


def without_comment(line: bytes) -> bytes:
    quote = 0
    position = 0
    while position < len(line):
        byte = line[position]
        if quote and byte == ord("\\"):
            position += 2
            continue
        if byte in b"'\"":
            if not quote:
                quote = byte
            elif quote == byte:
                quote = 0
        elif byte == ord("#") and not quote:
            return line[:position]
        position += 1
    return line


def mariadb_option(line: bytes) -> tuple[str, str | None]:
    name, equals, value = line.partition(b"=")
    if not equals:
        return decoded(name.rstrip(BLANKS)), None
    value = value.strip(BLANKS)
    if len(value) > 1 and value[:1] in (b"'", b'"') and value[:1] == value[-1:]:
        value = value[1:-1]
    out, rest = b"", value
    while rest:
        if rest[:1] == b"\\" and len(rest) > 1:
            out += ESCAPES.get(rest[1:2], rest[:2])
            rest = rest[2:]
        else:
            out += rest[:1]
            rest = rest[1:]
    return decoded(name.rstrip(BLANKS)), decoded(out)


def decoded(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def printed_values(directory: Path, text: str) -> str | None:
    """Return what my_print_defaults prints of the group a; None if it does not read the file."""
    file = directory / "my.cnf"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    result = subprocess.run([str(PROGRAM), f"--defaults-file={file}", "a"], capture_output=True, check=False)
    return None if result.returncode else decoded(result.stdout)


# systemd -------------------------------------------------------------------------------------------------------------

SPACES = " \t\n\r"


def systemd(text: str) -> Values:
    """Return what systemd reads. It skips a line without an equals sign; this counts as unreadable here."""
    found: Values = {}
    section, pending = "", ""
    for line in [*text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), None]:
        if line is not None and line.lstrip(SPACES)[:1] in ("#", ";"):
            continue
        whole = pending + (line or "")
        escaped = False
        for character in whole:
            escaped = character == "\\" and not escaped
        if escaped and line is not None:
            pending = whole[:-1] + " "
            continue
        pending = ""
        whole = whole.strip(SPACES)
        if whole.startswith("["):
            if not whole.endswith("]") or whole == "[]":
                raise Unreadable
            section = whole[1:-1]
        elif whole:
            name, equals, value = whole.partition("=")
            if not equals or not section or not name.strip(SPACES):
                raise Unreadable
            found.setdefault((section, name.rstrip(SPACES)), []).append(value.strip(SPACES))
    return found


PARSERS = {"mysql": mariadb, "systemd": systemd}

# Texts and values ----------------------------------------------------------------------------------------------------

PIECES = [
    "a",
    "b c",
    "#",
    ";",
    '"',
    "'",
    "\\",
    "\\n",
    "\\\\",
    "\\s",
    "\\q",
    "=",
    ":",
    " ",
    "\t",
    "%n",
    "%",
    "[a]",
    "é",
    "à",
]
VALUES = st.lists(st.sampled_from([*PIECES, "\n", "\r", "\b", "\x0c", "\xa0", "\u2028", "\udce9"]), max_size=6).map(
    "".join
)
NAMES = st.sampled_from(["x", "bind-address", "bind_address", "skip-x", "loose-x", "Y"])
LINES = st.one_of(
    st.sampled_from(["[a]", "[b]", "", "# c", " ; c", "#x = 1", "#bind-address = 1", "  "]),
    st.builds(
        "".join,
        st.tuples(
            st.sampled_from(["", " "]),
            NAMES,
            st.sampled_from(["=", " = "]),
            st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
            st.sampled_from(["", "", "\\", " \\", "\\\\", " # c", " "]),
        ),
    ),
    st.sampled_from(["  --more", "x \\", "!includedir /none", "\\"]),
)
TEXTS = st.builds(
    lambda lines, end: "[a]\n" + "\n".join(lines) + end, st.lists(LINES, max_size=8), st.sampled_from(["", "\n"])
)


def reference_values(name: str, text: str) -> Values | None:
    try:
        return PARSERS[name](text)
    except Unreadable:
        return None


def read(name: str, text: str) -> Values | None:
    try:
        document = parse(text, DIALECTS[name])
    except GlanceError:
        return None
    return {tuple(place): [option.value for option in options] for place, options in document.places.items()}


@pytest.mark.parametrize("name", PARSERS)
def test_file_is_parsed_as_by_its_program(name: str) -> None:
    read_files = []

    @thoroughly
    @given(TEXTS)
    def holds(text: str) -> None:
        found = read(name, text)
        assert found == reference_values(name, text)
        if found is not None:
            read_files.append(text)

    holds()
    assert len(read_files) > EXAMPLES / 5


@pytest.mark.parametrize("name", PARSERS)
def test_written_option_is_read_back_and_others_are_preserved(name: str) -> None:
    dialect, written = DIALECTS[name], []

    @thoroughly
    @given(TEXTS, st.sampled_from(["a", "b", "new"]), NAMES, st.lists(VALUES, min_size=1, max_size=2), st.booleans())
    def holds(text: str, section: str, option: str, values: list[str], removes: bool) -> None:
        before = read(name, text)
        if before is None:
            return
        setting = Setting(section, option, () if removes else tuple(values))
        try:
            new = edit(parse(text, dialect), Desired([setting])).after.text()
        except GlanceError:
            assert name == "systemd" or not dialect.spellings
            return
        place = Place(section, dialect.option(option))
        after = reference_values(name, new)
        assert after is not None
        assert {key: value for key, value in after.items() if key != place} == {
            key: value for key, value in before.items() if key != place
        }
        effective = after.get(place, [])
        # An empty value of systemd removes those before it, so an older one may be kept.
        assert effective[len(effective) - len(setting.values) :] == list(setting.values)
        assert len(effective) == len(setting.values) or "" in effective
        assert not edit(parse(new, dialect), Desired([setting])).line_edits
        written.append(text)

    holds()
    assert len(written) > EXAMPLES / 5


def test_mariadb_reads_back_every_text() -> None:
    @thoroughly
    @given(VALUES)
    def holds(value: str) -> None:
        new = edit(parse("[a]\n", DIALECTS["mysql"]), Desired([Setting("a", "x", (value,))])).after.text()
        assert mariadb(new) == {("a", "x"): [value]}

    holds()


@pytest.mark.skipif(not PROGRAM, reason="my_print_defaults is not installed")
def test_my_print_defaults_agrees(tmp_path: Path) -> None:
    @thoroughly
    @given(TEXTS.filter(lambda text: "!include" not in text))
    def holds(text: str) -> None:
        found = reference_values("mysql", text)
        rows = found if found is None else [(name, value) for (group, name), value in found.items() if group == "a"]
        shown = printed_values(tmp_path, text)
        assert (shown is None) == (rows is None)
        expected = sorted(
            f"--{name}" + ("" if value is None else f"={value}") for name, values in rows or () for value in values
        )
        assert sorted((shown or "").replace("-", "_").splitlines()) == sorted(
            "\n".join(expected).replace("-", "_").splitlines()
        )

    holds()
