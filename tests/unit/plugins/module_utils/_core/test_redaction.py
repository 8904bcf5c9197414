# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import time
from base64 import b64encode, urlsafe_b64encode
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.redaction import (
    has_url_password,
    redact,
    secrets_in_files,
    secrets_in_text,
)

HARD = "p@s:s/w$o%r#d'\"\\ ü&<x>"
SIMPLE = "S3cret-word"


def sqlalchemy_1(text: str) -> str:
    """Encode a password as the URL class of SQLAlchemy 1.x does."""
    return re.sub(r"[:@/]", lambda found: f"%{ord(found[0]):X}", text)


@pytest.mark.parametrize("secret", [HARD, SIMPLE, "pa$word", "a%40b%25c", "short"], ids=repr)
@pytest.mark.parametrize(
    "printed",
    [
        pytest.param(str, id="unchanged"),
        pytest.param(lambda text: quote(text, safe=""), id="percent-encoded"),
        pytest.param(lambda text: quote(text, safe="").lower(), id="percent-encoded in lower case"),
        pytest.param(lambda text: quote(quote(text, safe=""), safe=""), id="percent-encoded twice"),
        pytest.param(lambda text: quote(text, safe=" +"), id="SQLAlchemy 2"),
        pytest.param(sqlalchemy_1, id="SQLAlchemy 1"),
        pytest.param(quote_plus, id="form"),
        pytest.param(lambda text: text.replace("$", "$$"), id="oslo.config"),
        pytest.param(lambda text: text.replace("$", "\\$"), id="oslo.config with a backslash"),
        pytest.param(lambda text: text.replace("%", "%%"), id="configparser"),
        pytest.param(lambda text: repr(text)[1:-1], id="repr"),
        pytest.param(lambda text: repr(repr(text))[1:-1], id="repr of repr"),
        pytest.param(lambda text: ascii(text)[1:-1], id="ascii"),
        pytest.param(lambda text: json.dumps(text)[1:-1], id="JSON"),
        pytest.param(lambda text: json.dumps(json.dumps(text))[1:-1], id="JSON in JSON"),
        pytest.param(escape, id="HTML"),
        pytest.param(lambda text: f"mysql+pymysql://glance:{sqlalchemy_1(text)}@db/glance", id="URL"),
    ],
)
def test_every_form_of_a_secret_is_redacted(secret: str, printed: object) -> None:
    assert callable(printed)
    text = f"ValueError: ({printed(secret)}) failed"
    redacted = redact(text, {secret.lower() if printed(secret).islower() and not secret.islower() else secret})
    assert "VALUE HIDDEN" in redacted
    assert (
        re.sub(r"VALUE HIDDEN|ValueError: |[()]|failed|mysql\+pymysql://glance:|@db/glance|\s|\\?[\"']", "", redacted)
        == ""
    )


@pytest.mark.parametrize("user", ["", "u:", "us:", "user:"])
@pytest.mark.parametrize("encode", [b64encode, urlsafe_b64encode])
def test_base64_of_a_secret_is_redacted(user: str, encode: object) -> None:
    assert callable(encode)
    secret = "S3cret?>word~~"
    coded = encode(f"{user}{secret}".encode()).decode()
    redacted = redact(f"Authorization: Basic {coded}", {secret})
    assert "VALUE HIDDEN" in redacted
    assert len(redacted.replace("VALUE HIDDEN", "")) <= len("Authorization: Basic ") + len(user) * 2 + 4


# Messages of oslo.config 9, oslo.messaging 14, SQLAlchemy 1.4 and urllib.
@pytest.mark.parametrize(
    ("option", "line", "redacted"),
    [
        pytest.param(
            "transport_url = rabbit://o:pa$word@mq:5672/",
            "CRITICAL glance [-] oslo_config.cfg.NoSuchOptError: no such option word in group [DEFAULT]",
            "no such option VALUE HIDDEN in group [DEFAULT]",
            id="reference",
        ),
        pytest.param(
            "transport_url = rabbit://o:pa$g.wo@mq:5672/", "no such option g.wo in group [DEFAULT]", None, id="group"
        ),
        pytest.param(
            "transport_url = rabbit://o:pa$g@mq:5672/", "substituting group g not supported", None, id="only a group"
        ),
        pytest.param(
            "transport_url = rabbit://o:pa#word@mq:5672/",
            "ValueError: invalid literal for int() with base 10: 'pa'",
            "invalid literal for int() with base 10: 'VALUE HIDDEN'",
            id="port",
        ),
        pytest.param(
            "connection = mysql+pymysql://g:p@ss@db/glance",
            "(2003, \"Can't connect to MySQL server on 'ss@db' ([Errno -2] Name or service not known)\")",
            "Can't connect to MySQL server on 'VALUE HIDDEN@db'",
            id="host",
        ),
        pytest.param(
            "connection = mysql+pymysql//g:pass@db/glance",
            "Could not parse SQLAlchemy URL from string 'mysql+pymysql//g:pass@db/glance'",
            "Could not parse SQLAlchemy URL from string 'VALUE HIDDEN'",
            id="invalid URL",
        ),
    ],
)
def test_quoted_part_of_a_secret_is_redacted(option: str, line: str, redacted: str | None) -> None:
    secrets = secrets_in_text(f"[DEFAULT]\n{option}\n")
    result = redact(line, secrets)
    assert (redacted or "VALUE HIDDEN") in result
    assert not re.search(r"\bword\b|\bwo\b|\bg\b|\bss\b|'pa'|pass", result)


