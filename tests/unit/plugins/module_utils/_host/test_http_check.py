# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import time
from email.utils import formatdate
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import http_check
from ansible_collections.osops.glance.plugins.module_utils._host.http_check import (
    Response,
    check_http,
    clock_problem,
    format_duration,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.fakes import entry

URL = "http://127.0.0.1:5000/"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let time pass only while the check sleeps, or waits for a response in vain."""
    now = [0.0]
    real = http_check.get

    def get(*arguments: Any) -> Response:
        try:
            return real(*arguments)
        except socket.timeout:
            now[0] += 10
            raise

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(http_check, "get", get)
    monkeypatch.setattr(http_check, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep, time=time.time))
    return now


def respond(monkeypatch: pytest.MonkeyPatch, *statuses: Any) -> list[Any]:
    """Let the server respond with one status after the other; return the remaining ones."""
    remaining = list(statuses)

    def get(*_arguments: Any) -> Response:
        status = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        if isinstance(status, Exception):
            raise status
        return Response(status)

    monkeypatch.setattr(http_check, "get", get)
    return remaining


def test_response_has_no_problem(web_port: int) -> None:
    assert check_http(entry(url=f"http://127.0.0.1:{web_port}/300"), 1.0) is None


def test_server_error_is_reported(web_port: int) -> None:
    assert check_http(entry(url=f"http://127.0.0.1:{web_port}/503"), 1.0) == (
        f"http://127.0.0.1:{web_port}/503 responds with 503 Service Unavailable."
    )


@pytest.mark.parametrize(("accepted", "has_problem"), [([], False), ([404], False), ([200], True)])
def test_status_code_must_be_accepted(accepted: list[int], has_problem: bool, web_port: int) -> None:
    url = f"http://127.0.0.1:{web_port}/404"
    problem = check_http(entry(url=url, status_code=accepted, hint="Do it."), 1.0)
    assert problem == (f"{url} responds with 404 Not Found. Do it." if has_problem else None)


def test_silent_server_is_reported(silent_port: int) -> None:
    assert "no response within 0.2 s" in str(check_http(entry(url=f"http://127.0.0.1:{silent_port}/"), 0.2))


def test_server_without_tls_is_reported(web_port: int) -> None:
    assert "no TLS connection" in str(check_http(entry(url=f"https://127.0.0.1:{web_port}/200"), 1.0))


@pytest.mark.usefixtures("unresolvable")
def test_unknown_name_is_reported() -> None:
    problem = check_http(entry(url="http://db.invalid:5000/v3"), 1.0)
    assert str(problem).startswith("cannot resolve db.invalid (Name or service not known). Add the name")


@pytest.mark.parametrize("first", [500, 503, socket.timeout("timed out")], ids=str)
def test_service_that_is_starting_is_waited_for(monkeypatch: pytest.MonkeyPatch, first: Any) -> None:
    remaining = respond(monkeypatch, first, first, 200)
    assert check_http(entry(url=URL), 1.0) is None
    assert remaining == [200]


def test_wait_has_a_limit(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    respond(monkeypatch, 503)
    assert "responds with 503 Service Unavailable" in str(check_http(entry(url=URL), 1.0))
    assert clock[0] == http_check.RETRY_SECONDS


def test_wrong_clock_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    late = Response(200, formatdate(time.time() - 3600 * 5, usegmt=True))
    monkeypatch.setattr(http_check, "get", lambda *_arguments: late)
    problem = str(check_http(entry(url=URL), 1.0))
    assert "the clock of this host is 5 hours" in problem
    assert f"ahead of the clock of the server ({URL}). Synchronize the clocks" in problem


NOW = 1795262400.0


@pytest.mark.parametrize(
    ("date", "difference"),
    [
        pytest.param(formatdate(NOW, usegmt=True), None, id="equal"),
        pytest.param(formatdate(NOW - 120, usegmt=True), None, id="tolerated"),
        pytest.param(formatdate(NOW - 121, usegmt=True), "2 minutes 1 second ahead of", id="ahead"),
        pytest.param(formatdate(NOW + 7200, usegmt=True), "2 hours behind", id="behind"),
        pytest.param(None, None, id="no date"),
        pytest.param("yesterday", None, id="invalid date"),
    ],
)
def test_clock_is_compared_with_the_date_of_the_response(date: str | None, difference: str | None) -> None:
    expected = f"the clock of this host is {difference} the clock of the server" if difference else None
    assert clock_problem(date, NOW) == expected


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 seconds"),
        (1, "1 second"),
        (150.9, "2 minutes 30 seconds"),
        (3600, "1 hour"),
        (3601, "1 hour 1 second"),
        (86400 * 400 + 3600 * 5 + 60, "400 days 5 hours"),
    ],
)
def test_duration_has_two_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
