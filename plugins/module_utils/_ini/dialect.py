# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules by which programs read configuration files of sections and options.

Each dialect follows one parser:

- oslo: oslo.config (oslo_config/iniparser.py)
- ini: Python's ConfigParser; rawini: Python's RawConfigParser, which has no interpolation
- paste: the loader of PasteDeploy, a strict ConfigParser with exact names
- generic: the common rules of php.ini and similar files
- mysql: the option files of MariaDB and MySQL (mysys/my_default.c)
- systemd: units, drop-ins and other files of systemd (src/shared/conf-parser.c)
"""

from __future__ import annotations

import re
from typing import Callable, NamedTuple, Pattern

QUOTES = ("'", '"')
# The first match ends the name.
DELIMITER = re.compile("[=:]")
HEADER = re.compile(r"\[(.+)\]")

_MYSQL_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "s": " ", '"': '"', "'": "'", "\\": "\\"}
_MYSQL_WRITTEN = {"\n": r"\n", "\t": r"\t", "\r": r"\r", "\b": r"\b", '"': r"\"", "\\": r"\\"}


def _exact(name: str) -> str:
    return name


def _alone(value: str) -> tuple[str, ...]:
    return (value,)


def _oslo_section(name: str) -> str:
    return name if name == "DEFAULT" else name.lower()


def _oslo_literal(text: str) -> str:
    # After a backslash, `$$` is not read as one dollar sign; `\$` preserves both characters.
    return re.sub(r"(\\?)\$", lambda found: r"\\$" if found[1] else "$$", text)


def _oslo_meaning(text: str) -> str:
    return text[1:-1] if text[:1] in QUOTES and text[0] == text[-1] else text


def _oslo_spellings(value: str) -> tuple[str, ...]:
    first, line_feed, rest = value.partition("\n")
    return value, f'"{first}"{line_feed}{rest}'


def _percent_literal(text: str) -> str:
    return text.replace("%", "%%")


def _mysql_option(name: str) -> str:
    """Return the name by which options are compared: to MariaDB, a dash is an underscore."""
    return name.replace("-", "_")


def _mysql_uncommented(text: str) -> str:
    """Return a line without the comment at its end; a comment sign in quotes is part of the value."""
    quote, escaped = "", False
    for position, character in enumerate(text):
        if character in QUOTES and not escaped:
            quote = character if not quote else "" if quote == character else quote
        if not quote and character == "#":
            return text[:position]
        escaped = bool(quote) and character == "\\" and not escaped
    return text


def _mysql_meaning(text: str) -> str:
    """Return a value without its quotes and escapes. An escape that is not one of MariaDB is unchanged."""
    # MariaDB strips bytes, and 0xA0 is one of its blanks: it also ends some characters in UTF-8, such as a with grave.
    text = text.encode("utf-8", "surrogateescape").rstrip(b" \xa0").decode("utf-8", "surrogateescape")
    if len(text) > 1 and text[0] in QUOTES and text[0] == text[-1]:
        text = text[1:-1]
    return re.sub(r"\\(.)", lambda found: _MYSQL_ESCAPES.get(found[1], found[0]), text, flags=re.DOTALL)


def _mysql_spellings(value: str) -> tuple[str, ...]:
    return value, '"' + "".join(_MYSQL_WRITTEN.get(character, character) for character in value) + '"'


class Dialect(NamedTuple):
    """The rules of one parser.

    reader: the name of the program, for messages.
    continuation: the lines that continue a value: "indented" ones (a blank line or a comment ends the value), ones
      that are indented "deeper" than the option (blank lines and comments may separate them), those after a
      "backslash", or "none".
    indented: whether options, headers and comments may be indented.
    header: the pattern of a header; None if a header must end its line.
    delimiter: the pattern between a name and its value.
    missing: the defect of a line without a delimiter, for messages.
    directives: the first characters of lines that are neither options nor comments, and that are preserved.
    blanks: the characters that are stripped from names and values; all white space by default.
    quotes: whether a matching pair of quotes around a value is removed.
    repeats: whether an option that is set several times has several values; otherwise the last one takes effect.
    resets: whether an empty value removes the values before it.
    strict: whether a repeated option or section is an error.
    bare: whether an option needs no delimiter and value.
    nameless: whether options are allowed before the first section.
    returns: whether a lone carriage return ends a line.
    bom: whether a byte order mark is ignored.
    section, option: return the name by which sections and options are compared.
    literal: returns a text as it is written so that nothing in it is substituted.
    uncommented: returns a line without a comment at its end.
    meaning: returns the value of a text in the file.
    spellings: returns the texts that may have a value, the preferred one first.
    """

    reader: str
    continuation: str
    indented: bool = True
    header: Pattern[str] | None = HEADER
    delimiter: Pattern[str] = DELIMITER
    missing: str = "neither = nor :"
    directives: str = ""
    blanks: str | None = None
    quotes: bool = False
    repeats: bool = False
    resets: bool = False
    strict: bool = False
    bare: bool = False
    nameless: bool = False
    returns: bool = True
    bom: bool = True
    section: Callable[[str], str] = _exact
    option: Callable[[str], str] = _exact
    literal: Callable[[str], str] = _exact
    uncommented: Callable[[str], str] = _exact
    meaning: Callable[[str], str] = _exact
    spellings: Callable[[str], tuple[str, ...]] = _alone


DIALECTS = {
    "oslo": Dialect(
        reader="oslo.config",
        continuation="indented",
        indented=False,
        header=None,
        quotes=True,
        repeats=True,
        bom=False,
        section=_oslo_section,
        literal=_oslo_literal,
        meaning=_oslo_meaning,
        spellings=_oslo_spellings,
    ),
    "ini": Dialect(reader="Python's configparser", continuation="deeper", option=str.lower, literal=_percent_literal),
    "rawini": Dialect(reader="Python's RawConfigParser", continuation="deeper", option=str.lower),
    "paste": Dialect(reader="PasteDeploy", continuation="deeper", strict=True, bom=False, literal=_percent_literal),
    "mysql": Dialect(
        reader="MariaDB",
        continuation="none",
        header=re.compile(r"\[([^\]]+)\]"),
        delimiter=re.compile("="),
        directives="!",
        blanks=" \t\n\v\f\r",
        quotes=True,
        repeats=True,
        bare=True,
        returns=False,
        bom=False,
        section=str.rstrip,
        option=_mysql_option,
        uncommented=_mysql_uncommented,
        meaning=_mysql_meaning,
        spellings=_mysql_spellings,
    ),
    "systemd": Dialect(
        reader="systemd",
        continuation="backslash",
        header=None,
        delimiter=re.compile("="),
        missing="no =",
        blanks=" \t\n\r",
        repeats=True,
        resets=True,
        literal=_percent_literal,
    ),
    "generic": Dialect(reader="the program", continuation="none", repeats=True, bare=True, nameless=True),
}
