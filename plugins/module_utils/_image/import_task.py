# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import: the service itself brings data into an image, or copies it to more stores, while we look on.

What it answers at first is only that it will try. What became of it, the image and its tasks tell later:

- It is over when the task is, and the image no longer names it. Until then an active image is locked: another import
  is refused with 409.
- Of a failed download or a store that cannot be written to, the task says "Internal Error"; the log says more.
- After a failure the image is queued again, and can be filled anew; after one of copy-image it is active as before.
- Where all stores must succeed, which is so unless it is said otherwise, one that fails takes the data from all.
- A service that is restarted forgets its imports: the task is "processing" for good, and the image stays as it is. So
  a limit for standing still is worth having. The image can be removed.
- A task says how much it has copied to a store, but nothing while it downloads.
- Addresses must pass the filters of the service, by default ports 80 and 443. glance-api reads these from
  glance-api.conf; of glance-image-import.conf it knows only under a WSGI server.
"""

from __future__ import annotations

import json
import re
from functools import cached_property
from time import monotonic, sleep
from typing import Any, Callable, Iterable, Iterator, Mapping, NamedTuple, Protocol, Sequence
from urllib.parse import urlsplit

from ansible_collections.osops.glance.plugins.module_utils._content.url import redacted_url
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import error_message, failure_message
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import SEND_ONCE, Service

PATH = "/v2/images"
DEFAULT_PORTS = (80, 443)  # of import_filtering_opts/allowed_ports
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
OUTAGE = 120  # seconds for which a service that does not answer is borne; an import outlasts a load balancer's trouble
MIB = 1024 * 1024
LOCK = "os_glance_import_task"  # names the task that has locked the image
# From these states no import leads on.
LOST = ("killed", "deleted", "pending_delete")
# In these it is before an import to it, and again after one that failed.
UNFILLED = ("queued", "uploading")


# What the service offers


class Capabilities(NamedTuple):
    """What the service offers.

    methods: its ways of import; none before Queens.
    stores: those that can be written to; none where it has one store without a name.
    read_only: the other stores.
    """

    methods: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()

    def check_method(self, method: str) -> None:
        """Raise GlanceError for a method that is not offered."""
        if method not in self.methods:
            has = f"only by {', '.join(self.methods)}" if self.methods else "in no way"
            raise GlanceError(
                f"The service does not import by {method}, {has}: look at enabled_import_methods of glance-api.conf"
            )

    def check_stores(self, stores: Iterable[str]) -> None:
        """Raise GlanceError for stores that do not exist or cannot be written to."""
        wanted = [*stores]
        missing = [store for store in wanted if store not in self.stores]
        if not missing:
            return
        if not self.stores and not self.read_only:
            raise GlanceError(
                f"The service has one store without a name, so {', '.join(wanted)} cannot be chosen: look at "
                "enabled_backends of glance-api.conf"
            )
        refused = [f"{store} (read-only)" if store in self.read_only else store for store in missing]
        raise GlanceError(
            f"The service has no store {', '.join(refused)} to write to, only {', '.join(self.stores) or 'none'}"
        )


def offer(imports: Mapping[str, Any] | None, stores: Mapping[str, Any] | None) -> Capabilities:
    """Return what the two documents say that the service offers; None stands for one that it does not have."""
    methods = (imports or {}).get("import-methods", {}).get("value") or ()
    found = {store["id"]: str(store.get("read-only")).lower() == "true" for store in (stores or {}).get("stores", ())}
    return Capabilities(
        methods=tuple(methods),
        stores=tuple(name for name, read_only in found.items() if not read_only),
        read_only=tuple(name for name, read_only in found.items() if read_only),
    )


# What is asked for


class Content(Protocol):
    """The body of one request; its size is None where nobody knows it before the end."""

    size: int | None


def request(
    method: str,
    uri: str | None = None,
    stores: Sequence[str] = (),
    all_stores: bool = False,
    all_stores_must_succeed: bool | None = None,
    region: str | None = None,
    remote_id: str | None = None,
    interface: str | None = None,
) -> dict[str, Any]:
    """Return the document that starts an import; what is left out is not in it, as older services know less.

    region, remote_id, interface: for glance-download, where the other service is, and which of its images is meant.
    """
    how = {
        "name": method,
        "uri": uri,
        "glance_region": region,
        "glance_image_id": remote_id,
        "glance_service_interface": interface,
    }
    asked: dict[str, Any] = {"method": {name: value for name, value in how.items() if value is not None}}
    if all_stores:
        asked["all_stores"] = True
    elif stores:
        asked["stores"] = [*stores]
    if all_stores_must_succeed is not None:
        asked["all_stores_must_succeed"] = all_stores_must_succeed
    return asked


def filter_refusal(uri: str) -> str:
    """Return the message for a URL that the import filters of the service refuse; it does not report which one."""
    parts = urlsplit(uri)
    allow = {"import_filtering_opts": {"allowed_ports": [*DEFAULT_PORTS, parts.port]}}
    port = f"If the port is the reason, set glance_config: {json.dumps(allow)}. "
    return (
        f"The import filters of the Image service refuse {redacted_url(uri)}. Compare the scheme {parts.scheme}, the "
        f"host {parts.hostname} and the port {parts.port or 'that the scheme implies'} with [import_filtering_opts] of "
        f"glance-api.conf. {port if parts.port and parts.port not in DEFAULT_PORTS else ''}Or give method: upload or "
        "glance-direct, which download here"
    )


# Stores


def names(image: Image, attribute: str) -> tuple[str, ...]:
    """Return the stores that an attribute of the image names."""
    return tuple(name for name in str(image.get(attribute) or "").split(",") if name)


def stores_of(image: Image) -> tuple[str, ...]:
    """Return the stores that hold the data of the image."""
    return names(image, "stores")


def importing_stores(image: Image) -> tuple[str, ...]:
    """Return the stores that an import has yet to bring the data to."""
    return names(image, "os_glance_importing_to_stores")


def failed_stores(image: Image) -> tuple[str, ...]:
    """Return the stores that the last import could not bring the data to."""
    return names(image, "os_glance_failed_import")


def missing_stores(image: Image, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return those of the stores that do not hold the data of the image."""
    present = stores_of(image)
    return tuple(dict.fromkeys(store for store in wanted if store not in present))


