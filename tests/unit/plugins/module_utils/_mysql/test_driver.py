# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import sys
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._mysql import driver
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import (
    connect,
    error_hint,
    error_message,
    error_number,
    load_driver,
)

UNRESOLVED = Exception(2003, "Can't connect")
UNRESOLVED.original_exception = socket.gaierror(-2, "Name or service not known")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("error", "number", "message"),
    [
        pytest.param(Exception(1045, "Access denied."), 1045, "Access denied.", id="error of the server"),
        pytest.param(Exception(0, ""), 0, "Exception.", id="no message"),
        pytest.param(OSError("gone"), None, "gone.", id="system error"),
        pytest.param(
            Exception(1064, "near '*1F34' of Sesame"), 1064, "near 'VALUE HIDDEN' of VALUE HIDDEN.", id="secret"
        ),
    ],
)
def test_error_message_is_a_sentence_without_secrets(error: Exception, number: int | None, message: str) -> None:
    assert error_number(error) == number
    assert error_message(error, ["Sesame", "*1F34", ""]) == message


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        pytest.param(Exception(2003, "Can't connect"), "listens on more than", id="general hint"),
        pytest.param(Exception(1290, "read_only"), "The option.", id="additional hint"),
        pytest.param(UNRESOLVED, "Check this name in the DNS", id="name resolution"),
    ],
)
def test_hint_is_selected_by_error(error: Exception, hint: str) -> None:
    assert hint in error_hint(error, {1290: "The option."})
    assert error_hint(OSError("gone")) == ""


def test_login_to_a_server_that_does_not_respond_times_out() -> None:
    pymysql = pytest.importorskip("pymysql")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        start = time.monotonic()
        with pytest.raises(TimeoutError, match="the server did not respond within 0.3 seconds") as failure:
            connect(pymysql, 0.3, host="127.0.0.1", port=port, user="glance", read_timeout=30)
    assert time.monotonic() - start < 5
    assert "bind-address" in error_hint(failure.value)


def test_login_to_a_server_that_responds_slowly_times_out() -> None:
    pymysql = pytest.importorskip("pymysql")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def send_slowly() -> None:
            client = listener.accept()[0]
            with client:
                # The header of a long packet, and then the packet.
                for byte in (*b"\xff\xff\xff\x00", *bytes(1000)):
                    if ended.wait(0.05):
                        return
                    client.send(bytes([byte]))

        thread = threading.Thread(target=send_slowly, daemon=True)
        thread.start()
        try:
            with pytest.raises(TimeoutError, match="did not respond within 0.3 seconds"):
                connect(pymysql, 0.3, host="127.0.0.1", port=listener.getsockname()[1], user="glance", read_timeout=30)
        finally:
            ended.set()
            thread.join()


def test_program_other_than_a_database_is_reported() -> None:
    pymysql = pytest.importorskip("pymysql")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            client = listener.accept()[0]
            with client:
                client.send(bytes(4))
                client.recv(1)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        with pytest.raises(ConnectionError, match="is not a MariaDB server"):
            connect(pymysql, 10, host="127.0.0.1", port=listener.getsockname()[1], user="glance", read_timeout=30)
        thread.join(10)


def test_name_resolution_timeout_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    monkeypatch.setattr(driver, "RESOLVE_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments: released.wait(10))

    def hang(**arguments: Any) -> Any:
        socket.getaddrinfo(arguments["host"], arguments["port"])
        return SimpleNamespace(close=lambda: None)

    with pytest.raises(TimeoutError, match="the name db1 was not resolved within 0.1 seconds.*resolv.conf") as failure:
        connect(SimpleNamespace(connect=hang), 0.1, host="db1", port=3306)
    released.set()
    assert error_hint(failure.value) == ""


def test_late_connection_is_closed() -> None:
    closed, may_connect = threading.Event(), threading.Event()

    def connect_late(**_arguments: Any) -> Any:
        may_connect.wait(10)
        return SimpleNamespace(close=closed.set)

    with pytest.raises(TimeoutError):
        connect(SimpleNamespace(connect=connect_late), 0.05, unix_socket="/run/db.sock")
    may_connect.set()
    assert closed.wait(10), "the connection stays open"


def test_missing_driver_is_a_missing_requirement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    with pytest.raises(MissingRequirement, match="PyMySQL") as failure:
        load_driver()
    assert failure.value.library == "pymysql"
