# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the content of input variables, in addition to their types.

A value that one of the programs cannot use is refused before anything is changed. No message holds a value, except for
the URL to write, which has no credentials in it.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Any, Iterable, Iterator, Mapping, NamedTuple
from urllib.parse import SplitResult, urlsplit

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.words import Unresolved
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.request import texts_of
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import URL_PARTS
from ansible_collections.osops.glance.plugins.plugin_utils.advisories import (
    DOWNLOADS,
    KNOWN,
    is_set,
    unfixed,
    upstream_parts,
)
from ansible_collections.osops.glance.plugins.plugin_utils.oslo_options import kind
from ansible_collections.osops.glance.plugins.plugin_utils.release_of import upstream_version

# Free text of images, rules in a JSON file and lines of a file for pip may span lines.
_MULTILINE = re.compile(
    r"glance_images\[\d+\]\.(description$|properties\.)|glance_api_policy\.|glance_api_constraints\[|"
    # Options of configuration files have a rule of their own, see option_faults().
    r"(glance_config|glance_registry_config|glance_stores\[\d+\]\.options)\."
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# Characters without a width that come with text from web pages and files of Windows.
_INVISIBLE = re.compile(r"[\u200b\u2060\ufeff]")
_NEWLINE = "write it in quotes on one line, or as a YAML block with `|-` instead of `|`; append `| trim` to a lookup"

TAKEN_OVER = "whose password and roles would be replaced: use an account of the service's own"

# The URLs that the service, its clients or this collection append a path to, each with the version of its API.
ENDPOINTS = ("glance_public_url", "glance_internal_url", "glance_admin_url")
IDENTITY = "glance_identity_url"
ROOTS = (*ENDPOINTS, IDENTITY, "glance_api_healthcheck_url", "glance_api_worker_url")
# A version in front of another path, as gateways have it, is part of the root.
_RESOURCES = "images|tasks|schemas|metadefs|info|cache|auth"
_VERSION = re.compile(rf"/v\d+(\.\d+)?(/({_RESOURCES})(/.*)?)?/?$", re.IGNORECASE)

# SQLAlchemy writes these characters of a user or a password with a percent sign when it prints the URL.
_ESCAPED_BY_SQLALCHEMY = re.compile(r"[%:/@]")

# The import methods that an image can name.
_IMPORT_METHODS = ("glance-direct", "web-download", "glance-download")
# glance/async_/flows/_internal_plugins/__init__.py
_DEFAULT_FILTERS = {"allowed_schemes": ["http", "https"], "allowed_ports": [80]}

# How the value of an option with several items is written; an option that is repeated keeps its list.
_LIST_STYLES = {"bounds": "bracket"}


def text_faults(label: str, value: Any) -> Iterator[str]:
    """Yield the fault of a text with control characters, which end up in files, URLs, accounts and HTTP headers."""
    if not isinstance(value, str) or _MULTILINE.match(label):
        return
    if _INVISIBLE.search(value):
        yield f"{label} holds an invisible character, as text from a web page may: type it instead of pasting it"
    if not _CONTROL.search(value):
        return
    if value.endswith(("\n", "\r")):
        yield f"{label} ends with a newline: {_NEWLINE}"
    elif value.startswith(("\n", "\r")):
        yield f"{label} begins with a newline: {_NEWLINE}"
    elif "\n" in value or "\r" in value:
        yield f"{label} spans several lines: {_NEWLINE}"
    else:
        yield f"{label} holds a control character, such as a tab: remove it"


def url_faults(label: str, value: Any) -> Iterator[str]:
    """Yield what is wrong with a URL; of the root of an API, with the URL to write."""
    parts = _split(value)
    if parts is None:
        yield f"{label} must be an http or https URL with a host, and no blank in it, such as http://controller:9292"
    elif label in ROOTS:
        reasons = list(_root_reasons(label, parts))
        if reasons:
            yield f"{label} {' and '.join(reasons)}: write {_root_of(parts)}"


def _split(value: Any) -> SplitResult | None:
    """Return the parts of an HTTP URL; None for anything else."""
    try:
        parts = urlsplit(str(value))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable and not re.search(r"\s", str(value)) else None


def _root_reasons(label: str, parts: SplitResult) -> Iterator[str]:
    """Yield why a URL is not the root of an API."""
    if "@" in parts.netloc:
        yield "holds credentials, which every reader of the catalog or of a log can see"
    if parts.query or parts.fragment:
        yield "has a query or a fragment, behind which no path can be appended"
    if _VERSION.search(parts.path):
        yield "has the version of the API in it, which is appended again"
    elif parts.path.endswith("/") and label != IDENTITY:
        yield "ends with a slash"


def _root_of(parts: SplitResult) -> str:
    """Return the root of the API that a URL belongs to, without credentials."""
    address = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{address}{_VERSION.sub('', parts.path).rstrip('/')}"


def number_faults(label: str, value: float) -> Iterator[str]:
    """Yield the fault of a number that is too small: 0 is no limit of a wait, and nothing here counts below 0."""
    least = 1 if label.endswith(("_timeout", "_parallel", "_workers")) else 0
    if value < least:
        yield f"{label} must be {least} or more"


def path_faults(label: str, value: Any) -> Iterator[str]:
    """Yield the fault of a directory of a host that is relative, to which each program adds another directory."""
    if re.fullmatch(r"\w+", label) and not str(value).startswith("/"):
        yield f"{label} must be an absolute path, such as /var/lib/glance"


def account_faults(variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield accounts of the service that belong to an administrator, and stores that do not exist."""
    user, administrator = variables.get("glance_database_user"), variables.get("glance_database_login_user")
    if user is not None and user in ("root", "mysql", "mariadb.sys", administrator):
        yield f"glance_database_user is an administrator of the database, {TAKEN_OVER}"
    cloud = variables.get("glance_cloud")
    auth = cloud.get("auth") if isinstance(cloud, Mapping) else None
    names = {"admin", *(auth.get(name) for name in ("username", "user_name") if isinstance(auth, Mapping))}
    if variables.get("glance_service_user") in names - {None}:
        yield f"glance_service_user is an administrator of the cloud, {TAKEN_OVER}"
    if variables.get("glance_stores") == []:
        yield "glance_stores is empty: the service needs at least one store"


def option_faults(variable: str, sections: Mapping[str, Any]) -> Iterator[str]:
    """Yield the options of a configuration file whose value oslo.config cannot read back from it."""
    empty = parse("", DIALECTS["oslo"])
    for section, options in sections.items():
        for option, value in options.items() if isinstance(options, Mapping) else ():
            label = f"{variable}: {section}/{option}"
            if isinstance(value, Unresolved):
                continue
            if isinstance(value, str) and value.endswith(("\n", "\r")):
                yield from text_faults(label, value)
                continue
            try:
                texts = texts_of(written_value(str(section), str(option), value), "repeat")
                edit(empty, Desired([Setting(str(section), str(option), texts)]))
            except GlanceError as error:
                yield f"{label} cannot be written: {error}"


def written_value(section: str, option: str, value: Any) -> Any:
    """Return the value of an option with its list as Glance reads it.

    Raises GlanceError for items that cannot be read back.
    """
    if not isinstance(value, (list, tuple)) or kind(section, option) == "multi":
        return value
    return texts_of(value, _LIST_STYLES.get(kind(section, option), "comma"))[0]


def database_faults(variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the database and of its host that cannot be part of a URL."""
    name, host = (str(variables.get(f"glance_database_{part}") or "") for part in ("name", "host"))
    if name and not _CONTROL.search(name) and not URL_PARTS["name"].fullmatch(name):
        yield "glance_database_name cannot be part of a URL: use only letters, digits and . _ ~ -"
    if host and not _CONTROL.search(host) and not _is_host(host):
        yield "glance_database_host must be a host name or an address; the port belongs to glance_database_port"


def _is_host(host: str) -> bool:
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        IPv6Address(bare)
    except ValueError:
        return URL_PARTS["host"].fullmatch(host) is not None
    return True


class ReleaseRules(NamedTuple):
    """What the release of a host restricts.

    version: the version of the package that the host has or would install; empty if it is not known.
    percent_since: the first version whose migrations accept a percent sign in the database URL; empty for any version.
    import_filters: the section [import_filtering_opts] that this collection writes; empty if the release has none.
    import_methods: the import methods that are enabled by default.
    """

    version: str = ""
    percent_since: str = ""
    import_filters: Mapping[str, Any] = {}
    import_methods: Iterable[str] = ()


UNRESTRICTED = ReleaseRules()


def release_faults(variables: Mapping[str, Any], rules: ReleaseRules) -> Iterator[str]:
    """Yield the values that are right in general, and that this release or its configuration refuses."""
    yield from _migration_faults(variables, rules)
    config = _mapping(variables.get("glance_config"))
    images = variables.get("glance_images")
    for number, image in enumerate(images if rules.import_filters and isinstance(images, list) else []):
        if isinstance(image, Mapping) and image.get("state") != "absent":
            yield from _method_faults(f"glance_images[{number}]", image, config, variables, rules)
            yield from _filter_faults(f"glance_images[{number}]", image, config, rules)


def _migration_faults(variables: Mapping[str, Any], rules: ReleaseRules) -> Iterator[str]:
    """Yield the parts of the database URL with which the migrations fail."""
    if not rules.version or not rules.percent_since:
        return
    if upstream_parts(upstream_version(rules.version)) >= upstream_parts(rules.percent_since):
        return
    for name in ("glance_database_user", "glance_database_password"):
        if isinstance(variables.get(name), str) and _ESCAPED_BY_SQLALCHEMY.search(variables[name]):
            yield (
                f"{name} holds one of the characters % : / @, with which the migrations of Glance {rules.version} "
                f"fail (fixed in {rules.percent_since}): choose one without them"
            )


def _method_faults(
    label: str, image: Mapping[str, Any], config: Mapping[str, Any], variables: Mapping[str, Any], rules: ReleaseRules
) -> Iterator[str]:
    """Yield the import method of an image that the service does not have enabled."""
    method = image.get("method")
    if method not in _IMPORT_METHODS:
        return
    given = _mapping(config.get("DEFAULT")).get("enabled_import_methods")
    known = variables.get(KNOWN)
    blocking = [
        advisory.id
        for advisory in unfixed(rules.version, known if isinstance(known, list) else [])
        if advisory.exposed_by == DOWNLOADS and method in DOWNLOADS.words and not is_set(advisory, config)
    ]
    enabled = list(rules.import_methods) if given is None else _items(given)
    if method in enabled and not blocking:
        return
    why = f", since Glance {rules.version} has no fix of {' and '.join(blocking)}" if blocking else ""
    methods = ", ".join([*enabled, *([] if method in enabled else [str(method)])])
    yield (
        f"{label}.method: the service has {method} not enabled{why}; set glance_config: "
        f"{{DEFAULT: {{enabled_import_methods: [{methods}]}}}}, or leave out the method"
    )


def _filter_faults(
    label: str, image: Mapping[str, Any], config: Mapping[str, Any], rules: ReleaseRules
) -> Iterator[str]:
    """Yield the options of [import_filtering_opts] that keep the service from downloading an image."""
    parts = _split(image.get("url")) if image.get("method") == "web-download" else None
    if parts is None:
        return
    given = _mapping(config.get("import_filtering_opts"))
    filters = {**_DEFAULT_FILTERS, **rules.import_filters, **given}
    wanted = {"schemes": parts.scheme, "hosts": parts.hostname, "ports": parts.port}
    for kind_, value in wanted.items():
        allowed = _filter(filters, f"allowed_{kind_}")
        refused = [] if allowed else _filter(filters, f"disallowed_{kind_}")
        # The service looks only at a port that the URL names.
        if value is None or (str(value) in allowed if allowed else str(value) not in refused):
            continue
        option = f"allowed_{kind_}" if allowed else f"disallowed_{kind_}"
        items = [*allowed, str(value)] if allowed else [item for item in refused if item != str(value)]
        quoted = ", ".join(f'"{item}"' if ":" in item else item for item in items)
        yield (
            f"{label}.url: the service does not import from the {kind_[:-1]} {value}; set glance_config: "
            f"{{import_filtering_opts: {{{option}: [{quoted}]}}}}, or leave out the method"
        )


def _filter(filters: Mapping[str, Any], option: str) -> list[str]:
    """Return the items of a filter; null brings back the default of Glance."""
    value = filters.get(option)
    return _items(_DEFAULT_FILTERS.get(option, []) if value is None else value)


def _items(value: Any) -> list[str]:
    """Return the items of a list that may be written as text, with or without brackets."""
    items: Iterable[Any] = value if isinstance(value, (list, tuple)) else str(value).strip("[] ").split(",")
    return [text for text in (str(item).strip(" '\"").lower() for item in items) if text]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
