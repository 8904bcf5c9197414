# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_model import (
    Current,
    check_options,
    needs_endpoints,
    needs_password_check,
    predictable_part,
    predicted_state,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.registration_samples import (
    ABSENT,
    GLANCE,
    SERVICE,
    URL,
    URLS,
    USER,
    service,
)


@pytest.mark.parametrize(
    ("desired", "message"),
    [
        ({**USER, "password": ""}, "`password` contains an empty string"),
        ({**USER, "roles": ["admin", ""]}, "`roles` contains an empty string"),
        ({**SERVICE, "name": ""}, "`name` contains an empty string"),
        ({**SERVICE, "endpoints": {"publicurl": URL}}, "'publicurl'. The interfaces are public, internal, admin"),
        ({**SERVICE, "endpoints": {"public": "controller:9292"}}, "`endpoints.public` is 'controller:9292', not a URL"),
        ({**SERVICE, "endpoints": {"public": "ftp://controller"}}, "not a URL"),
        ({**SERVICE, "endpoints": {"public": "http://:9292"}}, "not a URL"),
        ({**SERVICE, "endpoints": {"public": "http://controller :9292"}}, "not a URL"),
        ({**SERVICE, "endpoints": {"public": URL + "\n"}}, "not a URL"),
        ({**SERVICE, "endpoints": {"public": None}}, "`endpoints.public` is None"),
    ],
)
def test_invalid_option_is_an_error(desired: dict[str, Any], message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        check_options(desired)


@pytest.mark.parametrize(
    "url",
    [URL, "https://images.example.com", "http://[2001:db8::1]:9292", "https://h/image/", "http://h:1/%(tenant_id)s"],
)
def test_http_url_is_accepted(url: str) -> None:
    check_options({**SERVICE, "endpoints": {"admin": url}})


@pytest.mark.parametrize(
    ("user", "desired", "expected"),
    [
        (GLANCE, {}, True),
        (GLANCE, {"password": None}, False),
        (None, {}, False),
        ({**GLANCE, "enabled": False}, {}, False),
        (GLANCE, {"enabled": False}, False),
        (GLANCE, {"state": "absent"}, False),
    ],
    ids=["enabled", "omitted", "to-be-created", "disabled", "to-be-disabled", "to-be-removed"],
)
def test_password_is_checked_only_for_an_enabled_user(user: Any, desired: Any, expected: bool) -> None:
    assert needs_password_check({**USER, **desired}, user) is expected


@pytest.mark.parametrize(
    ("desired", "services", "expected"),
    [
        (SERVICE, [service()], True),
        ({**SERVICE, "endpoints": None}, [service()], False),
        ({**SERVICE, "endpoints": None}, [service(), service("s2")], True),
        (ABSENT, [service()], True),
    ],
    ids=["given", "omitted", "several-services", "absent"],
)
def test_endpoints_are_read_only_if_the_plan_depends_on_them(desired: Any, services: Any, expected: bool) -> None:
    assert needs_endpoints(desired, services) is expected


def test_prediction_assumes_that_only_the_roles_exist() -> None:
    desired = {**USER, "name": "glance", "endpoints": URLS}
    assert predictable_part(desired) == desired
    assert predicted_state(desired) == Current(roles={"admin": "unknown"})


def test_prediction_omits_objects_that_the_options_cannot_create() -> None:
    desired = {**USER, "password": None, "description": "Image", "endpoints": URLS}
    assert predictable_part(desired) == {**desired, "user": None, "description": None, "endpoints": None}
