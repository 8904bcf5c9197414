# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Status of an import, from the image and its tasks.

- An import ends when its task has ended and the image does not name the task any more. Until then an active image is
  locked: the service refuses another import with 409.
- For a failed download, or a store that cannot be written to, the message of the task is "Internal Error"; only the
  log of the service has the cause.
- After a failure the image is queued again and can be filled again; after a failed copy-image it is active as before.
- A service that restarts loses its imports: the task remains "processing" and the image does not change. Only a limit
  for the time without progress detects that. The image can be removed.
- A task reports how much it has copied to a store, but nothing while it downloads.
"""

from __future__ import annotations

import re
from typing import Any, Mapping, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.store_plan import (
    failed_stores,
    importing_stores,
    stores_of,
)

MIB = 1024 * 1024
LOCK = "os_glance_import_task"  # property of the image: the task that has locked it
# No import continues from these states.
LOST = ("killed", "deleted", "pending_delete")
# States before an import, and again after one that failed.
WITHOUT_DATA = ("queued", "uploading")


class Task(NamedTuple):
    """A task of the service, without its input, which can contain a URL with a password."""

    id: str
    type: str
    status: str
    message: str
    updated_at: str = ""

    def failure(self) -> str:
        """Return the cause of the failure; mostly the service reports only that an error occurred."""
        if self.message and "Internal Error" not in self.message:
            return f"{self.message} (task {self.id})"
        return f"{self.message or 'the task has no message'}; see the log of the service for the cause (task {self.id})"

    def to_dict(self) -> dict[str, str]:
        """Return the task for the result of a module."""
        return {"id": self.id, "type": self.type, "status": self.status, "message": self.message}


def parse_tasks(document: Mapping[str, Any]) -> tuple[Task, ...]:
    """Return the tasks of an image, the newest last."""
    tasks = sorted(document.get("tasks") or (), key=lambda task: (str(task.get("created_at")), str(task.get("id"))))
    return tuple(Task(*(str(task.get(field) or "") for field in Task._fields)) for task in tasks)


class ImportStatus(NamedTuple):
    """Status of an import.

    image: as the API returns it.
    tasks: the tasks of the import; none on a service without task API for images, as before Wallaby.
    stores: the stores that the data must be in.
    was_running: whether an earlier status showed the import as running.
    """

    image: Image
    tasks: tuple[Task, ...] = ()
    stores: tuple[str, ...] = ()
    was_running: bool = False

    @property
    def task(self) -> Task | None:
        """The newest task, which decides."""
        return self.tasks[-1] if self.tasks else None

    @property
    def status(self) -> str:
        return str(self.image.get("status"))

    @property
    def is_running(self) -> bool:
        return self.status in ("importing", "saving") or bool(importing_stores(self.image))

    @property
    def bytes(self) -> int | None:
        """The bytes in the store, if the service reports them; it does not report how much it has downloaded."""
        if self.has_ended():
            return self.image.get("size")
        copied = re.match(r"Copied (\d+) MiB", self.task.message) if self.task else None
        return int(copied.group(1)) * MIB if copied else None

    def has_ended(self) -> bool:
        """Return whether the import has ended."""
        if self.task:
            return self.task.status == "success" and self.image.get(LOCK) != self.task.id
        processed = {*stores_of(self.image), *failed_stores(self.image)}
        return self.status == "active" and not self.is_running and processed.issuperset(self.stores)

    def failure(self) -> str | None:
        """Return why the import failed; None if it did not fail."""
        if self.task and self.task.status == "failure":
            return self.task.failure()
        if self.status in LOST or (self.has_ended() and self.status != "active"):
            return f"the image is {self.status}"
        if self.task or self.is_running or self.status not in WITHOUT_DATA:
            return None
        failed = failed_stores(self.image)
        if failed:
            return f"the data was not stored in {', '.join(failed)}; see the log of the service for the cause"
        if self.was_running:
            return f"the image is {self.status} again; see the log of the service for the cause"
        return None

    def progress_key(self) -> tuple[Any, ...]:
        """Return the values of which at least one changes while the import makes progress."""
        return self.status, self.image.get("size"), stores_of(self.image), importing_stores(self.image), self.tasks

    def __str__(self) -> str:
        parts = [f"the image is {self.status}"]
        if importing_stores(self.image):
            parts.append(f"the data is not yet in {', '.join(importing_stores(self.image))}")
        if self.task:
            message = f" ({self.task.message})" if self.task.message else ""
            parts.append(f"its task {self.task.id} is {self.task.status}{message}")
        return ", ".join(parts)
