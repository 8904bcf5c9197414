# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host import systemd
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import ServiceLog
from ansible_collections.osops.glance.plugins.module_utils._host.systemd import Systemd

OUTPUT = "LoadState=loaded\nUnitFileState=enabled\nActiveState=active\nSubState=running\nNRestarts=0\n"


class FakeModule:
    def __init__(self, log: Path) -> None:
        self.params = {"units": ["a"], "files": [], "logs": [str(log)]}

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        return 0, OUTPUT if command[2] == "systemctl" else "", ""


@pytest.mark.parametrize(
    "line", ["INFO glance [-] Removing dead child {}", "DAMN ! worker 1 (pid: {}) died :( trying respawn ..."]
)
@pytest.mark.parametrize(("ended", "fails"), [(3, False), (4, True)])
def test_loop_of_ending_workers_ends_the_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, ended: int, fails: bool
) -> None:
    monkeypatch.setattr(systemd, "SEARCH_AFTER", 0)
    log = tmp_path / "a.log"
    module = FakeModule(log)
    log.touch()
    check = Systemd(module, ["a"], 9).watch(ServiceLog(module, 0))  # type: ignore[arg-type]
    check()
    now = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(time.time() + 1))
    log.write_text("".join(f"{now}.000 7 {line.format(100 + number)}\n" for number in range(ended)))
    monkeypatch.setattr(systemd.time, "monotonic", lambda: 1e9)
    if fails:
        with pytest.raises(GlanceError, match="the workers end in a loop: 4 have ended"):
            check()
    else:
        check()
