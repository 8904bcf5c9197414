# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages about invalid variables, word for word."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import ansible.template
import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.task import Task

from ansible_collections.osops.glance.plugins.action import check_inputs
from ansible_collections.osops.glance.plugins.plugin_utils.inputs import reader as inputs
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.values import value_problems

DATABASE = """
argument_specs:
  main:
    options:
      glance_database_password: {type: str, required: true}
      glance_database_account_hosts: {type: list, elements: str, default: [localhost]}
      glance_database_login_password: {type: str}
"""
INPUTS = """
argument_specs:
  main:
    options:
      glance_release: {type: str}
      glance_region: {type: str, default: RegionOne}
      glance_public_url: {type: str, default: 'http://controller:9292'}
      glance_internal_url: {type: str, default: '{{ glance_public_url }}'}
      glance_identity_url: {type: str}
      glance_cloud: {type: raw}
      glance_database_host: {type: str, default: controller}
      glance_database_port: {type: int, default: 3306}
      glance_database_password: {type: str}
      glance_memcached_servers: {type: list, elements: str}
      glance_stores:
        type: list
        elements: dict
        default: [{name: fs, type: file}]
        options:
          name: {type: str, required: true}
          type: {type: str, required: true, choices: [file, http, rbd]}
          options: {type: dict}
      glance_api_server: {type: str, choices: [auto, eventlet, uwsgi]}
      glance_api_install_method: {type: str, choices: [package, venv]}
      glance_api_version: {type: str}
      glance_api_python_packages: {type: list, elements: str}
      glance_config: {type: dict, default: {}}
      glance_registry_config: {type: dict}
      glance_api_policy: {type: dict}
      glance_api_accepted_advisories: {type: list, elements: str}
      glance_images:
        type: list
        elements: dict
        options:
          name: {type: str, required: true}
          visibility: {type: str, choices: [private, public]}
          protected: {type: bool}
          min_disk: {type: int}
          tags: {type: list, elements: str}
          properties: {type: dict}
"""
VALID = {"glance_database_password": "Sesame"}
VAULT = "the inventory, preferably encrypted with ansible-vault"

