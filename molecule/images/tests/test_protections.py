"""A service with property protections, and URLs that its import filters refuse."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest

CONFIGURATION = "/etc/glance/glance-api.conf"
RULES = "/etc/glance/property-protections.conf"
MIB = 2**20
# Some properties of the schema can be set; the rules for all others are parameters.
PROTECTIONS = """
[^os_(distro|version)$]
create = @
read = @
update = @
delete = @

[.*]
create = {create}
read = @
update = {create}
delete = !
"""
Module = Callable[..., "dict[str, Any]"]


@pytest.fixture(scope="module", params=["!", "@"], ids=["all refused", "removal refused"])
def protected(host: Any, service: Any, request: pytest.FixtureRequest) -> Iterator[None]:
    rules = PROTECTIONS.format(create=request.param)
    host.check_output(f"cat > {RULES} <<'END'\n{rules}END")
    options = f"property_protection_file = {RULES}\\nproperty_protection_rule_format = roles"
    host.check_output(f"sed -i.unprotected '/^\\[DEFAULT\\]/a {options}' {CONFIGURATION}")
    service.restart()
    yield
    host.check_output(f"mv {CONFIGURATION}.unprotected {CONFIGURATION}; rm {RULES}")
    service.restart()


def test_image_is_managed_without_properties_of_module(
    module: Module, service: Any, source: Any, name: str, protected: None
) -> None:
    path = source.write("protected.img", MIB)
    ids = []
    for number in range(3):
        if number == 2:
            source.write("protected.img", MIB)
        run = module(name=name, src=path, disk_format="raw", os_distro="debian")
        assert (run["failed"], run["changed"]) == (False, number != 1), run
        ids.append(run["id"])
    assert ids[0] == ids[1] != ids[2]
    assert service.one(name)["os_hash_value"] == source.digest("protected.img")


def test_import_filter_is_reported_with_option(module: Module, service: Any, source: Any, name: str) -> None:
    url = source.url("small.img", sig="s3cret-signature")
    run = module(name=name, method="web-download", url=url, disk_format="raw")
    assert run["failed"]
    assert '{"import_filtering_opts": {"allowed_ports": [80, 443, 8001]}}' in run["msg"]
    assert "s3cret-signature" not in str(run)
    assert service.named(name) == []
