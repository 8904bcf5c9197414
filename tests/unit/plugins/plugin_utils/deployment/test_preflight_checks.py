from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Inventory
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.preflight_checks import preflight_checks
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.worker_checks import worker_checks

INPUTS: dict[str, Any] = {
    "glance_database_host": "db",
    "glance_database_port": 3307,
    "glance_identity_url": "http://keystone:5000",
    "glance_memcached_servers": [],
    "glance_public_url": "https://cloud.example.com:9292",
    "glance_internal_url": "http://controller:9292",
    "glance_admin_url": "http://[2001:db8::1]:9292",
    "glance_images": [],
    "glance_stores": [],
    "glance_api_state_directory": None,
    "glance_api_min_free_gib": 2.5,
    "glance_api_bind_host": "0.0.0.0",
    "glance_api_bind_port": None,
    "glance_api_install_method": "package",
    "hosts": 1,
    "glance_config": {},
    "glance_ca_cert": "",
    "is_api_host": True,
    "is_admin_host": True,
    "authtoken": "www_authenticate_uri",
}
HTTP = {"name": "web", "type": "http"}
FILE = {"name": "fs", "type": "file", "options": {"filesystem_store_datadir": "/srv/images"}}


def checks(given: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    inputs = {name.removeprefix("glance_"): value for name, value in given.items() if name.startswith("glance_")}
    others = [f"c{number}" for number in range(2, given["hosts"] + 1)]
    api_hosts = ["c1", *others] if given["is_api_host"] else ["c0", *others]
    inventory = Inventory("c1", api_hosts, "c1" if given["is_admin_host"] else "c9")
    return preflight_checks(inputs, inventory, given["authtoken"])


def test_database_is_reached_on_its_port() -> None:
    (database,) = checks(INPUTS)["reach"]
    assert (database["variable"], database["host"], database["port"]) == ("glance_database_host", "db", 3307)


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        ("cache:11212", ("cache", 11212, 4)),
        ("cache", ("cache", 11211, 4)),
        ("[2001:db8::2]:11212", ("2001:db8::2", 11212, 6)),
        ("inet6:[2001:db8::2]:11211", ("2001:db8::2", 11211, 6)),
        ("inet6:[cache]:11211", ("cache", 11211, 6)),
    ],
)
def test_memcached_is_reached_by_the_ip_version_of_its_client(server: str, expected: tuple[str, int, int]) -> None:
    memcached = checks({**INPUTS, "glance_memcached_servers": [server]})["reach"][1]
    assert (memcached["host"], memcached["port"], memcached["ip_version"]) == expected


def test_socket_of_memcached_is_not_reached_over_the_network() -> None:
    assert len(checks({**INPUTS, "glance_memcached_servers": ["unix:/run/memcached.sock"]})["reach"]) == 1


@pytest.mark.parametrize(
    ("api", "admin", "kinds"),
    [
        pytest.param(True, False, {"reach", "http", "resolve", "access"}, id="API host"),
        pytest.param(False, True, {"http", "resolve"}, id="admin host"),
        pytest.param(False, False, set(), id="database host"),
    ],
)
def test_checks_depend_on_the_tasks_of_the_host(api: bool, admin: bool, kinds: set[str]) -> None:
    inputs = {**INPUTS, "glance_memcached_servers": ["cache"], "is_api_host": api, "is_admin_host": admin}
    if api:
        inputs["glance_api_state_directory"] = "/var/lib/glance"
    assert {kind for kind, entries in checks(inputs).items() if entries} - {"directories"} == kinds


def test_public_url_that_does_not_resolve_is_a_warning() -> None:
    required = {entry["host"]: entry["required"] for entry in checks(INPUTS)["resolve"]}
    assert required == {"cloud.example.com": False, "controller": True, "2001:db8::1": True}


def test_name_that_is_also_that_of_another_endpoint_must_resolve() -> None:
    urls = dict.fromkeys(("glance_internal_url", "glance_admin_url"), INPUTS["glance_public_url"])
    assert [entry["required"] for entry in checks({**INPUTS, **urls})["resolve"]] == [True]


