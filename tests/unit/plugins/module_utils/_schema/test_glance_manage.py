# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from ansible_collections.osops.glance.plugins.module_utils._schema import glance_manage
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.fake_server import FakeServer, run


def test_command_runs_as_its_user_with_one_configuration_file(server: FakeServer, host: Path) -> None:
    run(server, host, user="image", timeout=7, metadefs=None)
    started = glance_manage.BackgroundCommand.started  # type: ignore[attr-defined]
    assert started[-1] == [
        *("runuser", "-u", "image", "--", "timeout", "--kill-after=10", "7", str(host / "glance-manage")),
        *("--config-file", str(host / "glance-api.conf"), "--log-file=", "--log-dir=", "db_sync"),
    ]


def test_failure_is_reported_without_the_password(server: FakeServer, host: Path) -> None:
    server.failures["db_sync"] = [(1, "Traceback\nSomeError: no way with glance:S3cr%40t@controller")]
    message = run(server, host)["msg"]
    assert (
        "`glance-manage db_sync` ended with status 1 on the database controller:3306/glance: SomeError: no way"
        in message
    )
    assert "S3cr" not in message


# Each special character is encoded in a different way by some library.
PASSWORD = "S3cr:at/Seri%41 #Oak$Elm+\"Ash'\\Fir&é"
PIECES = ("S3cr", "Seri", "Oak", "Elm", "Ash", "Fir")


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(PASSWORD, id="plain"),
        pytest.param(quote(PASSWORD), id="urllib"),
        pytest.param(quote(PASSWORD, safe=""), id="urllib, with the slash"),
        pytest.param(quote_plus(PASSWORD), id="urllib, for a form"),
        pytest.param(re.sub("[:@/]", lambda found: f"%{ord(found[0]):X}", PASSWORD), id="SQLAlchemy 1"),
        pytest.param(quote(PASSWORD, safe=" +"), id="SQLAlchemy 2"),
        pytest.param(re.sub("%..", lambda found: found[0].lower(), quote(PASSWORD, safe="")), id="lower case"),
        pytest.param(quote(quote(PASSWORD, safe=""), safe=""), id="encoded twice"),
        pytest.param(PASSWORD.replace("$", "$$"), id="oslo.config"),
        pytest.param(PASSWORD.replace("%", "%%"), id="configparser"),
        pytest.param(repr(PASSWORD), id="repr"),
        pytest.param(json.dumps(PASSWORD), id="JSON"),
        pytest.param(escape(PASSWORD), id="HTML"),
    ],
)
@pytest.mark.parametrize(
    "line",
    [
        pytest.param("OperationalError: (1045) mysql+pymysql://glance:{}@controller/glance", id="URL"),
        pytest.param(
            "ArgumentError: Could not parse SQLAlchemy URL from string 'mysql://glance:{}@h/g'", id="quoted URL"
        ),
        pytest.param("SomeError: the password {} is refused", id="alone"),
        pytest.param("the connection is mysql://glance:{}@h/g for now", id="no exception"),
    ],
)
def test_every_encoding_of_the_password_is_redacted(server: FakeServer, host: Path, line: str, form: str) -> None:
    # In the file, a dollar sign may be doubled or percent-encoded.
    for encoded in (quote(PASSWORD, safe=""), quote(PASSWORD, safe="$").replace("$", "$$")):
        (host / "glance-api.conf").write_text(
            f"[database]\nconnection = mysql+pymysql://glance:{encoded}@controller/glance\n"
        )
        server.failures["db_sync"] = [(1, f"Traceback\n{line.format(form)}")]
        message = run(server, host)["msg"]
        assert "`glance-manage db_sync` ended with status 1" in message
        assert [piece for piece in PIECES if piece.lower() in message.lower()] == []


def test_other_secrets_of_the_configuration_are_redacted(server: FakeServer, host: Path) -> None:
    with (host / "glance-api.conf").open("a") as file:
        file.write(
            "[DEFAULT]\ntransport_url = rabbit://glance:Sesame%24x@mq\n[keystone_authtoken]\npassword = 0penUp99\n"
        )
    server.failures["db_sync"] = [(1, "SomeError: rabbit://glance:Sesame%24x@mq and Sesame$x and 0penUp99")]
    message = run(server, host)["msg"]
    assert "SomeError: rabbit://glance:VALUE HIDDEN@mq and VALUE HIDDEN and VALUE HIDDEN" in message


def test_timeout_is_reported(server: FakeServer, host: Path) -> None:
    server.failures["db_sync"] = [(124, "")]
    assert "did not end within 600 seconds" in run(server, host)["msg"]
