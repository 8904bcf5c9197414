# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.fake_server import FakeServer, run


def test_missing_check_command_is_reported(server: FakeServer, host: Path) -> None:
    server.set_revisions("yoga_contract01")
    server.failures["db"] = [(2, "error: argument action: invalid choice: 'check'")]
    assert "need `check: version`" in run(server, host)["msg"]


def test_check_command_works_without_a_python_script(server: FakeServer, host: Path) -> None:
    (host / "glance-manage").write_text("#!/bin/sh\n")
    server.set_revisions("yoga_contract01")
    assert run(server, host)["revision_after"] == server.head


def test_missing_migration_scripts_are_reported(server: FakeServer, host: Path) -> None:
    (host / "glance-manage").write_text("#!/bin/sh\n")
    server.set_revisions("yoga_contract01")
    assert "Cannot find the migration scripts" in run(server, host, check="version")["msg"]