def test_files_of_the_service_are_checked_and_images_only_for_reading() -> None:
    inputs = {**INPUTS, "glance_stores": [FILE], "glance_api_state_directory": "/var/lib/glance"}
    access = {entry["path"]: entry.get("write", True) for entry in checks(inputs)["access"]}
    assert access["/var/log/glance/*.log"]
    assert access["/var/lib/glance/staging/*"]
    assert access["/srv/images/*"] is False
    venv = checks({**inputs, "glance_api_install_method": "venv"})["access"]
    assert not [entry for entry in venv if entry["path"].startswith("/var/log")]


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        pytest.param({"c1": ""}, [], id="one host"),
        pytest.param({"c1": "", "c2": "", "c3": None}, [("c2", 9292), ("c3", 9292)], id="names of the inventory"),
        pytest.param({"c1": "", "c2": "https://c2.example.com"}, [("c2.example.com", 443)], id="URL without a port"),
        pytest.param({"c1": "", "c2": "http://[fd00::2]:9293"}, [("fd00::2", 9293)], id="IPv6 URL"),
        pytest.param({"c1": "", "fd00::2": ""}, [("fd00::2", 9292)], id="IPv6 address as the name"),
    ],
)
def test_other_api_hosts_are_reached(urls: dict[str, str | None], expected: list[tuple[str, int]]) -> None:
    found = worker_checks(urls, "c1", 9292)
    assert [(entry["host"], entry["port"]) for entry in found["reach"]] == expected
    assert [entry["host"] for entry in found["resolve"]] == [host for host, _port in expected]
    assert all(entry["variable"].startswith("glance_api_worker_url of ") for entry in found["resolve"])
    assert [entry["concerns"] for entry in found["resolve"]] == [name for name in urls if name != "c1"]
    assert not any(entry["required"] for entry in found["reach"])


def test_names_of_all_endpoints_resolve() -> None:
    assert [entry["host"] for entry in checks(INPUTS)["resolve"]] == ["cloud.example.com", "controller", "2001:db8::1"]


def test_files_of_images_are_named_by_their_position_in_the_list() -> None:
    images = [
        {"name": "a", "url": "http://x/a"},
        {"name": "b", "src": "/b"},
        {"name": "c", "src": "/c", "state": "absent"},
    ]
    (file,) = checks({**INPUTS, "glance_images": images})["files"]
    assert (file["variable"], file["path"]) == ("glance_images[1].src", "/b")


def test_name_that_several_endpoints_share_is_checked_once() -> None:
    (entry,) = checks({**INPUTS, **dict.fromkeys(("glance_public_url", "glance_admin_url"), "http://controller:9292")})[
        "resolve"
    ]
    assert entry["variable"] == "glance_public_url, glance_internal_url, glance_admin_url"


@pytest.mark.parametrize(("port", "ports"), [(9292, [("0.0.0.0", 9292)]), (None, [])], ids=["a server", "no server"])
def test_port_on_which_a_server_listens_must_be_free(port: int | None, ports: list[tuple[str, int]]) -> None:
    asked = checks({**INPUTS, "glance_api_bind_port": port})["ports"]
    assert [(entry["host"], entry["port"]) for entry in asked] == ports


@pytest.mark.parametrize(
    ("stores", "hosts", "asked"),
    [
        pytest.param([FILE], 1, [("/srv/images", 2.5, False)], id="one host"),
        pytest.param([FILE], 3, [("/srv/images", 2.5, True)], id="several hosts"),
        pytest.param([{**FILE, "shared": True}], 3, [("/srv/images", 2.5, False)], id="declared as shared"),
        pytest.param([{"name": "web", "type": "http"}, {"name": "a", "type": "file"}], 3, [], id="no directory"),
        pytest.param([{**FILE, "type": "rbd"}], 1, [], id="another type"),
        pytest.param([], 1, [], id="no store"),
    ],
)
def test_directories_of_stores(stores: list[Any], hosts: int, asked: list[tuple[str, float, bool]]) -> None:
    found = checks({**INPUTS, "glance_stores": stores, "hosts": hosts})["directories"]
    assert [(entry["path"], entry["free"], entry["shared"]) for entry in found] == asked
    assert all(entry["owner"] == "glance" for entry in found)


def test_directory_is_named_by_the_position_of_its_store() -> None:
    (entry,) = checks({**INPUTS, "glance_stores": [{"name": "web", "type": "http"}, FILE]})["directories"]
    assert entry["variable"] == "glance_stores[1].options.filesystem_store_datadir"


@pytest.mark.parametrize(("hosts", "hint"), [(1, "glance_api_min_free_gib"), (2, "shared: true")])
def test_hint_matches_the_possible_problem(hosts: int, hint: str) -> None:
    (entry,) = checks({**INPUTS, "glance_stores": [FILE], "hosts": hosts})["directories"]
    assert hint in entry["hint"]


