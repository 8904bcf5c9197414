# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import grp
import os
import pwd
import socket
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.modules import preflight
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule


class FakeHost(FakeModule):
    """A host whose package manager prints what it is told to."""

    def __init__(self, printed: dict[str, str] | None = None, **given: Any) -> None:
        super().__init__(preflight.OPTIONS, **{"timeout": 1.0, **given})
        self.printed = printed or {}

    def get_bin_path(self, name: str) -> str | None:
        return name if name in self.printed else None

    def run_command(self, command: list[str], **_arguments: Any) -> tuple[int, str, str]:
        return answer_of(command, self.printed[command[0]])


def answer_of(command: list[str], printed: str) -> tuple[int, str, str]:
    """Return what a program answers that knows of the packages in `printed`, and of no others."""
    unknown = [name for name in command[4:] if name not in printed.split()]
    if command[0] == "dpkg-query":
        lines = [f"dpkg-query: no packages found matching {name}\n" for name in unknown]
        return int(bool(unknown)), printed, "".join(lines)
    if command[0] == "rpm":
        return len(unknown), printed + "".join(f"package {name} is not installed\n" for name in unknown), ""
    return 0, printed, ""


UNSET: dict[str, Any] = {"status_code": [], "reader": None}


def entry(**given: Any) -> dict[str, Any]:
    return {"variable": "glance_it", "host": None, "port": None, "url": None, "hint": None, **UNSET, **given}


def problems(**params: Any) -> list[str]:
    """Return the lines of the message, without the heading."""
    try:
        preflight.Preflight(FakeHost(**params)).plan()  # type: ignore[arg-type]
    except GlanceError as error:
        return str(error).splitlines()[1:]
    return []


@pytest.fixture(autouse=True)
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no program of this machine have the package manager."""
    monkeypatch.setattr(preflight.package_lock, "holder_of", lambda _family: None)


def distribute(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the host be of this distribution."""
    real = preflight.text
    release = f"ID={name}\nVERSION_ID=9\n"
    monkeypatch.setattr(preflight, "text", lambda path: release if path == preflight.OS_RELEASE else real(path))


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resolve nothing under .invalid, without asking any server."""
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        if str(host).endswith(".invalid"):
            raise socket.gaierror(-2, "Name or service not known")
        return resolve(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let time pass only where the module sleeps, or waits in vain."""
    now = [0.0]
    real = preflight.http_answer

    def http_answer(*arguments: Any) -> preflight.Answer:
        try:
            return real(*arguments)
        except socket.timeout:
            now[0] += 10
            raise

    def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(preflight, "http_answer", http_answer)
    monkeypatch.setattr(preflight, "time", SimpleNamespace(monotonic=lambda: now[0], sleep=sleep, time=time.time))
    return now


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


