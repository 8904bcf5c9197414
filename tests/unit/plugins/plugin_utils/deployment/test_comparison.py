# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comparison reads the same options as the tasks that change the parts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.comparison import (
    IN_SYNC,
    Part,
    is_in_sync,
    part_states,
    parts_of,
    resources_of,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.host import Inventory
from tests import plans

ROLES = Path(__file__).parents[5] / "roles"
ALL = Inventory("c1", ("c1", "c2"), "c1", "c1")
CONFIG_FILE = "/etc/glance/glance-api.conf"
# The options of tasks that only matter for a change, or have another value for it.
ONLY_FOR_CHANGES = {"backup", "validate", "restart", "absent_hosts"}
VENV = {"glance_api_install_method": "venv", "glance_api_version": "33.0.0"}


def parts(inventory: Inventory = ALL, **options: Any) -> dict[str, Part]:
    facts = {"existing_files": [CONFIG_FILE], **options.pop("facts", {})}
    host = plans.host_of(inventory=inventory, is_installed=True, facts=facts, **options)
    return {part.name: part for part in parts_of(host)}


def tasks(node: Any) -> Iterator[dict[str, Any]]:
    for task in node if isinstance(node, list) else []:
        yield task
        for name in ("block", "rescue"):
            yield from tasks(task.get(name))


def options_of_tasks(module: str) -> list[set[str]]:
    """Return the names of the options of each task with a module, in the roles that deploy."""
    documents = [yaml.safe_load(path.read_text()) for path in sorted(ROLES.glob("glance*/tasks/*.yml"))]
    found = [task.get(f"osops.glance.{module}") for document in documents for task in tasks(document)]
    return [set(options) for options in found if options and options.get("state") not in ("absent", "restored")]


def test_host_with_all_tasks_has_all_parts() -> None:
    assert list(parts()) == ["", "install", "configure", "schema", "service", "database", "identity", "images"]


def test_other_hosts_have_the_parts_of_their_tasks() -> None:
    assert list(parts(Inventory("c2", ("c1", "c2"), "c1", "c1"))) == ["", "install", "configure", "schema", "service"]
    assert list(parts(Inventory("db", ("c1", "c2"), "c1", "db"))) == ["database"]
    assert list(parts(Inventory("admin", ("c1",), "admin", "c1"))) == ["identity", "images"]


MODULES = ("database", "db_sync", "image", "keystone_service", "policy", "service", "virtualenv")


@pytest.mark.parametrize("module", MODULES)
def test_comparison_has_the_options_of_the_task(module: str) -> None:
    images = [{"name": "one"}]
    compared = parts(**VENV, glance_images=images, glance_api_policy={"get_images": "role:reader"}).values()
    options = [set(entry[1]) for part in compared for entry in part.resources if entry[0] == module]
    expected = [names - ONLY_FOR_CHANGES for names in options_of_tasks(module)]
    assert options
    assert all(names in expected for names in options)


def test_comparison_of_files_has_the_options_of_the_tasks() -> None:
    files = [options for name, options in parts(**VENV)["configure"].resources if name == "ini"]
    expected = [names - ONLY_FOR_CHANGES for names in options_of_tasks("ini")]
    assert len(files) > 1
    assert all(set(options) in expected for options in files)


def test_nothing_can_be_lost_without_a_configuration() -> None:
    assert not parts(facts={"existing_files": []})[""].resources


def test_other_hosts_are_checked_if_the_release_needs_them() -> None:
    urls = {"c1": None, "c2": "http://c2.example:9292"}
    inventory = Inventory("c1", ("c1", "c2"), "c1", "c1", worker_urls=lambda: urls)
    modules = [name for name, _options in parts(inventory, glance_release="zed")[""].resources]
    assert modules == ["config_drift", "preflight"]
    assert parts(inventory, glance_release="zed")[""].results == ("problems_of_hosts",)


def test_facts_tell_what_must_be_installed() -> None:
    host = plans.host_of(inventory=ALL)
    to_do = {part.name: part.to_do for part in parts_of(host)}
    assert to_do["install"][0].startswith("install python3-openstacksdk")
    assert to_do["database"] == ("install python3-pymysql",)
    assert to_do["configure"][0] == "create or correct /var/lib/glance/images/"


def test_interrupted_installation_is_completed() -> None:
    assert parts(facts={"interrupted": True})["install"].to_do == ("complete an interrupted installation",)


def test_stopped_service_does_not_delay_the_comparison() -> None:
    ((_name, options),) = parts(glance_api_timeout=600)["service"].resources
    assert options["timeout"] == 5


def test_resources_name_their_part_and_module() -> None:
    part = Part("identity", resources=(("keystone_service", {"user": "glance"}),), is_required=True, results=("x",))
    assert resources_of([part]) == [
        {
            "part": "identity",
            "module": "keystone_service",
            "options": {"user": "glance"},
            "required": True,
            "process": "",
            "results": ["x"],
        }
    ]


def test_resources_that_do_not_use_the_token_of_the_administrator_are_compared_in_other_processes() -> None:
    processes: dict[str, set[str]] = {}
    for entry in resources_of(parts().values()):
        processes.setdefault(entry["process"], set()).add(entry["module"])
    assert processes == {
        "": {"keystone_service"},
        "local": {"config_drift", "database", "db_sync", "ini"},
        "service": {"service"},
    }


def test_state_contains_facts_and_differences() -> None:
    compared = [Part(""), Part("install"), Part("configure", ("create /data",))]
    states = part_states(compared, {"": [], "configure": ["update DEFAULT/workers"]})
    assert states == {"install": IN_SYNC, "configure": "create /data; update DEFAULT/workers"}


MATCHING = dict.fromkeys(("install", "configure", "schema", "service"), IN_SYNC)
FIRST = {**MATCHING, "database": IN_SYNC, "identity": IN_SYNC, "images": IN_SYNC}


@pytest.mark.parametrize(
    ("different", "host", "needed"),
    [
        ({}, "c1", set()),
        ({"c1": "install"}, "c1", {"install", "configure", "schema", "service"}),
        ({"c1": "configure"}, "c1", {"configure", "schema", "service"}),
        ({"c1": "database"}, "c1", {"database", "schema", "service"}),
        ({"c1": "identity"}, "c1", {"identity", "service", "images"}),
        ({"c1": "schema"}, "c1", {"schema", "service"}),
        ({"c1": "service"}, "c1", {"service"}),
        ({"c1": "images"}, "c1", {"images"}),
        # The account and the schema are those of all hosts; packages and files are those of one.
        ({"c1": "identity"}, "c2", {"service"}),
        ({"c1": "database"}, "c2", {"schema", "service"}),
        ({"c1": "configure"}, "c2", set()),
        ({"c2": "configure"}, "c1", set()),
        ({"c2": "schema"}, "c1", {"service"}),
    ],
)
def test_difference_makes_the_tasks_necessary_that_depend_on_it(
    different: dict[str, str], host: str, needed: set[str]
) -> None:
    compared = {"c1": dict(FIRST), "c2": dict(MATCHING)}
    for name, part in different.items():
        compared[name][part] = "another value"
    assert {part for part in compared[host] if not is_in_sync(part, host, compared)} == needed


@pytest.mark.parametrize("compared", [{}, {"c2": MATCHING}, {"c1": {"install": IN_SYNC}}])
def test_part_that_was_not_compared_is_not_in_sync(compared: dict[str, dict[str, str]]) -> None:
    assert not is_in_sync("configure", "c1", compared)
