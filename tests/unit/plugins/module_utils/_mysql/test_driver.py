# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql import driver
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import (
    connect,
    hash_of,
    hint,
    number_of,
    words_of,
)

UNRESOLVED = Exception(2003, "Can't connect")
UNRESOLVED.original_exception = socket.gaierror(-2, "Name or service not known")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "number", "words"),
    [
        pytest.param(Exception(1045, "Access denied."), 1045, "Access denied.", id="of the server"),
        pytest.param(Exception(0, ""), 0, "Exception.", id="without words"),
        pytest.param(OSError("gone"), None, "gone.", id="of the system"),
        pytest.param(
            Exception(1064, "near '*1F34' of Sesame"), 1064, "near 'VALUE HIDDEN' of VALUE HIDDEN.", id="secret"
        ),
    ],
)
def test_error_is_said_as_a_sentence_without_secrets(error: Exception, number: int | None, words: str) -> None:
    assert number_of(error) == number
    assert words_of(error, ["Sesame", "*1F34", ""]) == words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(Exception(2003, "Can't connect"), "listens on more than", id="everybody's"),
        pytest.param(Exception(1290, "read_only"), "The option.", id="one's own"),
        pytest.param(UNRESOLVED, "Check this name in the DNS", id="name"),
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


def test_login_to_a_server_that_never_answers_is_limited() -> None:
    pymysql = pytest.importorskip("pymysql")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        began = time.monotonic()
        with pytest.raises(TimeoutError, match="the server did not answer within 0.3 seconds") as failure:
            connect(pymysql, 0.3, host="127.0.0.1", port=port, user="glance", read_timeout=30)
    assert time.monotonic() - began < 5
    assert "bind-address" in hint(failure.value)


def test_login_to_a_server_that_sends_a_byte_from_time_to_time_is_limited() -> None:
    pymysql = pytest.importorskip("pymysql")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def drip() -> None:
            client = listener.accept()[0]
            with client:
                # The header of a packet that is long, and then the packet.
                for byte in (*b"\xff\xff\xff\x00", *bytes(1000)):
                    if ended.wait(0.05):
                        return
                    client.send(bytes([byte]))

        thread = threading.Thread(target=drip, daemon=True)
        thread.start()
        try:
            with pytest.raises(TimeoutError, match="did not answer within 0.3 seconds"):
                connect(pymysql, 0.3, host="127.0.0.1", port=listener.getsockname()[1], user="glance", read_timeout=30)
        finally:
            ended.set()
            thread.join()


def test_program_that_is_no_database_is_reported() -> None:
    pymysql = pytest.importorskip("pymysql")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            client = listener.accept()[0]
            with client:
                client.send(bytes(4))
                client.recv(1)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        with pytest.raises(ConnectionError, match="no MariaDB server"):
            connect(pymysql, 10, host="127.0.0.1", port=listener.getsockname()[1], user="glance", read_timeout=30)
        thread.join(10)


def test_resolver_that_hangs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(driver, "RESOLVE_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments: released.wait(10))

    def hang(**arguments: Any) -> Any:
        socket.getaddrinfo(arguments["host"], arguments["port"])
        return SimpleNamespace(close=lambda: None)

    with pytest.raises(TimeoutError, match="the name db1 was not resolved within 0.1 seconds.*resolv.conf") as failure:
        connect(SimpleNamespace(connect=hang), 0.1, host="db1", port=3306)
    released.set()
    assert hint(failure.value) == ""


def test_connection_that_comes_too_late_is_closed() -> None:
    closed, may_connect = threading.Event(), threading.Event()

    def connect_late(**_arguments: Any) -> Any:
        may_connect.wait(10)
        return SimpleNamespace(close=closed.set)

    with pytest.raises(TimeoutError):
        connect(SimpleNamespace(connect=connect_late), 0.05, unix_socket="/run/db.sock")
    may_connect.set()
    assert closed.wait(10), "the connection stays open"
