# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to a cloud: openstacksdk for configuration, authentication and the session; REST for all requests.

The resource layer of openstacksdk has changed incompatibly several times, the REST APIs have not. This code runs with
openstacksdk 0.50 of Debian bullseye and with the newest release.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager, nullcontext
from typing import Any, Callable, ContextManager, Iterator

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._openstack.imports import fast_imports, stable_search_path
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import (
    cloud_description,
    loader_arguments,
    sdk_arguments,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import error_cause
from ansible_collections.osops.glance.plugins.module_utils._openstack.retry import RetryPolicy
from ansible_collections.osops.glance.plugins.module_utils._openstack.service import Service, is_temporary
from ansible_collections.osops.glance.plugins.module_utils._openstack.shared_tokens import (
    is_accepted,
    remember_account,
    share_token,
)
from ansible_collections.osops.glance.plugins.module_utils._openstack.transport import (
    CHECK_CERTIFICATE,
    Deadline,
    mount_transport,
)

AUTHENTICATE_SECONDS = 60.0  # for version discovery, the token, and the retries of both
CHECK_ACCOUNT = "Check the URL, the user, the password and the project of the cloud."
CHECK_SERVICE = "Check that this is the URL of the Identity service, and that the service is running."


class Cloud:
    """A cloud; the token is requested with the first request.

    config: the configuration of openstacksdk.
    session: the session of keystoneauth.
    adapter: the class keystoneauth1.adapter.Adapter.
    errors, connection_errors: see Service.
    """

    def __init__(
        self,
        config: Any,
        session: Any,
        adapter: Callable[..., Any],
        errors: tuple[type[Exception], ...],
        connection_errors: tuple[type[Exception], ...] = (),
        deadline: Deadline | None = None,
        use_proxy: bool = False,
    ) -> None:
        self._config = config
        self._adapter = adapter
        self._errors = errors
        self._connection_errors = connection_errors
        self._deadline = deadline or Deadline()
        self._use_proxy = use_proxy
        self.session = session
        self.retry_policy = RetryPolicy(self._deadline)

    def within(self, seconds: float) -> ContextManager[None]:
        """Limit the enclosed requests, with all retries, to a number of seconds in total."""
        return self._deadline.within(seconds)

    def for_thread(self) -> Cloud:
        """Return the cloud for another thread: with the same token and separate connections."""
        own = self.session
        session = type(own)(auth=own.auth, verify=own.verify, cert=own.cert, timeout=own.timeout)
        deadline = self._deadline.copy()
        prepare_session(session, deadline, self._use_proxy)
        return Cloud(
            self._config, session, self._adapter, self._errors, self._connection_errors, deadline, self._use_proxy
        )

    @property
    def auth_url(self) -> str:
        """The URL of the Identity service without its version."""
        return without_version(str(self._config.config.get("auth", {}).get("auth_url", "")))

    @property
    def region(self) -> str | None:
        return self._config.get_region_name() or None

    def authenticate(self, meanwhile: Callable[[], None] | None = None) -> None:
        """Request a token, so that its failure is reported by one message.

        meanwhile: imports the code that is needed next, in another thread: Keystone needs a quarter of a second to
          compare a password with its hash. Concurrent imports of the same code are not safe: with Python 3.9, a thread
          can get a half-initialized module. So the request itself must not import code of the collection.
        """
        seconds = max(AUTHENTICATE_SECONDS, getattr(self.session, "timeout", None) or 0)
        with running(meanwhile) if meanwhile else nullcontext(), self.within(seconds):
            self.retry_policy.call(self._fetch_token)

    def _fetch_token(self) -> None:
        try:
            self.session.get_token()
            remember_account(self.session, self.auth_url, self._config.config.get("auth", {}).get("password"))
        except self._errors as error:
            raise self._token_error(error) from error

    def accepts(self, user_id: str, password: str, project_id: str | None) -> bool:
        """Return whether Keystone has accepted a password for another connection within shared_tokens()."""
        with self._deadline.paused():
            return is_accepted(self.auth_url, user_id, password, project_id)

    def _token_error(self, error: Exception) -> GlanceError:
        cause = error_cause(error)
        message = f"Cannot get a token from the Identity service at {self.auth_url}: {cause}."
        if is_temporary(error, self._connection_errors):
            return RetryableError(f"{message} {CHECK_SERVICE}")
        # A message about a certificate names the option to check already.
        return GlanceError(message if CHECK_CERTIFICATE[:-1] in cause else f"{message} {CHECK_ACCOUNT}")

    def endpoints(self, service_type: str) -> dict[str, str]:
        """Return the URLs of a service in the region by interface, as the catalog has them."""
        urls = {interface: self._catalog_url(service_type, interface) for interface in ("public", "internal", "admin")}
        return {interface: url for interface, url in urls.items() if url}

    def domain_id(self, name: str) -> str | None:
        """Return the ID of a domain by its name or ID; None unless the user or the project of the token is in it."""
        get_access = getattr(self.session.auth, "get_access", None)
        if get_access is None:
            return None
        access = get_access(self.session)
        known = {access.project_domain_name: access.project_domain_id, access.user_domain_name: access.user_domain_id}
        return name if name in known.values() else known.get(name)

    def identity(self) -> Service:
        """Return version 3 of the Identity API at its URL in the catalog, without version discovery."""
        interface = self._config.get_interface("identity")
        url = self._config.get_endpoint("identity") or self._catalog_url("identity", interface)
        return self.service("identity", endpoint=f"{without_version(url or self.auth_url)}/v3")

    def _catalog_url(self, service_type: str, interface: str) -> str | None:
        """Return a URL of the catalog without version discovery."""
        try:
            url = self.session.get_endpoint(
                service_type=service_type, interface=interface, region_name=self.region, skip_discovery=True
            )
        except self._errors:  # some releases raise an error where others return None
            return None
        return str(url) if url else None

    def service(self, service_type: str, endpoint: str | None = None, **arguments: Any) -> Service:
        """Return the API of a service: at an endpoint, or at its URL in the catalog."""
        override = endpoint or self._config.get_endpoint(service_type)
        interface = self._config.get_interface(service_type)
        adapter = self._adapter(
            session=self.session,
            service_type=service_type,
            interface=interface,
            region_name=self.region,
            endpoint_override=override,
            **arguments,
        )
        return Service(adapter, self._errors, self._connection_errors)


def connect(module: AnsibleModule, seconds: float | None = None) -> Cloud:
    """Return the cloud of the module's options; no request is sent.

    seconds: the limit for all requests of the module together; None if only each request has a limit.
    Raise MissingRequirement if the host has no openstacksdk.
    """
    try:
        with fast_imports():
            from keystoneauth1 import adapter, exceptions
            from openstack import config
            from openstack import exceptions as sdk_exceptions
    except ImportError as error:
        raise MissingRequirement("openstacksdk", library="openstack.config") from error
    errors = (exceptions.ClientException, sdk_exceptions.SDKException)
    connection_errors = (exceptions.RetriableConnectionFailure, exceptions.UnknownConnectionError)
    try:
        loader = config.OpenStackConfig(**loader_arguments(module.params.get("cloud")))
        with stable_search_path():
            region = loader.get_one(**sdk_arguments(module.params))
        session = region.get_session()
        share_token(session, region.config)
        deadline, use_proxy = Deadline(seconds), bool(module.params.get("use_proxy"))
        prepare_session(session, deadline, use_proxy)
    except errors as error:
        raise GlanceError(f"{cloud_description(module.params)} cannot be used: {error}") from error
    return Cloud(region, session, adapter.Adapter, errors, connection_errors, deadline, use_proxy)


def prepare_session(session: Any, deadline: Deadline, use_proxy: bool) -> None:
    """Set the limits of all requests of a keystoneauth session, and close each connection after its response."""
    mount_transport(session.session, deadline, use_proxy)
    session.session.hooks["response"].append(close_connections)


def close_connections(response: Any, **_arguments: Any) -> None:
    """Close the connection of a response: uWSGI closes it without notice, and the next request could be lost."""
    response.connection.close()


@contextmanager
def running(function: Callable[[], None]) -> Iterator[None]:
    """Call a function in another thread during the block, and wait for its end."""
    thread = threading.Thread(target=function, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def without_version(url: str) -> str:
    """Return the URL of the Identity service without its version."""
    return re.sub(r"/v[23](\.\d+)?/?$", "", url).rstrip("/")
