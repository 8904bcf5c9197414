# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that depend on the release of the host."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.checks import input_problems
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import argument_specs
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.releases import ReleaseRules

FILTERS = {"allowed_schemes": ["http", "https"], "allowed_ports": [80, 443], "disallowed_hosts": ["localhost", "::1"]}


METHODS = ("glance-direct", "web-download", "copy-image")


OLD = ReleaseRules(version="15.0.2", percent_since="17.0.1")


FIXED = ReleaseRules(version="2:25.1.0-2+deb12u5", import_filters=FILTERS, import_methods=METHODS)


EXPOSED = FIXED._replace(version="24.0.0")


WEB = {"name": "x", "method": "web-download"}


PERCENT = (
    "contains one of the characters % : / @, with which the migrations of Glance 15.0.2 fail (fixed in 17.0.1): "
    "use a value without them"
)


def image(**more: Any) -> dict[str, Any]:
    return {"glance_images": [{"name": "x", **more}]}


def downloaded(url: str, **config: Any) -> dict[str, Any]:
    return {**image(method="web-download", url=url), "glance_config": config}


def config(**options: Any) -> dict[str, Any]:
    return {"glance_config": {"DEFAULT": options}}


def not_imported(what: str, options: str) -> str:
    return (
        f"glance_images[0].url: the import filters of the service exclude the {what}; set glance_config: "
        f"{{import_filtering_opts: {{{options}}}}}, or omit the method"
    )


def not_enabled(method: str, methods: str, reason: str = "") -> str:
    return (
        f"glance_images[0].method: {method} is not enabled in the service{reason}; set glance_config: "
        f"{{DEFAULT: {{enabled_import_methods: [{methods}]}}}}, or omit the method"
    )


CASES: dict[str, tuple[Any, ...]] = {
    "a character that SQLAlchemy escapes": (
        {"glance_database_password": "Ses@me"},
        f"glance_database_password {PERCENT}",
        OLD,
    ),
    "a percent sign in the account": ({"glance_database_user": "gl%nce"}, f"glance_database_user {PERCENT}", OLD),
    "characters that SQLAlchemy does not escape": ({"glance_database_password": "Se#am?e&é="}, [], OLD),
    "a version with the fix": ({"glance_database_password": "Ses@me"}, [], OLD._replace(version="1:17.0.1-0ubuntu1")),
    "a release without Alembic": ({"glance_database_password": "Ses@me"}, [], OLD._replace(percent_since="")),
    "an unknown version": ({"glance_database_password": "Ses@me"}, [], OLD._replace(version="")),
    "a port": (downloaded("http://a:8099/x"), not_imported("port 8099", "allowed_ports: [80, 443, 8099]"), FIXED),
    "a host": (downloaded("http://[::1]/x"), not_imported("host ::1", "disallowed_hosts: [localhost]"), FIXED),
    "a host in upper case": (
        downloaded("http://LOCALHOST/x"),
        not_imported("host localhost", 'disallowed_hosts: ["::1"]'),
        FIXED,
    ),
    "a scheme": (
        downloaded("http://a/x", import_filtering_opts={"allowed_schemes": "[https]"}),
        not_imported("scheme http", "allowed_schemes: [https, http]"),
        FIXED,
    ),
    "allowed hosts": (
        downloaded("http://b/x", import_filtering_opts={"allowed_hosts": ["a"]}),
        not_imported("host b", "allowed_hosts: [a, b]"),
        FIXED,
    ),
    "null restores the default ports": (
        downloaded("http://a:443/x", import_filtering_opts={"allowed_ports": None}),
        not_imported("port 443", "allowed_ports: [80, 443]"),
        FIXED,
    ),
    "a disallowed port": (
        downloaded("http://a:81/x", import_filtering_opts={"allowed_ports": [], "disallowed_ports": [81, 82]}),
        not_imported("port 81", "disallowed_ports: [82]"),
        FIXED,
    ),
    "no port, which the filters do not check": (
        downloaded("https://a/x", import_filtering_opts={"allowed_ports": [80]}),
        [],
        FIXED,
    ),
    "an allowed port": (
        downloaded("http://a:8099/x", import_filtering_opts={"allowed_ports": "80, 8099"}),
        [],
        FIXED,
    ),
    "an upload": (image(url="http://a:8099/x"), [], FIXED),
    "an absent image": (image(url="http://a:8099/x", method="web-download", state="absent"), [], FIXED),
    "a release without filters": (downloaded("http://a:8099/x"), [], ReleaseRules(version="15.0.2")),
    "a disabled method": (
        {**image(method="web-download", url="http://a/x"), **config(enabled_import_methods="[glance-direct]")},
        not_enabled("web-download", "glance-direct, web-download"),
        FIXED,
    ),
    "a method that is disabled by default": (
        image(method="glance-download"),
        not_enabled("glance-download", f"{', '.join(METHODS)}, glance-download"),
        FIXED,
    ),
    "a method that a mitigation disables": (
        image(**WEB),
        not_enabled(
            "web-download",
            ", ".join(METHODS),
            ", because Glance 24.0.0 has no fix for OSSA-2026-004 and CVE-2026-71196",
        ),
        EXPOSED,
    ),
    "an accepted advisory": (
        {**image(**WEB), "glance_api_accepted_advisories": ["OSSA-2026-004", "CVE-2026-71196"]},
        [],
        EXPOSED,
    ),
    "a method that the operator enables": (
        {**image(**WEB), **config(enabled_import_methods=["web-download"])},
        [],
        EXPOSED,
    ),
    "a method without an advisory": (image(method="glance-direct"), [], EXPOSED),
}


@pytest.mark.parametrize(("variables", "expected", "rules"), CASES.values(), ids=list(CASES))
def test_value_that_the_release_does_not_accept_is_refused(
    variables: dict[str, Any], expected: Any, rules: ReleaseRules
) -> None:
    problems = input_problems(variables, argument_specs(), [], rules=rules)
    assert problems == ([expected] if isinstance(expected, str) else expected)
    assert "Sesame" not in "".join(problems)