# The variables in addition to a valid password, and the problems. Each secret contains the word Sesame.
INVALID: dict[str, tuple[dict[str, Any], list[str]]] = {
    "an unknown variable with a similar name": (
        {"glance_stroes": []},
        ["glance_stroes is not a variable of this collection; did you mean glance_stores?"],
    ),
    "an unknown variable": (
        {"glance_vip": "192.0.2.1"},
        ["glance_vip is not a variable of this collection: your own variables must not begin with glance_"],
    ),
    "a required variable that is missing": (
        {"glance_database_password": None},
        [f"glance_database_password is not set: set it in {VAULT}"],
    ),
    "a required variable that is empty": (
        {"glance_database_password": " "},
        [f"glance_database_password is not set: set it in {VAULT}"],
    ),
    "an empty password in the dictionary of the cloud": (
        {"glance_cloud": {"password": ""}},
        [f"glance_cloud.password is empty: set it in {VAULT}, or omit it"],
    ),
    "an unknown key in a list item": (
        {"glance_images": [{"name": "cirros"}, {"nmae": "x"}]},
        [
            "glance_images[1].nmae is not an option; did you mean name?",
            "glance_images[1].name is required and not set",
        ],
    ),
    "a string instead of sections": (
        {"glance_config": "debug = true"},
        ["glance_config must be a dictionary of sections ({section: {option: value}}), not a string"],
    ),
    "a string instead of a list": (
        {"glance_stores": "file"},
        ["glance_stores must be a list, not a string"],
    ),
    "a dictionary instead of a list": (
        {"glance_stores": {"name": "fs", "type": "file"}},
        ["glance_stores must be a list, not a dictionary"],
    ),
    "text instead of a number and of a boolean": (
        {"glance_images": [{"name": "x", "min_disk": "ten", "protected": "maybe"}]},
        [
            "glance_images[0].protected must be true or false, not a string",
            "glance_images[0].min_disk must be an integer, not a string",
        ],
    ),
    "an unquoted yes instead of text": (
        {"glance_region": True},
        ["glance_region must be a string, not a boolean: put it in quotes"],
    ),
    "an unknown choice": (
        {"glance_images": [{"name": "x", "visibility": "pubic"}]},
        ["glance_images[0].visibility must be one of private, public; did you mean public?"],
    ),
    "a template with an undefined variable": (
        {"glance_database_password": "{{ vault_password }}"},
        ["glance_database_password uses vault_password, which is not defined: define it, or correct the name"],
    ),
    "a template with an undefined variable, behind another one": (
        {"glance_database_host": "{{ database_host }}", "database_host": "{{ db.address }}", "db": {}},
        ["glance_database_host uses the key address, which does not exist"],
    ),
    "a template with an undefined variable, deep inside": (
        {"glance_config": {"DEFAULT": {"workers": "{{ cores }}"}}},
        ["glance_config.DEFAULT.workers uses cores, which is not defined: define it, or correct the name"],
    ),
    "a template with a filter that does not exist": (
        {"glance_region": "{{ 'x' | upcase }}"},
        ["glance_region uses upcase, which is not installed"],
    ),
    "a template without its end": (
        {"glance_region": "{{ region"},
        [
            "glance_region has a template with a syntax error: check for unbalanced braces and quotes, or put the tag "
            "!unsafe before text that contains {{, {% or {#"
        ],
    ),
    "a template that fails on a secret value": (
        {"glance_cloud": "{{ 'Sesame' | from_json }}"},
        [
            "glance_cloud has a template that fails: "
            "`ansible controller -m ansible.builtin.debug -a var=glance_cloud` prints the reason",
        ],
    ),
    "a placeholder of the install guides": (
        {"glance_database_password": "GLANCE_DBPASS"},
        [f"glance_database_password still contains a placeholder: set the real value in {VAULT}"],
    ),
    "a temporary password": (
        {"glance_database_login_password": "change-me"},
        [f"glance_database_login_password still contains a placeholder: set the real value in {VAULT}"],
    ),
    "a password of digits without quotes": (
        {"glance_database_password": 8715309},
        ["glance_database_password must be a string, not a number: put it in quotes, without the tag !unsafe"],
    ),
    "a placeholder in the dictionary of the cloud": (
        {"glance_cloud": {"auth": {"username": "admin", "password": "ADMIN_PASS"}}},
        [f"glance_cloud.auth.password still contains a placeholder: set the real value in {VAULT}"],
    ),
    "a URL followed by text": (
        {"glance_identity_url": "http://controller:5000 internal port"},
        [
            "glance_identity_url must be an http or https URL with a host and without blanks, such as http://controller:9292",
        ],
    ),
    "a URL without a scheme, reported once although a default refers to it": (
        {"glance_public_url": "controller:9292"},
        [
            "glance_public_url must be an http or https URL with a host and without blanks, such as http://controller:9292",
        ],
    ),
    "an invalid port": (
        {"glance_database_port": 70000},
        ["glance_database_port must be a port, an integer from 1 to 65535"],
    ),
    "an unknown option": (
        {"glance_config": {"DEFAULT": {"enable_import_methods": ["web-download"]}}},
        [
            "glance_config: DEFAULT/enable_import_methods is not an option of Glance; "
            "did you mean DEFAULT/enabled_import_methods?",
        ],
    ),
    "an option in the wrong section": (
        {"glance_config": {"DEFAULT": {"lock_path": "/x", "connection": "Sesame"}}},
        ["glance_config: DEFAULT/connection is not an option of Glance; it belongs to [database]"],
    ),
    "an unknown section": (
        {"glance_config": {"oslo_message_rabbit": {"rabbit_ha_queues": True}}},
        ["glance_config: [oslo_message_rabbit] is not a section of Glance; did you mean [oslo_messaging_rabbit]?"],
    ),
    "an unknown option of a store": (
        {"glance_stores": [{"name": "ceph", "type": "rbd", "options": {"rbd_store_pol": "images"}}]},
        ["glance_stores: ceph/rbd_store_pol is not an option of Glance; did you mean ceph/rbd_store_pool?"],
    ),
    "a section that the registry does not have": (
        {"glance_registry_config": {"DEFAULT": {"bind_port": 9191, "enabled_import_methods": []}, "task": {}}},
        ["glance_registry_config: [task] is not a section of Glance"],
    ),
}


