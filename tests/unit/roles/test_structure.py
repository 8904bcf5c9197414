"""Check the structure of the collection: data in two places must agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

from ansible_collections.osops.glance.plugins.module_utils._host.distribution import distribution_of
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import LOG_OPTIONS
from ansible_collections.osops.glance.plugins.plugin_utils.deployment import tables
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import argument_specs

TOP = Path(__file__).resolve().parents[3]
ROLES = sorted(path.name for path in (TOP / "roles").iterdir())
MODULES = sorted(path.stem for path in (TOP / "plugins/modules").glob("*.py"))
MAX_LINES = {"tasks": 60, "defaults": 70, "playbooks": 195}


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
def test_every_option_has_a_type_and_a_description(role: str) -> None:
    lacking = [name for name, option in options(role).items() if not option.get("description") or "type" not in option]
    assert not lacking


@pytest.mark.parametrize("role", ROLES)
def test_every_readme_names_the_documentation_of_the_role(role: str) -> None:
    assert f"ansible-doc -t role osops.glance.{role}" in (TOP / "roles" / role / "README.md").read_text()


def test_each_input_has_its_default_in_one_role() -> None:
    """Only one role defines the default of an input; others may require it."""
    homes = [name for role in ROLES for name in defaults(role)]
    assert sorted(set(homes)) == sorted(homes)


def test_secrets_have_no_default() -> None:
    named = {name: value for role in ROLES for name, value in defaults(role).items() if name.endswith("_password")}
    assert not [name for name, value in named.items() if value is not None]


def test_action_group_contains_the_modules_with_the_option_cloud() -> None:
    group = load(TOP / "meta/runtime.yml")["action_groups"]["glance"]
    assert sorted(group) == [name for name in MODULES if "cloud" in documented_options(name)]


def documented_options(module: str) -> set[str]:
    """Return the options of a module, including those of its documentation fragments."""
    text = (TOP / f"plugins/modules/{module}.py").read_text()
    documentation = yaml.safe_load(text.split('DOCUMENTATION = r"""')[1].split('"""')[0])
    fragments = [name.rpartition(".")[2] for name in documentation.get("extends_documentation_fragment", [])]
    own = set(documentation.get("options", {}))
    return own | ({"cloud"} if "cloud" in fragments else set())


@pytest.mark.parametrize("path", sorted((TOP / "playbooks").glob("*.yml")), ids=lambda path: path.name)
def test_hosts_of_plays_come_from_the_lookup(path: Path) -> None:
    hosts = [play["hosts"] for play in load(path) if "hosts" in play and play["hosts"] != "sandbox"]
    assert not [one for one in hosts if "groups" in one]


def test_playbooks_pass_only_documented_variables_to_roles() -> None:
    documented = {name for role in ROLES for name in options(role)}
    passed = {
        name
        for play in PLAYS.values()
        for task in play.get("tasks", [])
        if "ansible.builtin.import_role" in task
        for name in task.get("vars", {})
    }
    assert passed <= documented


@pytest.mark.parametrize("role", [role for role in ROLES if role != "sandbox_controller"])
def test_every_entry_point_has_an_argument_spec(role: str) -> None:
    imported = {
        task["ansible.builtin.import_role"].get("tasks_from", "main")
        for play in PLAYS.values()
        for entry in play.get("tasks", [])
        for task in entry.get("block", [entry])
        if task.get("ansible.builtin.import_role", {}).get("name") == f"osops.glance.{role}"
    }
    assert imported <= set(entry_points(f"osops.glance.{role}"))


def test_choices_of_the_release_are_those_of_the_table() -> None:
    assert options("glance")["glance_release"]["choices"] == list(tables.releases())


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_tests(module: str) -> None:
    """The tests are those of the module, of its action plugin, or of the resource that the module runs."""
    text = (TOP / f"plugins/modules/{module}.py").read_text()
    places = [f"{kind}/test_{module}.py" for kind in ("modules", "action")]
    places += [
        f"module_utils/{package}/test_{file}*.py"
        for package, file in re.findall(r"plugins\.module_utils\.(_\w+)\.(\w+) import", text)
        if package != "_core"
    ]
    assert [path for place in places for path in (TOP / "tests/unit/plugins").glob(place)]


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
    """The other hosts would go on with `strategy = free` in an ansible.cfg, and without one of these keywords.

    With max_fail_percentage, a host that cannot be reached any more does not end the run.
    """
    assert play["strategy"] == "ansible.builtin.linear"
    assert play.get("any_errors_fatal") is True or play["max_fail_percentage"] == 0


@pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS)
def test_playbooks_leave_validation_to_check_inputs(play: dict[str, Any]) -> None:
    """Validation by Ansible refuses blank answers of surveys and lists in text, which check_inputs converts."""
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
    """Without the conversion of the plan, a text that means false counts as true."""
    expressions = ["".join(found) for found in EXPRESSION.findall(path.read_text())]
    names = {
        name for text in expressions for name in re.findall(r"(?<![\w.'])glance_\w+", re.sub(r"'[^']*'", "", text))
    }
    assert not names & {name for role in ROLES for name in options(role)}


# The names of distributions in Galaxy that differ from the ID in /etc/os-release.
GALAXY_IDS = {"EL": "rhel"}


@pytest.mark.parametrize("role", [role for role in ROLES if role != "sandbox_controller"])
def test_every_distribution_in_the_metadata_of_a_role_belongs_to_a_platform(role: str) -> None:
    claimed = load(TOP / "roles" / role / "meta/main.yml")["galaxy_info"]["platforms"]
    ids = [GALAXY_IDS.get(platform["name"], platform["name"].lower()) for platform in claimed]
    assert {distribution_of({"id": name}).family for name in ids} <= set(tables.platforms())


@pytest.mark.parametrize("module", ["service", "service_log"])
def test_options_of_the_logs_are_documented(module: str) -> None:
    text = (TOP / f"plugins/modules/{module}.py").read_text()
    documented = yaml.safe_load(text.split('DOCUMENTATION = r"""')[1].split('"""')[0])["options"]
    for name, option in LOG_OPTIONS.items():
        assert {key: documented[name].get(key) for key in option} == option


def test_make_runs_every_scenario() -> None:
    listed = re.findall(r"^(?:PLATFORMS|SCENARIOS) := (.*)$", (TOP / "Makefile").read_text(), re.MULTILINE)
    there = [file.parent.name for file in TOP.glob("molecule/*/molecule.yml")]
    assert sorted(there) == sorted(set(" ".join(listed).split()) - {"$(PLATFORMS)"})


def test_constraints_pin_the_requirements() -> None:
    pinned = set((TOP / "constraints.txt").read_text().lower().splitlines())
    asked = [
        line.lower()
        for name in ("requirements.txt", "requirements-test.txt")
        for line in (TOP / name).read_text().splitlines()
        if "==" in line
    ]
    assert not [line for line in asked if line not in pinned]


def commands(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the options of the module command in all tasks."""
    if isinstance(node, dict):
        yield from [node["ansible.builtin.command"]] if "ansible.builtin.command" in node else []
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from commands(inner)


def test_commands_of_other_accounts_start_in_a_directory_that_these_can_read() -> None:
    """Over SSH, a command starts in the home of root; find fails if it cannot return to it."""
    found = [command for path in sorted((TOP / "roles").glob("*/tasks/*.yml")) for command in commands(load(path))]
    other = [command for command in found if "runuser" in command["argv"] or "__glance_verify" in str(command["argv"])]
    assert len(other) >= 4
    assert [command for command in other if command.get("chdir") != "/"] == []


@pytest.mark.parametrize("name", ["galera-check", "galera-check.socket", "galera-check@.service"])
def test_documented_health_check_of_a_database_node_is_tested(name: str) -> None:
    content = (TOP / "molecule/galera/files" / name).read_text()
    assert content in (TOP / "docs/several-controllers.md").read_text()
