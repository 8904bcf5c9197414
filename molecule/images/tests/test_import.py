"""What the service itself brings into images and stores, and what there is then."""

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
    """A service with two stores that work and one that does not, which may download from this host."""
    host.check_output(f"{ENABLE}{CONFIGURATION}\ncat >> {CONFIGURATION} <<'END'\n{STORES}END")
    service.restart()
    # The service makes it its own when it starts.
    host.check_output("chown root: /var/lib/glance/broken; chmod 700 /var/lib/glance/broken")
    yield
    host.check_output(f"mv {CONFIGURATION}.before {CONFIGURATION}; rm -rf /var/lib/glance/two /var/lib/glance/broken")
    service.restart()


def test_way_that_is_not_offered_is_refused(module: Module, service: Any, name: str) -> None:
    writes = service.requests("POST", "PUT")
    where = {"from_region": "RegionOne", "from_image": "11111111-2222-4333-8444-555555555555"}
    run = module(name=name, method="glance-download", disk_format="raw", **where)
    assert run["failed"]
    assert "does not support the import method glance-download" in run["msg"]
    assert service.requests("POST", "PUT") == writes


# Each row: what is asked for, and the stores that hold the data then.
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


@pytest.mark.parametrize(("asked", "stores"), IMPORTS)
def test_service_imports(
    importing: None, module: Module, service: Any, source: Any, name: str, asked: dict[str, Any], stores: list[str]
) -> None:
    runs = [module(name=name, disk_format="raw", timeout=120, **asked) for _time in range(2)]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    image = service.one(name)
    assert (image["status"], sorted(image["stores"].split(","))) == ("active", stores)
    assert image["os_hash_value"] == source.digest("small.img")


def test_service_downloads_from_a_region(importing: None, module: Module, service: Any, source: Any, name: str) -> None:
    other = service.create(SMALL, name="elsewhere", min_ram=1)
    where = {"method": "glance-download", "from_region": "RegionOne", "from_image": other["id"]}
    runs = [module(name=name, disk_format="raw", timeout=120, **where) for _time in range(2)]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    image = service.one(name)
    assert (image["status"], image["os_hash_value"]) == ("active", other["os_hash_value"])


# Each row: what is asked for, and what is told.
FAILURES = [
    pytest.param({"method": "web-download", "url": f"{URL}/none.img"}, "the log of the service", id="no source"),
    pytest.param({"method": "web-download", "url": "http://controller:5000/x"}, "does not pass filtering", id="filter"),
    pytest.param({"src": SMALL, "stores": ["nope"]}, "no writable store nope", id="unknown store"),
    pytest.param({"src": SMALL, "stores": ["fs", "broken"]}, "failed", id="store that cannot be written"),
]


@pytest.mark.parametrize(("asked", "words"), FAILURES)
def test_import_that_fails_is_told_and_leaves_nothing(
    importing: None, module: Module, service: Any, source: Any, name: str, asked: dict[str, Any], words: str
) -> None:
    run = module(name=name, disk_format="raw", timeout=120, **asked)
    assert run["failed"]
    assert words in run["msg"]
    assert service.named(name) == []


def test_data_that_is_there_is_copied_to_stores_and_removed_from_others(
    importing: None, module: Module, service: Any, source: Any, name: str
) -> None:
    image = service.create(SMALL, name=name)
    uploads = service.uploads()
    for asked, stores in (
        ({"stores": ["two"]}, ["fs", "two"]),
        ({"stores": ["two"], "stores_mode": "replace"}, ["two"]),
    ):
        runs = [module(name=name, **asked), module(name=name, **asked)]
        assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
        assert sorted(service.one(name)["stores"].split(",")) == stores
    assert service.one(name)["id"] == image["id"]
    assert service.uploads() == uploads
