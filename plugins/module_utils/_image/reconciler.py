# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One image on its way to what it shall be: looked at, planned, and carried out when it is its turn."""

from __future__ import annotations

import re
import threading
import time
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from typing import Any, Callable, ContextManager, Iterable, Mapping, Sequence

from ansible_collections.osops.glance.plugins.module_utils._content.convert import ConvertedSource
from ansible_collections.osops.glance.plugins.module_utils._content.disk_format import content_warning, disk_format
from ansible_collections.osops.glance.plugins.module_utils._content.send import Cancelled
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._content.source_options import create_source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._core.progress import IMPORTING, SENDING
from ansible_collections.osops.glance.plugins.module_utils._image import model as attributes_of
from ansible_collections.osops.glance.plugins.module_utils._image import planner as steps
from ansible_collections.osops.glance.plugins.module_utils._image.api import Images, Projects
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import (
    OURS,
    UPLOAD,
    Importer,
    remote,
    way,
)
from ansible_collections.osops.glance.plugins.module_utils._image.import_task import stores_of
from ansible_collections.osops.glance.plugins.module_utils._image.lock import UploadLock
from ansible_collections.osops.glance.plugins.module_utils._image.model import Desired, Image
from ansible_collections.osops.glance.plugins.module_utils._image.stores import Stores
from ansible_collections.osops.glance.plugins.module_utils._image.upload import Limits, Uploader

POLL = 2.0  # seconds between two looks at what another run is doing
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class ConflictError(GlanceError):
    """Another run brings the image to its content at the same time, and was first."""


@dataclass(frozen=True)
class RunContext:
    """What all images of one run share.

    images: returns the API with connections of its own, for one thread.
    now: returns the time by the clock of the service.
    place: names the cloud, in the locks.
    during: is entered while an image is in a phase; what it is given says how many bytes are done, and of how many.
    """

    images: Callable[[], Images]
    now: Callable[[], float]
    projects: Projects
    project: str | None
    place: str
    turns: UploadLock
    limits: Limits
    stale_after: float | None
    stop: threading.Event
    during: Callable[..., ContextManager[Any]] = lambda _name, _phase, _size, _done: nullcontext()


def source(params: Mapping[str, Any]) -> Source | None:
    """Return where the content comes from, at its beginning, if that was given."""
    found = create_source(params)
    if params.get("from_image") or params.get("method", UPLOAD) not in OURS:
        return remote(params, found)
    if found is None or not params.get("convert"):
        return found
    return ConvertedSource(found, params["convert"], params["convert_directory"], params.get("timeout"))


