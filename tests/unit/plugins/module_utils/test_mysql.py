# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql import hash_of, hint, number_of, words_of
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError

UNRESOLVED = Exception(2003, "Can't connect")
UNRESOLVED.original_exception = socket.gaierror(-2, "Name or service not known")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "number", "words"),
    [
        pytest.param(Exception(1045, "Access denied."), 1045, "Access denied.", id="of the server"),
        pytest.param(Exception(0, ""), 0, "Exception.", id="without words"),
        pytest.param(OSError("gone"), None, "gone.", id="of the system"),
        pytest.param(
            Exception(1064, "near '*1F' of Sesame"), 1064, "near 'VALUE HIDDEN' of VALUE HIDDEN.", id="secret"
        ),
    ],
)
def test_error_is_said_as_a_sentence_without_secrets(error: Exception, number: int | None, words: str) -> None:
    assert number_of(error) == number
    assert words_of(error, ["Sesame", "*1F", ""]) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(Exception(2003, "Can't connect"), "does it listen on more than", id="everybody's"),
        pytest.param(Exception(1290, "read_only"), "The option.", id="one's own"),
        pytest.param(UNRESOLVED, "Is this name in the DNS", id="name"),
    ],
)
def test_hint_says_what_to_look_at(error: Exception, words: str) -> None:
    assert words in hint(error, {1290: "The option."})
    assert hint(OSError("gone")) == ""


@pytest.mark.parametrize(
    ("password", "hashed"),
    [
        # SELECT PASSWORD('mypass'), as MariaDB's manual has it.
        pytest.param("mypass", "*6C8989366EAF75BB670AD8EA7A7FC1176A95CEF4", id="ascii"),
        # SELECT PASSWORD(CONVERT('é' USING latin1)) on MariaDB 10.11.
        pytest.param("é", "*4B5A0FF024D684C8B7538FA05F0EA8392B580C34", id="a letter with an accent"),
    ],
)
def test_hash_is_the_one_of_the_server(password: str, hashed: str) -> None:
    assert hash_of(password) == hashed


def test_what_cannot_be_sent_is_refused_and_not_shown() -> None:
    with pytest.raises(GlanceError, match="cannot send") as failure:
        hash_of("s3same-Ω")
    assert "s3same" not in str(failure.value)
