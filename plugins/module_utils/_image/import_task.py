# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports by the service: start one, wait for its end, and remove data from a store.

The response to the request only acknowledges it. The image and its tasks report the progress; see import_status.
Unless the request specifies otherwise, all stores must succeed: a failure of one removes the data from all.
"""

from __future__ import annotations

from functools import cached_property
from time import monotonic, sleep
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Protocol

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.capabilities import Capabilities, parse_capabilities
from ansible_collections.osops.glance.plugins.module_utils._image.import_request import filter_refusal, import_document
from ansible_collections.osops.glance.plugins.module_utils._image.import_status import ImportStatus, Task, parse_tasks
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.store_plan import failed_stores, stores_of
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import error_message, failure_message
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import SEND_ONCE, Service

PATH = "/v2/images"
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0  # seconds between two polls
OUTAGE = 120  # seconds without a response after which waiting ends; an import survives a failover of a load balancer


class ImportTimeout(GlanceError):
    """An import that was not finished in time, and may still finish."""


class Content(Protocol):
    """The body of one request; its size is None if it is unknown before the end."""

    size: int | None


class ImportResult(NamedTuple):
    """Result of an import; failed: stores that the data was not copied to, if that is allowed."""

    image: Image
    tasks: tuple[dict[str, str], ...]
    stores: tuple[str, ...]
    failed: tuple[str, ...]


class ImportTimer:
    """Limits of an import in seconds: its total time, the time without progress, and the time without a response."""

    def __init__(self, image_id: str, timeout: float, stall: float | None) -> None:
        self._image_id, self._timeout, self._stall = image_id, timeout, stall
        self._started = self._progressed = self._answered = monotonic()
        self._progress_key: tuple[Any, ...] | None = None

    def wait(self, status: ImportStatus, pause: float) -> None:
        """Sleep until the next poll; raise ImportTimeout if the import takes too long or makes no progress."""
        now = self._answered = monotonic()
        if status.progress_key() != self._progress_key:
            self._progress_key, self._progressed = status.progress_key(), now
        left = self._started + self._timeout - now
        if left <= 0:
            raise self._timed_out(f"did not finish within {self._timeout:g} seconds: {status}")
        if self._stall is not None and now - self._progressed >= self._stall:
            raise self._timed_out(f"made no progress for {self._stall:g} seconds: {status}")
        sleep(min(pause, left))

    def wait_for_service(self, error: RetryableError, pause: float) -> None:
        """Sleep while the service does not respond; raise ImportTimeout if that takes too long."""
        left = min(self._answered + OUTAGE, self._started + self._timeout) - monotonic()
        if left <= 0:
            raise self._timed_out(f"cannot be monitored any more: {error}") from error
        sleep(min(pause, left))

    def _timed_out(self, cause: str) -> ImportTimeout:
        return ImportTimeout(f"The import into the image {self._image_id} {cause}")


def pauses() -> Iterator[float]:
    """Yield the seconds between polls: short at first, as most failures are reported immediately."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE)


class Import:
    """The import of data into images, one at a time.

    report: called with each status of an import, to report progress.
    """

    def __init__(
        self, service: Service, retry_policy: RetryPolicy, report: Callable[[ImportStatus], None] = lambda status: None
    ) -> None:
        self._service = service
        self._retry_policy = retry_policy
        self._report = report
        self._earlier: set[str] = set()  # IDs of the tasks of earlier imports of the image
        self._stores: tuple[str, ...] = ()

    @cached_property
    def capabilities(self) -> Capabilities:
        """The import methods and stores of the service, requested once."""
        imports = self._retry_policy.call(lambda: self._service.find("/v2/info/import"))
        return parse_capabilities(imports, self._retry_policy.call(lambda: self._service.find("/v2/info/stores")))

    def check(self, method: str | None, stores: Iterable[str] = (), all_stores: bool = False) -> None:
        """Raise GlanceError if the service does not offer the method or the stores."""
        if method is not None:
            self.capabilities.check_method(method)
        self.capabilities.check_stores(stores)
        if all_stores:
            self.capabilities.check_all_stores()

    def stage(self, image_id: str, body: Content, timeout: float) -> None:
        """Send the data to the staging area of glance-direct, in one request that is never repeated."""
        size = {} if body.size is None else {"X-OpenStack-Image-Size": str(body.size)}
        headers = {"Content-Type": "application/octet-stream", **size}
        path = f"{PATH}/{image_id}/stage"
        self._service.request("PUT", path, headers=headers, data=body, timeout=max(timeout, 1.0), **SEND_ONCE)

    def start(self, image_id: str, method: str, **arguments: Any) -> None:
        """Start an import with the arguments of import_document(); raise GlanceError if the service refuses it."""
        self._earlier = {task.id for task in self._retry_policy.call(lambda: self._tasks(image_id))}
        all_stores = arguments.get("all_stores")
        self._stores = self.capabilities.stores if all_stores else tuple(arguments.get("stores") or ())
        path = f"{PATH}/{image_id}/import"
        response = self._service.request("POST", path, accept=(400,), json=import_document(method, **arguments))
        if response.status_code == 400:
            is_filtered = "filter" in error_message(response) and arguments.get("uri")
            raise GlanceError(filter_refusal(arguments["uri"]) if is_filtered else failure_message("POST", response))

    def wait(self, image_id: str, timeout: float, stall: float | None = None) -> ImportResult:
        """Wait for the end of the import; raise GlanceError if it fails, ImportTimeout if it takes too long.

        timeout: seconds for the whole import.
        stall: seconds without visible progress. A download shows none, so web-download and glance-download need as
        many as the download may take.
        """
        timer = ImportTimer(image_id, timeout, stall)
        waits = pauses()
        status = self._poll(timer, image_id)
        while not self._has_ended(status, image_id):
            timer.wait(status, next(waits))
            status = self._poll(timer, image_id, was_running=status.was_running or status.is_running)
        tasks = tuple(task.to_dict() for task in status.tasks)
        return ImportResult(status.image, tasks, stores_of(status.image), failed_stores(status.image))

    def _has_ended(self, status: ImportStatus, image_id: str) -> bool:
        self._report(status)
        cause = status.failure()
        if cause:
            raise GlanceError(f"The import into the image {image_id} failed: {cause}")
        return status.has_ended()

    def remove(self, image_id: str, store: str) -> None:
        """Remove the data from one store; no error if it is not there. The service refuses to remove the last copy."""
        try:
            self._service.request("DELETE", f"/v2/stores/{store}/{image_id}", accept=(404,))
        except GlanceError:
            # If only one store holds the data, the service refuses before it checks which store is requested.
            if store in stores_of(self._retry_policy.call(lambda: self._image(image_id))):
                raise

    def _poll(self, timer: ImportTimer, image_id: str, was_running: bool = False) -> ImportStatus:
        waits = pauses()
        while True:
            try:
                # The image is requested last, so that its state is not older than that of the tasks.
                tasks = tuple(task for task in self._tasks(image_id) if task.id not in self._earlier)
                return ImportStatus(self._image(image_id), tasks, self._stores, was_running)
            except RetryableError as error:
                timer.wait_for_service(error, next(waits))

    def _image(self, image_id: str) -> Any:
        return self._service.get(f"{PATH}/{image_id}")

    def _tasks(self, image_id: str) -> tuple[Task, ...]:
        """Return the tasks of the image; none on a service that does not list them, as before Wallaby."""
        return parse_tasks(self._service.find(f"{PATH}/{image_id}/tasks") or {})
