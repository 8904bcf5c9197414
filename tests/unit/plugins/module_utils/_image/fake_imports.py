# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fake of the Image API for imports."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._image.capabilities import Capabilities
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import Import
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service

ID = "8a361309-7b80-440a-a57b-8e56fdb08e26"
IMAGE = f"/v2/images/{ID}"
METHODS = ("glance-direct", "web-download", "copy-image")
STORES = {"stores": [{"id": "fs", "default": "true"}, {"id": "two"}, {"id": "web", "read-only": "true"}]}
CAPABILITIES = Capabilities(methods=METHODS, stores=("fs", "two"), read_only=("web",))
Poll = Any  # (image, tasks); tasks are None if the service does not list them


def task(status: str, message: str = "", number: int = 1) -> dict[str, Any]:
    return {
        "id": f"task-{number}",
        "type": "api_image_import",
        "status": status,
        "message": message,
        "created_at": f"2026-01-01T00:00:{number:02}Z",
        "updated_at": None,
        "input": {"import_req": {"method": {"uri": "http://user:secret@mirror/x"}}},
    }


def image(status: str, stores: str = "", importing: str = "", failed: str = "", **more: Any) -> dict[str, Any]:
    expected = {"os_glance_importing_to_stores": importing, "os_glance_failed_import": failed}
    held = {"stores": stores} if stores else {}
    return {"id": ID, "status": status, "size": None, **held, **expected, **more}


class FakeGlance:
    """The import part of the Image API, as a keystoneauth adapter; each poll returns the next state."""

    service_type = "image"

    def __init__(self, *polls: Poll, old_tasks: Any = ()) -> None:
        self.polls = [*polls]
        self.old_tasks = list(old_tasks)
        self.started = False
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {
            "/v2/info/import": {"import-methods": {"value": [*METHODS]}},
            "/v2/info/stores": STORES,
        }
        self.refusal: tuple[int, str] | None = None
        self.outage = 0  # number of requests for the image that fail

    def request(self, path: str, method: str, raise_exc: bool, **arguments: Any) -> SimpleNamespace:
        assert not raise_exc
        self.sent.append((method, path, arguments))
        if method != "GET":
            if self.refusal:
                return answered(self.refusal[0], {"message": self.refusal[1]})
            self.started = self.started or path.endswith("/import")
            return answered(202, {})
        if path == IMAGE + "/tasks":
            return self._tasks()
        if path == IMAGE:
            if self.outage:
                self.outage -= 1
                return answered(503, {})
            status, _tasks = self.polls.pop(0) if len(self.polls) > 1 else self.polls[0]
            return answered(200, status)
        found = self.answers.get(path)
        return answered(404 if found is None else 200, found)

    def _tasks(self) -> SimpleNamespace:
        current = self.polls[0][1] if self.started else []
        return answered(404, {}) if current is None else answered(200, {"tasks": [*current, *self.old_tasks]})

    def paths(self, method: str) -> list[str]:
        return [path for sent, path, _arguments in self.sent if sent == method]


def answered(status: int, body: Any) -> SimpleNamespace:
    headers = {"x-openstack-request-id": "req-1"}
    return SimpleNamespace(
        status_code=status, json=lambda: body, headers=headers, url="http://glance/v2", text="", reason=""
    )


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def new_import(glance: FakeGlance, report: Any = lambda status: None) -> Import:
    return Import(Service(glance, (OSError,)), RetryPolicy(), report)
