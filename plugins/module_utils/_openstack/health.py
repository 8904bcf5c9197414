# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that the Image service responds to requests with and without a token."""

from __future__ import annotations

import time
from typing import Any, Callable, Mapping, TypeVar

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import document, failure_message

PATH = "/v2/images"
# Seconds for one request at first; the limit grows with the waiting time, because a host under load may need it.
REQUEST_TIMEOUT = 10
PAUSE = 0.125  # seconds between two requests to a service that is starting
NOT_READY_STATUS_CODES = (502, 503, 504)
ANY_STATUS = tuple(range(400, 600))

LIKELY_CAUSES = {
    401: "The token is valid, so the service cannot validate it. Usually the username, the password or the "
    "auth_url in [keystone_authtoken] of glance-api.conf is wrong",
    403: "Usually the user has no role in the project, or the policies of the service are stricter than the defaults",
    404: "Usually this is the URL of another service",
    500: "Check the log of the service. Usually its database has no tables or refuses the login, or the Identity "
    "service does not have the region_name in [keystone_authtoken] of glance-api.conf",
    503: "Usually the service does not reach the Identity service (auth_url or memcached_servers in "
    "[keystone_authtoken] of glance-api.conf), or no backend of the load balancer is available",
}

Result = TypeVar("Result")


class ServiceNotReady(GlanceError):
    """The service does not respond, or a proxy responds in its place; it may be starting."""


def failure_with_hint(method: str, response: Any, likely_causes: Mapping[int, str]) -> str:
    """Return the message for a failed request, with the likely cause of its status."""
    message = failure_message(method, response)
    hint = likely_causes.get(response.status_code)
    return f"{message}. {hint}" if hint else message


def versions_of(response: Any) -> list[str]:
    """Return the IDs in a version document; an empty list for any other document."""
    try:
        return [version["id"] for version in response.json()["versions"]]
    except (ValueError, KeyError, TypeError):
        return []


class ApiCheck:
    """A check of the Image API, at its URL in the catalog or at another endpoint.

    timeout: seconds to wait for a service that is starting; each call of run() waits as long.
    on_retry: called before each pause; it raises an error if waiting is pointless.
    grace_period: seconds in which the status 500 is retried, because another process of the service may be starting.
    """

    def __init__(
        self,
        cloud: Cloud,
        endpoint: str | None,
        timeout: float,
        on_retry: Callable[[], None] = lambda: None,
        grace_period: float = 0,
    ) -> None:
        self.service = cloud.service("image", endpoint=endpoint)
        self._cloud = cloud
        self._endpoint = endpoint
        self._timeout = timeout
        self._on_retry = on_retry
        self._grace_period = grace_period
        self._grace_end = self._start = self._end = 0.0  # times of the running check

    def run(self) -> dict[str, Any]:
        """Wait until the service responds; return its endpoints, its versions, and whether it lists any image.

        Raise GlanceError if it does not respond in time, or not as expected.
        """
        self._start = time.monotonic()
        self._end = self._start + self._timeout
        self._grace_end = self._start + self._grace_period
        return {
            "endpoints": self._endpoints(),
            "versions": self._wait_for(self._versions),
            "images": self._wait_for(self._has_images),
        }

    def _endpoints(self) -> dict[str, str]:
        endpoints = self._cloud.endpoints("image")
        if not endpoints and not self._endpoint:
            raise GlanceError(
                f"The catalog has no endpoint of a service of type image in the region {self._cloud.region}: "
                "check `openstack endpoint list --service image`"
            )
        return endpoints

    def _wait_for(self, function: Callable[[], Result]) -> Result:
        """Return the result of a function; repeat it while the service is not ready."""
        while True:
            try:
                return function()
            except ServiceNotReady as error:
                self._on_retry()
                if time.monotonic() >= self._end:
                    raise GlanceError(f"{error}. Waited {self._timeout:g} seconds for it") from error
                time.sleep(PAUSE)

    def _get(self, path: str, **arguments: Any) -> Any:
        now = time.monotonic()
        limit = max(REQUEST_TIMEOUT, min(now - self._start, self._end - now))
        try:
            response = self.service.request("GET", path, accept=ANY_STATUS, timeout=limit, **arguments)
        except GlanceError as error:
            raise ServiceNotReady(f"{error}. Check that the service runs and listens there") from error
        if response.status_code in NOT_READY_STATUS_CODES:
            raise ServiceNotReady(failure_with_hint("GET", response, LIKELY_CAUSES))
        return response

    def _versions(self) -> list[str]:
        for path in ("/", "/versions"):
            response = self._get(path, authenticated=False)
            versions = versions_of(response)
            if versions:
                return versions
        raise GlanceError(f"GET {response.url} answered {response.status_code} without the versions of the Image API")

    def _has_images(self) -> bool:
        response = self._get(PATH, params={"limit": 1})
        if response.status_code != 200:
            may_recover = response.status_code == 500 and time.monotonic() < self._grace_end
            raise (ServiceNotReady if may_recover else GlanceError)(failure_with_hint("GET", response, LIKELY_CAUSES))
        body = document(response)
        if not isinstance(body, Mapping) or not isinstance(body.get("images"), list):
            raise GlanceError(f"GET {response.url} answered 200 without a list of images. {LIKELY_CAUSES[404]}")
        return bool(body["images"])
