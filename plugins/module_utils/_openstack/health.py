# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof that the Image service answers, as itself and to a token; and what it usually means when it does not."""

from __future__ import annotations

import time
from typing import Any, Callable, Mapping, TypeVar

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud, document, failure

PATH = "/v2/images"
ANSWER_WITHIN = 10  # seconds, of one request; more as the wait goes on, for a host under load may need it
PAUSE = 0.25  # seconds, between two questions to a service that is starting
NOT_UP_YET = (502, 503, 504)
ANY_STATUS = tuple(range(400, 600))

USUALLY = {
    401: "The token is valid, so the service cannot check it: usually the username, the password or the "
    "auth_url in [keystone_authtoken] of glance-api.conf is wrong",
    403: "Usually the user has no role in the project, or the policy of the service is stricter than its default",
    404: "Usually this is the URL of another service",
    500: "Look at the log of the service: usually its database has no tables or refuses the login, or region_name in "
    "[keystone_authtoken] of glance-api.conf is none that the Identity service has",
    503: "Usually the service does not reach the Identity service (auth_url or memcached_servers in "
    "[keystone_authtoken] of glance-api.conf), or a load balancer has no API behind it",
}

Answer = TypeVar("Answer")


class ServiceNotReady(GlanceError):
    """The service does not answer, or not itself; it may be starting."""


def explained(method: str, response: Any, usually: Mapping[int, str]) -> str:
    """Return what was answered, and what that usually means."""
    told = failure(method, response)
    return f"{told}. {usually[response.status_code]}" if response.status_code in usually else told


def versions_of(response: Any) -> list[str]:
    """Return the versions that a version document names; none if it is something else."""
    try:
        return [version["id"] for version in response.json()["versions"]]
    except (ValueError, KeyError, TypeError):
        return []


class Api:
    """The API of the Image service, from the catalog or at one endpoint.

    timeout: seconds in which a service that is starting must have come up; each wait has them anew.
    look: called between two questions; it raises what makes waiting any longer useless.
    settle: seconds in which the answer 500 is one of a service that waits for another of its programs.
    """

    def __init__(
        self,
        cloud: Cloud,
        endpoint: str | None,
        timeout: float,
        look: Callable[[], None] = lambda: None,
        settle: float = 0,
    ) -> None:
        self.service = cloud.service("image", endpoint=endpoint)
        self._cloud = cloud
        self._endpoint = endpoint
        self._timeout = timeout
        self._look = look
        self._settle = settle
        self._settled = 0.0  # when that time is over
        self._began = self._until = 0.0

    def answers(self) -> dict[str, Any]:
        """Return what the service says of itself, as soon as it says it; GlanceError when it does not."""
        self._began = time.monotonic()
        self._until = self._began + self._timeout
        self._settled = self._began + self._settle
        return {
            "endpoints": self._endpoints(),
            "versions": self._patiently(self._versions),
            "images": self._patiently(self._images),
        }

    def _endpoints(self) -> dict[str, str]:
        endpoints = self._cloud.endpoints("image")
        if not endpoints and not self._endpoint:
            raise GlanceError(
                f"The catalog has no endpoint of a service of type image in the region {self._cloud.region}: "
                "look at `openstack endpoint list --service image`"
            )
        return endpoints

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        """Return what ask() returns; asked again while the service is not up yet."""
        while True:
            try:
                return ask()
            except ServiceNotReady as error:
                self._look()
                if time.monotonic() >= self._until:
                    raise GlanceError(f"{error}. Waited {self._timeout:g} seconds for it") from error
                time.sleep(PAUSE)

    def _asked(self, path: str, **arguments: Any) -> Any:
        now = time.monotonic()
        limit = max(ANSWER_WITHIN, min(now - self._began, self._until - now))
        try:
            response = self.service.request("GET", path, accept=ANY_STATUS, timeout=limit, **arguments)
        except GlanceError as error:
            raise ServiceNotReady(f"{error}. Check that the service runs and listens there") from error
        if response.status_code in NOT_UP_YET:
            raise ServiceNotReady(explained("GET", response, USUALLY))
        return response

    def _versions(self) -> list[str]:
        for path in ("/", "/versions"):
            response = self._asked(path, authenticated=False)
            versions = versions_of(response)
            if versions:
                return versions
        raise GlanceError(f"GET {response.url} answered {response.status_code}, but not with versions of the Image API")

    def _images(self) -> bool:
        response = self._asked(PATH, params={"limit": 1})
        if response.status_code != 200:
            is_early = response.status_code == 500 and time.monotonic() < self._settled
            raise (ServiceNotReady if is_early else GlanceError)(explained("GET", response, USUALLY))
        found = document(response)
        if not isinstance(found, Mapping) or not isinstance(found.get("images"), list):
            raise GlanceError(f"GET {response.url} answered 200, but not with a list of images. {USUALLY[404]}")
        return bool(found["images"])
