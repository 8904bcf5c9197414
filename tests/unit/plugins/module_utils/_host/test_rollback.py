# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.previous_files import PreviousFiles
from ansible_collections.osops.glance.plugins.module_utils._host.rollback import PendingChange, Rollback


class FakeSystemd:
    names = ("a",)

    def __init__(self) -> None:
        self.restarts = 0

    def restart(self, daemon_reload: bool) -> None:
        assert not daemon_reload
        self.restarts += 1


URL = "[database]\nconnection = mysql://glance:{}@db/glance\n"


class Site:
    """A service whose configuration was changed.

    responds: the content of the file with which it responds; None for no content.
    """

    def __init__(self, folder: Path, old: str, new: str) -> None:
        self.file = folder / "a.conf"
        self.file.write_text(new)
        (folder / "a.conf.1~").write_text(old)
        self.systemd = FakeSystemd()
        self.responds: str | None = None
        self.verified: list[tuple[str, bool]] = []

    def rollback(self, since: float | None = 0.0) -> Rollback:
        return Rollback(self.systemd, [str(self.file)], since)  # type: ignore[arg-type]

    def verify(self, _previous: PreviousFiles, restart: bool) -> str | None:
        content = self.file.read_text()
        self.verified.append((content, restart))
        return None if content == self.responds else "It does not respond."


@pytest.mark.parametrize("responds", [True, False])
def test_service_that_has_not_read_the_new_file_is_not_restarted(tmp_path: Path, responds: bool) -> None:
    site = Site(tmp_path, "old", "new")
    site.responds = "old" if responds else None
    rollback = site.rollback()
    assert "the service was not restarted" in rollback.run(site.verify, restarted=False)
    assert site.verified == [("old", False)]
    assert rollback.succeeded is responds


def test_current_passwords_are_tried_first(tmp_path: Path) -> None:
    old, new = URL.format("old"), URL.format("new")
    site = Site(tmp_path, old, new + "# more\n")
    site.responds = new
    rollback = site.rollback()
    assert "with the current passwords and the service responds" in rollback.run(site.verify, restarted=True)
    assert site.verified == [(new, True)]
    assert (rollback.succeeded, rollback.kept) == (True, [f"{site.file}.1~"])


def test_previous_passwords_are_tried_last(tmp_path: Path) -> None:
    old, new = URL.format("old"), URL.format("new")
    site = Site(tmp_path, old, new)
    site.responds = old
    rollback = site.rollback()
    assert "was restored and the service responds" in rollback.run(site.verify, restarted=True)
    assert [content for content, _restart in site.verified] == [new, old]
    assert rollback.succeeded


def test_current_passwords_are_kept_if_the_service_does_not_respond(tmp_path: Path) -> None:
    site = Site(tmp_path, URL.format("old"), URL.format("new") + "# more\n")
    rollback = site.rollback()
    assert "does not respond with it either" in rollback.run(site.verify, restarted=True)
    assert (site.file.read_text(), site.systemd.restarts) == (URL.format("new"), 1)
    assert not rollback.succeeded


def test_service_that_was_never_started_has_nothing_to_restore(tmp_path: Path) -> None:
    assert Site(tmp_path, "old", "new").rollback(since=None).is_empty


def test_new_unit_file_is_removed(tmp_path: Path) -> None:
    unit = tmp_path / "a.service"
    unit.touch()
    rollback = Rollback(FakeSystemd(), [str(unit)], 0.0)  # type: ignore[arg-type]
    assert not rollback.is_empty
    assert f"the unit instead of {unit}" in rollback.run(lambda _previous, _restart: None, restarted=True)
    assert not unit.exists()


def test_pending_change_keeps_the_earliest_start(tmp_path: Path) -> None:
    pending = PendingChange(str(tmp_path / "run/a.started"))
    assert (pending.exists, pending.begin(100.0)) == (False, 100.0)
    assert (pending.exists, pending.begin(200.0), pending.begin(None)) == (True, 100.0, 100.0)
    pending.end()
    assert (pending.exists, pending.begin(None)) == (False, None)
