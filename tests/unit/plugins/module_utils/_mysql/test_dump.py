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
# What a client of MariaDB is given, it writes down; then it does as it is told.
CLIENT = """#!/bin/sh
echo "$@" > {told}/arguments
cat "${{1#--defaults-extra-file=}}" > {told}/login
{does}
"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(dump, "CLIENTS", ("fake-dump",))
    return tmp_path


def client(told: Path, does: str) -> None:
    script = told / "fake-dump"
    script.write_text(CLIENT.format(told=told, does=does))
    script.chmod(0o755)


def params(told: Path, **more: Any) -> dict[str, Any]:
    return {
        "name": "glance",
        "dump_directory": str(told / "dumps"),
        "login_user": "root",
        "login_password": None,
        "timeout": 30,
        **more,
    }


def test_database_is_dumped_for_nobody_else(told: Path) -> None:
    client(told, "echo 'CREATE TABLE images'")
    path = Path(dump.dump(params(told)))
    assert path.parent == told / "dumps"
    assert path.name.startswith("glance-")
    assert gzip.decompress(path.read_bytes()) == b"CREATE TABLE images\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_password_is_not_on_the_command_line(told: Path) -> None:
    client(told, "true")
    dump.dump(params(told, login_password=PASSWORD, login_host="db", login_port=3307))
    assert PASSWORD not in (told / "arguments").read_text()
    login = configparser.RawConfigParser()
    login.read(told / "login", encoding="utf-8")
    read_back = login["client"]["password"][1:-1].replace('\\"', '"').replace("\\\\", "\\")
    assert read_back == PASSWORD
    assert (login["client"]["host"], login["client"]["port"]) == ('"db"', '"3307"')


@pytest.mark.parametrize(
    ("does", "words"),
    [
        pytest.param("echo 'Access denied' >&2; exit 2", "fake-dump ended with 2: Access denied", id="refused"),
        pytest.param("echo half; exit 3", "fake-dump ended with 3", id="half"),
    ],
)
def test_failing_dump_leaves_nothing_behind(told: Path, does: str, words: str) -> None:
    client(told, does)
    with pytest.raises(GlanceError, match=words) as failure:
        dump.dump(params(told))
    assert "The database was not removed" in str(failure.value)
    assert list((told / "dumps").iterdir()) == []


def test_dump_that_comes_to_a_stop_is_ended_and_named(told: Path) -> None:
    client(told, "echo half; exec sleep 60")
    began = time.monotonic()
    with pytest.raises(GlanceError) as failure:
        dump.dump(params(told, timeout=0.5), lambda: "Connection 42 may hold a lock.")
    assert time.monotonic() - began < 30
    assert str(failure.value).endswith(
        "fake-dump wrote nothing for 0.5 seconds (`timeout`), as one that waits for a lock, and was ended. Connection "
        "42 may hold a lock. The database was not removed."
    )
    assert list((told / "dumps").iterdir()) == []


def test_password_in_the_complaint_of_the_client_is_hidden(told: Path) -> None:
    client(told, 'cat "${1#--defaults-extra-file=}" >&2; exit 1')
    with pytest.raises(GlanceError, match="ended with 1") as failure:
        dump.dump(params(told, login_password=PASSWORD))
    assert "p@s" not in str(failure.value)


def test_lacking_client_is_told(told: Path) -> None:
    with pytest.raises(GlanceError, match="this host has no fake-dump"):
        dump.dump(params(told))
