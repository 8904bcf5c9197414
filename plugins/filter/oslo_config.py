# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from typing import Any, Callable, Iterable, Mapping

from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.module_utils._options import in_words, kind

SECTION = re.compile(r"[\w.:+-]+")
OPTION = re.compile(r"[\w.-]+")


def oslo_config(sections: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the text from which oslo.config reads these sections: DEFAULT first, the others in their order."""
    if not isinstance(sections, Mapping):
        raise AnsibleFilterError(f"oslo_config: the input must be a dictionary of sections, not {in_words(sections)}.")
    ordered = sorted(sections, key=lambda section: section != "DEFAULT")
    texts = (_section(str(section), sections[section]) for section in ordered)
    return "\n".join(filter(None, texts))


def _section(section: str, options: Any) -> str:
    """Return the text of one section, or nothing where nothing is left of it."""
    if not SECTION.fullmatch(section):
        raise AnsibleFilterError(f"oslo_config: {section!r} cannot be the name of a section.")
    if not isinstance(options, Mapping):
        raise AnsibleFilterError(f"oslo_config: [{section}] must be a dictionary of options, not {in_words(options)}.")
    lines = [line for option, value in options.items() for line in _lines(section, str(option), value)]
    return f"[{section}]\n" + "".join(f"{line}\n" for line in lines) if lines else ""


def _lines(section: str, option: str, value: Any) -> Iterable[str]:
    """Return the lines that set one option; null leaves it out."""
    where = f"oslo_config: {section}/{option}"
    if not OPTION.fullmatch(option):
        raise AnsibleFilterError(f"oslo_config: {option!r} in [{section}] cannot be the name of an option.")
    if value is None:
        return []
    if isinstance(value, Mapping):
        texts = [_pairs(value, where)]
    elif isinstance(value, (list, tuple)):
        texts = _list(value, kind(section, option), where)
    else:
        texts = [_plain(value, where)]
    return [f"{option} = {_quoted(text)}".rstrip() for text in texts]


def _list(value: Iterable[Any], kind_: str, where: str) -> list[str]:
    """Return a list as the option takes it: a line for each item, in brackets, or with commas alone."""
    if kind_ == "multi":
        return [_plain(item, where) for item in value]
    text = ",".join(_item(item, where) for item in value)
    return [f"[{text}]" if kind_ == "bounds" else text]


def _pairs(value: Mapping[str, Any], where: str) -> str:
    keys = [_item(key, where) for key in value]
    if any(":" in key for key in keys):
        raise AnsibleFilterError(f"{where} has a key with a colon, which ends the key for oslo.config.")
    return ",".join(f"{key}:{_item(item, where)}" for key, item in zip(keys, value.values()))


def _item(value: Any, where: str) -> str:
    """Return an item between commas, which is stripped of blanks when it is read."""
    text = _plain(value, where)
    if not text or "," in text or text != text.strip():
        raise AnsibleFilterError(
            f"{where} has an item that is empty, or has a comma or blanks around it: oslo.config loses these."
        )
    return text


def _plain(value: Any, where: str) -> str:
    """Return a single value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, (Mapping, list, tuple)):
        raise AnsibleFilterError(f"{where} must hold plain values, not {in_words(value)} inside.")
    text = str(value)
    if "\n" in text or "\r" in text:
        raise AnsibleFilterError(f"{where} has a line break in its value, which oslo.config cannot read back.")
    return text


def _quoted(text: str) -> str:
    """Return a value in quotes where oslo.config would take off its blanks or the quotes that it has."""
    outer_quotes = text[:1] in ("'", '"') and text[:1] == text[-1:]
    return f'"{text}"' if outer_quotes or text != text.strip() else text


class FilterModule:
    """The text of an oslo.config file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"oslo_config": oslo_config}
