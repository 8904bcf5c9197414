# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way into the cloud: openstacksdk for configuration, authentication and the session; REST for everything else.

The SDK's resource layer changed under its users several times, the REST APIs did not. So one code runs with the
SDK of Debian bullseye (0.50) and with the newest.
"""

from __future__ import annotations

import html
import os
import re
import sys
from importlib.util import find_spec, module_from_spec
from itertools import count
from time import monotonic, sleep
from typing import Any, Callable, ContextManager, Iterator, Mapping, TypeVar

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import CLOUD_SECRET_NAME, GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._openstack.transport import CERTIFICATE, Deadline, mount

CLOUD_OPTIONS: dict[str, Any] = {
    "cloud": {"type": "raw"},
    "auth": {"type": "dict", "no_log": True},
    "auth_type": {"type": "str"},
    "region_name": {"type": "str"},
    "interface": {"type": "str", "choices": ["public", "internal", "admin"], "aliases": ["endpoint_type"]},
    "validate_certs": {"type": "bool", "aliases": ["verify"]},
    "ca_cert": {"type": "path", "aliases": ["cacert"]},
    "client_cert": {"type": "path", "aliases": ["cert"]},
    "client_key": {"type": "path", "aliases": ["key"]},
    "api_timeout": {"type": "int"},
    "use_proxy": {"type": "bool", "default": False},
}
# The options that openstacksdk does not have.
_OWN_OPTIONS = ("use_proxy",)

# The option of openstacksdk's configuration for each of ours that has another name.
_SDK_NAMES = {"validate_certs": "verify", "ca_cert": "cacert", "client_cert": "cert", "client_key": "key"}

# For a request whose body is read once: whatever sends it again would send an empty or a cut one.
SEND_ONCE: dict[str, Any] = {"connect_retries": 0, "status_code_retries": 0, "allow_reauth": False, "redirect": False}
RETRYABLE_STATUS_CODES = (500, 502, 503, 504)
PATIENCE = 30.0  # seconds of retries, in one run
AUTHENTICATE_SECONDS = 60.0  # version discovery, the token, and retries of both
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
REFUSED = "Look at the address, the user, the password and the project of the cloud."
UNREACHABLE = "Check that this is the address of the Identity service, and that the service works there."

Answer = TypeVar("Answer")


class RetryableError(GlanceError):
    """A failure that may be over in a moment; whether the request was carried out, nobody knows."""


class RetryPolicy:
    """The time that one run spends on failed attempts and on the pauses between them."""

    def __init__(self, deadline: Deadline | None = None) -> None:
        self._spent = 0.0
        self._paused = False
        self._deadline = deadline or Deadline()

    def wait(self, error: RetryableError, attempt: int) -> None:
        """Pause before the next attempt, longer each time; raise GlanceError when the time is used up."""
        pause = min(FIRST_PAUSE * 2.0**attempt, LONGEST_PAUSE)
        if pause > min(PATIENCE - self._spent, self._deadline.left):
            after = f" (tried again for {self._spent:.0f} seconds)" if self._paused else ""
            raise GlanceError(f"{error}{after}") from error
        self._spent += pause
        self._paused = True
        sleep(pause)

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Return what question() returns; it writes nothing, so it may be asked until there is an answer."""
        for attempt in count():
            started = monotonic()
            try:
                return question()
            except RetryableError as error:
                self._spent += monotonic() - started
                self.wait(error, attempt)
        raise AssertionError("count() has no end")


def secrets_of(value: Any) -> set[str]:
    """Return the secret values in a nested mapping, found by the names they stand under."""
    if not isinstance(value, Mapping):
        return set()
    found: set[str] = set()
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            found |= secrets_of(inner)
        elif inner not in (None, "") and CLOUD_SECRET_NAME.search(str(name)):
            found.add(str(inner))
    return found


