# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Image API, as far as images are brought to what they shall be with it, and the projects that it speaks of."""

from __future__ import annotations

import json
import re
import time
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Callable, Iterable, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import compute_digests
from ansible_collections.osops.glance.plugins.module_utils._content.http_request import parse_retry_after
from ansible_collections.osops.glance.plugins.module_utils._content.send import Body
from ansible_collections.osops.glance.plugins.module_utils._content.source import PIECE
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image import model as attributes_of
from ansible_collections.osops.glance.plugins.module_utils._image.filters import FilterOperators
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import Import, ImportStatus
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import (
    document,
    error_message,
    failure_message,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import (
    RETRYABLE_STATUS_CODES,
    SEND_ONCE,
    Service,
)

PATH = "/v2/images"
JSON_PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}
PAGE = "1000"  # images in one answer, as many as the service gives unless it was told otherwise
# What a PUT may be answered with that is accepted when sent again: an expired token, a timeout, too many requests, and
# whatever stands before the service.
NOT_YET = (401, 408, 429, *RETRYABLE_STATUS_CODES)
FRESH = 600  # seconds that a token must be valid for when a transfer begins


class RetryLater(RetryableError):
    """An answer that may be another one later; the service may have said when."""

    def __init__(self, message: str, delay: float | None) -> None:
        super().__init__(message)
        self.delay = delay


class Forbidden(GlanceError):
    """The service refuses something to the account, such as a property."""


class Traits:
    """What was found out about the service, shared by all threads of a run.

    takes_notes: whether it stores the properties in which the module keeps notes; property protections may refuse them.
    """

    def __init__(self) -> None:
        self.operators = FilterOperators()
        self.takes_notes = True


