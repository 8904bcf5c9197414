# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan for one image: comparison of the existing images with the desired state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterable

from ansible_collections.osops.glance.plugins.module_utils._content.disk_format import content_warning, disk_format
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Step
from ansible_collections.osops.glance.plugins.module_utils._image.boot_images import (
    boot_image_names,
    with_boot_image_ids,
)
from ansible_collections.osops.glance.plugins.module_utils._image.changes import (
    apply_attributes,
    check_members,
    desired_attributes,
    desired_members,
    inherit_members,
)
from ansible_collections.osops.glance.plugins.module_utils._image.context import ImageContext
from ansible_collections.osops.glance.plugins.module_utils._image.desired import Desired
from ansible_collections.osops.glance.plugins.module_utils._image.image_source import ImageSource
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image
from ansible_collections.osops.glance.plugins.module_utils._image.refusals import (
    check_quota,
    check_replacement,
    missing_source,
    replacement_action,
)
from ansible_collections.osops.glance.plugins.module_utils._image.selection import (
    owned_by,
    replaced_images,
    retired_copies,
    select_image,
    visible_to_all,
)
from ansible_collections.osops.glance.plugins.module_utils._image.steps import (
    absent_steps,
    container_format,
    content_summary,
    member_steps,
    predicted_image,
    prune_steps,
    remove_step,
    retire_step,
    status_steps,
    update_steps,
    upload_step,
)
from ansible_collections.osops.glance.plugins.module_utils._image.store_plan import stores_of
from ansible_collections.osops.glance.plugins.module_utils._image.stores import StorePlacement


@dataclass
class ImagePlan:
    """Plan for one image.

    desired: the desired state with the IDs of its kernel and RAM disk.
    named: the images that were found by name.
    image: the predicted image.
    """

    desired: Desired
    named: list[Image] = field(default_factory=list)
    steps: tuple[Step, ...] = ()
    image: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_upload(self) -> bool:
        return any(step.action in ("create", "replace") for step in self.steps)


