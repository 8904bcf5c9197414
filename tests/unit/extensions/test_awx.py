"""The playbook for AWX uses existing modules, options, playbooks and variables."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.parsing.convert_bool import BOOLEANS

from tests.unit.extensions.awx_files import (
    AWX,
    SURVEYS,
    TASKS,
    TEMPLATES,
    TOP,
    VARIABLES,
    load,
    module_options,
    public_variables,
)

# AWX lists a file as a playbook if a line has one of these keys, at any indentation.
PLAYBOOK = re.compile(r"^\s*-?\s*(hosts|(ansible\.builtin\.)?(include|import_playbook)):", re.MULTILINE)
SKIPPED = {"roles", "tasks", "group_vars", "host_vars", "."}
MODULE_TASKS = {name: task for name, task in TASKS.items() if any(key.startswith("awx.awx.") for key in task)}
# Prompts that the playbooks honor, and the name of their option.
PROMPTS = ("diff_mode", "limit", "skip_tags", "tags", "verbosity")


def arguments_of(task: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the module of a task and its arguments."""
    return next((key.rpartition(".")[2], value) for key, value in task.items() if key.startswith("awx.awx."))


@pytest.mark.parametrize("task", MODULE_TASKS.values(), ids=MODULE_TASKS)
def test_arguments_are_documented_options(task: dict[str, Any]) -> None:
    module, arguments = arguments_of(task)
    options = module_options(module)
    assert set(arguments) <= set(options)
    assert {name for name, option in options.items() if option.get("required")} <= set(arguments)


@pytest.mark.parametrize("task", MODULE_TASKS.values(), ids=MODULE_TASKS)
def test_literal_arguments_have_their_type(task: dict[str, Any]) -> None:
    module, arguments = arguments_of(task)
    options = module_options(module)
    literals = {name: value for name, value in arguments.items() if "{{" not in str(value)}
    assert not [name for name, value in literals.items() if value not in options[name].get("choices", [value])]
    types = {"bool": bool, "int": int, "str": str, "list": list, "dict": dict}
    assert not [name for name, value in literals.items() if not isinstance(value, types[options[name]["type"]])]


def test_secrets_are_not_logged() -> None:
    secret = [task for task in MODULE_TASKS.values() if arguments_of(task)[0] == "credential"]
    assert secret
    assert [task["name"] for task in secret if task.get("no_log") is not True] == []


def test_secrets_are_replaced_only_on_request() -> None:
    """AWX does not return secrets: an update in every run would report a change in every run."""
    secret = [arguments_of(task)[1] for task in MODULE_TASKS.values() if arguments_of(task)[0] == "credential"]
    assert {one["update_secrets"] for one in secret} == {"{{ awx_update_secrets }}"}
    assert VARIABLES["awx_update_secrets"] is False


def test_jobs_are_not_sliced() -> None:
    _, arguments = arguments_of(TASKS["job_templates-0"])
    assert arguments["job_slice_count"] == 1
    assert arguments["ask_job_slice_count_on_launch"] is False


def test_every_prompt_is_decided() -> None:
    """A prompt that the task does not mention could be on in AWX."""
    _, arguments = arguments_of(TASKS["job_templates-0"])
    prompts = {name for name in module_options("job_template") if name.startswith("ask_")}
    assert prompts <= set(arguments)
    chosen = {name for name in prompts if arguments[name] is not False}
    assert chosen == {f"ask_{prompt}_on_launch" for prompt in PROMPTS}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template["name"])
def test_template_is_consistent(template: dict[str, Any]) -> None:
    path = TOP / VARIABLES["awx_playbook_directory"] / template["playbook"]
    assert path.is_file()
    assert template["job_type"] in ("run", "check")
    assert template["survey"] is None or template["survey"] in SURVEYS
    assert set(template["prompts"]) <= set(PROMPTS)
    # A playbook with one step has no tags to select, and one for a single host has no hosts to select.
    if template["playbook"] != "site.yml":
        assert not {"tags", "skip_tags"} & set(template["prompts"])
    if template["playbook"] not in ("site.yml", "upgrade.yml", "remove_host.yml"):
        assert "limit" not in template["prompts"]


