# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.checks import input_problems
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import argument_specs


def root(label: str, reason: str, url: str = "http://controller:9292") -> str:
    return f"{label} {reason}: write {url}"


CREDENTIALS = "contains credentials, which every reader of the catalog or of a log can see"


QUERY = "has a query or a fragment, to which no path can be appended"


VERSION = "contains the version of the API, which is appended again"


CASES: dict[str, tuple[Any, ...]] = {
    "v2": ({"glance_public_url": "http://controller:9292/v2"}, root("glance_public_url", VERSION)),
    "v1 and a slash": ({"glance_public_url": "http://controller:9292/v1/"}, root("glance_public_url", VERSION)),
    "a resource": ({"glance_public_url": "http://controller:9292/v2/images"}, root("glance_public_url", VERSION)),
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
    "the health check URL": (
        {"glance_api_healthcheck_url": "http://[fd00::1]:9292/v2"},
        root("glance_api_healthcheck_url", VERSION, "http://[fd00::1]:9292"),
    ),
    "the worker URL": (
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
    "a name that starts like a version": ({"glance_public_url": "https://v2.example.com/v2images"}, []),
    "credentials of an index": ({"glance_api_index_url": "https://u:Sesame@index/v2/simple/?x=1"}, []),
    "a name with a blank": (
        {"glance_database_name": "my glance"},
        "glance_database_name cannot be part of a URL: use only letters, digits and . _ ~ -",
    ),
    "a host with a port": (
        {"glance_database_host": "controller:3306"},
        "glance_database_host must be a host name or an address; set the port in glance_database_port",
    ),
    "an address in brackets": ({"glance_database_host": "[fd00::1]", "glance_database_name": "glance-2"}, []),
    "an address without brackets": ({"glance_database_host": "fd00::1"}, []),
}


@pytest.mark.parametrize(("variables", "expected"), CASES.values(), ids=list(CASES))
def test_invalid_url_is_refused(variables: dict[str, Any], expected: Any) -> None:
    problems = input_problems(variables, argument_specs(), [])
    assert problems == ([expected] if isinstance(expected, str) else expected)
    assert "Sesame" not in "".join(problems)
