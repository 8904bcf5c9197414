# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find values of options that refer to an option that does not exist.

oslo.config substitutes `$name` when the service reads the option, and fails if there is no option `name`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET_NAME
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import has_url_password
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Place
from ansible_collections.osops.glance.plugins.module_utils._ini.lint import names_in, referred_places
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import AUTH, STORE, covers, find, load


def reference_warnings(
    variable: str, sections: Mapping[str, Mapping[str, Any]], release: str | None, other_sections: Mapping[str, Any]
) -> Iterator[str]:
    """Yield a warning for each option with a reference that the service cannot resolve, without its value.

    variable: the variable that contains the sections, for the messages.
    other_sections: other sections of the same file, to whose options the values may refer.
    """
    documents = (sections, other_sections)
    for section, options in sections.items():
        for option, value in options.items():
            unknown = [
                (text, name)
                for text in _texts(value)
                for name in names_in(text)
                if not any(_exists(place, release, documents) for place in referred_places(str(section), name))
            ]
            if unknown:
                yield _warning(variable, str(section), str(option), *unknown[0])


def _warning(variable: str, section: str, option: str, text: str, name: str) -> str:
    # The text after the dollar sign in a password is a part of the password.
    is_secret = SECRET_NAME.search(option) or any(map(has_url_password, text.split()))
    what = "an option that Glance does not have" if is_secret else f"${name}, which is not an option of Glance"
    return (
        f"{variable}: {section}/{option} contains a reference ($) to {what}. The service fails when it reads this "
        "option. Write $$ for a literal dollar sign"
    )


def _exists(place: Place, release: str | None, documents: tuple[Mapping[str, Any], ...]) -> bool:
    """Return whether an option is set in one of the documents, or is an option of Glance."""
    if any(place.option in (document.get(place.section) or {}) for document in documents):
        return True
    names = find(load(), (place.section, STORE, AUTH), place.option)
    # The first and the last release in the table can be one release off.
    return any(covers(name, release, tolerance=1) for name in names)


def _texts(value: Any) -> Iterator[str]:
    """Yield the strings in a value."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
