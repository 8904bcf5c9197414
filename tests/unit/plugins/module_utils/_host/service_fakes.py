# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host with systemd and an Image service."""

from __future__ import annotations

import os
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Callable, ContextManager

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.service_resource import (
    RestoredService,
    Service,
    StoppedService,
)
from ansible_collections.osops.glance.plugins.module_utils._host.systemd import boot_time
from ansible_collections.osops.glance.plugins.modules.service import OPTIONS
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule

ANSWER = {"endpoints": {"public": "http://controller:9292"}, "versions": ["v2.15"], "images": True}
RESTORED = "The previous configuration was restored and the service responds: {}."
BROKEN = "ERROR glance [-] OSError: [Errno 98] Address already in use\n"
OLD = """[database]
connection = mysql+pymysql://glance:old-%40-word@127.0.0.1/glance
[keystone_authtoken]
auth_url = http://controller:5000
username = glance
password = old-word
"""
NEW = OLD.replace("old-%40-word", "new-%40-word").replace("old-word", "new-word")


class FakeHost:
    """A host with systemd and a service that responds with every file that does not contain `broken`."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.loaded, self.enabled, self.state, self.needs_reload = "loaded", "enabled", "active", "no"
        self.fragment = "/lib/systemd/system/glance-api.service"  # the unit file that systemd has loaded
        self.started: float | None = time.time() - 100
        self.errors: dict[str, str] = {}
        self.works: Callable[[], bool] = lambda: "broken" not in file.read_text()
        self.ran: list[str] = []
        self.verifications = 0
        self.refusal: GlanceError | None = None
        self.limits: list[float] = []
        self.restarts, self.substate, self.pid = 0, "running", 0

    def authenticate(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        meanwhile()
        if self.refusal:
            raise self.refusal  # pylint: disable=raising-bad-type

    def service(self, service_type: str, endpoint: str | None) -> tuple[str, str | None]:
        return service_type, endpoint

    def within(self, seconds: float) -> ContextManager[None]:
        self.limits.append(seconds)
        return nullcontext()

    def systemctl(self, verb: str, *arguments: str) -> tuple[int, str, str]:
        if verb == "show":
            return 0, self.show(), ""
        self.ran.append(" ".join([verb, *arguments]))
        if verb == "daemon-reload":
            own = self.file.with_name("glance-api.service")
            self.fragment = str(own) if own.exists() else "/lib/systemd/system/glance-api.service"
        if verb in self.errors:
            return 1, "", self.errors[verb]
        if verb in ("start", "restart"):
            self.state, self.started = "active", time.time()
        if verb == "stop":
            self.state = "inactive"
        return 0, "", ""

    def show(self) -> str:
        monotonic = int((self.started - boot_time()) * 1e6) if self.started else 0
        return (
            f"ExecMainStartTimestampMonotonic={monotonic}\nLoadState={self.loaded}\nUnitFileState={self.enabled}\n"
            f"ActiveState={self.state}\nNeedDaemonReload={self.needs_reload}\n"
            f"FragmentPath={self.fragment}\nNRestarts={self.restarts}\nSubState={self.substate}\nMainPID={self.pid}\n"
        )

    def copy(self, text: str) -> Path:
        """Create a copy with a name that ansible-core gives it."""
        copy = Path(f"{self.file}.{len(list(self.file.parent.iterdir()))}.2026-11-21@10:00:00~")
        copy.write_text(text)
        return copy

    def copies(self) -> list[str]:
        return sorted(path.read_text() for path in self.file.parent.glob("*~"))


class FakeService(FakeModule):
    """The module service on a host."""

    def __init__(self, host: FakeHost, check_mode: bool, **params: Any) -> None:
        super().__init__(OPTIONS, check_mode, **{"units": ["glance-api"], "files": [str(host.file)], **params})
        self.host = host

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        assert command[0] == "timeout"
        command = command[2:]
        if command[0] == "ss":
            return 0, "", ""
        if command[0] == "journalctl":
            return 0, BROKEN, ""
        return self.host.systemctl(*command[1:])

    def atomic_move(self, source: str, target: str) -> None:
        os.replace(source, target)


def run(host: FakeHost, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return FakeService(host, check_mode, **params).end(Service)


def configure(host: FakeHost, text: str = "new") -> None:
    """Write the file, and keep a copy of the file that the service runs with."""
    host.copy(host.file.read_text())
    host.file.write_text(text)


def restore(host: FakeHost, **params: Any) -> dict[str, Any]:
    return FakeService(host, False, state="restored", **params).end(RestoredService)


def stop(host: FakeHost, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    return FakeService(host, check_mode, state="stopped", **params).end(StoppedService)
