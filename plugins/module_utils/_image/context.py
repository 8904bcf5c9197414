# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collaborators of one run, and of one image in it."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Callable, ContextManager, Iterable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.api import ImageApi
from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired, desired_image
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import ImportMethod, import_method
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.lock import UploadLock
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image, temporary_name
from ansible_collections.osops.glance.plugins.module_utils._image.projects import Projects
from ansible_collections.osops.glance.plugins.module_utils._image.selection import owned_by, temporary_images

# Entered while an image is in a phase; arguments: the name of the image, the phase, the size in bytes or None, and a
# function that returns the processed bytes.
PhaseProgress = Callable[[str, str, "int | None", Callable[[], int]], ContextManager[Any]]


class ConflictError(GlanceError):
    """Another run uploads to the same image, and was first."""


@dataclass(frozen=True)
class RunContext:
    """Collaborators that all images of one run share.

    api: returns the API with its own connections, for one thread.
    now: returns the time by the clock of the service, in seconds since the epoch.
    project: the ID of the project of the account.
    cloud_name: identifies the cloud in the keys of locks.
    stale_after: seconds without a change after which an upload of another host is stale; None for its own limit.
    stop: cancels the run when it is set.
    """

    api: Callable[[], ImageApi]
    now: Callable[[], float]
    projects: Projects
    project: str | None
    cloud_name: str
    lock: UploadLock
    limits: Limits
    stale_after: float | None
    stop: threading.Event
    progress: PhaseProgress = lambda _name, _phase, _size, _done: nullcontext()


class ImageContext:
    """Desired state of one image, with the collaborators that its processing needs."""

    def __init__(self, params: Mapping[str, Any], run: RunContext, source: Source | None) -> None:
        self.run = run
        self.method: ImportMethod = import_method(params)
        self.desired = with_project_ids(desired_image(params, source), params.get("owner_domain"), run.projects)
        self.owner: str | None = self.desired.attributes.get("owner") or run.project

    @cached_property
    def api(self) -> ImageApi:
        """The API for the thread that processes the image, connected on first use."""
        return self.run.api()

    @property
    def owners(self) -> set[str | None]:
        """The projects whose images the run may replace."""
        return {self.owner, self.run.project}

    @property
    def lock_key(self) -> str:
        return f"{self.run.cloud_name} {self.owner} {self.desired.name}"

    def own_names(self) -> set[str]:
        """Return the names of the image and of its temporary image; none if it is selected by ID."""
        return set() if self.desired.id else {self.desired.name, temporary_name(self.desired.name)}

    def temporary_images(self, images: Iterable[Image]) -> list[Image]:
        """Return the temporary images of unfinished uploads to the image."""
        return owned_by(temporary_images(images, self.desired.name), self.owners)

    def is_stale(self, temporary: Image, holds_lock: bool) -> bool:
        """Return whether no run processes the temporary image; holds_lock: whether this run holds the lock."""
        locked = not holds_lock and self.run.lock.locked(self.lock_key)
        return self.run.lock.is_stale(temporary, self.run.now(), locked=locked, stale_after=self.run.stale_after)

    def progress(self, phase: str, size: int | None, done: Callable[[], int]) -> ContextManager[Any]:
        """Report that the image is in the phase during the block."""
        return self.run.progress(self.desired.name, phase, size, done)

    def waiting(self, reason: str) -> ContextManager[Any]:
        """Report during the block that the image is waiting."""
        return self.progress(reason, None, lambda: 0)

    def error(self, text: str) -> GlanceError:
        """Return an error about the image."""
        return GlanceError(f"The {self.desired.label} {text}")


def with_project_ids(desired: Desired, domain: str | None, projects: Projects) -> Desired:
    """Return the desired state with IDs instead of the names of projects."""
    attributes = dict(desired.attributes)
    if "owner" in attributes:
        attributes["owner"] = projects.id_of(attributes["owner"], domain)
    members = desired.members
    if members is not None:
        members = {projects.id_of(project, domain): state for project, state in members.items()}
    return replace(desired, attributes=attributes, members=members)
