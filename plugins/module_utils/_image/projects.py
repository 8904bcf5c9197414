# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""IDs of the projects that options name."""

from __future__ import annotations

import re
from typing import Any, Iterator, Mapping, Protocol

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud

ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Projects(Protocol):
    """Resolution of the names of projects."""

    def id_of(self, project: str, domain: str | None = None) -> str:
        """Return the ID of a project from its ID or its name."""


class CloudProjects:
    """Projects of the Identity service; each name is resolved once."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._ids: dict[tuple[str, str | None], str] = {}

    def id_of(self, project: str, domain: str | None = None) -> str:
        """Return the ID of a project from its ID or its name; raise GlanceError if it is not unique."""
        if ID.fullmatch(project):
            return project
        if (project, domain) not in self._ids:
            self._ids[project, domain] = self._look_up(project, domain)
        return self._ids[project, domain]

    def _look_up(self, project: str, domain: str | None) -> str:
        query = {"name": project, **({"domain_id": self._domain_id(domain)} if domain else {})}
        ids = [each["id"] for each in self._get("projects", query)]
        if len(ids) == 1:
            return str(ids[0])
        where = f" in the domain {domain}" if domain else ""
        if not ids:
            raise GlanceError(f"There is no project {project}{where}")
        raise GlanceError(f"{len(ids)} projects have the name {project}{where}: {', '.join(ids)}. Set the ID of one")

    def _domain_id(self, domain: str) -> str:
        known = self._cloud.domain_id(domain)
        ids = [known] if known else [each["id"] for each in self._get("domains", {"name": domain})]
        return str(ids[0]) if ids else domain

    def _get(self, kind: str, query: Mapping[str, str]) -> Iterator[Any]:
        service = self._cloud.identity()
        result = self._cloud.retry_policy.call(lambda: service.get(f"/{kind}", params=query))
        return iter(result[kind])


class PredictedProjects:
    """Projects of a cloud that is not accessible yet: a prediction uses their names as IDs."""

    def id_of(self, project: str, domain: str | None = None) -> str:
        return project