def test_workflow_consists_of_templates() -> None:
    workflow = load(AWX / "data/job_templates.yml")["awx_workflow"]
    assert workflow == ["check for drift", "deploy", "verify"]
    assert set(workflow) <= {template["name"] for template in TEMPLATES}


@pytest.mark.parametrize("kind", load(AWX / "data/credential_types.yml")["awx_credential_types"].values())
def test_credential_type_is_valid(kind: dict[str, Any]) -> None:
    fields = {field["id"]: field for field in kind["inputs"]["fields"]}
    assert len(fields) == len(kind["inputs"]["fields"])
    # AWX adds the type if it is missing, and then the next run would report a change.
    assert {field["type"] for field in fields.values()} == {"string"}
    assert sorted(kind["inputs"]["required"]) == sorted(fields)
    assert {name for name, field in fields.items() if field.get("secret")} == {n for n in fields if "password" in n}
    assert set(kind["injectors"]) == {"extra_vars"}
    assert set(kind["injectors"]["extra_vars"]) <= set(public_variables())
    assert set(re.findall(r"\{\{ (\w+) \}\}", str(kind["injectors"]))) == set(fields)


def test_inventory_variables_are_documented() -> None:
    assert set(VARIABLES["awx_inventory_variables"]) <= set(public_variables())


def test_every_variable_is_documented_in_one_file() -> None:
    """Required variables are comments in variables.yml; other files define the rest."""
    documented = set(re.findall(r"^(?:# )?(awx_\w+):", (AWX / "variables.yml").read_text(), re.MULTILINE))
    internal = {name for path in (AWX / "data").glob("*.yml") for name in load(path)}
    read = {name for path in files("*.yml") for name in re.findall(r"(?<![\w.])awx_\w+", path.read_text())}
    assert read - internal == documented
    assert documented & internal == set()


def test_required_variables_have_no_value() -> None:
    required = re.findall(r"awx_\w+_password", str(TASKS["check-0"]["loop"]))
    assert len(required) == 3
    assert not set(required) & set(VARIABLES)


def test_values_of_booleans_are_literal() -> None:
    assert not [name for name, value in VARIABLES.items() if isinstance(value, str) and value.lower() in BOOLEANS]


def test_awx_offers_only_the_playbooks_of_the_collection() -> None:
    """AWX offers every such file of a checkout. It skips some directories, and does not recognize quoted keys."""
    tracked = subprocess.run(
        ["git", "ls-files", "*.yml", "*.yaml"], cwd=TOP, capture_output=True, text=True, check=True
    )
    paths = [TOP / name for name in tracked.stdout.splitlines() if not SKIPPED & {*Path(name).parts, name[0]}]
    listed = {path.parent for path in paths if path.exists() and PLAYBOOK.search(path.read_text())}
    assert listed == {TOP / "playbooks", AWX}


def files(pattern: str) -> list[Path]:
    return sorted(AWX.rglob(pattern))


SECRETS = {f"awx_{name}_password": "secret" for name in ("database", "service", "administrator")}


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "awx_database_password must be a string"),
        ({**SECRETS, "awx_service_password": 12345}, "awx_service_password must be a string"),
        (SECRETS, "Set awx_machine_inputs"),
        (
            {**SECRETS, "awx_machine_credential": "root", "awx_groups": {"glance_api": ["c1", "c2"]}},
            "exactly one member of glance_admin",
        ),
    ],
    ids=["no secret", "number", "no login", "no administrator's host"],
)
def test_variables_are_checked_first(variables: dict[str, Any], message: str, tmp_path: Path) -> None:
    (tmp_path / "variables.yml").write_text(yaml.safe_dump(variables))
    program = str(Path(sys.executable).parent / "ansible-playbook")
    command = [program, str(AWX / "configure.yml"), "-e", f"@{tmp_path / 'variables.yml'}"]
    done = subprocess.run(command, env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, text=True, capture_output=True)
    assert done.returncode == 2
    assert message in " ".join(done.stdout.split())
    assert "changed=0" in done.stdout
