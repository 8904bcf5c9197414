from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.filter.needs import needs

INPUTS: dict[str, Any] = {
    "glance_database_host": "db",
    "glance_database_port": 3307,
    "glance_identity_url": "http://keystone:5000",
    "glance_memcached_servers": [],
    "glance_public_url": "https://cloud.example.com:9292",
    "glance_internal_url": "http://controller:9292",
    "glance_admin_url": "http://[2001:db8::1]:9292",
    "glance_images": [],
}


def test_database_is_reached_on_its_port() -> None:
    (database,) = needs(INPUTS)["reach"]
    assert (database["variable"], database["host"], database["port"]) == ("glance_database_host", "db", 3307)


@pytest.mark.parametrize(
    ("server", "host", "port"),
    [("cache:11212", "cache", "11212"), ("cache", "cache", "11211"), ("[2001:db8::2]:11211", "2001:db8::2", "11211")],
    ids=["host-and-port", "host-alone", "address-of-six"],
)
def test_memcached_is_reached(server: str, host: str, port: str) -> None:
    memcached = needs({**INPUTS, "glance_memcached_servers": [server]})["reach"][1]
    assert (memcached["host"], memcached["port"]) == (host, port)


def test_names_of_all_endpoints_resolve() -> None:
    assert [entry["host"] for entry in needs(INPUTS)["resolve"]] == ["cloud.example.com", "controller", "2001:db8::1"]


def test_files_of_images_are_named_by_their_place_in_the_list() -> None:
    images = [
        {"name": "a", "url": "http://x/a"},
        {"name": "b", "src": "/b"},
        {"name": "c", "src": "/c", "state": "absent"},
    ]
    (file,) = needs({**INPUTS, "glance_images": images})["files"]
    assert (file["variable"], file["path"]) == ("glance_images[1].src", "/b")


def test_name_that_several_endpoints_share_is_told_once() -> None:
    (entry,) = needs({**INPUTS, **dict.fromkeys(("glance_public_url", "glance_admin_url"), "http://controller:9292")})[
        "resolve"
    ]
    assert entry["variable"] == "glance_public_url, glance_internal_url, glance_admin_url"
