"""The structure itself: what stands in two places must agree, and nothing that belongs together may be missing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.osops.glance.plugins.module_utils._host import packages
from ansible_collections.osops.glance.plugins.module_utils._host.distribution import FAMILIES, distribution_of
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import LOG_OPTIONS
from ansible_collections.osops.glance.plugins.plugin_utils import policies as _policies
from ansible_collections.osops.glance.plugins.plugin_utils.advisories import (
    ADVISORIES,
    POLICY_DIRECTORY,
    upstream_parts,
)
from ansible_collections.osops.glance.plugins.plugin_utils.inputs import argument_specs
from ansible_collections.osops.glance.plugins.plugin_utils.stores import OWNED

TOP = Path(__file__).resolve().parents[3]
ROLES = sorted(path.name for path in (TOP / "roles").iterdir())
MODULES = sorted(path.stem for path in (TOP / "plugins/modules").glob("*.py"))
MAX_LINES = {"tasks": 60, "defaults": 70, "playbooks": 120}


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text()) if path.exists() else None


def defaults(role: str) -> dict[str, Any]:
    return load(TOP / "roles" / role / "defaults/main.yml") or {}


def options(role: str) -> dict[str, Any]:
    return argument_specs()[role]


@pytest.mark.parametrize("role", ROLES)
def test_defaults_are_the_documented_ones(role: str) -> None:
    documented = {name: option["default"] for name, option in options(role).items() if "default" in option}
    written = {name: value for name, value in defaults(role).items() if value is not None}
    assert written == documented


@pytest.mark.parametrize("role", ROLES)
def test_every_default_is_documented(role: str) -> None:
    assert set(defaults(role)) <= set(options(role))


@pytest.mark.parametrize("role", ROLES)
def test_every_option_says_its_type_and_what_it_is(role: str) -> None:
    lacking = [name for name, option in options(role).items() if not option.get("description") or "type" not in option]
    assert not lacking


@pytest.mark.parametrize("role", ROLES)
def test_every_role_says_what_it_is_for(role: str) -> None:
    assert f"ansible-doc -t role osops.glance.{role}" in (TOP / "roles" / role / "README.md").read_text()


def test_each_input_has_one_home() -> None:
    """An input with a default stands in one role; the others may only say that they cannot do without it."""
    homes = [name for role in ROLES for name in defaults(role)]
    assert sorted(set(homes)) == sorted(homes)


def test_secrets_have_no_default() -> None:
    named = {name: value for role in ROLES for name, value in defaults(role).items() if name.endswith("_password")}
    assert not [name for name, value in named.items() if value is not None]


def test_modules_that_speak_to_a_cloud_are_the_action_group() -> None:
    group = load(TOP / "meta/runtime.yml")["action_groups"]["glance"]
    speak = [name for name in MODULES if "osops.glance.cloud" in (TOP / f"plugins/modules/{name}.py").read_text()]
    assert sorted(group) == speak


def test_the_releases_that_can_be_given_are_those_of_the_table() -> None:
    table = load(TOP / "roles/glance/vars/main/releases.yml")["__glance_releases"]
    assert options("glance")["glance_release"]["choices"] == list(table)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_tests(module: str) -> None:
    places = [TOP / "tests/unit/plugins" / kind / f"test_{module}.py" for kind in ("modules", "action")]
    assert [path for path in places if path.exists()]


@pytest.mark.parametrize("kind", MAX_LINES)
def test_files_stay_short(kind: str) -> None:
    pattern = "playbooks/*.yml" if kind == "playbooks" else f"roles/*/{kind}/*.yml"
    long = {str(path): len(path.read_text().splitlines()) for path in TOP.glob(pattern)}
    assert not {path: lines for path, lines in long.items() if lines > MAX_LINES[kind]}


PLAYS = {
    f"{path.stem}-{number}": play
    for path in sorted((TOP / "playbooks").glob("*.yml"))
    for number, play in enumerate(load(path))
    if "hosts" in play
}


@pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS)
def test_a_failure_on_one_host_ends_the_run_for_all(play: dict[str, Any]) -> None:
    """The other hosts would go on with `strategy = free` in an ansible.cfg, and without any_errors_fatal."""
    assert play["strategy"] == "ansible.builtin.linear"
    assert play["any_errors_fatal"] is True


@pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS)
def test_roles_get_their_variables_in_every_form_that_is_converted(play: dict[str, Any]) -> None:
    """Ansible's own validation refuses blank answers of surveys and lists in text; check_inputs has checked more."""
    tasks = [step for task in play.get("tasks", []) for step in task.get("block", [task])]
    imported = [task["ansible.builtin.import_role"] for task in tasks if "ansible.builtin.import_role" in task]
    specified = [role for role in imported if role.get("tasks_from", "main") in entry_points(role["name"])]
    assert "roles" not in play or play["hosts"] == "sandbox"
    assert all(role["rolespec_validate"] is False for role in specified)


