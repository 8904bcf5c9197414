# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host import previous_files
from ansible_collections.osops.glance.plugins.module_utils._host.previous_files import PreviousFiles, same_host

URL = "[database]\nconnection = mysql://glance:{}@db/glance\n"


@pytest.fixture
def previous(tmp_path: Path) -> PreviousFiles:
    """Return the previous file of a service whose password was changed; its mode is stricter than the new one."""
    file, copy = tmp_path / "a.conf", tmp_path / "a.conf.1~"
    copy.write_text(URL.format("old"))
    copy.chmod(0o600)
    file.write_text(URL.format("new") + "# more\n")
    file.chmod(0o644)
    return PreviousFiles([str(file), str(tmp_path / "absent")], since=0)


@pytest.mark.parametrize(("updated", "password", "copies"), [(True, "new", 1), (False, "old", 0)])
def test_file_is_restored_with_its_mode(
    previous: PreviousFiles, tmp_path: Path, updated: bool, password: str, copies: int
) -> None:
    assert previous.passwords_changed
    (previous.restore_updated if updated else previous.restore)()
    file = tmp_path / "a.conf"
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == (URL.format(password), 0o600)
    assert len(list(tmp_path.iterdir())) == 1 + copies


@pytest.mark.parametrize("updated", [True, False])
def test_full_disk_changes_no_file(
    previous: PreviousFiles, tmp_path: Path, updated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_old: str, _new: str) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(previous_files.os, "replace", refuse)
    with pytest.raises(GlanceError, match=r"Cannot restore .*a.conf from .*a.conf.1~: No space left on device"):
        (previous.restore_updated if updated else previous.restore)()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.conf", "a.conf.1~"]


def test_names_of_the_same_server(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = {
        "localhost": "127.0.0.1",
        "loopback": "127.0.0.2",
        "a": "192.0.2.1",
        "b": "192.0.2.1",
        "c": "192.0.2.2",
    }

    def resolve(host: str, *_more: object, **_options: object) -> list[tuple[object, ...]]:
        if host not in addresses:
            raise socket.gaierror(-2, "Name or service not known")
        return [(socket.AF_INET, 0, 0, "", (addresses[host], 0))]

    monkeypatch.setattr(previous_files.socket, "getaddrinfo", resolve)
    assert same_host("localhost", "loopback")
    assert same_host("a", "b")
    assert same_host("X", "x")
    assert not same_host("a", "c")
    assert not same_host("localhost", "a")
    assert not same_host("unknown", "another")