def test_part_of_a_secret_in_an_unrelated_line_is_kept() -> None:
    line = "2024-01-01 ERROR the disk is full: /var/lib/glance/images/word"
    assert redact(line, {"pa$word#2024@images"}) == line


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        pytest.param("password = S3cret-word", {"S3cret-word"}, id="password"),
        pytest.param("password = pa$$$$words", {"pa$$$$words", "pa$$words"}, id="dollar"),
        pytest.param("password = 'S3cret-word'", {"'S3cret-word'", "S3cret-word"}, id="quotes"),
        pytest.param(
            "connection = mysql+pymysql://glance:S3cr%40t-word@db/glance", {"S3cr%40t-word", "S3cr@t-word"}, id="URL"
        ),
        pytest.param("connection = mysql+pymysql://glance:p@ss@db/glance", {"p", "p@ss"}, id="URL, not encoded"),
        pytest.param(
            "transport_url = rabbit://a:first@h1:5672,b:second@h2:5672//",
            {"first", "second", "first@h1:5672,b:second"},
            id="URL with several hosts",
        ),
        pytest.param("backend_url = redis://h:6379?password=S3cret-word&db=1", {"S3cret-word"}, id="query"),
        pytest.param("some_address = https://u:S3cret-word@h/", {"S3cret-word"}, id="URL in any option"),
        pytest.param("password = one-word\n  two-words\nhost = h", {"one-word", "two-words"}, id="several lines"),
        pytest.param("service_token_roles_required = true", set(), id="roles"),
        pytest.param("key_file = /etc/glance/ssl/server.key", set(), id="file of a key"),
        pytest.param("bind_host = controller", set(), id="public option"),
        pytest.param("# password = S3cret-word", set(), id="comment"),
        pytest.param("password = glance\nconnection = mysql://glance:glance@db/glance", set(), id="public word"),
        pytest.param("neither a section nor an option\npassword: S3cret-word", {"S3cret-word"}, id="invalid file"),
    ],
)
def test_secrets_are_found_in_a_configuration(text: str, secrets: set[str]) -> None:
    assert secrets_in_text(f"[a]\n{text}\n") == secrets


def test_secrets_are_read_from_several_files(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"password = S3cret-\xff\n")
    (tmp_path / "b").write_text("password = another-word\n")
    paths = [str(tmp_path / name) for name in ("a", "b", "absent")]
    assert secrets_in_files([*paths, str(tmp_path)]) == {"S3cret-\ufffd", "another-word"}


def test_short_secret_is_redacted_as_a_whole_word_only() -> None:
    assert redact("test: latest tests (test)", {"test"}) == "VALUE HIDDEN: latest tests (VALUE HIDDEN)"


def test_empty_secret_redacts_nothing() -> None:
    assert redact("a b", {"", " ", "\n"}) == "a b"


@pytest.mark.parametrize(
    ("word", "expected"), [("a://u:p@h", True), ("u:p@h", True), ("u@h", False), ("a://h:1/", False), ("@", False)]
)
def test_url_with_a_password_is_recognized(word: str, expected: bool) -> None:
    assert has_url_password(word) is expected
    assert (redact(f"to {word} now", ()) == "to VALUE HIDDEN now") is expected


def test_long_log_is_redacted_quickly() -> None:
    secrets = {f"{letter * 3}S3cr%40t-word/{letter}" for letter in "abcdefghijklmnopqrst"}
    begin = time.process_time()
    redact("2024-01-01 00:00:00.000 7 ERROR glance [-] invalid 'url' a%40%40aaS3cr%40t-wor\n" * 3000, secrets)
    assert time.process_time() - begin < 5
