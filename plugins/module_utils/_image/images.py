# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests for single images: their attributes, members and status."""

from __future__ import annotations

import json
from typing import Any, Callable, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.changes import patch
from ansible_collections.osops.glance.plugins.module_utils._image.connection import PATH, Forbidden, ImageConnection
from ansible_collections.osops.glance.plugins.module_utils._image.filters import FilterOperators
from ansible_collections.osops.glance.plugins.module_utils._image.model import Image, without_records
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import document

JSON_PATCH = {"Content-Type": "application/openstack-images-v2.1-json-patch"}


class ServiceTraits:
    """Properties of the service that were detected, shared by all threads of a run.

    stores_records: whether it stores the properties in which this module records state; property protections may
    refuse them.
    """

    def __init__(self) -> None:
        self.operators = FilterOperators()
        self.stores_records = True


class Images:
    """Single images of the service."""

    def __init__(self, connection: ImageConnection, traits: ServiceTraits) -> None:
        self._connection = connection
        self._traits = traits

    def find(self, image_id: str) -> Any | None:
        """Return the image, or None if there is none of this ID."""
        response = self._connection.request("GET", f"{PATH}/{image_id}", accept=(404,))
        return None if response.status_code == 404 else document(response)

    def get(self, image_id: str) -> Any:
        """Return the image."""
        return document(self._connection.request("GET", f"{PATH}/{image_id}"))

    def create(self, attributes: Mapping[str, Any]) -> Any:
        """Create an image, without the records of this module if the service refuses such properties."""
        return self._with_records(attributes, lambda accepted: self._connection.send_once("POST", PATH, json=accepted))

    def update(self, image: Image, attributes: Mapping[str, Any]) -> Any:
        """Set attributes of the image, and return the image after the change."""
        return self._with_records(attributes, lambda accepted: self._update(image, accepted))

    def _with_records(self, attributes: Mapping[str, Any], action: Callable[[Mapping[str, Any]], Any]) -> Any:
        """Return the result of the action for the attributes with as many records as the service accepts."""
        plain = without_records(attributes)
        kept = {name: value for name, value in attributes.items() if name in plain or value is not None}
        variants = [attributes, kept, plain] if self._traits.stores_records else [plain]
        refusals: list[Forbidden] = []
        for variant in (each for number, each in enumerate(variants) if each not in variants[:number]):
            try:
                result = action(variant)
            except Forbidden as refusal:
                refusals.append(refusal)
            else:
                self._traits.stores_records &= kept.keys() <= variant.keys()
                return result
        raise refusals[0]

    def _update(self, image: Image, attributes: Mapping[str, Any]) -> Any:
        try:
            return self._patch(image, attributes)
        except RetryableError:  # the service may have applied the change
            return self._connection.retry_policy.call(lambda: self._patch(self.get(image["id"]), attributes))

    def _patch(self, image: Image, attributes: Mapping[str, Any]) -> Any:
        data = json.dumps(patch(image, attributes))
        return self._connection.send_once("PATCH", f"{PATH}/{image['id']}", headers=JSON_PATCH, data=data)

    def check_visibility(self, image: Image, visibility: str) -> None:
        """Raise GlanceError if the account may not set the visibility; the image never becomes visible.

        The service checks each operation of a patch separately and applies them together.
        """
        values = (visibility, image["visibility"])
        operations = [{"op": "replace", "path": "/visibility", "value": value} for value in values]
        path = f"{PATH}/{image['id']}"
        self._connection.request("PATCH", path, headers=JSON_PATCH, data=json.dumps(operations))

    def remove(self, image: Image) -> bool:
        """Remove the image, also if it is protected or already removed; return False if it is in use."""
        if image.get("protected"):
            self.update(image, {"protected": False})
        response = self._connection.request("DELETE", f"{PATH}/{image['id']}", accept=(404, 409))
        return bool(response.status_code != 409)

    def discard(self, image: Image) -> str:
        """Remove a temporary image, and return the outcome for a message."""
        try:
            removed = self.remove(image)
        except GlanceError as error:
            return f"The temporary image {image['id']} still exists ({error}); the next run removes it"
        if not removed:
            return f"The temporary image {image['id']} is in use and still exists; the next run removes it"
        return f"The temporary image {image['id']} was removed"

    def set_active(self, image_id: str, active: bool) -> Any:
        """Reactivate or deactivate the image, and return the image after the change."""
        action, expected = ("reactivate", "active") if active else ("deactivate", "deactivated")
        self._connection.request("POST", f"{PATH}/{image_id}/actions/{action}")
        image = self.get(image_id)
        if image["status"] != expected:
            raise GlanceError(f"The image {image_id} should be {expected} after {action}, but is {image['status']}")
        return image

    def members(self, image: Image) -> dict[str, str]:
        """Return the projects that the image is shared with, and the state of each."""
        if image.get("visibility") != "shared":
            return {}
        members = document(self._connection.request("GET", f"{PATH}/{image['id']}/members"))["members"]
        return {member["member_id"]: member["status"] for member in members}

    def set_members(self, image_id: str, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
        """Set the members of the image; return those whose state only the member itself may set."""
        path = f"{PATH}/{image_id}/members"
        for project in before.keys() - after.keys():
            self._connection.request("DELETE", f"{path}/{project}", accept=(404,))
        for project in after.keys() - before.keys():
            self._connection.request("POST", path, accept=(409,), json={"member": project})
        changed = [project for project, state in after.items() if before.get(project, "pending") != state]
        return [project for project in changed if not self._set_state(f"{path}/{project}", after[project])]

    def _set_state(self, path: str, state: str) -> bool:
        response = self._connection.request("PUT", path, accept=(403, 404), json={"status": state})
        return bool(response.status_code < 400)
