# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task asks of a file of options: from the module's parameters to settings, all faults in one message."""

from __future__ import annotations

import re
from typing import Any, Collection, Iterable, Iterator, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS, Dialect
from ansible_collections.osops.glance.plugins.module_utils._ini.document import NAMELESS, Place
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import Desired, Setting

# What every module for files of options is told; the documentation fragment `ini` says the same.
DOCUMENT_OPTIONS: dict[str, Any] = {
    "path": {"type": "path", "required": True, "aliases": ["dest"]},
    "dialect": {"type": "str", "choices": list(DIALECTS), "default": "oslo"},
    "redact": {"type": "list", "elements": "str", "default": []},
}
# What a row of `settings` says when it says nothing.
PLAIN = {"bare": False, **dict.fromkeys(("literal", "list_style", "append", "commented_default"))}
_BREAKS = re.compile(r"[\r\n\0]")


class Row(NamedTuple):
    """One option as it was asked for, and in which argument."""

    setting: Setting
    secret: bool
    literal: bool
    argument: str


class Request(NamedTuple):
    """All that a task asks.

    secrets: the options whose values were named secret.
    references: the options that were given as they are, in which `$name` refers to another option.
    """

    desired: Desired
    secrets: frozenset[Place]
    references: tuple[Setting, ...]


def request_of(params: Mapping[str, Any], dialect: Dialect) -> Request:
    """Return what the parameters of a task ask for; GlanceError with everything that is wrong with them."""
    maps = [
        (argument, str(section), options)
        for argument in ("options", "secrets")
        for section, options in params[argument].items()
    ]
    drop = [section for _argument, section, options in maps if options is None]
    faults: list[str] = []
    rows: list[Row] = []
    for argument, row in (*_rows_of(maps, faults), *_rows_in(params["settings"])):
        try:
            rows.append(_row(argument, row, params, dialect))
        except GlanceError as error:
            faults.append(f"{argument}: {row['section']}/{row['option']} {error}")
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


def _rows_of(maps: Iterable[tuple[str, str, Any]], faults: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the options in the maps as rows of `settings`, each with its argument, and note which are no maps."""
    for argument, section, options in maps:
        if isinstance(options, Mapping):
            for option, value in options.items():
                yield (
                    argument,
                    {
                        **PLAIN,
                        "section": section,
                        "option": str(option),
                        "value": value,
                        "secret": argument == "secrets",
                    },
                )
        elif options is not None:
            faults.append(f"{argument}: [{section}] must be a dictionary of options, not {describe_type(options)}")


def _rows_in(settings: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((f"settings[{number}]", row) for number, row in enumerate(settings))


def _row(argument: str, row: Mapping[str, Any], params: Mapping[str, Any], dialect: Dialect) -> Row:
    """Return one option as the file shall hold it; what the row leaves open is as the parameters of the task say."""

    def chosen(name: str) -> Any:
        return params[name] if row[name] is None else row[name]

    value = row["value"]
    if row["bare"] and value is not None:
        raise GlanceError("cannot be bare and have a value")
    values: tuple[str | None, ...] = (None,) if row["bare"] else texts_of(value, chosen("list_style"))
    literal = chosen("literal") or (row["secret"] and row["literal"] is None)
    if literal:
        values = tuple(text if text is None else dialect.literal(text) for text in values)
    setting = Setting(
        row["section"],
        row["option"],
        values,
        # What is added takes nothing away; null removes all the same.
        append=chosen("append") and value is not None,
        replace_default=chosen("commented_default") == "replace",
    )
    return Row(setting, row["secret"], literal, argument)


def texts_of(value: Any, list_style: str) -> tuple[str, ...]:
    """Return a value as the texts that the file holds, one for each time that the option is given; null is none."""
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
    """Return a single value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (Mapping, list, tuple)):
        raise GlanceError(f"must hold plain values, not {describe_type(value)} inside")
    text = str(value)
    if "\0" in text or not _is_encodable(text):
        raise GlanceError("holds a character that no text file can have")
    return text


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _item(value: Any) -> str:
    """Return an item between commas, which is stripped of blanks when it is read."""
    text = plain(value)
    if not text or text != text.strip() or re.search(r"[,\r\n]", text):
        raise GlanceError(
            "has an item that is empty, or has a comma, a line break, or blanks around it: it would not be read back"
        )
    return text


def _key(value: Any) -> str:
    text = _item(value)
    if ":" in text:
        raise GlanceError("has a key with a colon, which ends the key when it is read")
    return text


def _place(row: Row, dialect: Dialect) -> Place:
    return Place(dialect.section(row.setting.section), dialect.option(row.setting.option))


def _contradictions(rows: Iterable[Row], drop: Collection[str], dialect: Dialect) -> Iterator[str]:
    """Yield what was asked for twice."""
    if NAMELESS in drop:
        yield "what stands before the first section cannot be removed whole: remove its options"
    dropped = {dialect.section(name) for name in drop}
    seen: dict[Place, Row] = {}
    for row in rows:
        place = _place(row, dialect)
        if place in seen:
            arguments = " and in ".join(dict.fromkeys((seen[place].argument, row.argument)))
            yield f"{row.setting} is given twice, in {arguments}: say it once"
        if place.section in dropped:
            yield f"[{row.setting.section}] is to be removed, and {row.setting} is to be in it: say one of them"
        seen[place] = row


def _name_faults(row: Row, dialect: Dialect) -> Iterator[str]:
    """Yield what is wrong with the names of a row. Here they are held against what no dialect can have."""
    section, option = row.setting.section, row.setting.option
    if section == NAMELESS and not dialect.nameless:
        yield f"{row.argument}: {option!r} has no section, and {dialect.reader} reads no option without one"
    elif (
        _BREAKS.search(section)
        or re.search(r"[\[\]]", section)
        or section != section.strip()
        or section[:1] in ("#", ";")
    ):
        yield f"{row.argument}: {section!r} cannot be the name of a section"
    if not option or _BREAKS.search(option) or re.search(r"[=:]|^[#;\[]", option) or option != option.strip():
        yield f"{row.argument}: {option!r} in [{section}] cannot be the name of an option"