class StorePlan(NamedTuple):
    """To which stores data is copied, and from which it is removed then; never from all that hold it."""

    copy: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def plan_stores(image: Image, wanted: Sequence[str], mode: str) -> StorePlan:
    """Return the changes that put the data into the given stores; with the mode "replace", only into them."""
    if not wanted:
        return StorePlan()
    surplus = tuple(store for store in stores_of(image) if store not in wanted) if mode == "replace" else ()
    return StorePlan(copy=missing_stores(image, wanted), remove=surplus)


# What is seen of an import


class Task(NamedTuple):
    """A task of the service; what it was asked for is left out, as an address may hold a password."""

    id: str
    type: str
    status: str
    message: str
    updated_at: str = ""

    def failure(self) -> str:
        """Return why the task failed; mostly the service says no more than that something did."""
        if self.message and "Internal Error" not in self.message:
            return f"{self.message} (task {self.id})"
        return f"{self.message or 'no reason is told'}; the log of the service says why, of the task {self.id}"

    def told(self) -> dict[str, str]:
        """Return the task for the result of a module."""
        return {"id": self.id, "type": self.type, "status": self.status, "message": self.message}


def tasks_of(answer: Mapping[str, Any]) -> tuple[Task, ...]:
    """Return the tasks of an image, the newest last."""
    found = sorted(answer.get("tasks") or (), key=lambda task: (str(task.get("created_at")), str(task.get("id"))))
    return tuple(Task(*(str(task.get(field) or "") for field in Task._fields)) for task in found)


