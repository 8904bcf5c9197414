# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert the parameters of a task to settings, and report all invalid ones in one message."""

from __future__ import annotations

import re
from typing import Any, Collection, Iterable, Iterator, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS, Dialect
from ansible_collections.osops.glance.plugins.module_utils._ini.document import NAMELESS, Place
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting

# The options of every module for INI files; they are documented in the fragment `ini`.
DOCUMENT_OPTIONS: dict[str, Any] = {
    "path": {"type": "path", "required": True, "aliases": ["dest"]},
    "dialect": {"type": "str", "choices": list(DIALECTS), "default": "oslo"},
    "redact": {"type": "list", "elements": "str", "default": []},
}
# The defaults of an element of `settings`.
ROW_DEFAULTS = {"bare": False, **dict.fromkeys(("literal", "list_style", "append", "commented_default"))}
_BREAKS = re.compile(r"[\r\n\0]")


class Row(NamedTuple):
    """One requested option.

    argument: the parameter that it comes from, for messages.
    """

    setting: Setting
    secret: bool
    literal: bool
    argument: str


class Request(NamedTuple):
    """The desired state that a task specifies.

    secrets: the options whose values were declared secret.
    references: the options that are not literal, in which `$name` refers to another option.
    """

    desired: Desired
    secrets: frozenset[Place]
    references: tuple[Setting, ...]


def request_of(params: Mapping[str, Any], dialect: Dialect) -> Request:
    """Return the request in the parameters of a task; GlanceError with all faults in them."""
    maps = [
        (argument, str(section), options)
        for argument in ("options", "secrets")
        for section, options in params[argument].items()
    ]
    drop = [section for _argument, section, options in maps if options is None]
    rows, faults = _parsed_rows(maps, params, dialect)
    faults += _contradictions(rows, drop, dialect)
    faults += (fault for row in rows for fault in _name_faults(row, dialect))
    if faults:
        raise GlanceError("; ".join(dict.fromkeys(faults)) + ". Nothing was changed.")
    desired = Desired(
        settings=[row.setting for row in rows],
        drop=drop,
        exclusive=params["exclusive"],
        named=[section for _argument, section, options in maps if options is not None],
        keep=params["keep"],
        remove_empty=params["remove_empty"],
        style=params["style"],
    )
    secrets = frozenset(_place(row, dialect) for row in rows if row.secret)
    return Request(desired, secrets, tuple(row.setting for row in rows if not row.literal))


def _parsed_rows(
    maps: Iterable[tuple[str, str, Any]], params: Mapping[str, Any], dialect: Dialect
) -> tuple[list[Row], list[str]]:
    """Return the requested options, and the faults of invalid ones."""
    faults: list[str] = []
    rows: list[Row] = []
    for argument, row in (*_rows_of_maps(maps, faults), *_numbered_rows(params["settings"])):
        try:
            rows.append(_row(argument, row, params, dialect))
        except GlanceError as error:
            faults.append(f"{argument}: {row['section']}/{row['option']} {error}")
    return rows, faults


def _rows_of_maps(maps: Iterable[tuple[str, str, Any]], faults: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the options in the maps as elements of `settings`, each with its argument; add a fault for other types."""
    for argument, section, options in maps:
        if isinstance(options, Mapping):
            for option, value in options.items():
                row = {"section": section, "option": str(option), "value": value, "secret": argument == "secrets"}
                yield argument, {**ROW_DEFAULTS, **row}
        elif options is not None:
            faults.append(f"{argument}: [{section}] must be a dictionary of options, not {describe_type(options)}")


def _numbered_rows(settings: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((f"settings[{number}]", row) for number, row in enumerate(settings))


def _row(argument: str, row: Mapping[str, Any], params: Mapping[str, Any], dialect: Dialect) -> Row:
    """Return one option as the file must hold it; the parameters of the task are defaults for the row."""

    def effective(name: str) -> Any:
        return params[name] if row[name] is None else row[name]

    value = row["value"]
    if row["bare"] and value is not None:
        raise GlanceError("cannot be bare and have a value")
    values: tuple[str | None, ...] = (None,) if row["bare"] else texts_of(value, effective("list_style"))
    literal = effective("literal") or (row["secret"] and row["literal"] is None)
    if literal:
        values = tuple(text if text is None else dialect.literal(text) for text in values)
    setting = Setting(
        row["section"],
        row["option"],
        values,
        # With `append` too, null removes the option.
        append=effective("append") and value is not None,
        replace_default=effective("commented_default") == "replace",
    )
    return Row(setting, row["secret"], literal, argument)


def texts_of(value: Any, list_style: str) -> tuple[str, ...]:
    """Return a value as the texts that the file holds, one for each occurrence of the option; null has none."""
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return (",".join(f"{_key(key)}:{_item(item)}" for key, item in value.items()),)
    if not isinstance(value, (list, tuple)):
        return (plain(value),)
    if list_style == "repeat":
        return tuple(plain(item) for item in value)
    text = (",\n" if list_style == "lines" else ",").join(map(_item, value))
    return (f"[{text}]" if list_style == "bracket" else text,)


def plain(value: Any) -> str:
    """Return a scalar value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (Mapping, list, tuple)):
        raise GlanceError(f"must contain only scalar values, not {describe_type(value)}")
    text = str(value)
    if "\0" in text or not _is_encodable(text):
        raise GlanceError("has a character that a text file cannot hold")
    return text


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _item(value: Any) -> str:
    """Return an item of a list with commas; the program strips the blanks around it."""
    text = plain(value)
    if not text or text != text.strip() or re.search(r"[,\r\n]", text):
        raise GlanceError(
            "has an item that would not be read back: it is empty, or has a comma, a line break, or blanks around it"
        )
    return text


def _key(value: Any) -> str:
    text = _item(value)
    if ":" in text:
        raise GlanceError("has a key with a colon, which would end the key when it is read")
    return text


def _place(row: Row, dialect: Dialect) -> Place:
    return Place(dialect.section(row.setting.section), dialect.option(row.setting.option))


def _contradictions(rows: Iterable[Row], drop: Collection[str], dialect: Dialect) -> Iterator[str]:
    """Yield a fault for each option that is specified twice, or in a section to remove."""
    if NAMELESS in drop:
        yield "the lines before the first section cannot be removed as a section; remove their options"
    dropped = {dialect.section(name) for name in drop}
    rows_by_place: dict[Place, Row] = {}
    for row in rows:
        place = _place(row, dialect)
        if place in rows_by_place:
            arguments = " and in ".join(dict.fromkeys((rows_by_place[place].argument, row.argument)))
            yield f"{row.setting} is specified twice, in {arguments}; specify it once"
        if place.section in dropped:
            yield f"[{row.setting.section}] is to be removed, but {row.setting} is to be set in it; specify one of them"
        rows_by_place[place] = row


def _name_faults(row: Row, dialect: Dialect) -> Iterator[str]:
    """Yield the faults of the names of a row that no dialect accepts."""
    section, option = row.setting.section, row.setting.option
    if section == NAMELESS and not dialect.nameless:
        yield f"{row.argument}: {option!r} has no section, and {dialect.reader} reads no option without one"
    elif (
        _BREAKS.search(section)
        or re.search(r"[\[\]]", section)
        or section != section.strip()
        or section[:1] in ("#", ";")
    ):
        yield f"{row.argument}: {section!r} is not a valid section name"
    if not option or _BREAKS.search(option) or re.search(r"[=:]|^[#;\[]", option) or option != option.strip():
        yield f"{row.argument}: {option!r} in [{section}] is not a valid option name"