def sdk_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the module's cloud options as openstacksdk's configuration names them; what was left out stays out."""
    names = [name for name in CLOUD_OPTIONS if name not in _OWN_OPTIONS]
    given = {name: params[name] for name in names if params.get(name) is not None}
    cloud = given.pop("cloud", None)
    arguments = {_SDK_NAMES.get(name, name): value for name, value in given.items()}
    if isinstance(cloud, Mapping):
        return arguments if is_openrc(cloud) else {**without_blanks(cloud), **arguments}
    return arguments if cloud is None else {"cloud": str(cloud), **arguments}


def without_blanks(cloud: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of clouds.yaml without null and empty values, which keystoneauth sends as they are."""
    entries = {name: without_blanks(value) if isinstance(value, Mapping) else value for name, value in cloud.items()}
    return {name: value for name, value in entries.items() if value not in (None, "")}


def is_openrc(cloud: Any) -> bool:
    """Say whether a mapping is what an openrc file holds: OS_AUTH_URL, OS_USERNAME and so on."""
    return isinstance(cloud, Mapping) and any(str(name).startswith("OS_") for name in cloud)


class CloudModule(AnsibleModule):  # type: ignore[misc]  # ansible-core is not typed
    """A module that knows the secrets in its option `cloud` before it logs its options or complains of them."""

    def _load_params(self) -> None:
        super()._load_params()
        self.no_log_values.update(secrets_of(self.params.get("cloud")))


class Service:
    """The REST API of one service in the catalog."""

    def __init__(
        self, adapter: Any, errors: tuple[type[Exception], ...], broken: tuple[type[Exception], ...] = ()
    ) -> None:
        self._adapter = adapter
        self._errors = errors
        self._broken = broken
        self.name: str = adapter.service_type

    def is_known(self) -> bool:
        """Say whether the catalog has the service in the region; a first check run comes before it is registered."""
        try:
            return bool(self._adapter.get_endpoint())
        except self._errors:  # some releases raise where others return nothing
            return False

    def request(self, method: str, path: str, accept: tuple[int, ...] = (), **arguments: Any) -> Any:
        """Send one request and return the response; GlanceError on a status of 400 or more that is not accepted.

        It is sent once. Where it may do better in a moment, the error is a Transient.
        """
        try:
            response = self._adapter.request(path, method, raise_exc=False, **arguments)
        except self._errors as error:
            kind = RetryableError if is_transient(error, self._broken) else GlanceError
            raise kind(f"{method} {path} of the {self.name} service got no answer: {reason(error)}") from error
        if response.status_code >= 400 and response.status_code not in accept:
            kind = RetryableError if response.status_code in RETRYABLE_STATUS_CODES else GlanceError
            raise kind(failure(method, response))
        return response

    def get(self, path: str, **arguments: Any) -> Any:
        """Return the JSON document at the path."""
        return document(self.request("GET", path, **arguments))

    def find(self, path: str, **arguments: Any) -> Any | None:
        """Return the JSON document at the path, or None where there is none."""
        response = self.request("GET", path, accept=(404,), **arguments)
        return None if response.status_code == 404 else document(response)


def without_version(url: str) -> str:
    """Return the URL of the Identity service without the version at its end."""
    return re.sub(r"/v[23](\.\d+)?/?$", "", url).rstrip("/")


def document(response: Any) -> Any:
    """Return the JSON document of an answer; what answers with something else, a proxy perhaps, is not the service."""
    try:
        return response.json()
    except ValueError as error:
        raise GlanceError(f"{response.url} answered with what is not JSON: {answer(response)}") from error


def reason(error: BaseException) -> str:
    """Return what a failed call says, with the innermost cause in place of the libraries' story of it."""
    said = str(error).split(": HTTP", 1)[0]
    root = innermost(error)
    note: str = next(filter(None, (getattr(each, "note", "") for each in causes(error))), "")
    whole = said if root is error else f"{said}: {root}"
    return f"{whole.rstrip('.')}. {note.rstrip('.')}" if note else whole