class ImportStatus(NamedTuple):
    """What an import looks like from outside.

    image: as the API tells it.
    tasks: those of the import; none where the service tells of none, as before Wallaby.
    wanted: the stores that the data shall be in.
    begun: whether the image was already seen on its way.
    """

    image: Image
    tasks: tuple[Task, ...] = ()
    wanted: tuple[str, ...] = ()
    begun: bool = False

    @property
    def task(self) -> Task | None:
        """The task that decides."""
        return self.tasks[-1] if self.tasks else None

    @property
    def status(self) -> str:
        return str(self.image.get("status"))

    @property
    def under_way(self) -> bool:
        return self.status in ("importing", "saving") or bool(importing_stores(self.image))

    @property
    def bytes(self) -> int | None:
        """What has reached the store, if the service tells; it does not tell how much it has downloaded."""
        if self.is_over():
            return self.image.get("size")
        copied = re.match(r"Copied (\d+) MiB", self.task.message) if self.task else None
        return int(copied.group(1)) * MIB if copied else None

    def is_over(self) -> bool:
        """Say whether the import came to its end."""
        if self.task:
            return self.task.status == "success" and self.image.get(LOCK) != self.task.id
        reached = {*stores_of(self.image), *failed_stores(self.image)}
        return self.status == "active" and not self.under_way and reached.issuperset(self.wanted)

    def failure(self) -> str | None:
        """Return why the import failed, if it did."""
        if self.task and self.task.status == "failure":
            return self.task.failure()
        if self.status in LOST or (self.is_over() and self.status != "active"):
            return f"the image is {self.status}"
        if self.task or self.under_way or self.status not in UNFILLED:
            return None
        failed = failed_stores(self.image)
        if failed:
            return f"the data did not reach {', '.join(failed)}; only the log of the service says why"
        return f"the image is {self.status} again; only the log of the service says why" if self.begun else None

    def trace(self) -> tuple[Any, ...]:
        """Return what changes while the import goes on."""
        return self.status, self.image.get("size"), stores_of(self.image), importing_stores(self.image), self.tasks

    def __str__(self) -> str:
        parts = [f"the image is {self.status}"]
        if importing_stores(self.image):
            parts.append(f"has yet to reach {', '.join(importing_stores(self.image))}")
        if self.task:
            said = f" ({self.task.message})" if self.task.message else ""
            parts.append(f"its task {self.task.id} is {self.task.status}{said}")
        return ", ".join(parts)


class Outcome(NamedTuple):
    """What became of an import; failed holds the stores that it did not reach and that it was allowed to miss."""

    image: Image
    tasks: tuple[dict[str, str], ...]
    stores: tuple[str, ...]
    failed: tuple[str, ...]


# Looking on


class ImportTimeout(GlanceError):
    """An import that may yet come to its end, but is not waited for any longer."""


class Watch:
    """The time that an import may take, and the time for which nothing may happen."""

    def __init__(self, image_id: str, timeout: float, stall: float | None) -> None:
        self._image_id, self._timeout, self._stall = image_id, timeout, stall
        self._started = self._moved = self._answered = monotonic()
        self._trace: tuple[Any, ...] | None = None

    def wait(self, seen: ImportStatus, pause: float) -> None:
        """Let some time pass; NotOver when it is used up."""
        now = self._answered = monotonic()
        if seen.trace() != self._trace:
            self._trace, self._moved = seen.trace(), now
        left = self._started + self._timeout - now
        if left <= 0:
            raise self._not_over(f"was not over within {self._timeout:g} seconds: {seen}")
        if self._stall is not None and now - self._moved >= self._stall:
            raise self._not_over(f"has not moved for {self._stall:g} seconds: {seen}")
        sleep(min(pause, left))

    def bear(self, error: RetryableError, pause: float) -> None:
        """Let some time pass in which the service does not answer; NotOver when that is long enough."""
        left = min(self._answered + OUTAGE, self._started + self._timeout) - monotonic()
        if left <= 0:
            raise self._not_over(f"cannot be looked at any more: {error}") from error
        sleep(min(pause, left))

    def _not_over(self, trouble: str) -> ImportTimeout:
        return ImportTimeout(f"The import into the image {self._image_id} {trouble}")