def test_checks_run_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check waits until all of them have begun; one after the other, the first would wait in vain."""
    meeting = threading.Barrier(10, timeout=30)
    monkeypatch.setitem(preflight.CHECKS, "files", lambda _entry, _timeout: str(meeting.wait() >= 0))
    assert len(problems(files=[entry()] * 10)) == 10


@pytest.mark.parametrize(
    ("family", "printed", "versions"),
    [
        pytest.param(
            "debian",
            {"dpkg-query": "", "apt-cache": "g:\n  Installed: (none)\n  Candidate: 2:25.1.0-2\n"},
            {"installed": None, "candidate": "2:25.1.0-2"},
            id="Debian",
        ),
        pytest.param(
            "debian",
            {"dpkg-query": "ii g 2:25.1.0-2\n"},
            {"installed": "2:25.1.0-2", "candidate": None},
            id="Debian, installed",
        ),
        pytest.param(
            "debian",
            {"dpkg-query": "", "rpm": "g 1:19.0.4-1.el8\n"},
            {"installed": None, "candidate": None},
            id="Debian with rpm",
        ),
        pytest.param(
            "centos",
            {"rpm": "", "dnf": "g 1:20.2.0-1.el8\n"},
            {"installed": None, "candidate": "1:20.2.0-1.el8"},
            id="RedHat",
        ),
        pytest.param(
            "centos",
            {"rpm": "g 1:19.0.4-1.el8\n", "dnf": "g 1:20.2.0-1.el8\n"},
            {"installed": "1:19.0.4-1.el8", "candidate": None},
            id="RedHat, installed",
        ),
        pytest.param(
            "centos",
            {"dpkg-query": "", "apt-cache": "", "rpm": "g 25.1.0-1.el9\n"},
            {"installed": "25.1.0-1.el9", "candidate": None},
            id="RedHat with dpkg, no epoch",
        ),
        pytest.param(
            "centos",
            {"rpm": "package g is not installed\n"},
            {"installed": None, "candidate": None},
            id="RedHat without dnf",
        ),
        pytest.param("arch", {}, {"installed": None, "candidate": None}, id="another system"),
    ],
)
def test_versions_of_packages_are_facts(
    monkeypatch: pytest.MonkeyPatch, family: str, printed: dict[str, str], versions: dict[str, Any]
) -> None:
    distribute(monkeypatch, family)
    looked = preflight.Preflight(FakeHost(printed, packages=["g"]))  # type: ignore[arg-type]
    result = looked.result(looked.plan())
    assert result["ansible_facts"]["osops_glance"]["packages"] == {"g": versions}


class FakeDnf(FakeHost):
    """A host whose dnf has something in its cache, and repositories that offer something, or fail."""

    def __init__(self, cache: str, repositories: str, complaint: str = "", **params: Any) -> None:
        super().__init__({"rpm": "", "dnf": ""}, **params)
        self.cache, self.repositories, self.complaint = cache, repositories, complaint
        self.fetched = False

    def run_command(self, command: list[str], **_arguments: Any) -> tuple[int, str, str]:
        if command[0] == "rpm":
            return answer_of(command, "")
        if "--cacheonly" in command:
            return 0, self.cache, ""
        self.fetched = True
        return int(bool(self.complaint)), self.repositories, self.complaint


@pytest.mark.parametrize(
    ("cache", "repositories", "candidates", "fetched"),
    [
        pytest.param("g 1-1\nh 2-1\n", "g 9-9\n", {"g": "1-1", "h": "2-1"}, False, id="all in the cache"),
        pytest.param("g 1-1\n", "g 9-9\nh 2-1\n", {"g": "9-9", "h": "2-1"}, True, id="one not in the cache"),
        pytest.param("g 1-1\n", "", {"g": "1-1", "h": None}, True, id="repositories that fail"),
        pytest.param("", "g 1-1\nh 2-1\n", {"g": "1-1", "h": "2-1"}, True, id="no cache yet"),
    ],
)
def test_dnf_looks_into_the_repositories_for_what_its_cache_does_not_know(
    monkeypatch: pytest.MonkeyPatch, cache: str, repositories: str, candidates: dict[str, Any], fetched: bool
) -> None:
    distribute(monkeypatch, "centos")
    module = FakeDnf(cache, repositories, packages=["g", "h"])
    looked = preflight.Preflight(module)  # type: ignore[arg-type]
    looked.plan()
    assert {name: version["candidate"] for name, version in looked.packages.items()} == candidates
    assert module.fetched is fetched


@pytest.mark.parametrize(
    ("complaint", "told"),
    [
        pytest.param("", "or refresh the package lists.", id="not offered"),
        pytest.param("Error: no\n  repository\n", "lists. dnf reports: Error: no repository", id="not to be asked"),
    ],
)
def test_package_that_no_repository_offers_is_told_with_the_words_of_dnf(
    monkeypatch: pytest.MonkeyPatch, complaint: str, told: str
) -> None:
    distribute(monkeypatch, "centos")
    looked = preflight.Preflight(FakeDnf("", "", complaint, available_packages=["g"]))  # type: ignore[arg-type]
    with pytest.raises(GlanceError) as refused:
        looked.plan()
    assert "The package g is not installed, and no repository of this host (centos 9) offers it" in str(refused.value)
    assert str(refused.value).endswith(told)


@pytest.mark.parametrize(("family", "interrupted"), [("debian", True), ("centos", False)])
def test_package_manager_that_was_ended_in_its_work_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str, interrupted: bool
) -> None:
    (tmp_path / "0001").touch()
    monkeypatch.setattr(preflight, "DPKG_UPDATES", str(tmp_path / "*"))
    distribute(monkeypatch, family)
    looked = preflight.Preflight(FakeHost({"dpkg-query": "", "rpm": ""}))  # type: ignore[arg-type]
    assert looked.result(looked.plan())["ansible_facts"]["osops_glance"]["interrupted"] is interrupted


def test_nothing_is_planned() -> None:
    looked = preflight.Preflight(FakeHost())  # type: ignore[arg-type]
    plan = looked.plan()
    looked.apply(plan)
    assert not plan.changed
    found = looked.result(plan)["ansible_facts"]["osops_glance"]
    assert (found["packages"], found["unchanged_directories"]) == ({}, [])


def answers(monkeypatch: pytest.MonkeyPatch, *given: Any) -> list[Any]:
    left = list(given)

    def http_answer(*_arguments: Any) -> Any:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer, None

    monkeypatch.setattr(preflight, "http_answer", http_answer)
    return left


@pytest.mark.parametrize("first", [500, 503, socket.timeout("timed out")], ids=str)
def test_service_that_has_just_been_started_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, clock: list[float], first: Any
) -> None:
    left = answers(monkeypatch, first, first, 200)
    assert not problems(http=[entry(url="http://127.0.0.1:5000/")])
    assert left == [200]


def test_wait_has_an_end(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    answers(monkeypatch, 503)
    (line,) = problems(http=[entry(url="http://127.0.0.1:5000/")])
    assert "answers with 503 Service Unavailable" in line
    assert clock[0] == preflight.PATIENCE


def test_clock_that_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    late = (200, formatdate(time.time() - 3600 * 5, usegmt=True))
    monkeypatch.setattr(preflight, "http_answer", lambda *_arguments: late)
    (line,) = problems(http=[entry(url="http://127.0.0.1:5000/")])
    assert "the clock of this host is 5 hours" in line
    assert "ahead of the one there (http://127.0.0.1:5000/). Set the clocks" in line


@pytest.mark.parametrize(
    ("owner", "cgroup", "told"),
    [
        pytest.param("7", "0::/system.slice/glance-api.service\n", False, id="ours"),
        pytest.param("7", "0::/system.slice/apache2.service\n", True, id="foreign"),
        pytest.param("7", "0::/user.slice/session-1.scope\n", True, id="no service"),
        pytest.param(None, "", False, id="not to be seen"),
    ],
)
def test_port_that_is_taken(
    silent: int, monkeypatch: pytest.MonkeyPatch, owner: str | None, cgroup: str, told: bool
) -> None:
    real = preflight.text
    kernel = {"/proc/7/cgroup": cgroup, "/proc/7/comm": "httpd\n"}
    monkeypatch.setattr(preflight, "owner_of", lambda _listener: owner)
    monkeypatch.setattr(preflight, "text", lambda path: kernel.get(path) or real(path))
    lines = problems(ports=[entry(host="127.0.0.1", port=silent, hint="Stop it.")], units=["glance-api"])
    line = f"- glance_it: another program listens on port {silent}: httpd (process 7). Stop it."
    assert lines == ([line] if told else [])


def test_owner_of_a_socket_is_found(silent: int) -> None:
    (listener,) = [one for one in preflight.listeners(preflight.text("/proc/net/tcp")) if one.port == silent]
    assert preflight.owner_of(listener) == str(os.getpid())


def test_port_that_is_free_is_no_problem(closed: int) -> None:
    assert not problems(ports=[entry(host="127.0.0.1", port=closed)])


def directory(path: Path | str, **given: Any) -> dict[str, Any]:
    ours = {"free": 0.0, "shared": False, "owner": "glance", "group": "glance", "mode": "0750"}
    return entry(path=str(path), **{**ours, **given})


@pytest.mark.parametrize(
    ("given", "flag", "kind", "told"),
    [
        pytest.param({}, 0, "ext4", None, id="good"),
        pytest.param({"free": 2.0}, 0, "ext4", None, id="room enough"),
        pytest.param({"free": 2.5}, 0, "ext4", "has room for 2.0 GiB, not for 2.5", id="too little room"),
        pytest.param({}, os.ST_RDONLY, "ext4", "is read-only", id="read-only"),
        pytest.param({"shared": True}, 0, "ext4", "of this host alone (ext4)", id="not shared"),
        pytest.param({"shared": True}, 0, "nfs4", None, id="shared"),
    ],
)
def test_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], flag: int, kind: str, told: str | None
) -> None:
    room = SimpleNamespace(f_bavail=1024, f_frsize=2 * 1024**2, f_flag=flag)
    monkeypatch.setattr(preflight.os, "statvfs", lambda _path: room)
    monkeypatch.setattr(preflight, "text", lambda _path: f"1 1 0:1 / / rw - {kind} dev rw\n")
    lines = problems(directories=[directory(tmp_path / "not/there/yet", **given)])
    assert len(lines) == (told is not None)
    assert not told or told in lines[0]


def test_file_in_place_of_a_directory_is_told(tmp_path: Path) -> None:
    (tmp_path / "images").touch()
    (line,) = problems(directories=[directory(tmp_path / "images")])
    assert line == f"- glance_it: {tmp_path}/images is not a directory."


@pytest.mark.parametrize(
    ("given", "settled"),
    [({}, True), ({"mode": "0755"}, False), ({"owner": "nobody"}, False), ({"group": "nogroup"}, False)],
    ids=["as it is to be", "another mode", "another owner", "another group"],
)
def test_directory_that_is_settled_is_told(tmp_path: Path, given: dict[str, str], settled: bool) -> None:
    made = tmp_path / "images"
    made.mkdir(mode=0o750)
    own = {"owner": pwd.getpwuid(os.getuid()).pw_name, "group": grp.getgrgid(made.stat().st_gid).gr_name}
    there = directory(made, **{**own, **given})
    looked = preflight.Preflight(FakeHost(directories=[there, directory("/nowhere")]))  # type: ignore[arg-type]
    found = looked.result(looked.plan())["ansible_facts"]["osops_glance"]["unchanged_directories"]
    assert found == ([str(made)] if settled else [])


@pytest.mark.parametrize(
    ("dpkg", "printed", "lists", "told"),
    [
        pytest.param("", "g:\n  Installed: (none)\n  Candidate: 1\n", True, False, id="available_packages"),
        pytest.param("ii g 1\n", "", True, False, id="installed"),
        pytest.param("", "g:\n  Installed: (none)\n  Candidate: (none)\n", True, True, id="neither"),
        pytest.param("", "", True, True, id="unknown"),
        pytest.param("", "", False, False, id="no package lists yet"),
    ],
)
def test_package_that_nobody_offers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dpkg: str, printed: str, lists: bool, told: bool
) -> None:
    (tmp_path / "main_Packages").touch()
    distribute(monkeypatch, "debian")
    monkeypatch.setattr(preflight, "APT_LISTS", str(tmp_path / ("*_Packages" if lists else "none")))
    lines = problems(printed={"dpkg-query": dpkg, "apt-cache": printed}, available_packages=["g"])
    assert ["The package g is not installed" in line for line in lines] == [True] * told


@pytest.mark.parametrize(("accepted", "problem"), [([], False), ([404], False), ([200], True)])
def test_status_may_have_to_be_a_certain_one(accepted: list[int], problem: bool, web: int) -> None:
    found = preflight.check_http(entry(url=f"http://127.0.0.1:{web}/404", status_code=accepted, hint="Do it."), 1.0)
    assert bool(found) is problem
    assert not found or f"http://127.0.0.1:{web}/404 answers with 404 Not Found" in found


@pytest.mark.parametrize(
    ("mode", "reader", "problem"),
    [(0o644, "nobody", False), (0o600, "nobody", True), (0o600, None, False), (0o600, "no-such-user", False)],
)
def test_file_must_be_readable_for_the_user_that_reads_it(
    mode: int, reader: str | None, problem: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can check as another user")
    file = tmp_path_factory.mktemp("readable") / "ca.pem"
    for parent in list(file.parents)[:-2]:
        parent.chmod(0o755)
    file.write_text("-----BEGIN CERTIFICATE-----")
    file.chmod(mode)
    found = preflight.check_file(entry(path=str(file), reader=reader, hint="Do it."), 1.0)
    assert bool(found) is problem
    assert not found or f"the user nobody cannot read {file}" in found


@pytest.mark.parametrize(
    ("option", "dpkg", "verb"),
    [
        pytest.param("available_packages", "hn g \n", "install", id="not installed"),
        pytest.param("available_packages", "hi g 1\n", None, id="installed already"),
        pytest.param("removed", "hi g 1\n", "remove", id="to be removed"),
        pytest.param("removed", "hn g \n", None, id="removed already"),
        pytest.param("removed", "ii g 1\n", None, id="not on hold"),
    ],
)
def test_package_on_hold_is_reported(monkeypatch: pytest.MonkeyPatch, option: str, dpkg: str, verb: str | None) -> None:
    distribute(monkeypatch, "debian")
    lines = problems(printed={"dpkg-query": dpkg}, **{option: ["g"]})
    assert lines == (
        [
            f"- The package g is on hold (apt-mark hold), and apt refuses to {verb} it. "
            "Run on this host: apt-mark unhold g"
        ]
        if verb
        else []
    )


def test_failed_query_of_the_packages_is_a_problem_among_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    distribute(monkeypatch, "debian")
    lines = problems(printed={}, packages=["g"], resolve=[entry(host="a.invalid")])
    assert [line.split(":")[0] for line in lines] == ["- glance_it", "- Cannot read which packages are installed"]


def test_failed_query_in_a_play_does_not_claim_that_nothing_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    distribute(monkeypatch, "debian")
    with pytest.raises(GlanceError, match="^Cannot read which packages are installed"):
        preflight.Preflight(FakeHost(packages=["g"])).plan()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("dpkg", "timeout", "waits"),
    [
        pytest.param("", 60.0, True, id="to be installed"),
        pytest.param("ii g 1\n", 60.0, False, id="installed"),
        pytest.param("", None, False, id="not asked to wait"),
    ],
)
def test_package_manager_in_use_is_waited_for_where_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, dpkg: str, timeout: float | None, waits: bool
) -> None:
    holder = preflight.package_lock.Holder("/var/lib/dpkg/lock-frontend", 812, "unattended-upgrade")
    host = FakeHost({"dpkg-query": dpkg}, packages=["g"], lock_timeout=timeout)

    def wait(_family: str, _timeout: float) -> Any:
        host.printed["dpkg-query"] = "ii g 2\n"
        return preflight.package_lock.Waited(holder, 42)

    monkeypatch.setattr(preflight.package_lock, "wait", wait)
    distribute(monkeypatch, "debian")
    looked = preflight.Preflight(host)  # type: ignore[arg-type]
    result = looked.result(looked.plan())
    told = ["Waited 42 s for unattended-upgrade (process 812), which holds /var/lib/dpkg/lock-frontend."]
    assert result["warnings"] == (told if waits else [])
    installed = result["ansible_facts"]["osops_glance"]["packages"]["g"]["installed"]
    assert installed == ("2" if waits else "1" if dpkg else None)


def test_package_manager_at_work_is_not_taken_for_an_interrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0001").touch()
    monkeypatch.setattr(preflight, "DPKG_UPDATES", str(tmp_path / "*"))
    monkeypatch.setattr(preflight.package_lock, "holder_of", lambda _family: "unattended-upgrade")
    distribute(monkeypatch, "debian")
    looked = preflight.Preflight(FakeHost({"dpkg-query": ""}))  # type: ignore[arg-type]
    assert not looked.result(looked.plan())["ansible_facts"]["osops_glance"]["interrupted"]


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("resolve", {"host": "a.invalid"}),
        ("reach", {"host": "a.invalid", "port": 1}),
    ],
)
def test_problem_of_what_is_not_required_is_a_warning(kind: str, asked: dict[str, Any]) -> None:
    looked = preflight.Preflight(FakeHost(**{kind: [entry(**asked, required=False)]}))  # type: ignore[arg-type]
    (warning,) = looked.result(looked.plan())["warnings"]
    assert warning.startswith("glance_it: cannot resolve a.invalid")


def test_refused_connection_to_what_need_not_run_yet_is_no_problem(closed: int) -> None:
    assert not problems(reach=[entry(host="127.0.0.1", port=closed, accept_refused=True)])


@pytest.mark.parametrize(
    ("ip_version", "problem"),
    [(4, None), (6, "127.0.0.1 has no IPv6 address, and its client uses no other"), (None, None)],
    ids=["4", "6", "any"],
)
def test_client_of_one_version_of_ip_reaches_no_address_of_the_other(
    web: int, ip_version: int | None, problem: str | None
) -> None:
    lines = problems(reach=[entry(host="127.0.0.1", port=web, ip_version=ip_version)])
    assert len(lines) == (problem is not None)
    assert not problem or problem in lines[0]


def test_file_that_the_service_cannot_use_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "api.log").touch(mode=0o600)
    account = SimpleNamespace(name="glance", group="glance", uid=os.getuid() + 64000, gids=frozenset())
    monkeypatch.setattr(preflight, "account_of", lambda name: account if name == "glance" else None)
    asked = {"path": str(tmp_path / "*.log"), "write": True, "required": True}
    (line,) = problems(access=[{**asked, "user": "glance"}])
    assert line.startswith(f"- {tmp_path}/api.log belongs to")
    assert not problems(access=[{**asked, "user": "nobody-yet"}])


def test_facts_are_omitted_on_request() -> None:
    looked = preflight.Preflight(FakeHost(gather=False))  # type: ignore[arg-type]
    assert "ansible_facts" not in looked.result(looked.plan())


@pytest.mark.parametrize(
    ("addresses", "foreign"),
    [
        pytest.param(["127.0.0.1"], None, id="own"),
        pytest.param(["127.0.1.1"], None, id="own, as Debian's installer writes it"),
        pytest.param(["192.0.2.9"], "192.0.2.9", id="another host"),
        pytest.param(["127.0.0.1", "192.0.2.9"], "192.0.2.9", id="both"),
    ],
)
def test_name_must_lead_to_the_host_itself(
    monkeypatch: pytest.MonkeyPatch, addresses: list[str], foreign: str | None
) -> None:
    found = [(socket.AF_INET, socket.SOCK_DGRAM, 17, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments, **_options: found)
    lines = problems(local=[entry(host="controller", hint="Correct /etc/hosts.")])
    told = f"- glance_it: controller resolves to {foreign}, which is not an address of this host. Correct /etc/hosts."
    assert lines == ([told] if foreign else [])


def test_name_that_does_not_resolve_is_not_the_host_itself() -> None:
    (line,) = problems(local=[entry(host="controller.invalid")])
    assert "cannot resolve controller.invalid" in line