class Images:
    """The images of the service; what may be asked twice is asked again where the service has passing trouble."""

    def __init__(self, cloud: Cloud, traits: Traits | None = None) -> None:
        self._service: Service = cloud.service("image")
        self._session = cloud.session
        self._patience = cloud.retry_policy
        self.traits = traits or Traits()
        self._ahead = 0.0  # seconds that the clock of the service is ahead of ours

    @property
    def now(self) -> float:
        """The time by the clock of the service."""
        return time.time() + self._ahead

    def named(self, names: Iterable[str], hidden: bool = True) -> list[Image]:
        """Return every image of exactly these names, community ones too, and hidden ones unless told otherwise."""
        wanted = set(names)
        images = self._with_filters(attributes_of.name_filters(wanted), wanted, hidden)
        if images:
            self.traits.operators.were_used()
        elif wanted and not self.traits.operators.are_supported(self._first):
            # A release without operators has no hidden images either.
            images = self._with_filters(sorted(wanted), wanted, hidden=False)
        return images

    def _with_filters(self, filters: Iterable[str], names: set[str], hidden: bool) -> list[Image]:
        """Return the images that the filters find; only those of the names, as the database ignores the case."""
        found: dict[str, Image] = {}
        for text in filters:
            found.update(self._of_everyone({"name": text}))
            if hidden:
                found.update(self._of_everyone({"name": text, "os_hidden": "true"}))
        return [image for image in found.values() if image.get("name") in names]

    def _first(self, query: Mapping[str, str]) -> list[Image]:
        """Return the images on the first page of a query, of those that every release lists."""
        return list(document(self._ask("GET", PATH, params=query))["images"]) if self._service.is_in_catalog() else []

    def retired(self) -> list[Image]:
        """Return the retired copies of all names."""
        query = {attributes_of.RETIRED: "true"}
        return list({**self._of_everyone(query), **self._of_everyone({**query, "os_hidden": "true"})}.values())

    def _of_everyone(self, query: Mapping[str, str]) -> dict[str, Image]:
        found = self._pages({**query, "visibility": "all"})
        if found is None:  # before Stein; community images are listed by themselves, if the release has them
            found = [*(self._pages(query) or []), *(self._pages({**query, "visibility": "community"}) or [])]
        return {image["id"]: image for image in found}

    def _pages(self, query: Mapping[str, str]) -> list[Image] | None:
        """Return the images that the query finds; None where the service does not know its visibility."""
        images: list[Image] = []
        if not self._service.is_in_catalog():
            return images
        accept = (400,) if "visibility" in query else ()
        page = {**query, "limit": PAGE}
        while True:
            response = self._ask("GET", PATH, accept=accept, params=page)
            if response.status_code == 400:
                return None
            found = document(response)
            images += found["images"]
            if "next" not in found:
                return images
            page["marker"] = images[-1]["id"]

    def _ask(self, method: str, path: str, **arguments: Any) -> Any:
        """Send a request that does the same when it is sent twice."""
        response = self._patience.call(lambda: self._service.request(method, path, **arguments))
        said = response.headers.get("Date")
        if said:
            self._ahead = parsedate_to_datetime(said).timestamp() - time.time()
        return response

    def create(self, draft: Mapping[str, Any]) -> Any:
        """Create an image, without the notes of this module where the service refuses such properties."""
        return self._with_notes(draft, lambda wanted: self._written("POST", PATH, json=wanted))

    def _written(self, method: str, path: str, **arguments: Any) -> Any:
        """Return the document that answers a request which is sent once; Forbidden where it is refused."""
        response = self._service.request(method, path, accept=(403,), **arguments)
        if response.status_code == 403:
            raise Forbidden(failure_message(method, response))
        return document(response)

    def _with_notes(self, attributes: Mapping[str, Any], action: Callable[[Mapping[str, Any]], Any]) -> Any:
        """Return what the action returns: with as many of the notes as the service stores and removes."""
        plain = attributes_of.without_notes(attributes)
        kept = {name: value for name, value in attributes.items() if name in plain or value is not None}
        variants = [attributes, kept, plain] if self.traits.takes_notes else [plain]
        refusals: list[Forbidden] = []
        for wanted in (each for number, each in enumerate(variants) if each not in variants[:number]):
            try:
                result = action(wanted)
            except Forbidden as refusal:
                refusals.append(refusal)
            else:
                self.traits.takes_notes &= kept.keys() <= wanted.keys()
                return result
        raise refusals[0]

    @cached_property
    def imports(self) -> Import:
        """The imports of the service; what it offers is asked once."""
        return Import(self._service, self._patience)

    def stores(self) -> tuple[str, ...]:
        """Return the stores that can be written to."""
        return self.imports.offered().stores if self._service.is_in_catalog() else ()

    def quota(self) -> tuple[int, int] | None:
        """Return the MiB that the images of the project take up, and that they may; None where there is no quota."""
        if not self._service.is_in_catalog():
            return None
        told = self._patience.call(lambda: self._service.find("/v2/info/usage"))  # since Yoga
        total = ((told or {}).get("usage") or {}).get("image_size_total")
        return (int(total["usage"]), int(total["limit"])) if total else None

    def try_visibility(self, image: Image, visibility: str) -> None:
        """Raise GlanceError where the image may not be given the visibility; nobody ever sees it with that."""
        # All operations of one patch are judged one by one, and carried out at once.
        values = (visibility, image["visibility"])
        operations = [{"op": "replace", "path": "/visibility", "value": value} for value in values]
        path = f"{PATH}/{image['id']}"
        self._ask("PATCH", path, headers=JSON_PATCH, data=json.dumps(operations))

    def reported(self, report: Callable[[ImportStatus], None]) -> Import:
        """Return the imports of the service; each look at one is reported."""
        return Import(self._service, self._patience, report)

    def check(self, way: Any) -> None:
        """Raise GlanceError for a way that the service does not offer, if there is a service."""
        if self._service.is_in_catalog():
            way.check(self.imports)

    def send(self, image_id: str, body: Body, stall: float, timeout: float, store: str | None = None) -> None:
        """Send the content, in one request that is never repeated.

        stall: seconds within which the service must take more of it.
        timeout: seconds within which it must answer after that.
        store: where it is put.
        """
        size = {} if body.size is None else {"X-OpenStack-Image-Size": str(body.size)}
        place = {"X-Image-Meta-Store": store} if store else {}
        headers = {"Content-Type": "application/octet-stream", **size, **place}
        limits = (stall, max(timeout, 1.0))
        response = self._service.request(
            "PUT", f"{PATH}/{image_id}/file", accept=NOT_YET, headers=headers, data=body, timeout=limits, **SEND_ONCE
        )
        if response.status_code == 401:
            self._session.invalidate()
        if response.status_code in NOT_YET:
            raise RetryLater(failure_message("PUT", response), parse_retry_after(response.headers.get("Retry-After")))

    def refused_content(self, image_id: str, content: bytes) -> str | None:
        """Return why the service does not accept the content; None where it does."""
        headers = {"Content-Type": "application/octet-stream", "X-OpenStack-Image-Size": str(len(content))}
        path = f"{PATH}/{image_id}/file"
        response = self._service.request("PUT", path, accept=(400, 415), headers=headers, data=content)
        if response.status_code == 415:  # its text only mentions the media type of the request
            return "415, for what the format inspection of the service wrote into its log"
        return error_message(response) if response.status_code >= 400 else None

    def refresh_token(self) -> None:
        """Have a token that will not expire soon: the content is sent once, so no other can take its place then."""
        get_access = getattr(self._session.auth, "get_access", None)
        if get_access and get_access(self._session).will_expire_soon(FRESH):
            self._session.invalidate()

    def find(self, image_id: str) -> Any | None:
        """Return the image, or None where there is none of this ID."""
        response = self._ask("GET", f"{PATH}/{image_id}", accept=(404,))
        return None if response.status_code == 404 else document(response)

    def get(self, image_id: str) -> Any:
        return document(self._ask("GET", f"{PATH}/{image_id}"))

    def digest(self, image_id: str, algorithm: str) -> str:
        """Return the digest of the content that the service gives back."""
        response = self._service.request("GET", f"{PATH}/{image_id}/file", stream=True)
        return compute_digests(response.iter_content(PIECE), [algorithm])[algorithm]

    def update(self, image: Image, attributes: Mapping[str, Any]) -> Any:
        """Give the image the attributes, and return it as it is then."""
        return self._with_notes(attributes, lambda wanted: self._updated(image, wanted))

    def _updated(self, image: Image, attributes: Mapping[str, Any]) -> Any:
        try:
            return self._patched(image, attributes)
        except RetryableError:  # nobody knows whether it was carried out
            return self._patience.call(lambda: self._patched(self.get(image["id"]), attributes))

    def _patched(self, image: Image, attributes: Mapping[str, Any]) -> Any:
        operations = attributes_of.patch(image, attributes)
        path = f"{PATH}/{image['id']}"
        return self._written("PATCH", path, headers=JSON_PATCH, data=json.dumps(operations))

    def remove(self, image: Image) -> bool:
        """Remove the image, protected or not; False where others use its data. One that is gone already is fine."""
        if image.get("protected"):
            self.update(image, {"protected": False})
        response = self._ask("DELETE", f"{PATH}/{image['id']}", accept=(404, 409))
        return bool(response.status_code != 409)

    def discard(self, image: Image) -> str:
        """Remove an unfinished image, and say so."""
        try:
            removed = self.remove(image)
        except GlanceError as error:
            return f"The unfinished image {image['id']} is still there ({error}); the next run removes it"
        if not removed:
            return f"The unfinished image {image['id']} is in use and still there; the next run removes it"
        return f"The unfinished image {image['id']} is removed"

    def activate(self, image_id: str, action: str) -> Any:
        """Deactivate the image, or activate it again, and return it as it is then."""
        self._ask("POST", f"{PATH}/{image_id}/actions/{action}")
        image = self.get(image_id)
        expected = "deactivated" if action == "deactivate" else "active"
        if image["status"] != expected:
            raise GlanceError(f"The image {image_id} was to become {expected}, but is {image['status']}")
        return image

    def members(self, image: Image) -> dict[str, str]:
        """Return the projects that the image is shared with, and what they made of that."""
        if image.get("visibility") != "shared":
            return {}
        found = document(self._ask("GET", f"{PATH}/{image['id']}/members"))["members"]
        return {member["member_id"]: member["status"] for member in found}

    def share(self, image_id: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
        """Bring the members to what they shall be; return those whose state only they themselves may set."""
        path = f"{PATH}/{image_id}/members"
        for project in before.keys() - after.keys():
            self._ask("DELETE", f"{path}/{project}", accept=(404,))
        for project in after.keys() - before.keys():
            self._ask("POST", path, accept=(409,), json={"member": project})
        changed = [project for project, state in after.items() if before.get(project, "pending") != state]
        return [project for project in changed if not self._judge(f"{path}/{project}", after[project])]

    def _judge(self, path: str, state: str) -> bool:
        return bool(self._ask("PUT", path, accept=(403, 404), json={"status": state}).status_code < 400)


class NoImages(Images):
    """The images of a service that is not there yet."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self.traits = Traits()

    def _pages(self, query: Mapping[str, str]) -> list[Image] | None:
        return []

    def _first(self, query: Mapping[str, str]) -> list[Image]:
        return []

    def find(self, image_id: str) -> Any | None:
        return None

    def check(self, way: Any) -> None: ...

    def quota(self) -> tuple[int, int] | None:
        return None

    def stores(self) -> tuple[str, ...]:
        return ()


class Projects:
    """The projects that options name, by their IDs."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._known: dict[tuple[str, str | None], str] = {}

    def id_of(self, project: str, domain: str | None = None) -> str:
        """Return the ID of a project that is given by its ID or its name."""
        if re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", project):
            return project
        if (project, domain) not in self._known:
            self._known[project, domain] = self._looked_up(project, domain)
        return self._known[project, domain]

    def _looked_up(self, project: str, domain: str | None) -> str:
        query = {"name": project, **({"domain_id": self._domain_id(domain)} if domain else {})}
        found = [each["id"] for each in self._get("projects", query)]
        if len(found) == 1:
            return str(found[0])
        where = f" in the domain {domain}" if domain else ""
        if not found:
            raise GlanceError(f"There is no project {project}{where}")
        raise GlanceError(
            f"{len(found)} projects have the name {project}{where}: {', '.join(found)}. Give the ID of one"
        )

    def _domain_id(self, domain: str) -> str:
        known = self._cloud.domain_id(domain)
        found = [known] if known else [each["id"] for each in self._get("domains", {"name": domain})]
        return str(found[0]) if found else domain

    def _get(self, kind: str, query: Mapping[str, str]) -> Iterator[Any]:
        service = self._cloud.identity()
        found = self._cloud.retry_policy.call(lambda: service.get(f"/{kind}", params=query))
        return iter(found[kind])


class NoProjects(Projects):
    """The projects of a cloud that cannot be asked yet: their names have to do."""

    def __init__(self) -> None: ...

    def id_of(self, project: str, domain: str | None = None) -> str:
        return project