def pauses() -> Iterator[float]:
    """Yield the seconds between two looks: short ones first, as most failures are told at once."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE)


class Import:
    """The import of data into images, one after the other.

    report: called with each look at an import, for what shows its progress.
    """

    def __init__(
        self, service: Service, patience: RetryPolicy, report: Callable[[ImportStatus], None] = lambda seen: None
    ) -> None:
        self._service = service
        self._patience = patience
        self._report = report
        self._earlier: set[str] = set()  # tasks of the image that are not ours
        self._wanted: tuple[str, ...] = ()

    @cached_property
    def _offer(self) -> Capabilities:
        imports = self._patience.call(lambda: self._service.find("/v2/info/import"))
        return offer(imports, self._patience.call(lambda: self._service.find("/v2/info/stores")))

    def offered(self) -> Capabilities:
        """Return what the service offers, which is asked once."""
        return self._offer

    def check(self, method: str | None, stores: Iterable[str] = (), all_stores: bool = False) -> None:
        """Raise GlanceError for what the service does not offer; before anything is created for it."""
        if method is not None:
            self._offer.check_method(method)
        self._offer.check_stores(stores)
        if all_stores and not self._offer.stores:
            raise GlanceError("The service has no stores to choose, so all_stores cannot be asked for")

    def stage(self, image_id: str, body: Content, timeout: float) -> None:
        """Send the data to where glance-direct imports from, in one request that is never repeated."""
        size = {} if body.size is None else {"X-OpenStack-Image-Size": str(body.size)}
        headers = {"Content-Type": "application/octet-stream", **size}
        path = f"{PATH}/{image_id}/stage"
        self._service.request("PUT", path, headers=headers, data=body, timeout=max(timeout, 1.0), **SEND_ONCE)

    def start(self, image_id: str, method: str, **asked: Any) -> None:
        """Start an import; see request() for what can be asked. GlanceError where the service refuses at once."""
        self._earlier = {task.id for task in self._patience.call(lambda: self._tasks(image_id))}
        self._wanted = self._offer.stores if asked.get("all_stores") else tuple(asked.get("stores") or ())
        path = f"{PATH}/{image_id}/import"
        response = self._service.request("POST", path, accept=(400,), json=request(method, **asked))
        if response.status_code == 400:
            filtered = "filter" in error_message(response) and asked.get("uri")
            raise GlanceError(filter_refusal(asked["uri"]) if filtered else failure_message("POST", response))

    def finish(self, image_id: str, timeout: float, stall: float | None = None) -> Outcome:
        """Look on until the import is over; GlanceError as soon as it fails, NotOver when the time is used up.

        stall: seconds in which something must be seen to happen. While the service downloads, nothing is, so for
        web-download and glance-download it must be as long as a download may take.
        """
        watch = Watch(image_id, timeout, stall)
        waits = pauses()
        seen = self._look(watch, image_id)
        while not self._is_over(seen, image_id):
            watch.wait(seen, next(waits))
            seen = self._look(watch, image_id, begun=seen.begun or seen.under_way)
        tasks = tuple(task.told() for task in seen.tasks)
        return Outcome(seen.image, tasks, stores_of(seen.image), failed_stores(seen.image))

    def _is_over(self, seen: ImportStatus, image_id: str) -> bool:
        self._report(seen)
        failed = seen.failure()
        if failed:
            raise GlanceError(f"The import into the image {image_id} failed: {failed}")
        return seen.is_over()

    def remove(self, image_id: str, store: str) -> None:
        """Remove the data from one store; one that does not hold it is fine, one that alone holds it is refused."""
        try:
            self._service.request("DELETE", f"/v2/stores/{store}/{image_id}", accept=(404,))
        except GlanceError:
            # Where one store alone holds the data, the service refuses before it looks which store is meant.
            if store in stores_of(self._patience.call(lambda: self._image(image_id))):
                raise

    def _look(self, watch: Watch, image_id: str, begun: bool = False) -> ImportStatus:
        waits = pauses()
        while True:
            try:
                # The image last: so it is at least as far as the tasks say.
                tasks = tuple(task for task in self._tasks(image_id) if task.id not in self._earlier)
                return ImportStatus(self._image(image_id), tasks, self._wanted, begun)
            except RetryableError as error:
                watch.bear(error, next(waits))

    def _image(self, image_id: str) -> Any:
        return self._service.get(f"{PATH}/{image_id}")

    def _tasks(self, image_id: str) -> tuple[Task, ...]:
        """Return the tasks of the image; none where the service does not tell of them, as before Wallaby."""
        return tasks_of(self._service.find(f"{PATH}/{image_id}/tasks") or {})