def is_transient(error: BaseException, broken: tuple[type[Exception], ...]) -> bool:
    """Say whether the error, or one that it was raised for, is a broken connection or a server's passing trouble."""
    return any(
        isinstance(each, broken) or getattr(each, "http_status", None) in RETRYABLE_STATUS_CODES
        for each in causes(error)
    )


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and those it was raised for, the innermost last."""
    inner: BaseException | None = error
    while inner:
        yield inner
        inner = inner.__cause__ or inner.__context__


def innermost(error: BaseException) -> BaseException:
    """Return the error of the system that the others were raised for; libraries had tried what lies below."""
    root = error
    for inner in causes(error):
        root = inner if isinstance(inner, OSError) else root
    return root


def failure(method: str, response: Any) -> str:
    """Return one sentence: what was asked of which URL, and what the service answered."""
    request_id = response.headers.get("x-openstack-request-id")
    told = f" (request {request_id})" if request_id else ""
    return f"{method} {response.url} answered {response.status_code}: {answer(response)}{told}"


def answer(response: Any) -> str:
    """Return what the service says of a failure, without the tags of an HTML page."""
    try:
        body = response.json()
    except ValueError:
        # The title of a page is said again in its heading.
        text = re.sub(r"<title>.*?</title>|<[^>]*>", " ", response.text or "", flags=re.DOTALL | re.IGNORECASE)
        return html.unescape(" ".join(text.split()))[:500] or response.reason
    error = body.get("error", body) if isinstance(body, Mapping) else body
    return str(error.get("message", error) if isinstance(error, Mapping) else error)


class Cloud:
    """A cloud that can be asked; the token is fetched with the first request."""

    def __init__(
        self,
        config: Any,
        session: Any,
        adapter: Callable[..., Any],
        errors: tuple[type[Exception], ...],
        broken: tuple[type[Exception], ...] = (),
        deadline: Deadline | None = None,
        use_proxy: bool = False,
    ) -> None:
        self._config = config
        self._adapter = adapter
        self._errors = errors
        self._broken = broken
        self._deadline = deadline or Deadline()
        self._use_proxy = use_proxy
        self.session = session
        self.patience = RetryPolicy(self._deadline)

    def within(self, seconds: float) -> ContextManager[None]:
        """Limit the enclosed requests, with all retries, to so many seconds in total."""
        return self._deadline.within(seconds)

    def apart(self) -> Cloud:
        """Return the cloud for another thread: with the same token, and with connections of its own."""
        ours = self.session
        session = type(ours)(auth=ours.auth, verify=ours.verify, cert=ours.cert, timeout=ours.timeout)
        deadline = self._deadline.copy()
        prepare(session, deadline, self._use_proxy)
        return Cloud(self._config, session, self._adapter, self._errors, self._broken, deadline, self._use_proxy)

    @property
    def auth_url(self) -> str:
        """The URL of the Identity service that this cloud authenticates against, without its version."""
        return without_version(str(self._config.config.get("auth", {}).get("auth_url", "")))

    @property
    def region(self) -> str | None:
        return self._config.get_region_name() or None

    def authenticate(self) -> None:
        """Fetch a token now, so that a refusal is reported in one sentence."""
        with self.within(max(AUTHENTICATE_SECONDS, getattr(self.session, "timeout", None) or 0)):
            self.patience.ask(self._fetch_token)

    def _fetch_token(self) -> None:
        try:
            self.session.get_token()
        except self._errors as error:
            kind = RetryableError if is_transient(error, self._broken) else GlanceError
            told = reason(error)
            hint = UNREACHABLE if is_transient(error, self._broken) else "" if CERTIFICATE[:-1] in told else REFUSED
            raise kind(f"The Identity service at {self.auth_url} gave no token: {told}. {hint}".rstrip()) from error

    def endpoints(self, service_type: str) -> dict[str, str]:
        """Return the URL of each interface that the catalog has of a service in the region."""
        urls = {interface: self._catalog_url(service_type, interface) for interface in ("public", "internal", "admin")}
        return {interface: url for interface, url in urls.items() if url}

    def domain_id(self, name: str) -> str | None:
        """Return the ID of a domain that is given by name or ID, if it is the domain of the token's user or project."""
        get_access = getattr(self.session.auth, "get_access", None)
        if get_access is None:
            return None
        access = get_access(self.session)
        known = {access.project_domain_name: access.project_domain_id, access.user_domain_name: access.user_domain_id}
        return name if name in known.values() else known.get(name)

    def identity(self) -> Service:
        """Return version 3 of the Identity API, where the catalog has it; its versions are not asked for."""
        interface = self._config.get_interface("identity")
        url = self._config.get_endpoint("identity") or self._catalog_url("identity", interface)
        return self.service("identity", endpoint=f"{without_version(url or self.auth_url)}/v3")

    def _catalog_url(self, service_type: str, interface: str) -> str | None:
        """Return the URL as the catalog has it, without a request for the versions that are available there."""
        try:
            url = self.session.get_endpoint(
                service_type=service_type, interface=interface, region_name=self.region, skip_discovery=True
            )
        except self._errors:  # some releases raise where others return nothing
            return None
        return str(url) if url else None

    def service(self, service_type: str, endpoint: str | None = None, **arguments: Any) -> Service:
        """Return the API of a service from the catalog, or at the given endpoint."""
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
        return Service(adapter, self._errors, self._broken)