def test_each_directory_of_a_store_with_several_is_checked() -> None:
    stores = [{"name": "fs", "type": "file", "options": {"filesystem_store_datadirs": ["/srv/a:200", "/srv/b:100"]}}]
    found = checks({**INPUTS, "glance_stores": stores})["directories"]
    assert [(entry["variable"], entry["path"]) for entry in found] == [
        ("glance_stores[0].options.filesystem_store_datadirs[0]", "/srv/a"),
        ("glance_stores[0].options.filesystem_store_datadirs[1]", "/srv/b"),
    ]


def test_files_that_the_stores_read_must_be_readable_for_the_service() -> None:
    stores = [HTTP, {"name": "ceph", "type": "rbd", "options": {"rbd_store_ceph_conf": "/etc/ceph/ceph.conf"}}]
    (file,) = checks({**INPUTS, "glance_stores": stores})["files"]
    assert (file["variable"], file["path"], file["reader"]) == (
        "glance_stores[1].options.rbd_store_ceph_conf",
        "/etc/ceph/ceph.conf",
        "glance",
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({}, ("/etc/ceph/ceph.conf", "client.admin"), id="defaults of librados"),
        pytest.param(
            {"rbd_store_user": "glance", "rbd_store_ceph_conf": "/srv/ceph.conf"},
            ("/srv/ceph.conf", "client.glance"),
            id="options",
        ),
    ],
)
def test_service_must_be_able_to_read_the_key_of_a_ceph_store(options: Any, expected: tuple[str, str]) -> None:
    (file,) = checks({**INPUTS, "glance_stores": [{"name": "ceph", "type": "rbd", "options": options}]})["files"]
    assert (file["path"], file["ceph_client"]) == expected
    assert file["hint"].startswith(f"Copy ceph.conf and the keyring of {expected[1]} to the host")


def test_other_stores_need_no_ceph_client() -> None:
    stores = [{"name": "web", "type": "http", "options": {"https_ca_certificates_file": "/srv/ca.pem"}}]
    (file,) = checks({**INPUTS, "glance_stores": stores})["files"]
    assert "ceph_client" not in file


@pytest.mark.parametrize(("is_api_host", "reader"), [(True, "glance"), (False, None)], ids=["API host", "other host"])
def test_ca_certificate_is_a_file_of_the_host(is_api_host: bool, reader: str | None) -> None:
    (file,) = checks({**INPUTS, "glance_ca_cert": "/etc/ssl/cloud.pem", "is_api_host": is_api_host})["files"]
    assert (file["variable"], file["path"], file["reader"]) == ("glance_ca_cert", "/etc/ssl/cloud.pem", reader)


@pytest.mark.parametrize(
    ("authtoken", "options", "urls"),
    [
        pytest.param("www_authenticate_uri", {}, [], id="a release that discovers versions"),
        pytest.param(None, {}, [], id="a release that is not known yet"),
        pytest.param("auth_host", {}, ["http://keystone:35357/v2.0/"], id="icehouse"),
        pytest.param("auth_host", {"auth_port": 5000}, ["http://keystone:5000/v2.0/"], id="icehouse, another port"),
        pytest.param("auth_host", {"admin_token": "t"}, ["http://keystone:35357/v3/"], id="icehouse, admin_token"),
        pytest.param(
            "auth_host",
            {"auth_protocol": "https", "auth_host": "2001:db8::3"},
            ["https://[2001:db8::3]:35357/v2.0/"],
            id="icehouse, another host",
        ),
        pytest.param(
            "auth_host",
            {"auth_admin_prefix": "/admin/"},
            ["http://keystone:35357/admin/v2.0/"],
            id="icehouse, a prefix",
        ),
        pytest.param(
            "auth_host", {"identity_uri": "https://k:5001/x/"}, ["https://k:5001/x/v2.0/"], id="icehouse, one option"
        ),
    ],
)
def test_version_of_the_identity_api_is_checked_for_releases_that_use_a_fixed_one(
    authtoken: str | None, options: dict[str, Any], urls: list[str]
) -> None:
    found = checks({**INPUTS, "authtoken": authtoken, "glance_config": {"keystone_authtoken": options}})["http"][1:]
    assert [entry["url"] for entry in found] == urls
    assert all(entry["status_code"] == [200] for entry in found)
    assert all("admin_token" in entry["hint"] for entry in found)


def test_directories_of_the_reserved_stores_are_checked() -> None:
    found = checks({**INPUTS, "glance_api_state_directory": "/var/lib/glance"})["directories"]
    assert [entry["path"] for entry in found] == ["/var/lib/glance/staging", "/var/lib/glance/tasks"]
