# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError
from ansible_collections.osops.glance.plugins.modules import preflight


class FakeModule:
    """A host whose package manager prints what it is told to."""

    def __init__(self, printed: dict[str, str] | None = None, **params: Any) -> None:
        defaults = {name: option["default"] for name, option in preflight.OPTIONS.items()}
        self.params = {**defaults, "timeout": 1.0, **params}
        self.printed = printed or {}

    def get_bin_path(self, name: str) -> str | None:
        return name if name in self.printed else None

    def run_command(self, command: list[str], **_arguments: Any) -> tuple[int, str, str]:
        return 1, self.printed[command[0]], ""


def entry(**given: Any) -> dict[str, Any]:
    return {"variable": "glance_it", "host": None, "port": None, "url": None, "hint": None, **given}


def problems(**params: Any) -> list[str]:
    """Return the lines of the message, without the heading."""
    try:
        preflight.Preflight(FakeModule(**params)).plan()  # type: ignore[arg-type]
    except GlanceError as error:
        return str(error).splitlines()[1:]
    return []


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve nothing under .invalid, without asking any server."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(-2, "Name or service not known")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def silent() -> Iterator[int]:
    """Return a port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def closed() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def web() -> Iterator[int]:
    """Return a port that answers with the status that the path names."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(int(self.path[1:]))
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_host_with_everything_has_no_problem(web: int, tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(b"QFI\xfb")
    assert not problems(
        reach=[entry(host="127.0.0.1", port=web), entry(url=f"http://127.0.0.1:{web}/v3")],
        resolve=[entry(host="localhost")],
        http=[entry(url=f"http://127.0.0.1:{web}/300")],
        files=[entry(path=str(tmp_path / "image"))],
    )


def test_nothing_asked_is_no_problem() -> None:
    assert not problems()


def test_refused_connection_is_told_with_the_hint(closed: int) -> None:
    assert problems(reach=[entry(host="127.0.0.1", port=closed, hint="Is it running?")]) == [
        f"- glance_it: cannot connect to 127.0.0.1:{closed} (Connection refused). Is it running?"
    ]


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("reach", {"host": "db.invalid", "port": 3306}),
        ("resolve", {"host": "db.invalid"}),
        ("http", {"url": "http://db.invalid:5000/v3"}),
    ],
)
def test_unknown_name_is_told(kind: str, asked: dict[str, Any]) -> None:
    assert problems(**{kind: [entry(**asked)]}) == [
        "- glance_it: cannot resolve db.invalid (Name or service not known). "
        "Is this name in the DNS, or in /etc/hosts on this host?"
    ]


def test_status_of_the_server_itself_is_no_answer(web: int) -> None:
    assert problems(http=[entry(url=f"http://127.0.0.1:{web}/503")]) == [
        f"- glance_it: http://127.0.0.1:{web}/503 answers with 503 Service Unavailable."
    ]


def test_silence_is_told(silent: int) -> None:
    (line,) = problems(http=[entry(url=f"http://127.0.0.1:{silent}/")], timeout=0.2)
    assert "no answer within 0.2 s" in line


def test_tls_where_there_is_none_is_told(web: int) -> None:
    (line,) = problems(http=[entry(url=f"https://127.0.0.1:{web}/200")])
    assert "no TLS connection" in line


def test_secret_in_a_url_is_not_told(closed: int) -> None:
    (line,) = problems(reach=[entry(url=f"http://glance:S3cret@127.0.0.1:{closed}/")])
    assert "S3cret" not in line


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "No such file"), (b"", "is empty"), (b"<html>", "is a web page")],
    ids=["missing", "empty", "web page"],
)
def test_bad_file_is_told(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "image"
    if content is not None:
        path.write_bytes(content)
    (line,) = problems(files=[entry(path=str(path), hint="Fetch it again.")])
    assert str(path) in line
    assert told in line
    assert line.endswith("Fetch it again.")


def test_value_that_is_missing_is_told_with_its_variable() -> None:
    assert problems(resolve=[entry(host="")]) == ["- glance_it: no value is given."]


def test_all_problems_are_told_at_once_and_in_order(closed: int) -> None:
    lines = problems(
        files=[entry(variable="last", path="/nowhere")],
        reach=[
            entry(variable="first", host="a.invalid", port=1),
            entry(variable="second", host="127.0.0.1", port=closed),
        ],
    )
    assert [line.split(":")[0] for line in lines] == ["- first", "- second", "- last"]


def test_checks_run_at_the_same_time(silent: int) -> None:
    start = time.monotonic()
    assert len(problems(http=[entry(url=f"http://127.0.0.1:{silent}/")] * 10, timeout=0.3)) == 10
    assert time.monotonic() - start < 1.5


@pytest.mark.parametrize(
    ("printed", "versions"),
    [
        pytest.param(
            {"apt-cache": "g:\n  Installed: (none)\n  Candidate: 2:25.1.0-2\n"},
            {"installed": None, "candidate": "2:25.1.0-2"},
            id="Debian",
        ),
        pytest.param(
            {"rpm": "g 1:19.0.4-1.el8\n", "dnf": "g 1:20.2.0-1.el8\n"},
            {"installed": "1:19.0.4-1.el8", "candidate": "1:20.2.0-1.el8"},
            id="RedHat",
        ),
        pytest.param(
            {"rpm": "package g is not installed\n"}, {"installed": None, "candidate": None}, id="RedHat without dnf"
        ),
        pytest.param({}, {"installed": None, "candidate": None}, id="another system"),
    ],
)
def test_versions_of_packages_are_facts(printed: dict[str, str], versions: dict[str, Any]) -> None:
    looked = preflight.Preflight(FakeModule(printed, packages=["g"]))  # type: ignore[arg-type]
    result = looked.result(looked.plan())
    assert result == {"ansible_facts": {"osops_glance": {"packages": {"g": versions}}}}


def test_nothing_is_planned() -> None:
    looked = preflight.Preflight(FakeModule())  # type: ignore[arg-type]
    plan = looked.plan()
    looked.apply(plan)
    assert not plan.changed
    assert looked.result(plan) == {"ansible_facts": {"osops_glance": {"packages": {}}}}
