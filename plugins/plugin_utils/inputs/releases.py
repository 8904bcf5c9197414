# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check input variables against the release that a host has or would install."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.osops.glance.plugins.plugin_utils.advisories import (
    ACCEPTED_ADVISORIES,
    DOWNLOADS,
    is_overridden,
    unfixed,
    upstream_parts,
)
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.config import own_config
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.urls import split_url
from ansible_collections.osops.glance.plugins.plugin_utils.release_of import upstream_version

# SQLAlchemy writes these characters of a user or a password with a percent sign when it prints the URL.
_ESCAPED_BY_SQLALCHEMY = re.compile(r"[%:/@]")

# The import methods that an image can select.
_IMPORT_METHODS = ("glance-direct", "web-download", "glance-download")
# glance/async_/flows/_internal_plugins/__init__.py
_DEFAULT_FILTERS = {"allowed_schemes": ["http", "https"], "allowed_ports": [80]}


class ReleaseRules(NamedTuple):
    """The restrictions of the release of a host.

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


def release_problems(variables: Mapping[str, Any], rules: ReleaseRules) -> Iterator[str]:
    """Yield valid values that the release or its configuration does not accept."""
    yield from _migration_problems(variables, rules)
    config = own_config(variables)
    images = variables.get("glance_images")
    for index, image in enumerate(images if rules.import_filters and isinstance(images, list) else []):
        if isinstance(image, Mapping) and image.get("state") != "absent":
            yield from _method_problems(f"glance_images[{index}]", image, config, variables, rules)
            yield from _filter_problems(f"glance_images[{index}]", image, config, rules)


def _migration_problems(variables: Mapping[str, Any], rules: ReleaseRules) -> Iterator[str]:
    """Yield the parts of the database URL with which the schema migrations fail."""
    if not rules.version or not rules.percent_since:
        return
    if upstream_parts(upstream_version(rules.version)) >= upstream_parts(rules.percent_since):
        return
    for name in ("glance_database_user", "glance_database_password"):
        if isinstance(variables.get(name), str) and _ESCAPED_BY_SQLALCHEMY.search(variables[name]):
            yield (
                f"{name} contains one of the characters % : / @, with which the migrations of Glance {rules.version} "
                f"fail (fixed in {rules.percent_since}): use a value without them"
            )


def _method_problems(
    label: str, image: Mapping[str, Any], config: Mapping[str, Any], variables: Mapping[str, Any], rules: ReleaseRules
) -> Iterator[str]:
    """Yield that the service does not enable the import method of an image."""
    method = image.get("method")
    if method not in _IMPORT_METHODS:
        return
    configured = _mapping(config.get("DEFAULT")).get("enabled_import_methods")
    enabled = list(rules.import_methods) if configured is None else _items(configured)
    blocking = _blocking_advisories(method, config, variables, rules)
    if method in enabled and not blocking:
        return
    reason = f", because Glance {rules.version} has no fix for {' and '.join(blocking)}" if blocking else ""
    methods = ", ".join([*enabled, *([] if method in enabled else [str(method)])])
    yield (
        f"{label}.method: {method} is not enabled in the service{reason}; set glance_config: "
        f"{{DEFAULT: {{enabled_import_methods: [{methods}]}}}}, or omit the method"
    )


def _blocking_advisories(
    method: Any, config: Mapping[str, Any], variables: Mapping[str, Any], rules: ReleaseRules
) -> list[str]:
    """Return the advisories whose mitigation, written by the role glance_api, disables an import method."""
    accepted = variables.get(ACCEPTED_ADVISORIES)
    if method not in DOWNLOADS.values:
        return []
    return [
        advisory.id
        for advisory in unfixed(rules.version, accepted if isinstance(accepted, list) else [])
        if advisory.exposed_by == DOWNLOADS and not is_overridden(advisory, config)
    ]


def _filter_problems(
    label: str, image: Mapping[str, Any], config: Mapping[str, Any], rules: ReleaseRules
) -> Iterator[str]:
    """Yield the options of [import_filtering_opts] that exclude the URL of an image."""
    parts = split_url(image.get("url")) if image.get("method") == "web-download" else None
    if parts is None:
        return
    filters = {**_DEFAULT_FILTERS, **rules.import_filters, **_mapping(config.get("import_filtering_opts"))}
    for kind, value in {"scheme": parts.scheme, "host": parts.hostname, "port": parts.port}.items():
        # The service checks a port only if the URL contains one.
        change = None if value is None else _required_filter(filters, f"{kind}s", str(value))
        if change:
            yield (
                f"{label}.url: the import filters of the service exclude the {kind} {value}; set glance_config: "
                f"{{import_filtering_opts: {{{change}}}}}, or omit the method"
            )


def _required_filter(filters: Mapping[str, Any], kind: str, value: str) -> str | None:
    """Return the option that must change to allow a value, with its new items; None if the value is allowed.

    The service ignores disallowed_* where allowed_* has items.
    """
    allowed = _filter(filters, f"allowed_{kind}")
    disallowed = [] if allowed else _filter(filters, f"disallowed_{kind}")
    if value in allowed if allowed else value not in disallowed:
        return None
    option = f"allowed_{kind}" if allowed else f"disallowed_{kind}"
    items = [*allowed, value] if allowed else [item for item in disallowed if item != value]
    quoted = ", ".join(f'"{item}"' if ":" in item else item for item in items)
    return f"{option}: [{quoted}]"


def _filter(filters: Mapping[str, Any], option: str) -> list[str]:
    """Return the items of a filter; null restores the default of Glance."""
    value = filters.get(option)
    return _items(_DEFAULT_FILTERS.get(option, []) if value is None else value)


def _items(value: Any) -> list[str]:
    """Return the items of a list, which may be text with or without brackets."""
    items: Iterable[Any] = value if isinstance(value, (list, tuple)) else str(value).strip("[] ").split(",")
    return [text for text in (str(item).strip(" '\"").lower() for item in items) if text]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
