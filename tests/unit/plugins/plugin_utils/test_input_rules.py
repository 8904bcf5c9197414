# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control node refuses in the content of variables, and what it accepts."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.osops.glance.plugins.module_utils._core.words import Unresolved
from ansible_collections.osops.glance.plugins.plugin_utils.input_checks import faults, value_faults
from ansible_collections.osops.glance.plugins.plugin_utils.input_rules import ReleaseRules, account_faults

SPECS = yaml.safe_load("""
glance:
  glance_cloud: {type: raw}
  glance_public_url: {type: str}
  glance_identity_url: {type: str}
  glance_api_healthcheck_url: {type: str}
  glance_api_worker_url: {type: str}
  glance_api_index_url: {type: str}
  glance_api_state_directory: {type: path}
  glance_api_constraints: {type: list, elements: str}
  glance_api_policy: {type: dict}
  glance_api_uwsgi: {type: dict}
  glance_api_accepted_advisories: {type: list, elements: str}
  glance_database_host: {type: str}
  glance_database_name: {type: str}
  glance_database_user: {type: str}
  glance_database_password: {type: str}
  glance_service_password: {type: str}
  glance_service_user: {type: str}
  glance_memcached_servers: {type: list, elements: str}
  glance_config: {type: dict}
  glance_stores: {type: list, elements: dict, options: {name: {type: str}, type: {type: str}, options: {type: dict}}}
  glance_images:
    type: list
    elements: dict
    options:
      name: {type: str}
      url: {type: str}
      url_headers: {type: dict, no_log: true}
      method: {type: str}
      description: {type: str}
      properties: {type: dict}
      tags: {type: list, elements: str}
      state: {type: str}
""")
YAML = "write it in quotes on one line, or as a YAML block with `|-` instead of `|`; append `| trim` to a lookup"
FILTERS = {"allowed_schemes": ["http", "https"], "allowed_ports": [80, 443], "disallowed_hosts": ["localhost", "::1"]}
METHODS = ("glance-direct", "web-download", "copy-image")
OLD = ReleaseRules(version="15.0.2", percent_since="17.0.1")
FIXED = ReleaseRules(version="2:25.1.0-2+deb12u5", import_filters=FILTERS, import_methods=METHODS)
EXPOSED = FIXED._replace(version="24.0.0")
WEB = {"name": "x", "method": "web-download"}


def image(**more: Any) -> dict[str, Any]:
    return {"glance_images": [{"name": "x", **more}]}


def downloaded(url: str, **config: Any) -> dict[str, Any]:
    return {**image(method="web-download", url=url), "glance_config": config}


def config(**options: Any) -> dict[str, Any]:
    return {"glance_config": {"DEFAULT": options}}


def root(label: str, reason: str, url: str = "http://controller:9292") -> str:
    return f"{label} {reason}: write {url}"


CREDENTIALS = "holds credentials, which every reader of the catalog or of a log can see"
QUERY = "has a query or a fragment, behind which no path can be appended"
VERSION = "has the version of the API in it, which is appended again"
PERCENT = (
    "holds one of the characters % : / @, with which the migrations of Glance 15.0.2 fail (fixed in 17.0.1): "
    "choose one without them"
)


def not_imported(what: str, options: str) -> str:
    return (
        f"glance_images[0].url: the service does not import from the {what}; set glance_config: "
        f"{{import_filtering_opts: {{{options}}}}}, or leave out the method"
    )


def not_enabled(method: str, methods: str, why: str = "") -> str:
    return (
        f"glance_images[0].method: the service has {method} not enabled{why}; set glance_config: "
        f"{{DEFAULT: {{enabled_import_methods: [{methods}]}}}}, or leave out the method"
    )


