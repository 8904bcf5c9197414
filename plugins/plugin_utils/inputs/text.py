# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check texts, numbers, paths and passwords in input variables.

A problem is a sentence without full stop that begins with the label: the variable, with the path to the value inside
it. It never contains the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.type_names import describe_type
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import encode_password
from ansible_collections.osops.glance.plugins.plugin_utils.options.placeholders import is_placeholder

VAULT = "the inventory, preferably encrypted with ansible-vault"

# Free text of images, rules in a JSON file and lines of a constraints file of pip may span lines.
_MULTILINE = re.compile(
    r"glance_images\[\d+\]\.(description$|properties\.)|glance_api_policy\.|glance_api_constraints\[|"
    # Options of configuration files have a check of their own, see oslo_values.py.
    r"(glance_config|glance_config_host|glance_registry_config|glance_stores\[\d+\]\.options)\."
)
_FREE_TEXT = re.compile(r"glance_images\[\d+\]\.(description$|properties\.)")
_TEMPLATE_MARK = re.compile(r"\{[{%]")
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Characters without width, from web pages and from files of Windows.
_INVISIBLE = re.compile(r"[\u200b\u2060\ufeff]")
# With the tag !unsafe, YAML resolves digits to a number, also if they are in quotes.
UNQUOTED_SECRET = "put it in quotes, without the tag !unsafe"
_NEWLINE_HINT = (
    "write it in quotes on one line, or as a YAML block with `|-` instead of `|`; append `| trim` to a lookup"
)


def text_problems(label: str, value: Any) -> Iterator[str]:
    """Yield control and invisible characters in a text, which would end up in files, URLs, accounts and headers."""
    if not isinstance(value, str) or _MULTILINE.match(label):
        return
    if _INVISIBLE.search(value):
        yield f"{label} contains an invisible character, as text from a web page can: type it instead of pasting it"
    if not CONTROL_CHARACTER.search(value):
        return
    if value.endswith(("\n", "\r")):
        yield f"{label} ends with a newline: {_NEWLINE_HINT}"
    elif value.startswith(("\n", "\r")):
        yield f"{label} starts with a newline: {_NEWLINE_HINT}"
    elif "\n" in value or "\r" in value:
        yield f"{label} spans several lines: {_NEWLINE_HINT}"
    else:
        yield f"{label} contains a control character, such as a tab: remove it"


def template_problems(label: str, value: Any) -> Iterator[str]:
    """Yield a template in a value. AWX and ansible-core do not render those in surveys and in `!unsafe` values.

    Passwords and free text of images may contain the same characters.
    """
    if isinstance(value, str) and _TEMPLATE_MARK.search(value) and not _FREE_TEXT.match(label):
        yield (
            f"{label} contains a template that was not rendered: surveys, extra variables of AWX and !unsafe values "
            "are literal. Set the value itself, or set the variable in the inventory"
        )


def number_problems(label: str, value: float) -> Iterator[str]:
    """Yield that a number is too small: a timeout of 0 cannot succeed, and no input is negative."""
    minimum = 1 if label.endswith(("_timeout", "_parallel", "_workers")) else 0
    if value < minimum:
        yield f"{label} must be {minimum} or more"


def path_problems(label: str, value: Any) -> Iterator[str]:
    """Yield that a directory of a host is relative, because each program resolves it from another directory."""
    if re.fullmatch(r"\w+", label) and not str(value).startswith("/"):
        yield f"{label} must be an absolute path, such as /var/lib/glance"


def password_problems(label: str, value: Any) -> Iterator[str]:
    """Yield why a value is not a usable password."""
    if not str(value).strip():
        yield f"{label} is empty: set it in {VAULT}, or omit it"
    elif is_placeholder(value):
        yield f"{label} still contains a placeholder: set the real value in {VAULT}"
    elif not isinstance(value, str):
        yield f"{label} must be a string, not {describe_type(value)}: {UNQUOTED_SECRET}"
    elif "_database_" in label:
        yield from _driver_problems(label, value)


def _driver_problems(label: str, password: str) -> Iterator[str]:
    """Yield that the driver of the database cannot send a password."""
    try:
        encode_password(password)
    except GlanceError as error:
        yield f"{label} {error}"
