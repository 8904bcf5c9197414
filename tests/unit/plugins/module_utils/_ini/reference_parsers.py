# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parsers that the dialects follow, for comparison."""

from __future__ import annotations

import configparser
import io
from itertools import count
from typing import Any, Callable, Iterable, NamedTuple

import pytest

from ansible_collections.osops.glance.plugins.module_utils._ini.document import BOM, NAMELESS, Document, Place

cfg = pytest.importorskip("oslo_config.cfg")
iniparser = pytest.importorskip("oslo_config.iniparser")
loadwsgi = pytest.importorskip("paste.deploy.loadwsgi")


REFUSALS = (cfg.ParseError, configparser.Error)


class Parsed(NamedTuple):
    """The content of a text. DEFAULT is not among the sections, because some parsers have it without a header."""

    sections: set[str]
    values: dict[Place, list[Any]]


def opened(text: str) -> io.StringIO:
    """Return the text as an open file."""
    return io.StringIO(text, newline=None)


def collected(options: Iterable[tuple[str, str, Any]], sections: Iterable[str], repeats: bool = True) -> Parsed:
    """Return these options and sections; of a repeated option, all values or the last one."""
    values: dict[Place, list[Any]] = {}
    for section, option, value in options:
        place = Place(section, option)
        values[place] = [*values.get(place, []), value] if repeats else [value]
    return Parsed(set(sections) - {"DEFAULT", NAMELESS}, values)


def parsed_document(document: Document, repeats: bool = True) -> Parsed:
    options = ((*document.place(found.section, found.name), found.value) for found in document.options)
    return collected(options, (section.key for section in document.sections), repeats)


def oslo(text: str) -> tuple[Any, dict[str, dict[str, list[str]]]]:
    """Return oslo.config with the text as its file, and the output of its parser."""
    sections: dict[str, Any] = {}
    normalized: dict[str, Any] = {}
    conf = cfg.ConfigOpts()
    parser = cfg.ConfigParser("glance-api.conf", sections)
    parser._add_normalized(normalized)
    iniparser.BaseParser.parse(parser, opened(text))
    conf._namespace = cfg._Namespace(conf)
    conf._namespace._add_parsed_config_file("glance-api.conf", sections, normalized)
    return conf, normalized


def parse_oslo(text: str) -> Parsed:
    own = oslo(text)[1]
    return collected(((group, name, value) for group in own for name in own[group] for value in own[group][name]), own)


def oslo_values(text: str, section: str, option: str) -> list[Any]:
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


def parsed_python(parser: Any) -> Parsed:
    own = {parser.default_section: parser._defaults, **parser._sections}
    return collected(((section, option, own[section][option]) for section in own for option in own[section]), own)


def parse_generic(text: str) -> Parsed:
    """Return the options that a ConfigParser reads, which numbers them to keep all; a first section is added."""
    parser, number = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section=NAMELESS), count()
    text = "[no name]\n" + text[text.startswith(BOM) :]
    own = dict(loaded(parser, text, lambda option: (option, next(number)))._sections)
    own[NAMELESS] = own.pop("no name")
    return collected(((section, key[0], own[section][key]) for section in own for key in own[section]), own)


# For each dialect: the parser of a text, and the values of an option after all substitutions.
READERS: dict[str, tuple[Callable[[str], Parsed], Callable[..., list[Any]]]] = {
    "oslo": (parse_oslo, oslo_values),
    "ini": (lambda text: parsed_python(python(text)), lambda text, *place: [python(text).get(*place)]),
    "rawini": (lambda text: parsed_python(raw_python(text)), lambda text, *place: [raw_python(text).get(*place)]),
    "paste": (lambda text: parsed_python(paste(text)), lambda text, *place: [paste(text).get(*place)]),
    "generic": (parse_generic, lambda text, *place: parse_generic(text).values[Place(*place)]),
}


def reads(name: str, text: str) -> bool:
    try:
        READERS[name][0](text)
    except REFUSALS:
        return False
    return True
