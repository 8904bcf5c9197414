"""Imports by the service, and copies between its stores."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest

CONFIGURATION = "/etc/glance/glance-api.conf"
STORES = """
[two]
filesystem_store_datadir = /var/lib/glance/two/

[broken]
filesystem_store_datadir = /var/lib/glance/broken/

[import_filtering_opts]
allowed_ports = [80,443,8001,9292]
"""
ENABLE = r"""
set -e
install -d -o glance -g glance -m 750 /var/lib/glance/two /var/lib/glance/broken
sed -i.before -e 's/^enabled_backends *=.*/enabled_backends = fs:file, two:file, broken:file\n'\
'enabled_import_methods = [glance-direct,web-download,copy-image,glance-download]/' """
Module = Callable[..., "dict[str, Any]"]

SMALL = "/srv/images/small.img"
URL = "http://controller:8001"


@pytest.fixture(scope="module")
def importing(host: Any, service: Any) -> Iterator[None]:
    """Configure a service with two working stores and a failing one, and imports from this host."""
    host.check_output(f"{ENABLE}{CONFIGURATION}\ncat >> {CONFIGURATION} <<'END'\n{STORES}END")
    service.restart()
    # The service sets the owner of the directory when it starts, so change it afterwards.
    host.check_output("chown root: /var/lib/glance/broken; chmod 700 /var/lib/glance/broken")
    yield
    host.check_output(f"mv {CONFIGURATION}.before {CONFIGURATION}; rm -rf /var/lib/glance/two /var/lib/glance/broken")
    service.restart()


def test_unsupported_import_method_is_refused(module: Module, service: Any, name: str) -> None:
    writes = service.requests("POST", "PUT")
    source_image = {"from_region": "RegionOne", "from_image": "11111111-2222-4333-8444-555555555555"}
    run = module(name=name, method="glance-download", disk_format="raw", **source_image)
    assert run["failed"]
    assert "does not support the import method glance-download" in run["msg"]
    assert service.requests("POST", "PUT") == writes


# Each row: the options, and the stores that contain the data afterwards.
IMPORTS = [
    pytest.param({"method": "web-download", "url": f"{URL}/small.img"}, ["fs"], id="download"),
    pytest.param(
        {"method": "web-download", "url": f"{URL}/small.img", "stores": ["fs", "two"]},
        ["fs", "two"],
        id="download to stores",
    ),
    pytest.param({"method": "glance-direct", "src": SMALL}, ["fs"], id="direct"),
    pytest.param({"src": SMALL, "stores": ["two"]}, ["two"], id="upload to a store"),
    pytest.param({"src": SMALL, "stores": ["fs", "two"]}, ["fs", "two"], id="upload and copy"),
]


@pytest.mark.parametrize(("options", "stores"), IMPORTS)
def test_service_imports_to_stores(
    importing: None, module: Module, service: Any, source: Any, name: str, options: dict[str, Any], stores: list[str]
) -> None:
    runs = [module(name=name, disk_format="raw", timeout=120, **options) for _run in range(2)]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    image = service.one(name)
    assert (image["status"], sorted(image["stores"].split(","))) == ("active", stores)
    assert image["os_hash_value"] == source.digest("small.img")


def test_service_imports_from_region(importing: None, module: Module, service: Any, source: Any, name: str) -> None:
    other = service.create(SMALL, name="elsewhere", min_ram=1)
    source_image = {"method": "glance-download", "from_region": "RegionOne", "from_image": other["id"]}
    runs = [module(name=name, disk_format="raw", timeout=120, **source_image) for _run in range(2)]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    image = service.one(name)
    assert (image["status"], image["os_hash_value"]) == ("active", other["os_hash_value"])


# Each row: the options, and the message.
FAILURES = [
    pytest.param({"method": "web-download", "url": f"{URL}/none.img"}, "the log of the service", id="no source"),
    pytest.param(
        {"method": "web-download", "url": "http://controller:5000/x"},
        "The import filters of the Image service refuse http://controller:5000/x. ",
        id="filter",
    ),
    pytest.param({"src": SMALL, "stores": ["nope"]}, "no writable store nope", id="unknown store"),
    pytest.param({"src": SMALL, "stores": ["fs", "broken"]}, "failed", id="store that cannot be written"),
]


@pytest.mark.parametrize(("options", "words"), FAILURES)
def test_failed_import_is_reported_and_creates_no_image(
    importing: None, module: Module, service: Any, source: Any, name: str, options: dict[str, Any], words: str
) -> None:
    run = module(name=name, disk_format="raw", timeout=120, **options)
    assert run["failed"]
    assert words in run["msg"]
    assert service.named(name) == []


def test_data_is_copied_to_and_removed_from_stores(
    importing: None, module: Module, service: Any, source: Any, name: str
) -> None:
    image = service.create(SMALL, name=name)
    uploads = service.uploads()
    for options, stores in (
        ({"stores": ["two"]}, ["fs", "two"]),
        ({"stores": ["two"], "stores_mode": "replace"}, ["two"]),
    ):
        runs = [module(name=name, **options), module(name=name, **options)]
        assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
        assert sorted(service.one(name)["stores"].split(",")) == stores
    assert service.one(name)["id"] == image["id"]
    assert service.uploads() == uploads