# What is given, what is reported, and the restrictions of the release.
TABLE: dict[str, tuple[Any, ...]] = {
    # Text
    "a block scalar": ({"glance_service_password": "Sesame\n"}, f"glance_service_password ends with a newline: {YAML}"),
    "a file of Windows": (
        {"glance_database_password": "Sesame\r\n"},
        f"glance_database_password ends with a newline: {YAML}",
    ),
    "a leading newline": ({"glance_service_user": "\nglance"}, f"glance_service_user begins with a newline: {YAML}"),
    "several lines": ({"glance_service_user": "gla\nnce"}, f"glance_service_user spans several lines: {YAML}"),
    "a bell": (
        {"glance_service_password": "Sesame\a"},
        "glance_service_password holds a control character, such as a tab: remove it",
    ),
    "a pasted URL": (
        {"glance_identity_url": "http://controller:5000\u200b"},
        "glance_identity_url holds an invisible character, as text from a web page may: type it instead of pasting it",
    ),
    "a line separator": (
        {"glance_service_user": "glance\u2028"},
        "glance_service_user holds a control character, such as a tab: remove it",
    ),
    "an item": (
        {"glance_memcached_servers": ["a:1", "b:1\n"]},
        f"glance_memcached_servers[1] ends with a newline: {YAML}",
    ),
    "a path": ({"glance_api_state_directory": "/srv\n"}, f"glance_api_state_directory ends with a newline: {YAML}"),
    "a URL, reported once": ({"glance_public_url": "http://a\n"}, f"glance_public_url ends with a newline: {YAML}"),
    "the administrator's password": (
        {"glance_cloud": {"auth": {"password": "Sesame\n"}}},
        f"glance_cloud.auth.password ends with a newline: {YAML}",
    ),
    "a header": (
        image(url_headers={"X-Token": "Sesame\n"}),
        f"glance_images[0].url_headers.X-Token ends with a newline: {YAML}",
    ),
    "an option of uWSGI": (
        {"glance_api_uwsgi": {"cheaper": "1\n"}},
        f"glance_api_uwsgi.cheaper ends with a newline: {YAML}",
    ),
    "an option of a file": (
        {"glance_config": {"database": {"connection": "Sesame\n"}}},
        f"glance_config: database/connection ends with a newline: {YAML}",
    ),
    "an option of a store": (
        {"glance_stores": [{"name": "fs", "type": "s3", "options": {"s3_store_secret_key": "Sesame\n"}}]},
        f"glance_stores: fs/s3_store_secret_key ends with a newline: {YAML}",
    ),
    "an item with a comma in a list of a file": (
        {"glance_config": {"keystone_authtoken": {"memcached_servers": ["a:1,b:1"]}}},
        "glance_config: keystone_authtoken/memcached_servers cannot be written: has an item that would not be read "
        "back: it is empty, or has a comma, a line break, or blanks around it",
    ),
    "a template that fails, reported once": (
        config(workers=Unresolved("uses x")),
        "glance_config.DEFAULT.workers uses x",
    ),
    "lines where they belong": (
        {
            **image(description="One\nTwo\n", properties={"notes": "One\nTwo\n"}),
            "glance_api_policy": {"get_image": "role:a or\nrole:b\n"},
            "glance_api_constraints": ["a===1\nb===2\n"],
            **config(enabled_import_methods="[glance-direct,\nweb-download]"),
        },
        [],
    ),
    "blanks and letters of other languages": ({"glance_service_password": " Sesämé 日本 "}, []),
    # URLs
    "v2": ({"glance_public_url": "http://controller:9292/v2"}, root("glance_public_url", VERSION)),
    "v1 and a slash": ({"glance_public_url": "http://controller:9292/v1/"}, root("glance_public_url", VERSION)),
    "a collection": ({"glance_public_url": "http://controller:9292/v2/images"}, root("glance_public_url", VERSION)),
    "a prefix and v2.1": (
        {"glance_public_url": "https://cloud/image/v2.1"},
        root("glance_public_url", VERSION, "https://cloud/image"),
    ),
    "a slash": ({"glance_public_url": "http://controller:9292/"}, root("glance_public_url", "ends with a slash")),
    "a query": ({"glance_public_url": "http://controller:9292?x=Sesame"}, root("glance_public_url", QUERY)),
    "credentials": (
        {"glance_public_url": "http://admin:Sesame@controller:9292/v2#x"},
        root("glance_public_url", f"{CREDENTIALS} and {QUERY} and {VERSION}"),
    ),
    "the host's own API": (
        {"glance_api_healthcheck_url": "http://[fd00::1]:9292/v2"},
        root("glance_api_healthcheck_url", VERSION, "http://[fd00::1]:9292"),
    ),
    "the API for other hosts": (
        {"glance_api_worker_url": "http://controller:9292/v2"},
        root("glance_api_worker_url", VERSION),
    ),
    "v3 of Keystone": (
        {"glance_identity_url": "https://cloud/identity/v3/"},
        root("glance_identity_url", VERSION, "https://cloud/identity"),
    ),
    "v2.0 of Keystone": (
        {"glance_identity_url": "http://controller:5000/v2.0"},
        root("glance_identity_url", VERSION, "http://controller:5000"),
    ),
    "roots": (
        {"glance_public_url": "https://cloud/image", "glance_identity_url": "http://controller:5000/"},
        [],
    ),
    "a gateway": ({"glance_public_url": "https://gateway/v1/image"}, []),
    "a name that begins like a version": ({"glance_public_url": "https://v2.example.com/v2images"}, []),
    "credentials of an index": ({"glance_api_index_url": "https://u:Sesame@index/v2/simple/?x=1"}, []),
    # The URL of the database
    "a name with a blank": (
        {"glance_database_name": "my glance"},
        "glance_database_name cannot be part of a URL: use only letters, digits and . _ ~ -",
    ),
    "a host with a port": (
        {"glance_database_host": "controller:3306"},
        "glance_database_host must be a host name or an address; the port belongs to glance_database_port",
    ),
    "an address in brackets": ({"glance_database_host": "[fd00::1]", "glance_database_name": "glance-2"}, []),
    "an address without brackets": ({"glance_database_host": "fd00::1"}, []),
    # Migrations
    "a character that SQLAlchemy escapes": (
        {"glance_database_password": "Ses@me"},
        f"glance_database_password {PERCENT}",
        OLD,
    ),
    "a percent sign in the account": ({"glance_database_user": "gl%nce"}, f"glance_database_user {PERCENT}", OLD),
    "characters that it does not escape": ({"glance_database_password": "Se#am?e&é="}, [], OLD),
    "a version with the fix": ({"glance_database_password": "Ses@me"}, [], OLD._replace(version="1:17.0.1-0ubuntu1")),
    "a release without Alembic": ({"glance_database_password": "Ses@me"}, [], OLD._replace(percent_since="")),
    "a version that is not known": ({"glance_database_password": "Ses@me"}, [], OLD._replace(version="")),
    # Imports
    "a port": (downloaded("http://a:8099/x"), not_imported("port 8099", "allowed_ports: [80, 443, 8099]"), FIXED),
    "a host": (downloaded("http://[::1]/x"), not_imported("host ::1", "disallowed_hosts: [localhost]"), FIXED),
    "a host in capitals": (
        downloaded("http://LOCALHOST/x"),
        not_imported("host localhost", 'disallowed_hosts: ["::1"]'),
        FIXED,
    ),
    "a scheme": (
        downloaded("http://a/x", import_filtering_opts={"allowed_schemes": "[https]"}),
        not_imported("scheme http", "allowed_schemes: [https, http]"),
        FIXED,
    ),
    "hosts that are allowed": (
        downloaded("http://b/x", import_filtering_opts={"allowed_hosts": ["a"]}),
        not_imported("host b", "allowed_hosts: [a, b]"),
        FIXED,
    ),
    "a port of the default": (
        downloaded("http://a:443/x", import_filtering_opts={"allowed_ports": None}),
        not_imported("port 443", "allowed_ports: [80, 443]"),
        FIXED,
    ),
    "a port that is disallowed": (
        downloaded("http://a:81/x", import_filtering_opts={"allowed_ports": [], "disallowed_ports": [81, 82]}),
        not_imported("port 81", "disallowed_ports: [82]"),
        FIXED,
    ),
    "no port, which the filters do not see": (
        downloaded("https://a/x", import_filtering_opts={"allowed_ports": [80]}),
        [],
        FIXED,
    ),
    "a port that is set": (
        downloaded("http://a:8099/x", import_filtering_opts={"allowed_ports": "80, 8099"}),
        [],
        FIXED,
    ),
    "an upload": (image(url="http://a:8099/x"), [], FIXED),
    "an image that goes": (image(url="http://a:8099/x", method="web-download", state="absent"), [], FIXED),
    "a release without filters": (downloaded("http://a:8099/x"), [], ReleaseRules(version="15.0.2")),
    "a method that is left out": (
        {**image(method="web-download", url="http://a/x"), **config(enabled_import_methods="[glance-direct]")},
        not_enabled("web-download", "glance-direct, web-download"),
        FIXED,
    ),
    "a method that is not in the default": (
        image(method="glance-download"),
        not_enabled("glance-download", f"{', '.join(METHODS)}, glance-download"),
        FIXED,
    ),
    "a method that an advisory takes away": (
        image(**WEB),
        not_enabled(
            "web-download",
            ", ".join(METHODS),
            ", since Glance 24.0.0 has no fix of OSSA-2026-004 and CVE-2026-71196",
        ),
        EXPOSED,
    ),
    "an advisory that is known": (
        {**image(**WEB), "glance_api_accepted_advisories": ["OSSA-2026-004", "CVE-2026-71196"]},
        [],
        EXPOSED,
    ),
    "a method that is set in spite of an advisory": (
        {**image(**WEB), **config(enabled_import_methods=["web-download"])},
        [],
        EXPOSED,
    ),
    "a method that no advisory concerns": (image(method="glance-direct"), [], EXPOSED),
}