@pytest.fixture(autouse=True)
def roles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for role, path, text in [
        ("glance", "meta/argument_specs.yml", INPUTS),
        ("glance_database", "meta/argument_specs.yml", DATABASE),
    ]:
        file = tmp_path / role / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(check_inputs, "argument_specs", lambda: inputs.argument_specs(tmp_path))


def trusted(value: Any) -> Any:
    """Return a value as the action receives it from an inventory."""
    if isinstance(value, dict):
        return {key: trusted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [trusted(inner) for inner in value]
    return getattr(ansible.template, "trust_as_template", str)(value) if isinstance(value, str) else value


def run(variables: dict[str, Any], **arguments: Any) -> dict[str, Any]:
    task, loader = Task(), DataLoader()
    task.args = {"roles": ["glance", "glance_database"], **arguments}
    task_vars = trusted({"inventory_hostname": "controller", "groups": {"glance_api": ["controller"]}, **variables})
    templar = ansible.template.Templar(loader=loader, variables=task_vars)
    action = check_inputs.ActionModule(task, MagicMock(), MagicMock(), loader, templar, MagicMock())
    result: dict[str, Any] = action.run(task_vars=task_vars)
    return result


def test_valid_variables_pass() -> None:
    assert run(VALID) == {"changed": False}


@pytest.mark.parametrize(("variables", "expected"), INVALID.values(), ids=INVALID)
def test_invalid_variables_are_reported(variables: dict[str, Any], expected: list[str]) -> None:
    result = run({**VALID, **variables})
    count = "1 problem" if len(expected) == 1 else f"{len(expected)} problems"
    head = f"{count} in the variables of controller; nothing was changed:"
    assert result["msg"].splitlines() == [head, *(f"  - {line}" for line in expected)]
    assert result["failed"]
    assert not result["changed"]
    assert "Sesame" not in str(result)


def test_all_problems_are_reported_at_once() -> None:
    both = {**INVALID["an invalid port"][0], **INVALID["an unquoted yes instead of text"][0], "glance_vip": 1}
    assert run(both)["msg"].startswith("4 problems in the variables of controller; nothing was changed:\n  - ")


def test_required_variable_of_a_role_that_does_not_run_may_be_missing() -> None:
    assert run({}, roles=["glance"]) == {"changed": False}


def test_group_of_the_inventory_is_not_an_unknown_variable() -> None:
    assert run({**VALID, "glance_api": ["controller"]}) == {"changed": False}


def test_null_and_omit_count_as_not_set() -> None:
    assert (
        run({**VALID, "glance_region": None, "glance_database_host": "{{ omit }}", "omit": "__omit__"})["changed"]
        is False
    )


def test_variable_may_refer_to_the_default_of_another() -> None:
    assert run({**VALID, "glance_identity_url": "{{ glance_internal_url }}"}) == {"changed": False}


def test_section_of_the_default_store_is_accepted() -> None:
    assert run({**VALID, "glance_config": {"fs": {"filesystem_store_chunk_size": 65536}}}) == {"changed": False}


def test_group_without_a_host_is_the_only_problem_reported() -> None:
    message = run({"groups": {"glance_api": []}}, groups=["glance_api"])["msg"]
    assert "The inventory has no host in the group glance_api" in message
    assert "password" not in message


@pytest.mark.parametrize("release", ["zed", "2027.1"])
def test_option_of_the_release_or_of_an_unknown_release_is_accepted(release: str) -> None:
    assert run({**VALID, "glance_config": {"DEFAULT": {"debug": True}}}, release=release) == {"changed": False}


def test_option_that_the_release_does_not_have_is_reported() -> None:
    result = run({**VALID, "glance_config": {"DEFAULT": {"registry_host": "x"}}}, release="zed")
    assert "DEFAULT/registry_host is not an option of Glance Zed: it was removed in Victoria" in result["msg"]


OLD = {"auth_uri": "http://Sesame:5000"}


@pytest.mark.parametrize(
    ("server", "release", "servers", "expected"),
    [
        (
            "eventlet",
            "2026.2",
            ["uwsgi"],
            "glance_api_server: Glance 2026.2 does not support eventlet; use uwsgi",
        ),
        (
            "uwsgi",
            "train",
            ["eventlet"],
            "glance_api_server: Glance train does not support uwsgi; use eventlet",
        ),
        ("uwsgi", "zed", ["eventlet", "uwsgi"], None),
        ("auto", "2026.2", ["uwsgi"], None),
        ("uwsgi", None, [], None),
    ],
    ids=["removed", "not-yet", "one-of-two", "auto", "not-known-yet"],
)
def test_server_that_the_release_does_not_support_is_reported(
    server: str, release: str | None, servers: list[str], expected: str | None
) -> None:
    result = run({**VALID, "glance_api_server": server}, release=release, servers=servers)
    assert (expected in result["msg"]) if expected else not result.get("failed")


def test_virtual_environment_requires_a_version() -> None:
    result = run({**VALID, "glance_api_install_method": "venv"})
    assert "glance_api_version is not set: set the version to install" in result["msg"]
    assert not run({**VALID, "glance_api_install_method": "venv", "glance_api_version": "33.0.0"}).get("failed")


@pytest.mark.parametrize(
    ("options", "is_refused"),
    [
        pytest.param({"glance_api_install_method": "venv"}, True, id="not on the package index"),
        pytest.param({"glance_api_install_method": "package"}, False, id="packages"),
        pytest.param(
            {"glance_api_install_method": "venv", "glance_api_python_packages": ["rados==2.0", "rbd==2.0"]},
            False,
            id="wheels",
        ),
    ],
)
def test_virtual_environment_for_ceph_requires_its_libraries(options: dict[str, Any], is_refused: bool) -> None:
    stores = [{"name": "fs", "type": "file"}, {"name": "ceph", "type": "rbd"}]
    result = run({**VALID, "glance_api_version": "33.0.0", "glance_stores": stores, **options})
    message = "glance_stores[1].type: rbd needs the Python libraries rados and rbd"
    assert (message in result.get("msg", "")) is is_refused


def test_option_with_another_name_in_the_release_is_a_warning() -> None:
    result = run({**VALID, "glance_config": {"keystone_authtoken": OLD}}, release="zed")
    assert result == {
        "changed": False,
        "warnings": [
            "glance_config: keystone_authtoken/auth_uri is written as keystone_authtoken/www_authenticate_uri, "
            "its name in Glance Zed"
        ],
    }


def test_option_with_two_names_and_two_values_is_reported() -> None:
    both = {**OLD, "www_authenticate_uri": "http://controller:5000"}
    message = run({**VALID, "glance_config": {"keystone_authtoken": both}}, release="zed")["msg"]
    assert "keystone_authtoken/auth_uri and keystone_authtoken/www_authenticate_uri are the same option" in message
    assert "Sesame" not in message


@pytest.mark.parametrize(
    ("version", "accepted", "warned"),
    [
        ("30.1.0", ["OSSN-0105"], ["OSSA-2026-004", "CVE-2026-71196"]),
        ("30.1.0", ["OSSN-0105", "OSSA-2026-004", "CVE-2026-71196"], []),
        ("33.0.0", [], []),
        ("", [], []),
    ],
)
def test_advisories_without_a_fix_are_warnings(version: str, accepted: list[str], warned: list[str]) -> None:
    result = run({**VALID, "glance_api_accepted_advisories": accepted}, release="2025.1", version=version)
    assert [line.split()[0] for line in result.get("warnings", [])] == warned


def test_policy_rules_are_checked() -> None:
    variables = {**VALID, "glance_api_policy": {"publicise_image": "role:admin"}}
    assert (
        "glance_api_policy.publicise_image is not a rule of Glance; did you mean publicize_image?"
        in run(variables)["msg"]
    )
    variables["glance_api_policy"] = {"tasks_api_access": "!"}
    result = run(variables, release="2025.1", version="30.2.0")
    assert [line.split()[0] for line in result["warnings"]] == ["CVE-2026-71196"]


def test_unknown_role_is_refused() -> None:
    assert run(VALID, roles=["glance_databse"])["msg"] == "This collection has no role glance_databse."


REAL = Path(__file__).parents[4] / "roles"
SPECS = inputs.argument_specs()


def test_roles_of_the_collection_require_only_the_documented_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_inputs, "argument_specs", inputs.argument_specs)
    required = {name: "Sesame" for spec in SPECS.values() for name, option in spec.items() if option.get("required")}
    assert {"glance_database_password", "glance_service_password"} <= set(required)
    port = {"glance_loadbalancer_bind_port": 9293}  # the host is also an API host
    assert run({**required, **port}, roles=list(SPECS)) == {"changed": False}
    missing = run({}, roles=list(SPECS))["msg"]
    assert all(f"{name} is not set" in missing for name in required)


