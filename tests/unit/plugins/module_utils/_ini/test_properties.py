# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parsers that the dialects stand for are the judges: they read back what was asked, and beside it what was there.

OSOPS_EXAMPLES is how many examples each property is held against in each dialect.
"""

from __future__ import annotations

import configparser
import io
import os
import re
from collections import Counter
from fnmatch import fnmatchcase
from itertools import chain, count, cycle, islice, product
from pathlib import Path
from random import Random
from typing import Any, Callable, Iterable, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import BOM, NAMELESS, Document, Place, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import COMMENTED
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting

cfg = pytest.importorskip("oslo_config.cfg")
iniparser = pytest.importorskip("oslo_config.iniparser")
loadwsgi = pytest.importorskip("paste.deploy.loadwsgi")

EXAMPLES = int(os.environ.get("OSOPS_EXAMPLES", "800"))
thoroughly = settings(derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
thoroughly = settings(thoroughly, max_examples=EXAMPLES)

# The parsers ---------------------------------------------------------------------------------------------------------

REFUSALS = (cfg.ParseError, configparser.Error)


class ImportStatus(NamedTuple):
    """What is in a text. DEFAULT is not among the sections, for some parsers know it without a header."""

    sections: set[str]
    values: dict[Place, list[Any]]


def opened(text: str) -> io.StringIO:
    """Return the text as a program opens a file of it."""
    return io.StringIO(text, newline=None)


def seen(options: Iterable[tuple[str, str, Any]], sections: Iterable[str], repeats: bool = True) -> ImportStatus:
    """Return these options and sections; of an option that is there several times, all values or the last one."""
    values: dict[Place, list[Any]] = {}
    for section, option, value in options:
        place = Place(section, option)
        values[place] = [*values.get(place, []), value] if repeats else [value]
    return ImportStatus(set(sections) - {"DEFAULT", NAMELESS}, values)


def seen_by_us(document: Document, repeats: bool = True) -> ImportStatus:
    options = ((*document.place(found.section, found.name), found.value) for found in document.options)
    return seen(options, (section.key for section in document.sections), repeats)


def oslo(text: str) -> tuple[Any, dict[str, dict[str, list[str]]]]:
    """Return oslo.config that was started with the text, and what its parser made of that."""
    sections: dict[str, Any] = {}
    normalized: dict[str, Any] = {}
    conf = cfg.ConfigOpts()
    parser = cfg.ConfigParser("glance-api.conf", sections)
    parser._add_normalized(normalized)
    iniparser.BaseParser.parse(parser, opened(text))
    conf._namespace = cfg._Namespace(conf)
    conf._namespace._add_parsed_config_file("glance-api.conf", sections, normalized)
    return conf, normalized


def see_oslo(text: str) -> ImportStatus:
    own = oslo(text)[1]
    return seen(((group, name, value) for group in own for name in own[group] for value in own[group][name]), own)


def get_oslo(text: str, section: str, option: str) -> list[Any]:
    group = None if section == "DEFAULT" else section
    found: list[Any] = []
    for kind in (cfg.MultiStrOpt, cfg.StrOpt):
        conf = oslo(text)[0]
        conf.register_opt(kind(option), group)
        found.append((conf[group] if group else conf)[option])
    assert found[0][-1] == found[1]
    return list(found[0])


def loaded(parser: Any, text: str, optionxform: Callable[[str], Any]) -> Any:
    parser.optionxform = optionxform
    parser.read_file(opened(text))
    return parser


def python(text: str) -> Any:
    return loaded(configparser.ConfigParser(strict=False), text[text.startswith(BOM) :], str.lower)


def raw_python(text: str) -> Any:
    return loaded(configparser.RawConfigParser(strict=False), text[text.startswith(BOM) :], str.lower)


def paste(text: str) -> Any:
    return loaded(loadwsgi.NicerConfigParser("api-paste.ini"), text, str)


def see_python(parser: Any) -> ImportStatus:
    own = {parser.default_section: parser._defaults, **parser._sections}
    return seen(((section, option, own[section][option]) for section in own for option in own[section]), own)


def see_generic(text: str) -> ImportStatus:
    """Return what a ConfigParser sees that numbers options, and so keeps all of them; the first section is added."""
    parser, number = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section=NAMELESS), count()
    text = "[no name]\n" + text[text.startswith(BOM) :]
    own = dict(loaded(parser, text, lambda option: (option, next(number)))._sections)
    own[NAMELESS] = own.pop("no name")
    return seen(((section, key[0], own[section][key]) for section in own for key in own[section]), own)


# What each parser sees in a text, and which values a program gets for an option, with everything substituted.
READERS: dict[str, tuple[Callable[[str], ImportStatus], Callable[..., list[Any]]]] = {
    "oslo": (see_oslo, get_oslo),
    "ini": (lambda text: see_python(python(text)), lambda text, *place: [python(text).get(*place)]),
    "rawini": (lambda text: see_python(raw_python(text)), lambda text, *place: [raw_python(text).get(*place)]),
    "paste": (lambda text: see_python(paste(text)), lambda text, *place: [paste(text).get(*place)]),
    "generic": (see_generic, lambda text, *place: see_generic(text).values[Place(*place)]),
}
# The judges of the other dialects are in test_ini_dialects.py.
in_each_dialect = pytest.mark.parametrize("name", READERS)


def reads(name: str, text: str) -> bool:
    try:
        READERS[name][0](text)
    except REFUSALS:
        return False
    return True


# Texts and wishes ----------------------------------------------------------------------------------------------------

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
# Few of them, so that some are there several times.
COMMON = ["[a]", "[DEFAULT]", "x = 1", "x = 2", "x=1", "x: a b", "y = 1", "y = 2"]
INDENTED = ["".join(parts) for parts in product(("    ", " ", "\t"), [*VALUES, *ASSIGNMENTS[::20]])]
NASTY = "\n\rax=:#;[]\"' \t$%\\\xa0\u2028\x85\x0c\x1c\ufeff\udce9é"
SOUP = ["".join(Random(number).choices(NASTY[2:], k=number % 9)) for number in range(1000)]
END = re.compile(r"\r\n|\r|\n")
ENDS = [["\n"], ["\n"], ["\r\n"], ["\r"], ["\n", "\r\n", "\r"]]


def is_for(name: str, text: str) -> bool:
    """Say whether a text has a meaning in a dialect: in the generic one, it is not known what indented lines are."""
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
    """Return texts that the parser reads: the lines at which it would stop are left out."""

    def build(first: str, content: list[str], ends: list[str], has_end: bool, has_bom: bool) -> str:
        good = [first]
        for line in content:
            good += [line] * reads(name, joined([*good, line], ["\n"]))
        return joined(good, ends, has_end, has_bom and DIALECTS[name].bom)

    first = st.sampled_from([*HEADERS, "# on the file"])
    return st.builds(build, first, lines(name), st.sampled_from(ENDS), st.booleans(), st.booleans())


def writable(name: str) -> dict[Any, Any]:
    """Return values that a dialect can hold: how they are written so that nothing is substituted, and what they are."""
    dialect = DIALECTS[name]
    texts = VALUES + BLANK * dialect.quotes + ["a\nb", "a\n[b]\nx = 2"] * (dialect.continuation != "none")
    return {**{dialect.literal(text): text for text in texts}, **({None: None} if dialect.bare else {})}


# How a wish can be, but for its settings: drop, exclusive, named, keep, remove_empty, style.
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
    """Return a text and a wish; many settings are of what is there, with other values or the same in another order."""
    text, dialect = draw(good_text(name)), DIALECTS[name]
    there, most = READERS[name][0](text).values, 3 if dialect.repeats else 1
    places = st.sampled_from(list(product(SECTIONS + [NAMELESS] * dialect.nameless, OPTIONS)))
    values = st.lists(st.sampled_from(list(writable(name))), max_size=most)
    wanted: dict[tuple[str, str], Setting] = {}
    for _number in range(draw(st.integers(0, 4))):
        section, option = draw(st.sampled_from(list(there)) | places if there else places)
        old = [value for value in there.get(Place(section, option), ()) if "\n" not in str(value)][:most]
        new = draw(values | st.permutations(old) if old else values)
        append, replaced = draw(st.sampled_from([(False, False), (False, True), (dialect.repeats, False)]))
        setting = Setting(section, option, tuple(new), append, replaced)
        wanted[dialect.section(section), dialect.option(option)] = setting
    (drop, *manner), asked = draw(st.sampled_from(MANNERS)), {section for section, _option in wanted}
    asked.update(map(dialect.section, manner[1]))
    drop = [section for section in drop if dialect.section(section) not in asked]
    return text, Desired(list(wanted.values()), drop, *manner)


# What is expected ----------------------------------------------------------------------------------------------------


def expected(
    document: Document, before: ImportStatus, desired: Desired
) -> tuple[dict[Place, list[Any]], set[str], set[str]]:
    """Return all values after an edit, and which sections must go and may go."""
    wanted = {document.place(setting.section, setting.option): setting for setting in desired.settings}
    homes = {place.section for place in wanted} | {document.dialect.section(section) for section in desired.named}
    kept = {place for place in before.values if any(fnmatchcase("/".join(place), pattern) for pattern in desired.keep)}
    gone = {document.dialect.section(section) for section in desired.drop}
    if desired.exclusive == "file":
        gone |= before.sections - homes - {place.section for place in kept}
    values = {}
    for place, there in before.values.items():
        is_spared = desired.exclusive == "none" or (desired.exclusive == "sections" and place.section not in homes)
        if is_spared or place in kept:
            values[place] = there
    for place, setting in wanted.items():
        old = before.values.get(place, []) if setting.append else []
        values[place] = old + [value for value in setting.values if value not in old]
    values = {place: there for place, there in values.items() if there and place.section not in gone}
    empty = before.sections - {place.section for place in values} if desired.remove_empty else set()
    return values, gone & before.sections, gone | empty


def assert_nothing_else_is_touched(old: Document, new: Document, desired: Desired) -> None:
    """Compare the lines of all but the options that became different: they are there still, and few are new."""
    before, after = seen_by_us(old).values, seen_by_us(new).values
    changed = {place for place in {**before, **after} if before.get(place) != after.get(place)}
    if desired.style == "enforce":
        changed |= {old.place(setting.section, setting.option) for setting in desired.settings}
    gone = {section.key for section in old.sections} - {section.key for section in new.sections}
    losing = [line for found in old.sections if found.key in gone for line in old.lines[found.start : found.end]]
    headers = {f"[{setting.section}]{end}" for setting in desired.settings for end in ("\n", "\r\n", "\r")}
    replaced = {old.dialect.option(setting.option) for setting in desired.settings if setting.replace_default}

    def is_loose(line: str) -> bool:
        """Say whether a line may go: a blank one where a section goes, or a commented default to be replaced."""
        match = COMMENTED.match(line)
        return bool(gone and not line.strip()) or bool(match and match[2] in replaced)

    kept = [line for line in others(old, changed, gone, old.eol()) if not is_loose(line)]
    found = others(new, changed, set(), old.eol())
    rest = iter(found)
    assert all(line in rest for line in kept), "an old line is not there any more, or not in its place"
    for line in Counter(found) - Counter(kept):
        assert not line.strip() or line in headers or line in losing or is_loose(line)


def others(document: Document, places: set[Place], sections: set[str], eol: str) -> list[str]:
    """Return the lines of a text that belong to none of these options and sections."""
    options = [found for found in document.options if document.place(found.section, found.name) in places]
    spans: list[Any] = [*options, *(section for section in document.sections if section.key in sections)]
    taken = {number for span in spans for number in range(span.start, span.end)}
    # A blank line that comes to stand behind a lone CR cannot end with LF any more.
    has_lone_cr = any(line[-1] == "\r" for line in document.lines)
    ended = (line if line[-1] in "\r\n" else line + eol for line in document.lines)
    whole = ("\n" if has_lone_cr and line in ("\n", "\r") else line for line in ended)
    return [line for number, line in enumerate(whole) if number not in taken]


def is_sure(name: str, value: str) -> bool:
    """Say whether there is no reason to refuse a value."""
    dialect, (first, *more) = DIALECTS[name], value.split("\n")
    if not more:
        return "\r" not in value and (dialect.quotes or value == value.strip())
    are_plain = all(line and line == line.strip() and line[0] not in "#;" for line in (first, *more))
    return "\r" not in value and dialect.continuation != "none" and are_plain


# The properties ------------------------------------------------------------------------------------------------------


@in_each_dialect
def test_a_text_is_read_as_its_parser_reads_it_and_printed_as_it_is(name: str) -> None:
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
        assert seen_by_us(document, DIALECTS[name].repeats) == READERS[name][0](text)
        read.append(text)

    holds()
    assert len(read) > EXAMPLES / 3


@in_each_dialect
def test_an_edit_makes_what_was_asked_of_a_text_and_nothing_else(name: str) -> None:
    refused, meant, (see, get) = [], writable(name), READERS[name]

    @thoroughly
    @given(edits(name))
    def holds(example: tuple[str, Desired]) -> None:
        text, desired = example
        document, before = parse(text, DIALECTS[name]), see(text)
        try:
            edited = edit(document, desired)
        except GlanceError as error:
            refused.append((text, desired, error))
            return
        new = edited.after.text()
        after, (values, must_go, may_go) = see(new), expected(document, before, desired)
        assert after.values == values
        assert must_go <= before.sections - after.sections <= may_go
        assert after.sections <= before.sections | {place.section for place in values}
        assert not edit(parse(new, DIALECTS[name]), desired).line_edits
        assert set(END.findall(new)) <= (set(END.findall(text)) or {"\n"})
        assert_nothing_else_is_touched(document, edited.after, desired)
        for setting in desired.settings:
            place = document.place(setting.section, setting.option)
            wanted = list(setting.values)
            if place.option.isidentifier() and values.get(place) == wanted and meant.keys() >= set(wanted):
                assert get(new, *place) == [meant[value] for value in wanted]

    holds()
    assert len(refused) <= EXAMPLES / 100, refused[:3]


@in_each_dialect
def test_any_name_and_any_value_is_read_back_or_refused(name: str) -> None:
    dialect, (see, get) = DIALECTS[name], READERS[name]
    text = "[DEFAULT]\nbefore = 1\nx = old\nafter = 2\n# y = 1\n#z = 1\n[a]\nb = 1"
    document, there = parse(text, dialect), see(text).values
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
            assert not (is_good and is_sure(name, value))
            return
        assert see(new).values == {**there, document.place(*place): [written]}
        assert not (is_good and is_literal) or get(new, *place) == [value]

    holds()


def test_pastedeploy_loads_what_was_asked(tmp_path: Path) -> None:
    path = tmp_path / "glance-api-paste.ini"
    document = parse(
        "# The pipeline\n[pipeline:glance-api]\npipeline = healthcheck rootapp\n\n[DEFAULT]\nregion = one\n\n"
        "[composite:rootapp]\npaste.composite_factory = wsgiref.simple_server:demo_app\n/: apiversions\n/v2: api\n"
        "here_is = %(here)s\n\n# Health\n[filter:healthcheck]\nuse = egg:oslo.middleware#healthcheck\n",
        DIALECTS["paste"],
    )
    there = {"/": "apiversions", "/v2": "api", "here_is": str(tmp_path)}
    meant = {written: value for written, value in writable("paste").items() if value.isprintable() or "\n" in value}
    values = st.sampled_from(list(meant))

    @thoroughly
    @given(st.dictionaries(st.sampled_from(["/", "/v2", "/v3", "Limit", "limit"]), values), values)
    def holds(asked: dict[str, str], region: str) -> None:
        wanted = [Setting("composite:rootapp", option, (value,)) for option, value in asked.items()]
        new = edit(document, Desired([*wanted, Setting("DEFAULT", "region", (region,))])).after.text()
        path.write_text(new, encoding="utf-8")
        config = loadwsgi.appconfig(f"config:{path}", name="rootapp")
        assert config.local_conf == {**there, **{option: meant[value] for option, value in asked.items()}}
        assert config.global_conf["region"] == meant[region]

    holds()