class ImageReconciler:
    """One image."""

    def __init__(self, params: Mapping[str, Any], desk: RunContext) -> None:
        self._params = params
        self._desk = desk
        self._way = way(params)
        self._stores = Stores(
            self._way, lambda: self._api, desk.limits, lambda: self._importing(lambda: 0), self._tell_missed
        )
        self._source = source(params)
        self._images: Images | None = None
        self._uploader: Uploader | None = None
        self._named: list[Image] = []
        self._copies: list[Image] = []
        self._image: dict[str, Any] = {}
        self._kept: list[dict[str, Any]] = []
        self._removed: list[str] = []
        self._transfer: dict[str, Any] = {}
        self.error: GlanceError | None = None
        self.steps: tuple[Step, ...] = ()
        self.warnings: list[str] = []
        self._asked = self.desired = self._resolved(attributes_of.wanted(params, self._source))
        self.owner = self.desired.attributes.get("owner") or desk.project

    def _resolved(self, desired: Desired) -> Desired:
        """Return the wish with IDs in place of the names of projects."""
        domain = self._params.get("owner_domain")
        attributes = dict(desired.attributes)
        if "owner" in attributes:
            attributes["owner"] = self._desk.projects.id_of(attributes["owner"], domain)
        given = desired.members
        if given is not None:
            given = {self._desk.projects.id_of(project, domain): state for project, state in given.items()}
        return replace(desired, attributes=attributes, members=given)

    @property
    def _api(self) -> Images:
        if self._images is None:
            self._images = self._desk.images()
        return self._images

    @property
    def _owners(self) -> set[str | None]:
        return {self.owner, self._desk.project}

    @property
    def _key(self) -> str:
        return f"{self._desk.place} {self.owner} {self.desired.name}"

    @property
    def _is_upload(self) -> bool:
        return any(step.action in ("create", "replace") for step in self.steps)

    def names(self) -> set[str]:
        """Return the names that have to be looked up."""
        own = set() if self.desired.id else {self.desired.name, attributes_of.draft_name(self.desired.name)}
        others = {self._asked.attributes.get(name) for name in ("kernel_id", "ramdisk_id")}
        return own | {str(name) for name in others if name and not UUID.fullmatch(name)}

    def wants_copies(self) -> bool:
        """Say whether the retired copies have to be looked up."""
        return self.desired.keep is not None and not self.desired.id

    # What is to be done

    def plan(self, named: Iterable[Image], copies: Iterable[Image], is_turn: bool = False) -> None:
        """Compare what is with what is wanted; is_turn: whether no other run on this host can be at it."""
        self._named = [image for image in named if image["name"] in self.names()]
        mine = attributes_of.own(copies, self._owners)
        self._copies = attributes_of.retired(mine, self.desired.name) if self.wants_copies() else []
        self.warnings, self._image = [], {}
        self.desired = replace(self._asked, attributes=self._with_disks(dict(self._asked.attributes)))
        self.steps = tuple(self._of_id() if self.desired.id else self._of_name(is_turn))

    def _with_disks(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes with IDs in place of the names of a kernel and a RAM disk."""
        for option in ("kernel_id", "ramdisk_id"):
            name = attributes.get(option)
            if name == "":
                attributes[option] = None
            elif name and not UUID.fullmatch(name):
                attributes[option] = self._one(name)
        return attributes

    def _one(self, name: str) -> str:
        images = [image for image in self._named if image["name"] == name]
        found = attributes_of.own(images, self._owners) or attributes_of.offered(images)
        if len(found) == 1:
            return str(found[0]["id"])
        ids = ", ".join(image["id"] for image in found)
        trouble = f"{len(found)} images have the name: {ids}. Give the ID of one" if found else "there is no such image"
        raise GlanceError(f"The {self.desired.label} needs the image {name}, but {trouble}")

    def _of_id(self) -> Iterable[Step]:
        """Return the steps for an image that is given by its ID."""
        image = self._api.find(str(self.desired.id))
        if self.desired.state == "absent":
            return steps.absent([image] if image else [], self.desired)
        if image is None:
            raise GlanceError(f"There is no image with the ID {self.desired.id}")
        return self._present([image], [])

    def _of_name(self, is_turn: bool) -> Iterable[Step]:
        """Return the steps for the image of a name."""
        named = [image for image in self._named if image["name"] == self.desired.name]
        drafts = [image for image in self._drafts(self._named) if self._is_dead(image, is_turn)]
        leftovers = [steps.remove(image, "unfinished upload") for image in drafts]
        if self.desired.state == "absent":
            return [*leftovers, *steps.absent(attributes_of.own(named, {self.owner}), self.desired)]
        mine = attributes_of.own(named, self._owners)
        replaced = attributes_of.superseded(mine)
        candidates = [image for image in mine if image not in replaced] or attributes_of.offered(named)
        return [*leftovers, *self._present(candidates, replaced)]

    def _drafts(self, images: Iterable[Image]) -> list[Image]:
        return attributes_of.own(attributes_of.drafts(images, self.desired.name), self._owners)

    def _is_dead(self, draft: Image, is_turn: bool) -> bool:
        ours = is_turn or self._desk.turns.is_free(self._key)
        return self._desk.turns.is_dead(draft, self._desk.now(), is_ours=ours, stale_after=self._desk.stale_after)

    def _present(self, candidates: list[Image], replaced: list[Image]) -> Iterable[Step]:
        """Return the steps to an image that is there."""
        current, same, warnings = attributes_of.choose(candidates, self.desired, self._source)
        self.warnings += warnings
        healing = [steps.retire(image, self.desired, bool(self._api.members(image))) for image in replaced]
        own = self._updated(current, replaced) if current and same else self._uploads(current)
        coming = sum(1 for step in [*own, *healing] if step.action == "retire" and step.after)
        return [*own, *healing, *self._prunes(coming)]

    def _updated(self, current: Image, replaced: list[Image]) -> list[Step]:
        """Return the steps to the attributes of an image that has the wanted content.

        replaced: what it took the place of in a run that was killed before it had taken everything over.
        """
        self._image = attributes_of.with_attributes(current, attributes_of.asked(current, self.desired))
        attributes_of.refuse_members(self.desired, self._image.get("visibility"))
        members: tuple[Step, ...] = ()
        inherited = {name: state for image in replaced for name, state in self._api.members(image).items()}
        if self.desired.members is not None or (inherited and current.get("visibility") == "shared"):
            present = self._api.members(current)
            after = attributes_of.members_asked(attributes_of.inherit(inherited, present), self.desired)
            members = steps.share(self.desired, present, after)
        activity = steps.activity(self.desired, current["status"], self._state_after(replaced))
        return [*steps.update(current, self.desired), *self._stores.steps(current, self.desired), *members, *activity]

    def _uploads(self, current: Image | None) -> list[Step]:
        """Return the steps to new content."""
        present = self._api.members(current) if current else {}
        if current:
            steps.refuse_replacing(current, self.desired, self._owners, bool(present))
        if self._source is None:
            raise GlanceError(steps.no_source(current, self.desired))
        self._stores.check()
        found = self._format(self._source, current)
        self._refuse_beyond_quota(self._source, current, bool(present))
        step = steps.upload(current, self.desired, self._source, found, self._stores.wanted())
        self._image = steps.uploaded(step, self.desired)
        visibility = self._image.get("visibility")
        attributes_of.refuse_members(self.desired, visibility)
        shared = attributes_of.members_asked(present, self.desired) if visibility == "shared" else {}
        way = [steps.retire(current, self.desired, bool(present))] if current else []
        activity = steps.activity(self.desired, "active", self._state_after([current] if current else []))
        return [step, *steps.share(self.desired, {}, shared), *activity, *way]

    def _refuse_beyond_quota(self, content: Source, current: Image | None, has_members: bool) -> None:
        if self.owner != self._desk.project:
            return  # nobody tells of the quotas of others
        is_deleted = current and steps.fate(self.desired, has_members) == "delete"
        leaving = ((current or {}).get("size") or 0) * max(1, len(stores_of(current or {}))) if is_deleted else 0
        coming = (content.original.size or 0) * max(1, len(self._stores.wanted()))
        steps.refuse_beyond_quota(self.desired, self._api.quota(), coming, leaving)

    def _format(self, content: Source, current: Image | None) -> str:
        """Return the disk format of the image; what the content is must be seen before it is converted."""
        original = content.original
        if not content.is_readable and (self.desired.disk_format or current):
            return str(self.desired.disk_format or (current or {})["disk_format"])
        self.warnings += filter(None, [content_warning(original.head)])
        given = self.desired.disk_format if content is original else None
        found = disk_format(original, given, steps.container(current, self.desired))
        return found if content is original else str(self.desired.disk_format)

    def _state_after(self, previous: list[Image]) -> str:
        """Return what the image shall be: what was asked for, or deactivated if what was there before is."""
        was = {image["status"] for image in previous}
        return "deactivated" if self.desired.state == "present" and "deactivated" in was else self.desired.state

    def _prunes(self, coming: int) -> list[Step]:
        """Return the steps that remove the retired copies that are too many; none that others were given."""
        found = steps.prune(self._copies, self.desired, coming)
        return [step for step in found if not self._api.members((step.arguments or {})["image"])]

    # How it is done

    def apply(self) -> None:
        """Carry the steps out; content is sent by one run at a time."""
        if not self._is_upload:
            return self._carry_out()
        end = time.monotonic() + self._desk.limits.timeout
        with self._desk.turns.turn(self._key, self._desk.limits.timeout, self.desired.label, self._waiting):
            while True:
                self._look_again(end)
                try:
                    return self._carry_out()
                except ConflictError:
                    if time.monotonic() > end:
                        raise

    def _waiting(self, reason: str) -> ContextManager[Any]:
        return self._desk.during(self.desired.name, reason, None, lambda: 0)

    def _look_again(self, end: float) -> None:
        """Wait until no other host is at the image, and plan anew if anything is not as it was."""
        with ExitStack() as waiting:
            is_waiting = False
            while True:
                named = self._api.named(self.names())
                alive = [draft for draft in self._drafts(named) if not self._is_dead(draft, is_turn=True)]
                if not alive:
                    break
                self._refuse_to_wait(end, alive)
                if not is_waiting:
                    waiting.enter_context(self._waiting(f"waiting for the upload {alive[0]['id']}"))
                    is_waiting = True
                self._desk.stop.wait(POLL)
        if seen(named) != seen(self._named):
            self._source = source(self._params)
            copies = self._api.retired() if self.wants_copies() else []
            self.plan(named, copies, is_turn=True)

    def _refuse_to_wait(self, end: float, drafts: list[Image]) -> None:
        if self._desk.stop.is_set():
            raise Cancelled("The run was told to end")
        if time.monotonic() > end:
            found = ", ".join(f"{draft['id']} ({draft['status']}, changed {draft['updated_at']})" for draft in drafts)
            raise GlanceError(
                f"Unfinished uploads of the {self.desired.label} by another host or user did not end within "
                f"{self._desk.limits.timeout:g} seconds (timeout): {found}. If none is at work, remove them, or give "
                "stale_after"
            )

    def _carry_out(self) -> None:
        for step in self.steps:
            getattr(self, f"_{step.action}")(**(step.arguments or {}))

    def _remove(self, image: Image) -> None:
        if not self._api.remove(image):
            raise GlanceError(
                f"The {self.desired.label} ({image['id']}) cannot be removed: the service answered 409, as for images "
                "in use and during an import"
            )
        self._removed.append(image["id"])

    def _prune(self, image: Image) -> None:
        if self._api.remove(image):
            self._removed.append(image["id"])
        else:
            self.warnings.append(f"The retired image {image['name']} ({image['id']}) is in use; it is kept")

    def _retire(self, image: Image, way: str) -> None:
        try:
            self._make_way(image, way)
        except GlanceError as error:
            raise GlanceError(
                f"The {self.desired.label} is {self._image['id']} now, but {image['id']}, which it replaces, "
                f"could not be removed or renamed: {error}"
            ) from error

    def _make_way(self, image: Image, way: str) -> None:
        if way == "delete" and self._api.remove(image):
            self._removed.append(image["id"])
            return
        if way == "delete":
            self.warnings.append(f"The replaced image {image['id']} is in use; it is renamed and hidden")
        elif self.desired.replace == "delete":
            self.warnings.append(f"The replaced image {image['id']} has members; it is renamed and kept")
        kept = self._api.update(image, steps.retirement(image, hide=way != "rotate"))
        self._kept.append({"id": kept["id"], "name": kept["name"]})

    def _update(self, image: Image, attributes: Mapping[str, Any]) -> None:
        self._image = self._api.update(image, attributes)

    def _share(self, before: Mapping[str, str], after: Mapping[str, str]) -> None:
        image = self._image["id"]
        # An image that becomes shared again still has the members that it had.
        present = self._api.members(self._image)
        for project in self._api.share(image, present, after):
            self.warnings.append(
                f"The state of the member {project} of {image} cannot be set with this account, only by that project"
            )

    def _spread(self, copy: Sequence[str], remove: Sequence[str]) -> None:
        self._image = self._stores.spread(self._image, copy, remove)

    def _tell_missed(self, stores: Sequence[str]) -> None:
        if stores:
            self.warnings.append(f"The data of the {self.desired.label} did not reach {', '.join(stores)}")

    def _deactivate(self) -> None:
        self._image = self._api.activate(self._image["id"], "deactivate")

    def _reactivate(self) -> None:
        self._image = self._api.activate(self._image["id"], "reactivate")

    def _create(self, previous: None, **new: Any) -> None:
        self._image = self._uploaded(**new)

    def _replace(self, previous: Image, **new: Any) -> None:
        self._image = self._uploaded(**new)

    def _uploaded(
        self, source: Source, formats: Mapping[str, str], attributes: Mapping[str, Any], note: Mapping[str, str]
    ) -> dict[str, Any]:
        """Upload the content, and return the image when it is proven and published; nothing is left on a failure."""
        uploader_note = self._desk.turns.note(self._desk.limits.timeout)
        document = steps.draft(self.desired.name, formats, attributes, uploader_note)
        uploader = self._uploader = self._filler()
        try:
            uploader.check_beginning(document, source)
            image = uploader.fill(document, lambda number: self._opened(source, number, formats))
            self._tell_missed(uploader.missed)
            image = self._stores.complete(image)
            self._yield_to_twin(image)
            published = self._api.update(image, steps.publication(image, self.desired, attributes, note))
        except BaseException as error:
            left = uploader.discard()
            if isinstance(error, ConflictError) or not isinstance(error, GlanceError):
                raise
            raise GlanceError(f"The upload of the {self.desired.label} failed: {error}. {left}") from error
        finally:
            if self._source:
                self._source.close()
        uploader.draft = None
        self._transfer = uploader.transfer
        return dict(published)

    def _filler(self) -> Uploader:
        """Return what brings the content into an unfinished image, and proves that it is there."""
        given = (self._api, self._desk.limits, self._begun, self._sending, self._desk.stop, self._importing)
        if self._way.method != UPLOAD:
            return Importer(self._way, *given)
        return Uploader(*given, next(iter(self._stores.wanted()), None))

    def _importing(self, done: Callable[[], int]) -> ContextManager[Any]:
        return self._desk.during(self.desired.name, IMPORTING, None, done)

    def _sending(self, size: int | None, sent: Callable[[], int]) -> ContextManager[Any]:
        return self._desk.during(self.desired.name, SENDING, size, sent)

    def _opened(self, planned: Source, number: int, formats: Mapping[str, str]) -> Source:
        """Return the source at its beginning; what it holds must still be what was planned with."""
        if number == 1:
            return planned
        (self._source or planned).close()
        self._source = source(self._params)
        if self._source and self._source is self._source.original:
            disk_format(self._source, formats["disk_format"], formats["container_format"])
        return self._source or planned

    def _begun(self, draft: Image) -> None:
        """Make way for a run on another host that was first; refuse what could not be published."""
        visibility = str(self._image.get("visibility"))
        if visibility in ("public", "community"):
            self._api.try_visibility(draft, visibility)
        others = [
            each for each in self._drafts(self._api.named(self.names(), hidden=False)) if each["id"] != draft["id"]
        ]
        for other in others:
            first = other["status"] != "queued" or attributes_of.age(other) < attributes_of.age(draft)
            if first and not self._is_dead(other, is_turn=True):
                raise ConflictError(f"Another upload of the {self.desired.label} began earlier ({other['id']})")

    def _yield_to_twin(self, image: Image) -> None:
        """Make way for an image of the same content that was published in the meantime."""
        known = {each["id"] for each in self._named}
        digests = attributes_of.known_digests(image).items()
        named = self._api.named({self.desired.name}, hidden=bool(self._image.get("os_hidden")))
        for other in attributes_of.own(named, self._owners):
            if other["id"] not in known and attributes_of.known_digests(other).items() & digests:
                raise ConflictError(
                    f"The same content was published as {self.desired.label} in the meantime ({other['id']})"
                )

    def abandon(self) -> None:
        """Remove what was begun, when the run is told to end."""
        draft = self._uploader.draft if self._uploader else None
        if draft:
            self._desk.images().discard(draft)

    def result(self) -> dict[str, Any]:
        """Return the image, and what became of it."""
        sent = {"transfer": self._transfer} if self._transfer else {}
        return {
            "id": self._image.get("id"),
            "image": self._image,
            "action": steps.action(self.steps, self.desired.label),
            "digests": attributes_of.known_digests(self._image),
            "retired": self._kept,
            "removed": self._removed,
            "stores": list(stores_of(self._image)),
            **sent,
        }


def seen(images: Iterable[Image]) -> set[tuple[str, ...]]:
    """Return what tells whether images have changed."""
    return {(image["id"], str(image.get("status")), str(image.get("updated_at"))) for image in images}