def entry_points(role: str) -> dict[str, Any]:
    points: dict[str, Any] = load(TOP / "roles" / role.rpartition(".")[2] / "meta/argument_specs.yml")["argument_specs"]
    return points


ROLE_FILES = [path for kind in ("tasks", "vars") for path in sorted(TOP.glob(f"roles/glance*/{kind}/**/*.yml"))]
EXPRESSION = re.compile(
    r"\{\{(.*?)\}\}|^ *(?:- )?(?:when|until|failed_when|changed_when): (?![\"'])(.*?)$", re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize("path", ROLE_FILES, ids=lambda path: str(path.relative_to(TOP)))
def test_roles_read_public_variables_with_their_types(path: Path) -> None:
    """Everywhere else than in `__glance_input`, a text that means false counts as true."""
    expressions = ["".join(found) for found in EXPRESSION.findall(path.read_text())]
    names = {
        name for text in expressions for name in re.findall(r"(?<![\w.'])glance_\w+", re.sub(r"'[^']*'", "", text))
    }
    assert not names & {name for role in ROLES for name in options(role)}


# What Galaxy calls a distribution, and what that calls itself in /etc/os-release.
GALAXY_IDS = {"EL": "rhel"}
PLATFORMS = load(TOP / "roles/glance/vars/main/platforms.yml")
# What a family need not have: packages of a registry, packages that start their units, and a way to finish.
MAY_BE_EMPTY = {"registry_packages", "starts_units", "finish"}


def test_every_platform_says_the_same_things() -> None:
    assert len({frozenset(facts) for facts in PLATFORMS["__glance_platforms"].values()}) == 1


@pytest.mark.parametrize("name", PLATFORMS["__glance_platforms"])
def test_every_platform_says_all_that_is_needed(name: str) -> None:
    facts = PLATFORMS["__glance_platforms"][name]
    assert not [fact for fact, value in facts.items() if not value and fact not in MAY_BE_EMPTY]
    assert facts["package"] in facts["api_packages"]
    assert not set(facts["other_packages"]) & {*facts["api_packages"], *facts["registry_packages"]}
    assert not [path for path in (facts["lock_path"], *facts["mysql_sockets"]) if not path.startswith("/")]


def test_families_that_a_host_is_found_to_be_of_are_those_of_the_platforms() -> None:
    assert set(FAMILIES) == set(PLATFORMS["__glance_platforms"]) == set(packages.QUERY)


@pytest.mark.parametrize(("name", "release"), PLATFORMS["__glance_distributions"].items())
def test_every_distribution_with_a_release_is_of_a_platform(name: str, release: str) -> None:
    assert distribution_of({"id": name.split()[0]}).family in PLATFORMS["__glance_platforms"]
    assert release in load(TOP / "roles/glance/vars/main/releases.yml")["__glance_releases"]


@pytest.mark.parametrize("role", [role for role in ROLES if role != "sandbox_controller"])
def test_every_distribution_that_a_role_claims_is_of_a_platform(role: str) -> None:
    claimed = load(TOP / "roles" / role / "meta/main.yml")["galaxy_info"]["platforms"]
    ids = [GALAXY_IDS.get(platform["name"], platform["name"].lower()) for platform in claimed]
    assert {distribution_of({"id": name}).family for name in ids} <= set(PLATFORMS["__glance_platforms"])


@pytest.mark.parametrize(
    ("table", "facts"),
    [
        ("__glance_looked_at", ["package", "cloud_library", "mysql_library"]),
        ("__glance_offered", ["package", "cloud_library", "mysql_library"]),
        ("__glance_units", ["api_unit", "registry_unit"]),
    ],
)
def test_what_is_asked_of_each_family_is_what_its_platform_calls_it(table: str, facts: list[str]) -> None:
    written = load(TOP / "roles/glance/vars/main/platforms.yml")
    platforms = written["__glance_platforms"].items()
    assert written[table] == {family: [platform[fact] for fact in facts] for family, platform in platforms}


def test_units_of_ours_are_looked_for_where_they_are_written() -> None:
    platforms = load(TOP / "roles/glance/vars/main/platforms.yml")["__glance_platforms"].items()
    facts = load(TOP / "roles/glance/vars/main/server.yml")
    policies = facts["__glance_policy_file"]
    units = {family: f"/etc/systemd/system/{platform['api_unit']}.service" for family, platform in platforms}
    config = facts["__glance_config_file"]
    assert facts["__glance_own_files"] == {family: [unit, policies, config] for family, unit in units.items()}


def test_what_is_said_to_be_written_for_an_advisory_is() -> None:
    written = load(TOP / "roles/glance_api/vars/main/mitigations.yml")
    options = {
        advisory: [f"{section}/{option}" for section, said in sections.items() for option in said]
        for advisory, sections in written["__glance_api_mitigating_config"].items()
    }
    rules = {advisory: [*said] for advisory, said in written["__glance_api_mitigating_policy"].items()}
    mitigated = [advisory for advisory in ADVISORIES if advisory.mitigation]
    assert rules == {advisory.id: [advisory.policy_rule] for advisory in mitigated if advisory.policy_rule}
    assert options == {
        advisory.id: [advisory.exposed_by.option]
        for advisory in mitigated
        if advisory.exposed_by and not advisory.policy_rule
    }


def test_first_release_with_a_directory_of_policies_is_one_and_the_same() -> None:
    table = load(TOP / "roles/glance/vars/main/releases.yml")["__glance_releases"]
    assert upstream_parts(table[_policies.FIRST_WITH_DIRECTORY]["version"]) == POLICY_DIRECTORY


def test_directories_are_made_as_they_are_looked_at() -> None:
    tasks = load(TOP / "roles/glance_api/tasks/configure.yml")
    (made,) = [task["ansible.builtin.file"] for task in tasks if task["name"].endswith("directories of the stores")]
    assert {name: made[name] for name in OWNED} == OWNED


@pytest.mark.parametrize("module", ["service", "service_log"])
def test_options_of_the_logs_are_documented_as_they_are(module: str) -> None:
    text = (TOP / f"plugins/modules/{module}.py").read_text()
    documented = yaml.safe_load(text.split('DOCUMENTATION = r"""')[1].split('"""')[0])["options"]
    for name, option in LOG_OPTIONS.items():
        assert {key: documented[name].get(key) for key in option} == option


def test_make_runs_every_scenario() -> None:
    listed = re.findall(r"^(?:PLATFORMS|SCENARIOS) := (.*)$", (TOP / "Makefile").read_text(), re.MULTILINE)
    there = [file.parent.name for file in TOP.glob("molecule/*/molecule.yml")]
    assert sorted(there) == sorted(set(" ".join(listed).split()) - {"$(PLATFORMS)"})


def test_constraints_pin_what_the_requirements_ask_for() -> None:
    pinned = set((TOP / "constraints.txt").read_text().lower().splitlines())
    asked = [
        line.lower()
        for name in ("requirements.txt", "requirements-test.txt")
        for line in (TOP / name).read_text().splitlines()
        if "==" in line
    ]
    assert not [line for line in asked if line not in pinned]
