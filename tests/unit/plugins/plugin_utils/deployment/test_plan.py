# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Host, Inventory
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.overview import overview_text
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.plan import PARTS, plan
from tests import plans

API = Inventory("c1", ("c1", "c2"), "c1", worker_urls=lambda: {"c1": None, "c2": "http://h2:9999"})
DATABASE = Inventory("db", ("c1",), "c1")
WITHOUT_FACTS = ("preflight", "verify")


def part(name: str, inventory: Inventory = API, **options: Any) -> dict[str, Any]:
    return dict(plan(plans.host_of(inventory=inventory, **options), [name])[name])


@pytest.mark.parametrize("name", PARTS)
def test_only_parts_before_the_preflight_need_no_facts(name: str) -> None:
    host = Host(plans.inputs_of(glance_config={"DEFAULT": {"debug": True}}), DATABASE, None)
    if name in WITHOUT_FACTS:
        assert plan(host, [name])
    else:
        with pytest.raises(GlanceError, match="The facts of this host were not gathered"):
            plan(host, [name])


def test_unknown_part_is_reported() -> None:
    with pytest.raises(GlanceError, match="no part servce: preflight"):
        plan(plans.host_of(), ["servce"])


VENV = {"glance_api_install_method": "venv", "glance_api_version": "33.0.0"}


@pytest.mark.parametrize(
    ("inventory", "variables", "packages"),
    [
        pytest.param(API, {}, ["glance-api", "python3-openstacksdk", "python3-pymysql"], id="API"),
        pytest.param(API, VENV, ["python3-venv", "python3-openstacksdk", "python3-pymysql"], id="API in a venv"),
        pytest.param(Inventory("db", ("c1",), "c1", "db"), {}, ["python3-pymysql"], id="database"),
        pytest.param(Inventory("i", ("c1",), "i"), {}, ["python3-openstacksdk"], id="images"),
    ],
)
def test_packages_that_a_host_needs_must_be_available(
    inventory: Inventory, variables: dict[str, Any], packages: list[str]
) -> None:
    assert part("preflight", inventory, **variables)["available_packages"]["Debian"] == packages


def test_packages_are_removed_from_api_hosts_only() -> None:
    assert part("preflight")["removed_packages"]
    assert part("preflight", DATABASE)["removed_packages"] == []


@pytest.mark.parametrize(("release", "urls"), [("icehouse", 2), ("zed", 1)])
def test_admin_endpoint_is_checked_for_a_release_that_needs_it(release: str, urls: int) -> None:
    assert len(part("preflight", glance_release=release)["http"]) == urls


def test_release_is_checked_on_api_hosts_and_if_options_are_set() -> None:
    assert part("release", glance_release="zed")["needed"] is True
    assert part("release", DATABASE)["needed"] is False
    assert part("release", DATABASE, glance_config={"DEFAULT": {"debug": True}})["version"] == ""


def test_unknown_release_does_not_matter_on_a_database_host() -> None:
    host = {"version": None, "distribution": "centos 9"}
    assert part("release", DATABASE, **host)["needed"] is False
    assert part("database", DATABASE, **host)["login"]["login_unix_socket"] == ["/var/lib/mysql/mysql.sock"]


@pytest.mark.parametrize(("release", "needed"), [("victoria", False), ("wallaby", True)])
def test_other_api_hosts_are_checked_if_the_release_fetches_from_them(release: str, needed: bool) -> None:
    workers = part("release", glance_release=release)["workers"]
    assert workers["needed"] is needed
    if needed:
        assert [(entry["host"], entry["port"]) for entry in workers["reach"]] == [("h2", 9999)]


def test_single_api_host_has_no_others_to_check() -> None:
    alone = Inventory("c1", ("c1",), "c1", worker_urls=lambda: {"c1": None})
    assert part("release", alone, glance_release="zed")["workers"]["needed"] is False


def test_verification_searches_the_directories_of_file_stores() -> None:
    assert part("verify")["find"][4:7] == ["find", "/var/lib/glance/images/", "-maxdepth"]
    assert part("verify", glance_stores=[{"name": "web", "type": "http"}])["find"] is None


@pytest.mark.parametrize(
    ("host", "sockets"), [("", ["/run/mysqld/mysqld.sock", "/run/mariadbd/mysqld.sock"]), ("db.example", None)]
)
def test_administrator_of_the_database_uses_the_socket_or_a_host(host: str, sockets: list[str] | None) -> None:
    assert part("database", glance_database_login_host=host)["login"]["login_unix_socket"] == sockets


def test_required_tls_needs_an_authority() -> None:
    with pytest.raises(GlanceError, match="glance_database_tls requires glance_database_ca_cert"):
        part("database", glance_database_tls=True)
    assert part("database", glance_database_tls=True, glance_database_ca_cert="/ca.pem")["account"]["tls"] is True


def test_dump_of_the_database_is_kept_unless_data_are_removed() -> None:
    kept, removed = part("database")["removal"], part("database", glance_remove_data="yes")["removal"]
    assert kept["dump_directory"] == "/var/backups/glance"
    assert [entry["path"] for entry in kept["checked_directories"]] == ["/var/backups/glance"]
    assert (removed["dump_directory"], removed["checked_directories"]) == (None, [])


@pytest.mark.parametrize(
    ("name", "variable"), [("database", "glance_previous_database_user"), ("identity", "glance_previous_service_user")]
)
def test_previous_accounts_are_removed_only_on_request(name: str, variable: str) -> None:
    assert part(name)["previous_user"] is None
    assert part(name, **{variable: ""})["previous_user"] is None
    assert part(name, **{variable: "glance"})["previous_user"] == "glance"


def test_requests_to_the_cloud_use_its_authority() -> None:
    assert part("images", glance_ca_cert="/ca.pem")["environment"] == {"REQUESTS_CA_BUNDLE": "/ca.pem"}
    assert part("identity")["environment"] == {}


SECRETS = {
    "glance_database_password": "Zq9-database/$x",
    "glance_service_password": "Zq9-$ervice",
    "glance_database_login_password": "Zq9-login",
    "glance_cloud": {"auth": {"username": "admin", "password": "Zq9-cloud"}},
    "glance_stores": [{"name": "s3", "type": "s3", "options": {"s3_store_secret_key": "Zq9-s3key"}}],
    "glance_config": {
        "DEFAULT": {"transport_url": "rabbit://u:Zq9-rabbit@mq", "debug": True},
        "cache": {"note": "Zq9-login"},
    },
    "glance_api_policy": {"copy_from": "Zq9-$ervice"},
}


@pytest.mark.parametrize("release", ["icehouse", "train", "zed", "2026.2"])
def test_overview_contains_no_secret(release: str) -> None:
    text = overview_text(plans.host_of(glance_release=release, **SECRETS))
    assert "Zq9" not in text
    assert "VALUE HIDDEN" in text
    assert "debug: true" in text
    assert "/etc/glance/glance-api.conf" in text


class TaggedInt(int):
    """A number as ansible-core tags it: an instance of a subclass."""


def test_overview_shows_a_tagged_number() -> None:
    host = plans.host_of(inventory=API, glance_config={"DEFAULT": {"workers": TaggedInt(4)}})
    assert "workers: 4\n" in overview_text(host)
