# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import configparser
import gzip
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._mysql import dump

PASSWORD = "p@s/s%$w:rd#[x]\"'\\ é"
# A client that records its arguments and its login, and then runs the commands of the test.
CLIENT = """#!/bin/sh
echo "$@" > {folder}/arguments
cat "${{1#--defaults-extra-file=}}" > {folder}/login
{commands}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(dump, "CLIENTS", ("fake-dump",))
    return tmp_path


def write_client(folder: Path, commands: str) -> None:
    script = folder / "fake-dump"
    script.write_text(CLIENT.format(folder=folder, commands=commands))
    script.chmod(0o755)


def params(folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "name": "glance",
        "dump_directory": str(folder / "dumps"),
        "login_user": "root",
        "login_password": None,
        "timeout": 30,
        **more,
    }


def test_login_of_the_config_file_is_used(folder: Path) -> None:
    write_client(folder, "true")
    config = folder / "admin.cnf"
    config.write_text("[client]\nuser=admin\n")
    dump.write_dump(params(folder, config_file=str(config)))
    assert (folder / "login").read_text().splitlines()[:2] == [f"!include {config}", "[client]"]
    dump.write_dump(params(folder, name="other", config_file=str(folder / "absent.cnf")))
    assert (folder / "login").read_text().splitlines()[0] == "[client]"


def test_dump_is_readable_by_its_owner_only(folder: Path) -> None:
    write_client(folder, "echo 'CREATE TABLE images'")
    path = Path(dump.write_dump(params(folder)))
    assert path.parent == folder / "dumps"
    assert path.name.startswith("glance-")
    assert gzip.decompress(path.read_bytes()) == b"CREATE TABLE images\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_password_is_not_on_the_command_line(folder: Path) -> None:
    write_client(folder, "true")
    dump.write_dump(params(folder, login_password=PASSWORD, login_host="db", login_port=3307))
    assert PASSWORD not in (folder / "arguments").read_text()
    login = configparser.RawConfigParser()
    login.read(folder / "login", encoding="utf-8")
    read_back = login["client"]["password"][1:-1].replace('\\"', '"').replace("\\\\", "\\")
    assert read_back == PASSWORD
    assert (login["client"]["host"], login["client"]["port"]) == ('"db"', '"3307"')


@pytest.mark.parametrize(
    ("commands", "message"),
    [
        pytest.param(
            "echo 'Access denied' >&2; exit 2", "fake-dump ended with status 2: Access denied", id="login refused"
        ),
        pytest.param("echo part; exit 3", "fake-dump ended with status 3", id="incomplete"),
    ],
)
def test_failed_dump_is_removed(folder: Path, commands: str, message: str) -> None:
    write_client(folder, commands)
    with pytest.raises(GlanceError, match=message) as failure:
        dump.write_dump(params(folder))
    assert "The database was not removed" in str(failure.value)
    assert list((folder / "dumps").iterdir()) == []


def test_dump_without_output_times_out(folder: Path) -> None:
    write_client(folder, "echo part; exec sleep 60")
    start = time.monotonic()
    with pytest.raises(GlanceError) as failure:
        dump.write_dump(params(folder, timeout=0.5), lambda: "Connection 42 may hold a lock.")
    assert time.monotonic() - start < 30
    assert str(failure.value).endswith(
        "fake-dump wrote nothing for 0.5 seconds (`timeout`) and was ended; it may have waited for a lock. Connection "
        "42 may hold a lock. The database was not removed."
    )
    assert list((folder / "dumps").iterdir()) == []


def test_password_in_the_error_output_is_redacted(folder: Path) -> None:
    write_client(folder, 'cat "${1#--defaults-extra-file=}" >&2; exit 1')
    with pytest.raises(GlanceError, match="ended with status 1") as failure:
        dump.write_dump(params(folder, login_password=PASSWORD))
    assert "p@s" not in str(failure.value)


def test_missing_client_is_reported(folder: Path) -> None:
    with pytest.raises(GlanceError, match="this host has no fake-dump"):
        dump.write_dump(params(folder))
