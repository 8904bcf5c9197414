# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of a running Image service as a resource of a module."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._image.store_check import check_upload, writable_stores
from ansible_collections.osops.glance.plugins.module_utils._image.stored_images import (
    listed,
    newest_per_store,
    read_first_byte,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import connect
from ansible_collections.osops.glance.plugins.module_utils._openstack.health import ANY_STATUS, ApiCheck


class ServiceCheck:
    """The check of the Image service: token, catalog, API, stores, and existing images.

    Uploads are the steps of its plan, so check mode omits them.
    """

    def __init__(self, module: AnsibleModule) -> None:
        self._cloud = connect(module)
        self._endpoint: str | None = module.params["endpoint"]
        self._required_stores: list[str] = module.params["stores"]
        self._upload: bool = module.params["upload"]
        self._read: bool = module.params["read"]
        self._timeout: int = module.params["timeout"]
        self._api = ApiCheck(self._cloud, self._endpoint, self._timeout)
        self._service = self._api.service
        self._stores: list[str | None] = []
        self._results: dict[str, Any] = {}

    def plan(self) -> Plan:
        with self._cloud.within(self._timeout):
            self._cloud.authenticate()
            self._results = {**self._api.run(), "health": self._health()}
        self._check_endpoints()
        if not self._upload:
            return Plan()
        self._stores = writable_stores(self._service, self._required_stores)
        resources = [f"upload to {store or 'the store'}" for store in self._stores]
        return Plan(tuple(Step(resource=resource, action="try", is_change=False) for resource in resources))

    def _health(self) -> str | None:
        """Return the response of the healthcheck middleware, which does not check the database; None without it."""
        response = self._service.request("GET", "/healthcheck", accept=ANY_STATUS, authenticated=False)
        return None if response.status_code == 404 else " ".join(response.text.split())[:100]

    def _check_endpoints(self) -> None:
        """Check each URL of the catalog, because different clients use different interfaces."""
        if self._endpoint:
            return
        endpoints = self._results["endpoints"]
        for url in dict.fromkeys(endpoints.values()):
            try:
                with self._cloud.within(self._timeout):
                    ApiCheck(self._cloud, url, self._timeout).run()
            except GlanceError as error:
                names = " and ".join(name for name, other in endpoints.items() if other == url)
                raise GlanceError(f"The {names} endpoint of the catalog, {url}, does not work: {error}") from error

    def apply(self, plan: Plan) -> None:
        uploads = []
        for store in self._stores:
            with self._cloud.within(self._timeout):
                uploads.append({"store": store, **check_upload(self._service, store)})
        self._results["uploads"] = uploads

    def result(self, plan: Plan) -> dict[str, Any]:
        """Return the results of all checks; raise GlanceError for existing images that cannot be read."""
        return {**self._results, **({"reads": self._read_images()} if self._read else {})}

    def _read_images(self) -> list[dict[str, Any]]:
        problems: list[str] = []
        with self._cloud.within(self._timeout):
            samples = newest_per_store(listed(self._service))
            for store, image in samples.items():
                try:
                    read_first_byte(self._service, store, image)
                except GlanceError as error:
                    problems.append(str(error))
        if problems:
            raise GlanceError(". ".join(problems))
        return [{"store": store, "image": image["id"]} for store, image in samples.items()]