@pytest.mark.parametrize("row", TABLE.values(), ids=list(TABLE))
def test_the_content_of_variables(row: tuple[Any, ...]) -> None:
    given, expected, *rules = row
    found = faults(given, SPECS, [], rules=rules[0] if rules else ReleaseRules())
    assert found == ([expected] if isinstance(expected, str) else expected)
    assert "Sesame" not in "".join(found)


@pytest.mark.parametrize(
    ("name", "kind", "value", "fault"),
    [
        ("glance_api_timeout", "int", 0, "glance_api_timeout must be 1 or more"),
        ("glance_database_connect_timeout", "int", -1, "glance_database_connect_timeout must be 1 or more"),
        ("glance_images_parallel", "int", 0, "glance_images_parallel must be 1 or more"),
        ("glance_api_workers", "int", -3, "glance_api_workers must be 1 or more"),
        ("glance_api_min_free_gib", "float", -0.5, "glance_api_min_free_gib must be 0 or more"),
        ("glance_api_min_free_gib", "float", 0, None),
        ("glance_api_timeout", "int", 1, None),
        ("glance_api_state_directory", "path", "relative/x", "glance_api_state_directory must be an absolute path"),
        ("glance_api_state_directory", "path", "/var/lib/glance", None),
    ],
)
def test_numbers_and_paths_have_their_bounds(name: str, kind: str, value: Any, fault: str | None) -> None:
    found = list(value_faults(name, value, {"type": kind}))
    assert [text.startswith(fault or "-") for text in found] == [True] * (fault is not None)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"glance_database_user": "root", "glance_database_login_user": "admin"}, "glance_database_user is an admin"),
        ({"glance_database_user": "dba", "glance_database_login_user": "dba"}, "glance_database_user is an admin"),
        ({"glance_service_user": "admin"}, "glance_service_user is an administrator of the cloud"),
        (
            {"glance_service_user": "ops", "glance_cloud": {"auth": {"username": "ops"}}},
            "glance_service_user is an administrator of the cloud",
        ),
        ({"glance_stores": []}, "glance_stores is empty"),
        ({"glance_service_user": "glance", "glance_cloud": "sandbox", "glance_database_user": "glance"}, None),
    ],
)
def test_accounts_of_administrators_are_not_taken_over(given: dict[str, Any], fault: str | None) -> None:
    found = list(account_faults(given))
    assert [text.startswith(fault or "-") for text in found] == [True] * (fault is not None)
