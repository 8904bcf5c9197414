# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._schema import glance_manage, installed_release, login
from ansible_collections.osops.glance.plugins.module_utils._schema.installed_release import MIGRATIONS
from ansible_collections.osops.glance.plugins.module_utils._schema.target import Target
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.fake_server import (
    DEFINITIONS,
    SCRIPTS,
    URL,
    FakeCommand,
    FakeServer,
    definition,
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeServer:
    """Return a database server to which the module logs in."""
    fake = FakeServer()

    @contextmanager
    def log_in(_target: Target, _config_file: str, *_seconds: int) -> Iterator[FakeServer]:
        for error in fake.login_errors:
            raise error
        yield fake

    @contextmanager
    def migration_lock(_target: Target, _config_file: str, seconds: int) -> Iterator[None]:
        fake.lock_timeouts.append(seconds)
        fake.before_lock()
        yield

    command = type("Command", (FakeCommand,), {"server": fake, "host": tmp_path, "started": []})
    monkeypatch.setattr(login, "log_in", log_in)
    monkeypatch.setattr(login, "migration_lock", migration_lock)
    monkeypatch.setattr(glance_manage, "BackgroundCommand", command)
    monkeypatch.setattr(installed_release, "BackgroundCommand", command)
    return fake


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """Return the directory of a host on which Glance is installed and configured."""
    (tmp_path / "glance-api.conf").write_text(f"[database]\nconnection = {URL}\n")
    (tmp_path / "glance-manage").write_text("#!/opt/glance/bin/python3\n")
    versions = tmp_path / MIGRATIONS[0]
    versions.mkdir(parents=True)
    for revision, predecessors in SCRIPTS.items():
        (versions / f"{revision}.py").write_text(f"revision = '{revision}'\ndown_revision = {predecessors!r}\n")
    (tmp_path / "metadefs").mkdir()
    for name, namespace in DEFINITIONS.items():
        (tmp_path / "metadefs" / name).write_text(definition(namespace, "a", "b", "c"))
    return tmp_path