@pytest.mark.parametrize("role", SPECS)
def test_defaults_of_a_role_conform_to_its_argument_specs(role: str) -> None:
    defaults = yaml.safe_load((REAL / role / "defaults" / "main.yml").read_text()) or {}
    plain = {name: value for name, value in defaults.items() if "{{" not in str(value)}
    assert set(defaults) <= set(SPECS[role])
    assert [
        problem for name, value in plain.items() for problem in value_problems(name, value, SPECS[role][name])
    ] == []


@pytest.mark.parametrize(
    ("expected", "missing"),
    [(None, ""), ([], ""), (["c1"], ""), (["c1", "c2"], "c2"), (["c2", "c3"], "c2, c3"), ("c2", "")],
)
def test_inventory_without_an_expected_host_is_refused(expected: Any, missing: str) -> None:
    """A job slice of AWX has an inventory that contains only some of the hosts."""
    problems = check_inputs.missing_host_problems(expected, {"groups": {"all": ["c1"]}})
    assert [problem.partition(":")[2].split(":")[0] for problem in problems] == (
        [f" the inventory of this run does not contain {missing}"] if missing else []
    )


@pytest.mark.parametrize(
    ("selected", "skipped", "expected"),
    [
        pytest.param(["all"], [], [], id="no tags"),
        pytest.param(["configure", "schema"], ["images"], [], id="known tags"),
        pytest.param(["monitoring"], [], [], id="a tag of another playbook"),
        pytest.param(
            ["configur"],
            ["image"],
            [
                "--tags configur: no step of this collection has this tag; did you mean configure?",
                "--skip-tags image: no step of this collection has this tag; did you mean images?",
            ],
            id="misspelt",
        ),
    ],
)
def test_misspelt_tags_are_reported(selected: list[str], skipped: list[str], expected: list[str]) -> None:
    assert check_inputs.tag_warnings(selected, skipped) == expected


def test_known_tags_are_those_of_the_playbooks() -> None:
    playbooks = Path(__file__).parents[4] / "playbooks"
    text = "".join((playbooks / f"{name}.yml").read_text() for name in ("site", "loadbalancer"))
    assert {step for step in check_inputs.STEPS if f"tags: [{step}]" not in text} <= {"preflight", "schema", "service"}
