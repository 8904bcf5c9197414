# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare edits with the parsers that the dialects follow: they read the requested values and the previous others.

OSOPS_EXAMPLES is the number of examples of each property in each dialect. test_dialect.py covers the other dialects.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from fnmatch import fnmatchcase
from itertools import chain, cycle, islice, product
from pathlib import Path
from random import Random
from typing import Any, Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import BOM, NAMELESS, Document, Place, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import COMMENTED
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._ini.reference_parsers import (
    READERS,
    Parsed,
    opened,
    parsed_document,
    reads,
)

loadwsgi = pytest.importorskip("paste.deploy.loadwsgi")

EXAMPLES = int(os.environ.get("OSOPS_EXAMPLES", "800"))
thoroughly = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
thoroughly = settings(thoroughly, max_examples=EXAMPLES)

in_each_dialect = pytest.mark.parametrize("name", READERS)

# Texts and desired states --------------------------------------------------------------------------------------------

# fmt: off
SECTIONS = ["DEFAULT", "a", "b", "A", "default", " a ", "composite:x"]
OPTIONS = ["x", "y", "X", "log_file", "log-file", "set z", "é"]
VALUES = [
    "1", "", "a b", "a = b", "c: d", "# a", "; a", "1 # a", "[a]", "[DEFAULT]", "x = 1", "é\u2028\x85ö\xa0ß", "\udce9",
    "pa$w0rd", "$x ${y} $$", "\\$x", "\\\\$", "x\\", "%(x)s 5%", "%", "%%", "$", '"q"', '"', '""', "'", "'\"", '"a" b',
]
BLANK = [" ", " a", "a ", "\ta\t", "\xa0a", "a\u2028", "\x0c", "a\x1cb", "\x1fa", "a\x85"]
BROKEN = ["a\nb", "\na", "a\n", "a\n\nb", "a\n# b\nc", "a\n  b", "a\nx = 2", "a\n[b]", '"a\nb"', "a\rb", "a\r\nb"]
COMMENTS = ["#x = 1", "# x = 1", "#y: a b", "# y = a b", "#x =", "; x=1", "#é=", "# [a]", "# on it", " # x", "#\udce9"]
ODD = ["[a] # c", "[]", "[", "[a", "[[a]]", "[a]b", "x", "= 1", ": 1", "\xa0x = 1", "\x0cx = 1", "x = \x1c", "\x1f[a]"]
SPACES = ["", "", "  ", "\t", "\xa0", "\x0c", "\u2028", "\x85", "\x1c"]
# fmt: on
HEADERS = [f"[{section}]{blank}" for section in SECTIONS for blank in ("", "", "", " ")]
ASSIGNMENTS = ["".join(parts) for parts in product(OPTIONS, ("=", " = ", ":", " : ", "= "), VALUES)]
# Few of them, so that some are repeated.
COMMON = ["[a]", "[DEFAULT]", "x = 1", "x = 2", "x=1", "x: a b", "y = 1", "y = 2"]
INDENTED = ["".join(parts) for parts in product(("    ", " ", "\t"), [*VALUES, *ASSIGNMENTS[::20]])]
NASTY = "\n\rax=:#;[]\"' \t$%\\\xa0\u2028\x85\x0c\x1c\ufeff\udce9é"
SOUP = ["".join(Random(number).choices(NASTY[2:], k=number % 9)) for number in range(1000)]
END = re.compile(r"\r\n|\r|\n")
ENDS = [["\n"], ["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]]


def is_for(name: str, text: str) -> bool:
    """Return whether a text has a meaning in a dialect; in the generic one, indented lines are not defined."""
    return name != "generic" or not any(line[0].isspace() and line.strip() for line in opened(text))


def lines(name: str) -> st.SearchStrategy[list[str]]:
    kinds = [HEADERS, *[COMMON] * 4, ASSIGNMENTS, INDENTED, INDENTED, COMMENTS, SPACES, ODD, SOUP]
    fit = ([line for line in kind if is_for(name, line)] for kind in kinds)
    return st.lists(st.sampled_from([line for kind in fit for line in islice(cycle(kind), 1000)]), max_size=12)


def joined(content: Iterable[str], ends: list[str], has_end: bool = True, has_bom: bool = False) -> str:
    text = BOM * has_bom + "".join(chain.from_iterable(zip(content, cycle(ends))))
    return text if has_end else text.rstrip("\r\n")


def any_text(name: str) -> st.SearchStrategy[str]:
    return st.builds(joined, lines(name), st.sampled_from(ENDS), st.booleans(), st.booleans())


def good_text(name: str) -> st.SearchStrategy[str]:
    """Return texts that the parser reads, without lines that it would refuse."""

    def build(first: str, content: list[str], ends: list[str], has_end: bool, has_bom: bool) -> str:
        good = [first]
        for line in content:
            good += [line] * reads(name, joined([*good, line], ["\n"]))
        return joined(good, ends, has_end, has_bom and DIALECTS[name].bom)

    first = st.sampled_from([*HEADERS, "# on the file"])
    return st.builds(build, first, lines(name), st.sampled_from(ENDS), st.booleans(), st.booleans())


def writable(name: str) -> dict[Any, Any]:
    """Return values that a dialect can hold, by the text that is written so that nothing is substituted."""
    dialect = DIALECTS[name]
    texts = VALUES + BLANK * dialect.quotes + ["a\nb", "a\n[b]\nx = 2"] * (dialect.continuation != "none")
    return {**{dialect.literal(text): text for text in texts}, **({None: None} if dialect.bare else {})}


# The fields of a desired state except for its settings: drop, exclusive, named, keep, remove_empty, style.
MANNERS: list[tuple[Any, ...]] = list(
    product(
        [[], [], *([section] for section in SECTIONS)],
        ["none", "none", "none", "sections", "file"],
        [(), (), ("a",)],
        [(), ("*/y",), ("a/*",)],
        [False, True],
        ["keep", "keep", "spaces", "nospaces", "enforce"],
    )
)


@st.composite
def edits(draw: st.DrawFn, name: str) -> tuple[str, Desired]:
    """Return a text and a desired state; many settings are present, with other values or the same in another order."""
    text, dialect = draw(good_text(name)), DIALECTS[name]
    present, most = READERS[name][0](text).values, 3 if dialect.repeats else 1
    places = st.sampled_from(list(product(SECTIONS + [NAMELESS] * dialect.nameless, OPTIONS)))
    values = st.lists(st.sampled_from(list(writable(name))), max_size=most)
    requested: dict[tuple[str, str], Setting] = {}
    for _number in range(draw(st.integers(0, 4))):
        section, option = draw(st.sampled_from(list(present)) | places if present else places)
        old = [value for value in present.get(Place(section, option), ()) if "\n" not in str(value)][:most]
        new = draw(values | st.permutations(old) if old else values)
        append, replaced = draw(st.sampled_from([(False, False), (False, True), (dialect.repeats, False)]))
        setting = Setting(section, option, tuple(new), append, replaced)
        requested[dialect.section(section), dialect.option(option)] = setting
    (drop, *manner), requested_sections = draw(st.sampled_from(MANNERS)), {section for section, _option in requested}
    requested_sections.update(map(dialect.section, manner[1]))
    drop = [section for section in drop if dialect.section(section) not in requested_sections]
    return text, Desired(list(requested.values()), drop, *manner)


# What is expected ----------------------------------------------------------------------------------------------------


def expected(document: Document, before: Parsed, desired: Desired) -> tuple[dict[Place, list[Any]], set[str], set[str]]:
    """Return all values after an edit, the sections that must be removed, and those that may be."""
    requested = {document.place(setting.section, setting.option): setting for setting in desired.settings}
    named = {place.section for place in requested} | {document.dialect.section(section) for section in desired.named}
    kept = {place for place in before.values if any(fnmatchcase("/".join(place), pattern) for pattern in desired.keep)}
    removed = {document.dialect.section(section) for section in desired.drop}
    if desired.exclusive == "file":
        removed |= before.sections - named - {place.section for place in kept}
    values = {}
    for place, present in before.values.items():
        is_kept = desired.exclusive == "none" or (desired.exclusive == "sections" and place.section not in named)
        if is_kept or place in kept:
            values[place] = present
    for place, setting in requested.items():
        old = before.values.get(place, []) if setting.append else []
        values[place] = old + [value for value in setting.values if value not in old]
    values = {place: present for place, present in values.items() if present and place.section not in removed}
    empty = before.sections - {place.section for place in values} if desired.remove_empty else set()
    return values, removed & before.sections, removed | empty


def assert_others_are_preserved(old: Document, new: Document, desired: Desired) -> None:
    """Check that the lines of all other options are preserved in their order, and that few lines are new."""
    before, after = parsed_document(old).values, parsed_document(new).values
    changed = {place for place in {**before, **after} if before.get(place) != after.get(place)}
    if desired.style == "enforce":
        changed |= {old.place(setting.section, setting.option) for setting in desired.settings}
    removed = {section.key for section in old.sections} - {section.key for section in new.sections}
    removed_lines = [
        line for found in old.sections if found.key in removed for line in old.lines[found.start : found.end]
    ]
    headers = {f"[{setting.section}]{end}" for setting in desired.settings for end in ("\n", "\r\n", "\r")}
    replaced = {old.dialect.option(setting.option) for setting in desired.settings if setting.replace_default}

    def may_be_removed(line: str) -> bool:
        """Return whether a line may be removed: a blank one near a removed section, or a replaced commented default."""
        match = COMMENTED.match(line)
        return bool(removed and not line.strip()) or bool(match and match[2] in replaced)

    kept = [line for line in others(old, changed, removed, old.eol()) if not may_be_removed(line)]
    found = others(new, changed, set(), old.eol())
    rest = iter(found)
    assert all(line in rest for line in kept), "an old line is missing or was moved"
    for line in Counter(found) - Counter(kept):
        assert not line.strip() or line in headers or line in removed_lines or may_be_removed(line)


def others(document: Document, places: set[Place], sections: set[str], eol: str) -> list[str]:
    """Return the lines of a text that are not part of these options and sections."""
    options = [found for found in document.options if document.place(found.section, found.name) in places]
    spans: list[Any] = [*options, *(section for section in document.sections if section.key in sections)]
    taken = {number for span in spans for number in range(span.start, span.end)}
    # A blank line that now follows a lone CR cannot end with LF.
    has_lone_cr = any(line[-1] == "\r" for line in document.lines)
    ended = (line if line[-1] in "\r\n" else line + eol for line in document.lines)
    whole = ("\n" if has_lone_cr and line in ("\n", "\r") else line for line in ended)
    return [line for number, line in enumerate(whole) if number not in taken]


def must_be_accepted(name: str, value: str) -> bool:
    """Return whether a value must not be refused."""
    dialect, (first, *more) = DIALECTS[name], value.split("\n")
    if not more:
        return "\r" not in value and (dialect.quotes or value == value.strip())
    are_plain = all(line and line == line.strip() and line[0] not in "#;" for line in (first, *more))
    return "\r" not in value and dialect.continuation != "none" and are_plain


# The properties ------------------------------------------------------------------------------------------------------


@in_each_dialect
def test_text_is_parsed_as_by_the_reference_and_preserved(name: str) -> None:
    read = []

    @thoroughly
    @given(any_text(name) | good_text(name))
    def holds(text: str) -> None:
        try:
            document = parse(text, DIALECTS[name])
        except GlanceError:
            assert not reads(name, text)
            return
        assert document.text() == text
        assert parsed_document(document, DIALECTS[name].repeats) == READERS[name][0](text)
        read.append(text)

    holds()
    assert len(read) > EXAMPLES / 3


@in_each_dialect
def test_edit_makes_the_requested_changes_and_no_others(name: str) -> None:
    refused, meant, (parse_text, read_option) = [], writable(name), READERS[name]

    @thoroughly
    @given(edits(name))
    def holds(example: tuple[str, Desired]) -> None:
        text, desired = example
        document, before = parse(text, DIALECTS[name]), parse_text(text)
        try:
            edited = edit(document, desired)
        except GlanceError as error:
            refused.append((text, desired, error))
            return
        new = edited.after.text()
        after, (values, must_be_removed, may_go) = parse_text(new), expected(document, before, desired)
        assert after.values == values
        assert must_be_removed <= before.sections - after.sections <= may_go
        assert after.sections <= before.sections | {place.section for place in values}
        assert not edit(parse(new, DIALECTS[name]), desired).line_edits
        assert set(END.findall(new)) <= (set(END.findall(text)) or {"\n"})
        assert_others_are_preserved(document, edited.after, desired)
        for setting in desired.settings:
            place = document.place(setting.section, setting.option)
            requested = list(setting.values)
            if place.option.isidentifier() and values.get(place) == requested and meant.keys() >= set(requested):
                assert read_option(new, *place) == [meant[value] for value in requested]

    holds()
    assert len(refused) <= EXAMPLES / 100, refused[:3]


@in_each_dialect
def test_any_name_and_value_is_read_back_or_refused(name: str) -> None:
    dialect, (parse_text, read_option) = DIALECTS[name], READERS[name]
    text = "[DEFAULT]\nbefore = 1\nx = old\nafter = 2\n# y = 1\n#z = 1\n[a]\nb = 1"
    document, present = parse(text, dialect), parse_text(text).values
    good_places = st.sampled_from([("DEFAULT", "x"), ("DEFAULT", "y"), ("DEFAULT", "z"), ("a", "x"), ("b", "x")])
    names = st.text(NASTY, max_size=5) | st.text(st.characters(), max_size=5) | st.sampled_from(SECTIONS + OPTIONS)
    places = good_places.map(lambda place: (True, place)) | st.tuples(st.just(False), st.tuples(names, names))
    values = st.text(NASTY) | st.text(st.characters()) | st.sampled_from(VALUES + BLANK + BROKEN)

    @settings(thoroughly, max_examples=2 * EXAMPLES)
    @given(places, values, st.booleans())
    def holds(one: tuple[bool, tuple[str, str]], value: str, is_literal: bool) -> None:
        (is_good, place), written = one, dialect.literal(value) if is_literal else value
        try:
            new = edit(document, Desired([Setting(*place, (written,))])).after.text()
        except GlanceError:
            assert not (is_good and must_be_accepted(name, value))
            return
        assert parse_text(new).values == {**present, document.place(*place): [written]}
        assert not (is_good and is_literal) or read_option(new, *place) == [value]

    holds()


def test_pastedeploy_loads_the_requested_values(tmp_path: Path) -> None:
    path = tmp_path / "glance-api-paste.ini"
    document = parse(
        "# The pipeline\n[pipeline:glance-api]\npipeline = healthcheck rootapp\n\n[DEFAULT]\nregion = one\n\n"
        "[composite:rootapp]\npaste.composite_factory = wsgiref.simple_server:demo_app\n/: apiversions\n/v2: api\n"
        "here_is = %(here)s\n\n# Health\n[filter:healthcheck]\nuse = egg:oslo.middleware#healthcheck\n",
        DIALECTS["paste"],
    )
    present = {"/": "apiversions", "/v2": "api", "here_is": str(tmp_path)}
    meant = {written: value for written, value in writable("paste").items() if value.isprintable() or "\n" in value}
    values = st.sampled_from(list(meant))

    @thoroughly
    @given(st.dictionaries(st.sampled_from(["/", "/v2", "/v3", "Limit", "limit"]), values), values)
    def holds(requested_sections: dict[str, str], region: str) -> None:
        requested = [Setting("composite:rootapp", option, (value,)) for option, value in requested_sections.items()]
        new = edit(document, Desired([*requested, Setting("DEFAULT", "region", (region,))])).after.text()
        path.write_text(new, encoding="utf-8")
        config = loadwsgi.appconfig(f"config:{path}", name="rootapp")
        assert config.local_conf == {
            **present,
            **{option: meant[value] for option, value in requested_sections.items()},
        }
        assert config.global_conf["region"] == meant[region]

    holds()
