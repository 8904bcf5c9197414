from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._stores import store_directories, store_sections

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
