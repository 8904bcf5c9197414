# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._openstack.registration_state import (
    is_project_known,
    read_current,
    role_ids,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.registration_samples import (
    ABSENT,
    GLANCE,
    OMITTED,
    PROJECT,
    SERVICE,
    THREE,
    USER,
    assignment,
    service,
)

ACCOUNT_READS = ["users", "role_assignments", "password", "projects"]


class FakeKeystone:
    """An Identity service with the samples, which records requests."""

    def __init__(self, **collections: list[Any]) -> None:
        self.collections = {
            "users": [GLANCE],
            "projects": [PROJECT],
            "roles": [],
            "role_assignments": [assignment("admin", "r1")],
            "services": [service()],
            "endpoints": [*THREE],
            **collections,
        }
        self.requests: list[str] = []

    def get(self, path: str, **_filters: str) -> Any:
        self.requests.append(path.strip("/"))
        return {path.strip("/"): self.collections[path.strip("/")]}

    def first(self, collection: str, **filters: str) -> Any:
        return next(iter(self.get(collection, **filters)[collection]), None)

    def domain_id(self, _domain: str) -> str:
        return "default"

    def authenticates(self, _user_id: str, password: str, _project: Any) -> bool:
        self.requests.append("password")
        return password == "pw"


@pytest.mark.parametrize(
    ("desired", "requests"),
    [
        pytest.param(OMITTED, [], id="nothing"),
        pytest.param(USER, ["users", "role_assignments", "password"], id="user"),
        pytest.param(
            {**USER, "password": "other"}, ["users", "role_assignments", "password", "projects"], id="refused"
        ),
        pytest.param(SERVICE, ["services", "endpoints"], id="service"),
        pytest.param({**SERVICE, "endpoints": None}, ["services"], id="service-without-endpoints"),
        pytest.param(ABSENT, ["users", "role_assignments", "services", "endpoints"], id="absent"),
    ],
)
def test_only_needed_objects_are_read(desired: dict[str, Any], requests: list[str]) -> None:
    keystone = FakeKeystone()
    read_current(keystone, desired)  # type: ignore[arg-type]
    assert keystone.requests == requests


def test_account_is_read() -> None:
    current = read_current(FakeKeystone(), USER)  # type: ignore[arg-type]
    assert (current.user, current.roles, current.password_works) == (GLANCE, {"admin": "r1"}, True)
    assert current.project == {"id": "p1", "name": "service", "enabled": True}


def test_earlier_check_of_the_password_is_not_repeated() -> None:
    keystone = FakeKeystone()
    assert read_current(keystone, USER, password_works=False).password_works is False  # type: ignore[arg-type]
    assert "password" not in keystone.requests


def test_missing_user_has_no_assignments() -> None:
    keystone = FakeKeystone(users=[])
    current = read_current(keystone, USER)  # type: ignore[arg-type]
    assert (current.user, current.assignments, current.password_works) == (None, [], None)
    assert keystone.requests == ["users", "projects", "roles"]


def test_missing_role_has_no_id() -> None:
    keystone = FakeKeystone(roles=[])
    assert role_ids(keystone, ["admin", "service"], [assignment("admin", "r1")]) == {  # type: ignore[arg-type]
        "admin": "r1",
        "service": None,
    }


@pytest.mark.parametrize(
    ("project", "password_works", "state", "expected"),
    [
        (PROJECT, True, "present", True),
        (PROJECT, False, "present", False),
        (PROJECT, None, "present", False),
        (PROJECT, None, "absent", True),
        (None, True, "present", False),
    ],
    ids=["token", "refused", "not-checked", "absent", "no-role"],
)
def test_project_is_known_if_a_token_proves_it(
    project: Any, password_works: bool | None, state: str, expected: bool
) -> None:
    assert is_project_known({**USER, "state": state}, project, password_works) is expected
