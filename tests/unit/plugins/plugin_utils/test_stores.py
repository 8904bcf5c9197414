# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.stores import (
    RESERVED,
    conflict,
    store_directories,
    store_sections,
)

FILE = {"name": "fs", "type": "file", "options": {"filesystem_store_datadir": "/srv/images"}}
CEPH = {"name": "ceph", "type": "rbd", "options": {"rbd_store_pool": "images"}}
HTTP = {"name": "web", "type": "http"}
STAGING = {"filesystem_store_datadir": "/var/lib/glance/staging"}
TASKS = {"filesystem_store_datadir": "/var/lib/glance/tasks"}

CASES: list[Any] = [
    pytest.param(
        [FILE, CEPH],
        "enabled_backends",
        {
            "DEFAULT": {"enabled_backends": "fs:file,ceph:rbd"},
            "glance_store": {"default_backend": "fs"},
            "fs": FILE["options"],
            "ceph": CEPH["options"],
            "os_glance_staging_store": STAGING,
            "os_glance_tasks_store": TASKS,
        },
        id="each-backend-has-its-section",
    ),
    pytest.param(
        [FILE, HTTP],
        "glance_store",
        {"glance_store": {"stores": "file,http", "default_store": "file", "filesystem_store_datadir": "/srv/images"}},
        id="one-section-for-all",
    ),
    pytest.param(
        [FILE],
        "DEFAULT",
        {"DEFAULT": {"default_store": "file", "filesystem_store_datadir": "/srv/images"}},
        id="icehouse-reads-no-section",
    ),
]


@pytest.mark.parametrize(("stores", "syntax", "expected"), CASES)
def test_sections_follow_the_syntax_of_the_release(stores: Any, syntax: str, expected: Any) -> None:
    assert store_sections(stores, syntax, "/var/lib/glance") == expected


def test_directories_are_those_that_the_service_writes_to() -> None:
    assert store_directories([FILE, CEPH], "/var/lib/glance") == [
        "/srv/images",
        "/var/lib/glance/staging",
        "/var/lib/glance/tasks",
    ]


@pytest.mark.parametrize(
    ("options", "overrides", "expected"),
    [
        pytest.param({"filesystem_store_datadirs": ["/a:200", "/b:100"]}, {}, ["/a", "/b"], id="with priorities"),
        pytest.param({"filesystem_store_datadirs": ["/a", "/b:"]}, {}, ["/a", "/b"], id="without priorities"),
        pytest.param({"filesystem_store_datadirs": "/a:200"}, {}, ["/a"], id="text"),
        pytest.param(
            {"filesystem_store_datadir": "/a"}, {"fs": {"filesystem_store_datadir": "/c"}}, ["/c"], id="override"
        ),
        pytest.param({}, {"glance_store": {"filesystem_store_datadir": "/c"}}, ["/c"], id="override of an old release"),
        pytest.param({"filesystem_store_datadir": "/a"}, {"fs": {"filesystem_store_datadir": None}}, [], id="removed"),
        pytest.param({"filesystem_store_datadir": "/a"}, {"fs": None}, ["/a"], id="a section without options"),
    ],
)
def test_directories_of_a_file_store_are_those_of_the_configuration(
    options: Any, overrides: Any, expected: Any
) -> None:
    stores = [{"name": "fs", "type": "file", "options": options}]
    reserved = {name: {"filesystem_store_datadir": f"/{name}"} for name in RESERVED}
    found = store_directories(stores, "/var/lib/glance", {**reserved, **overrides})
    assert [path for path in found if "os_glance" not in path] == expected
    assert {f"/{name}" for name in RESERVED} <= set(found)


def test_reserved_store_that_the_configuration_removes_has_no_directory() -> None:
    removed = {"os_glance_tasks_store": {"filesystem_store_datadir": None}}
    assert store_directories([], "/var/lib/glance", removed) == ["/var/lib/glance/staging"]


MANY = {"name": "fs", "type": "file", "options": {"filesystem_store_datadirs": ["/a:200", "/b:100"]}}


@pytest.mark.parametrize(
    ("syntax", "section"), [("enabled_backends", "fs"), ("glance_store", "glance_store"), ("DEFAULT", "DEFAULT")]
)
def test_default_directory_is_turned_off_where_there_are_several(syntax: str, section: str) -> None:
    written = store_sections([MANY], syntax, "/var/lib/glance")[section]
    assert written["filesystem_store_datadir"] == ""
    assert written["filesystem_store_datadirs"] == ["/a:200", "/b:100"]


@pytest.mark.parametrize(
    ("store", "at_fault"),
    [(FILE, False), (MANY, False), ({**MANY, "options": {**FILE["options"], **MANY["options"]}}, True), (HTTP, False)],
)
def test_options_that_exclude_each_other_are_reported(store: Any, at_fault: bool) -> None:
    assert bool(conflict(store)) is at_fault
