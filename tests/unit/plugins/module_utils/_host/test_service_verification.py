# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.progress import VARIABLE
from ansible_collections.osops.glance.plugins.module_utils._host import service_verification
from ansible_collections.osops.glance.plugins.module_utils._host.service_resource import Service
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.service_fakes import (
    NEW,
    RESTORED,
    FakeHost,
    FakeService,
    configure,
    run,
)


def test_failure_of_systemctl_is_reported_with_the_log(host: FakeHost) -> None:
    configure(host)
    host.errors["restart"] = "Job for glance-api.service failed."
    message = run(host)["msg"]
    assert (
        "`systemctl restart glance-api` failed with status 1: Job for glance-api.service failed. Likely cause"
        in message
    )
    assert "does not respond with it either" in message


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"state": "failed", "substate": "failed"}, "the unit glance-api has failed"),
        ({"state": "activating", "substate": "auto-restart", "restarts": 1}, "glance-api is in a restart loop"),
        ({"restarts": 2}, "glance-api is in a restart loop"),
    ],
    ids=["failed", "ended for the second time", "restarted for the second time"],
)
def test_restart_loop_ends_the_wait(host: FakeHost, state: dict[str, Any], reason: str) -> None:
    configure(host, "broken")

    def works() -> bool:
        if "broken" in host.file.read_text():
            vars(host).update(state)
            return False
        vars(host).update(state="active", substate="running", restarts=0)
        return True

    host.works = works
    message = run(host)["msg"]
    assert reason in message
    assert message.endswith(RESTORED.format(host.file))


def test_wait_is_displayed(host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = tmp_path / "progress"
    seen: list[str] = []

    def works() -> bool:
        end = time.monotonic() + 20
        while not progress.exists() and time.monotonic() < end:
            time.sleep(0.05)
        seen.append(progress.read_text())
        return "broken" not in host.file.read_text()

    monkeypatch.setenv(VARIABLE, str(progress))
    configure(host, "broken")
    host.works = works
    run(host)
    assert '["glance-api", "waiting for a response", ' in seen[0]
    assert '["glance-api", "waiting for a response with the previous configuration", ' in seen[1]
    assert not progress.exists()


def test_systemctl_has_a_time_limit(host: FakeHost) -> None:
    configure(host)

    class Slow(FakeService):
        def run_command(self, command: list[str]) -> tuple[int, str, str]:
            if command[2:] == ["systemctl", "restart", "glance-api"]:
                assert command[:2] == ["timeout", "7"]
                return 124, "", ""
            return super().run_command(command)

    message = Slow(host, False, command_timeout=7).end(Service)["msg"]
    assert "`systemctl restart glance-api` did not end within 7 seconds" in message


def test_secret_in_a_response_is_redacted(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    host.file.write_text(NEW)
    os.utime(host.file, (0, time.time() - 200))

    def answers(_self: object) -> None:
        raise GlanceError("GET / answered 500: cannot use 'new-word' and mysql://glance:new-@-word@127.0.0.1/glance")

    monkeypatch.setattr(service_verification.ApiCheck, "run", answers)
    message = run(host)["msg"]
    assert "VALUE HIDDEN" in message
    assert "word" not in message


def test_proxy_of_the_process_is_reported(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    host.file.write_text(NEW)
    os.utime(host.file, (0, time.time() - 200))
    host.pid = 7
    environment = {"http_proxy": "http://u:pw@127.0.0.1:9"}
    monkeypatch.setattr(service_verification, "environment_of", lambda pid, _default: environment if pid else {})
    host.works = lambda: False
    message = run(host)["msg"]
    assert "glance-api sends its requests to http://controller:5000 through the proxy 127.0.0.1:9, since" in message
    assert "u:pw" not in message