def connect(module: AnsibleModule, seconds: float | None = None) -> Cloud:
    """Return the cloud that the module's options name; no request is sent yet.

    seconds: the limit for all requests of the module together; None where only each request has one.
    """
    try:
        import_lightly()
        from keystoneauth1 import adapter, exceptions
        from openstack import config
        from openstack import exceptions as sdk_exceptions
    except ImportError as error:
        raise MissingRequirement("openstacksdk", library="openstack.config") from error
    cloud = module.params.get("cloud")
    if is_openrc(cloud):
        # It is the whole: an OS_CLOUD of the host's environment would lead to another cloud.
        for name in [name for name in os.environ if name.startswith("OS_")]:
            del os.environ[name]
        os.environ.update({str(name): str(value) for name, value in cloud.items()})
    errors = (exceptions.ClientException, sdk_exceptions.SDKException)
    broken = (exceptions.RetriableConnectionFailure, exceptions.UnknownConnectionError)
    try:
        whole = isinstance(cloud, Mapping) and not is_openrc(cloud)
        loader = config.OpenStackConfig(load_envvars=not whole, load_yaml_config=not whole)
        found = loader.get_one(**sdk_arguments(module.params))
        session = found.get_session()
        deadline, use_proxy = Deadline(seconds), bool(module.params.get("use_proxy"))
        prepare(session, deadline, use_proxy)
    except errors as error:
        raise GlanceError(f"{described(module.params)} cannot be used: {error}") from error
    return Cloud(found, session, adapter.Adapter, errors, broken, deadline, use_proxy)


def prepare(session: Any, deadline: Deadline, use_proxy: bool) -> None:
    """Set limits for all requests of a keystoneauth session, and close each connection after its response."""
    mount(session.session, deadline, use_proxy)
    session.session.hooks["response"].append(close_connections)


def import_lightly() -> None:
    """Keep out what takes longer to import than all that is used here; ImportError where there is no openstacksdk."""
    # Where osprofiler is installed, keystoneauth1 loads it, and with it eventlet.
    sys.modules.setdefault("osprofiler", None)  # type: ignore[arg-type]
    # The package itself imports every service of a cloud; it stands there empty, for its modules to be found in.
    found = find_spec("openstack")
    if found is None:
        raise ImportError("openstack")
    sys.modules.setdefault("openstack", module_from_spec(found))


def close_connections(response: Any, **_arguments: Any) -> None:
    """Use no connection twice: uWSGI closes it after an answer without a word, and the next request could be lost."""
    response.connection.close()


def described(params: Mapping[str, Any]) -> str:
    """Return how a message names the cloud, without its secrets."""
    cloud = params.get("cloud")
    if isinstance(cloud, Mapping):
        return "The cloud given as a dictionary"
    if cloud:
        return f"The cloud {cloud!r} of clouds.yaml"
    if params.get("auth"):
        return "The cloud given by `auth`"
    return "The cloud of the environment (no `cloud` or `auth` is given)"