class ImagePlanner:
    """Planner for one image."""

    def __init__(self, context: ImageContext, source: ImageSource, stores: StorePlacement) -> None:
        self._context = context
        self._source = source
        self._stores = stores

    def names(self) -> set[str]:
        """Return the names of the images that the plan needs."""
        return self._context.own_names() | boot_image_names(self._context.desired)

    def needs_retired_copies(self) -> bool:
        """Return whether the plan needs the retired copies."""
        return self._context.desired.keep is not None and not self._context.desired.id

    def plan(self, named: Iterable[Image], copies: Iterable[Image], holds_lock: bool = False) -> ImagePlan:
        """Return the plan.

        named: images that include those of names().
        copies: retired copies of all names.
        holds_lock: whether this run holds the lock of the image.
        """
        needed = self.names()
        plan = ImagePlan(self._context.desired, [image for image in named if image["name"] in needed])
        plan.desired = with_boot_image_ids(plan.desired, plan.named, self._context.owners)
        own_copies = owned_by(copies, self._context.owners)
        retired = retired_copies(own_copies, plan.desired.name) if self.needs_retired_copies() else []
        steps = self._by_id(plan) if plan.desired.id else self._by_name(plan, retired, holds_lock)
        plan.steps = tuple(steps)
        return plan

    def _by_id(self, plan: ImagePlan) -> Iterable[Step]:
        """Return the steps for an image that is selected by its ID."""
        image = self._context.api.images.find(str(plan.desired.id))
        if plan.desired.state == "absent":
            return absent_steps([image] if image else [], plan.desired)
        if image is None:
            raise GlanceError(f"There is no image with the ID {plan.desired.id}")
        return self._present(plan, [image], [], [])

    def _by_name(self, plan: ImagePlan, retired: list[Image], holds_lock: bool) -> Iterable[Step]:
        """Return the steps for an image that is selected by its name."""
        context, desired = self._context, plan.desired
        named = [image for image in plan.named if image["name"] == desired.name]
        unfinished = context.temporary_images(plan.named)
        stale = [image for image in unfinished if context.is_stale(image, holds_lock)]
        cleanup = [remove_step(image, "unfinished upload") for image in stale]
        if desired.state == "absent":
            return [*cleanup, *absent_steps(owned_by(named, {context.owner}), desired)]
        own = owned_by(named, context.owners)
        replaced = replaced_images(own)
        candidates = [image for image in own if image not in replaced] or visible_to_all(named)
        return [*cleanup, *self._present(plan, candidates, replaced, retired)]

    def _present(
        self, plan: ImagePlan, candidates: list[Image], replaced: list[Image], retired: list[Image]
    ) -> Iterable[Step]:
        """Return the steps for an image that must exist.

        replaced: images that a killed run replaced, but did not remove or rename.
        retired: retired copies, the newest first.
        """
        current, same, warnings = select_image(candidates, plan.desired, self._source.current)
        plan.warnings += warnings
        images = self._context.api.images
        cleanup = [retire_step(image, plan.desired, bool(images.members(image))) for image in replaced]
        steps = self._update(plan, current, replaced) if current and same else self._upload(plan, current)
        new_copies = sum(1 for step in [*steps, *cleanup] if step.action == "retire" and step.after)
        return [*steps, *cleanup, *self._prune(plan, retired, new_copies)]

    def _update(self, plan: ImagePlan, current: Image, replaced: list[Image]) -> list[Step]:
        """Return the steps for an image that has the desired content."""
        images, desired = self._context.api.images, plan.desired
        plan.image = apply_attributes(current, desired_attributes(current, desired))
        check_members(desired, plan.image.get("visibility"))
        members: tuple[Step, ...] = ()
        previous = {name: state for image in replaced for name, state in images.members(image).items()}
        if desired.members is not None or (previous and current.get("visibility") == "shared"):
            before = images.members(current)
            after = desired_members(inherit_members(previous, before), desired)
            members = member_steps(desired, before, after)
        status = status_steps(desired, current["status"], status_after(desired, replaced))
        return [*update_steps(current, desired), *self._stores.steps(current, desired), *members, *status]

    def _upload(self, plan: ImagePlan, current: Image | None) -> list[Step]:
        """Return the steps for new content, which replaces the current image if there is one."""
        desired, source = plan.desired, self._source.current
        members = self._context.api.images.members(current) if current else {}
        if current:
            check_replacement(current, desired, self._context.owners, bool(members), content_summary(current))
        if source is None:
            raise GlanceError(missing_source(current, desired))
        self._stores.check()
        found = self._disk_format(plan, source, current)
        self._check_quota(desired, source, current, bool(members))
        step = upload_step(current, desired, source, found, self._stores.desired())
        plan.image = predicted_image(step, desired)
        visibility = plan.image.get("visibility")
        check_members(desired, visibility)
        shared = desired_members(members, desired) if visibility == "shared" else {}
        retire = [retire_step(current, desired, bool(members))] if current else []
        status = status_steps(desired, "active", status_after(desired, [current] if current else []))
        return [step, *member_steps(desired, {}, shared), *status, *retire]

    def _check_quota(self, desired: Desired, source: Source, current: Image | None, has_members: bool) -> None:
        """Raise GlanceError if the upload would exceed the quota; that of another project cannot be read."""
        if self._context.owner != self._context.run.project:
            return
        is_deleted = current and replacement_action(desired, has_members) == "delete"
        removed = ((current or {}).get("size") or 0) * max(1, len(stores_of(current or {}))) if is_deleted else 0
        added = (source.original.size or 0) * max(1, len(self._stores.desired()))
        check_quota(desired, self._context.api.quota(), added, removed)

    def _disk_format(self, plan: ImagePlan, source: Source, current: Image | None) -> str:
        """Return the disk format of the image; content that is converted is checked in its original format."""
        original, desired = source.original, plan.desired
        if not source.is_readable and (desired.disk_format or current):
            return str(desired.disk_format or (current or {})["disk_format"])
        plan.warnings += filter(None, [content_warning(original.head)])
        expected = desired.disk_format if source is original else None
        found = disk_format(original, expected, container_format(current, desired))
        return found if source is original else str(desired.disk_format)

    def _prune(self, plan: ImagePlan, retired: list[Image], new_copies: int) -> list[Step]:
        """Return the steps that remove surplus retired copies without members."""
        steps = prune_steps(retired, plan.desired, new_copies)
        return [step for step in steps if not self._context.api.images.members((step.arguments or {})["image"])]


def status_after(desired: Desired, previous: list[Image]) -> str:
    """Return the desired state; state: present keeps an image deactivated."""
    statuses = {image["status"] for image in previous}
    return "deactivated" if desired.state == "present" and "deactivated" in statuses else desired.state
