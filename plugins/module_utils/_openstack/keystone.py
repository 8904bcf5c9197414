# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to version 3 of the Identity API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud
from ansible_collections.osops.glance.plugins.module_utils._openstack.domain import is_domain_id
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import Entity


class Keystone:
    """The Identity service: reads are retried, writes are sent once."""

    def __init__(self, cloud: Cloud) -> None:
        cloud.authenticate()
        self.retry_policy = cloud.retry_policy
        self._cloud = cloud
        self._service = cloud.identity()

    def get(self, path: str, **filters: str) -> Any:
        """Return the document at a path."""
        return self.retry_policy.call(lambda: self._service.get(path, params=filters))

    def first(self, collection: str, **filters: str) -> Entity | None:
        """Return the first object that matches the filters; the database of Keystone compares names, with its case."""
        entities: list[Entity] = self.get(f"/{collection}", **filters)[collection]
        return entities[0] if entities else None

    def domain_id(self, domain: str) -> str:
        """Return the ID of a domain by its name or ID; text in the format of an ID is searched as an ID first."""
        known = self._cloud.domain_id(domain)
        if known:
            return known
        lookups = (self._domain_by_id, self._domain_by_name)
        for lookup in lookups if is_domain_id(domain) else reversed(lookups):
            entity = lookup(domain)
            if entity:
                return str(entity["id"])
        raise GlanceError(f"No domain has the name or the ID {domain!r}. Correct `domain`, or create the domain.")

    def _domain_by_name(self, name: str) -> Entity | None:
        return self.first("domains", name=name)

    def _domain_by_id(self, domain_id: str) -> Entity | None:
        path = f"/domains/{quote(domain_id, safe='')}"
        body = self.retry_policy.call(lambda: self._service.find(path))
        return body["domain"] if body else None

    def authenticates(self, user_id: str, password: str, project: Entity | None = None) -> bool:
        """Return whether Keystone accepts a password; without a project, the user needs no role."""
        if self._cloud.accepts(user_id, password, project["id"] if project else None):
            return True
        scope = {"project": {"id": project["id"]}} if project else "unscoped"
        identity = {"methods": ["password"], "password": {"user": {"id": user_id, "password": password}}}
        body = {"auth": {"identity": identity, "scope": scope}}
        response = self.retry_policy.call(
            lambda: self._service.request(
                "POST", "/auth/tokens?nocatalog", accept=(401,), json=body, authenticated=False, log=False
            )
        )
        return bool(response.status_code == 201)

    def write(self, method: str, path: str, **body: Any) -> Any:
        """Send a request that writes; an object that another client removed in the meantime is removed as desired."""
        accept = (404,) if method == "DELETE" else ()
        return self._service.request(method, path, accept=accept, log=False, **body)
