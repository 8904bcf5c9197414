# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.file_check import (
    check_file,
    content_problem,
    is_regular_file,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.fakes import entry


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        pytest.param(b"", "/f is empty", id="empty"),
        pytest.param(b"\n <!DOCTYPE html><p>Sign in", "/f is a web page", id="web page"),
        pytest.param(b"QFI\xfb\x00", None, id="image"),
        pytest.param(b"[client.glance]\n\tkey = x", None, id="text"),
    ],
)
def test_content_is_checked_by_its_first_bytes(head: bytes, problem: str | None) -> None:
    found = content_problem("/f", head)
    assert found is None if problem is None else str(found).startswith(problem)


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "No such file"), (b"", "is empty"), (b"<html>", "is a web page")],
    ids=["missing", "empty", "web page"],
)
def test_unusable_file_is_reported(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "image"
    if content is not None:
        path.write_bytes(content)
    found = str(check_file(entry(path=str(path), hint="Fetch it again."), 1.0))
    assert str(path) in found
    assert problem in found
    assert found.endswith("Fetch it again.")


@pytest.mark.parametrize(
    ("mode", "reader", "has_problem"),
    [(0o644, "nobody", False), (0o600, "nobody", True), (0o600, None, False), (0o600, "no-such-user", False)],
)
def test_file_must_be_readable_by_its_reader(
    mode: int, reader: str | None, has_problem: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can check as another user")
    file = tmp_path_factory.mktemp("readable") / "ca.pem"
    for parent in list(file.parents)[:-2]:
        parent.chmod(0o755)
    file.write_text("-----BEGIN CERTIFICATE-----")
    file.chmod(mode)
    problem = check_file(entry(path=str(file), reader=reader, hint="Do it."), 1.0)
    assert problem == (f"the user nobody cannot read {file}. Do it." if has_problem else None)


@pytest.mark.parametrize(
    ("mode", "problem"),
    [
        pytest.param(None, "there is no keyring of client.glance; with {conf} it must be {keyring}", id="missing"),
        pytest.param(0o600, "the user nobody cannot read {keyring}, the keyring of client.glance", id="unreadable"),
        pytest.param(0o644, None, id="readable"),
    ],
)
def test_reader_must_be_able_to_read_the_key_of_the_ceph_client(
    mode: int | None, problem: str | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can check as another user")
    conf = tmp_path_factory.mktemp("ceph") / "ceph.conf"
    keyring = conf.parent / "ceph.client.glance.keyring"
    for parent in list(conf.parents)[:-2]:
        parent.chmod(0o755)
    conf.write_text(f"[global]\nkeyring = {conf.parent}/$cluster.$name.keyring\n")
    conf.chmod(0o644)
    if mode:
        keyring.write_text("[client.glance]\n\tkey = AQ==\n")
        keyring.chmod(mode)
    found = check_file(entry(path=str(conf), reader="nobody", ceph_client="client.glance", hint="Copy it."), 1.0)
    expected = f"{problem}. Copy it.".format(conf=conf, keyring=keyring) if problem else None
    assert found == expected


def test_link_is_not_a_regular_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert is_regular_file(str(tmp_path / "file"))
    assert not is_regular_file(str(tmp_path / "link"))
    assert not is_regular_file(str(tmp_path / "absent"))
