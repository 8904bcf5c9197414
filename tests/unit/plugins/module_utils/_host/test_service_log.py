# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import service_log
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import ServiceLog

REQUEST = "req-4afa0488-ca49-401d-9721-5e8161417fc0"


class FakeModule:
    def __init__(self, printed: str = "", **params: Any) -> None:
        self.params = {"units": ["glance-api"], "files": [], "logs": [], **params}
        self.printed = printed
        self.ran: list[list[str]] = []

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        self.ran.append(command)
        return 0, self.printed, ""


def log_of(module: FakeModule, since: float = 0.0) -> ServiceLog:
    return ServiceLog(module, since)  # type: ignore[arg-type]


def dated(moment: float, text: str) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S.000 7 ", time.localtime(moment)) + text + "\n"


def test_entries_of_files_and_the_journal_are_read(tmp_path: Path) -> None:
    now = time.time()
    (tmp_path / "api.log").write_text(dated(now - 99, "ERROR a [-] old") + dated(now, "ERROR a [-] new"))
    module = FakeModule("ValueError: started\n", logs=[f"{tmp_path}/*.log"], units=["a", "b"])
    assert log_of(module, now - 9).relevant_lines("") == ["new", "ValueError: started"]
    assert {"--unit=a", "--unit=b", f"--since=@{int(now - 9)}"} <= set(module.ran[0])


def test_lines_of_the_failed_request_are_relevant() -> None:
    module = FakeModule(f"ERROR a [None {REQUEST} u p] mine\nERROR a [None req-1 u p] another\n")
    assert log_of(module).relevant_lines(f"GET answered 500: no (request {REQUEST})") == ["mine"]


def test_summary_names_the_sources(tmp_path: Path) -> None:
    (tmp_path / "api.log").touch()
    summary = log_of(FakeModule(logs=[f"{tmp_path}/*.log"])).summary("no")
    assert summary == f"The log ({tmp_path}/api.log, journalctl -u glance-api) contains no errors or warnings."


@pytest.mark.parametrize(
    "message",
    [
        "S3cr%40t-word",
        "S3cr@t-word",
        "mysql+pymysql://glance:S3cr%40t-word@db/glance",
        "mysql://other:Wh0ever@db",
        "invalid literal for int() with base 10: 't-word'",
    ],
    ids=["encoded", "decoded", "URL", "URL of another", "piece"],
)
@pytest.mark.parametrize("end", ["", "neither a section nor an option\n"], ids=["good file", "invalid file"])
def test_secrets_are_masked(tmp_path: Path, message: str, end: str) -> None:
    file = tmp_path / "glance-api.conf"
    file.write_text(f"{end}[database]\nconnection = mysql+pymysql://glance:S3cr%40t-word@db/glance\n")
    summary = log_of(FakeModule(f"ValueError: {message}\n", files=[str(file), "/nowhere"])).summary("no")
    assert "VALUE HIDDEN" in summary
    assert not {"S3cr", "t-word", "Wh0ever"} & {word for word in ("S3cr", "t-word", "Wh0ever") if word in summary}


def test_secrets_of_a_replaced_file_are_masked(tmp_path: Path) -> None:
    file = tmp_path / "glance-api.conf"
    file.write_text("[a]\npassword = the-new-one\n")
    log = log_of(FakeModule("ValueError: the-new-one\n", files=[str(file)]))
    log.relevant_lines("")
    file.write_text("[a]\npassword = the-old-one\n")
    assert log.relevant_lines("") == ["ValueError: VALUE HIDDEN"]


def test_secrets_of_the_copy_of_a_file_are_masked(tmp_path: Path) -> None:
    file = tmp_path / "glance-api.conf"
    file.write_text("[a]\npassword = the-new-one\n")
    file.with_name("glance-api.conf.1~").write_text("[a]\npassword = the-old-one\n")
    log = log_of(FakeModule("ValueError: the-old-one\n", files=[str(file)]))
    assert log.relevant_lines("") == ["ValueError: VALUE HIDDEN"]


def test_log_that_the_first_start_creates_is_read(tmp_path: Path) -> None:
    log = log_of(FakeModule(logs=[f"{tmp_path}/*.log"]))
    (tmp_path / "api.log").write_text(dated(time.time(), "ERROR a [-] new"))
    assert log.relevant_lines("") == ["new"]


def test_only_the_end_of_a_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_log, "MAX_BYTES", 4)
    (tmp_path / "log").write_bytes(b"123\xff567")
    assert service_log.tail(str(tmp_path / "log")) == "\ufffd567"
