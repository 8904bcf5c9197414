# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in the documentation of the module do what their names describe, and are idempotent."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.doc_fragments.ini import ModuleDocFragment
from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET_NAMES
from ansible_collections.osops.glance.plugins.module_utils._ini import resource
from ansible_collections.osops.glance.plugins.modules import ini

MODULE = "osops.glance.ini"
EXAMPLES: dict[str, dict[str, Any]] = {each["name"]: each[MODULE] for each in yaml.safe_load(ini.EXAMPLES)}
PARAMETERS: dict[str, Any] = {
    **yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"],
    **yaml.safe_load(ini.DOCUMENTATION)["options"],
}
RETURNED: dict[str, Any] = yaml.safe_load(ini.RETURN)
PATHS = ("path", "schema", "also_read", "package_defaults")
# The value of each variable in an example.
VALUE = "mysql+pymysql://glance:secret@controller/glance"

# In the format of oslo-config-generator.
DEBUG: dict[str, Any] = {
    "name": "debug",
    "dest": "debug",
    "type": "boolean value",
    "choices": [],
    "min": None,
    "max": None,
    "secret": False,
}

# The files on the host of the examples.
FILES = {
    "/etc/glance/glance-api.conf": """\
[DEFAULT]
#debug = false

# Deprecated.
#show_multiple_locations = true
workers=2
#enabled_import_methods = [glance-direct]

[database]

[oslo_policy]
policy_file = policy.yaml
enforce_scope = false
enforce_new_defaults = false
""",
    "/etc/glance/glance-api.conf.d/local.conf": "[DEFAULT]\ndebug = false\n",
    "/etc/glance/glance-image-import.conf": "[image_import_opts]\nimage_import_plugins = []\n[more]\nby = hand\n",
    "/etc/glance/glance-api-paste.ini": "[pipeline:glance-api-keystone]\npipeline = cors\n  rootapp\n",
    "/etc/nova/nova.conf": """\
[DEFAULT]
use_neutron = true

[pci]
alias = {"name": "a0"}

[cells]
enable = false
""",
    "/etc/app/app.cnf": "[server]\nmax_connections = 151\n",
    "/etc/app/app.ini": "[log]\n",
    "/etc/app/whole.conf": "[DEFAULT]\ndebug = false\nby_hand = 1\n",
    "/etc/mysql/mariadb.conf.d/90-openstack.cnf": "[mysqld]\nbind-address = 127.0.0.1 # for now\n",
    "/etc/systemd/system/glance-api.service.d/limits.conf": "[Service]\nExecStart=\nExecStart=/bin/a \\\n  --b\n",
    "/etc/app/broken.conf": "[billing] # repair me\naccount = 1\n\n[old]\nlast_option = 1\n",
    "/usr/share/glance/schema.json": json.dumps({"options": {"DEFAULT": {"opts": [DEBUG]}}, "deprecated_options": {}}),
}
# The validator of the examples, which requires a new file and a namespace.
VALIDATOR = '#!/bin/sh\ntest "$1" = --input-file && test -s "$2" && test "$3 $4" = "--namespace glance.api"\n'

# Texts that the file must contain and must not contain afterwards, by the beginning of the name of the example.
MARKS: dict[str, tuple[list[str], list[str]]] = {
    "Set any number of options": (
        ["#debug = false\ndebug = false\n", "workers=4\n", f"connection = {VALUE}\n", "flavor = keystone\n"],
        [],
    ),
    "Repeat an option": (['alias = {"name": "a1"}\nalias = {"name": "a2"}\n'], ["a0", "use_neutron", "[cells]"]),
    "Set a password": (["password = p@s/s%$$w:rd#\n"], []),
    "Validate the new content": (["image_size_cap = 1099511627776\n"], []),
    "Set the list format": (
        ["enabled_import_methods = [glance-direct,web-download]\n", "bind_host = $my_ip\n"],
        [],
    ),
    "Add an item": (['alias = {"name": "a0"}\nalias = {"name": "a3"}\n'], []),
    "Manage a section": (
        ["[oslo_policy]\npolicy_file = policy.yaml\nenforce_scope = true\n", "workers=2\n"],
        ["enforce_new_defaults"],
    ),
    "Manage the whole file": (["# Written by Ansible.", "image_import_plugins = [image_conversion]\n"], ["by = hand"]),
    "Change a pipeline": (["pipeline = cors healthcheck"], ["  rootapp"]),
    "Set an option without a value": (
        ["lang = en\n\n[server]\n", "max_connections = 4096\n", "\nskip-name-resolve\n"],
        [],
    ),
    "Set options of MariaDB": (["bind-address = 0.0.0.0\nmax_connections = 4096\n"], ["bind_address", "for now"]),
    "Override settings": (["[Service]\nExecStart=\nExecStart=/usr/bin/glance-api --config-dir /etc/glance\n"], ["--b"]),
    "Set the index of pip": (["index-url = https://ci:p%40ss@pypi.example.com/simple\n"], []),
    "Write a literal percent sign": (["format = %%(asctime)s %%(message)s\n"], []),
    "Replace a commented default": (
        ["# Deprecated.\nshow_multiple_locations = false\n"],
        ["#show_multiple_locations"],
    ),
    "Repair a file": (["[billing]\naccount = 4711\n"], ["[old]"]),
    "Write lists": (["memcached_servers = controller1:11211,controller2:11211\n"], []),
    "Declare a secret": ([f"pin = {VALUE}\n", "driver = messagingv2\n", "[DEFAULT]\ndebug = true\n"], ["#debug"]),
    "Write an option with a dash": (["log-file = /var/log/vendor.log\n"], []),
    "Check that the options exist": (["debug = true\n"], []),
    "Replace a whole file": (["# Managed by Ansible (example)\n", "debug = true\n"], ["by_hand"]),
}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory that represents the host."""
    for name, content in FILES.items():
        path = tmp_path / name[1:]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    commands = tmp_path / "bin"
    commands.mkdir()
    for words in (example["validate"].split() for example in EXAMPLES.values() if "validate" in example):
        (commands / words[0]).write_text(VALIDATOR)
        (commands / words[0]).chmod(0o755)
    monkeypatch.setenv("PATH", str(commands), prepend=os.pathsep)
    # The module keeps its lock until its process ends; here, several runs share a process.
    monkeypatch.setattr(resource, "lock_directory_of", lambda _path: None)
    # Warnings stay in the process and would affect later tests.
    for method in ("log", "warn"):
        monkeypatch.setattr(basic.AnsibleModule, method, lambda *_arguments, **_keywords: None)
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    return tmp_path


def run(host: Path, example: dict[str, Any], check: bool = False) -> Any:
    arguments = {"ANSIBLE_MODULE_ARGS": {**on(host, example), "_ansible_check_mode": check, "_ansible_diff": True}}
    basic._ANSIBLE_ARGS = json.dumps(arguments).encode()
    with contextlib.redirect_stdout(io.StringIO()) as out, pytest.raises(SystemExit):
        ini.main()
    result = json.loads(out.getvalue())
    assert not result.get("failed"), result["msg"]
    return result


def on(host: Path, example: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters of an example for this host, with all variables resolved."""
    params = json.loads(re.sub(r"\{\{.*?\}\}", VALUE, json.dumps(example)))
    for name in set(PATHS) & set(params):
        value = params[name]
        params[name] = [f"{host}{path}" for path in value] if isinstance(value, list) else f"{host}{value}"
    owner = {"owner": str(os.getuid()), "group": str(os.getgid())}
    return {**params, **{name: value for name, value in owner.items() if name in params}}


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_changes_the_file_once(host: Path, name: str) -> None:
    path = Path(f"{host}{EXAMPLES[name]['path']}")
    before = path.read_text() if path.exists() else None
    prediction = run(host, EXAMPLES[name], check=True)
    assert (path.read_text() if path.exists() else None) == before

    result = run(host, EXAMPLES[name])
    assert result["changed"]
    assert result["changes"]
    assert (prediction["changes"], prediction["diff"]) == (result["changes"], result["diff"])
    assert path.read_text() != before

    again = run(host, EXAMPLES[name])
    assert (again["changed"], again["changes"], again["diff"]) == (False, [], [])


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_has_the_described_effect(host: Path, name: str) -> None:
    run(host, EXAMPLES[name])
    content = Path(f"{host}{EXAMPLES[name]['path']}").read_text()
    marks = [marks for begin, marks in MARKS.items() if name.startswith(begin)]
    assert marks, "add the example to MARKS"
    for present, absent in marks:
        assert [mark for mark in present if mark not in content] == []
        assert [mark for mark in absent if mark in content] == []


def test_example_of_overriding_files_reports_them(host: Path) -> None:
    (name,) = (name for name in EXAMPLES if name.startswith("Check that the options exist"))
    result = run(host, EXAMPLES[name])
    assert [Path(shadow["path"]).name for shadow in result["shadowed"]] == ["local.conf"]
    assert (result["restart_needed"], result["reload_only"]) == (False, True)


def test_examples_print_no_secret(host: Path) -> None:
    secrets = ["p@s/s", "secret@", "4711", "p%40ss"]
    assert all(secret in json.dumps([on(host, example) for example in EXAMPLES.values()]) for secret in secrets)
    for example in EXAMPLES.values():
        output = json.dumps(run(host, example))
        assert [secret for secret in secrets if secret in output] == []


def test_names_of_secrets_are_documented() -> None:
    text = " ".join(PARAMETERS["redact"]["description"])
    assert [name for name in SECRET_NAMES if f"C({name.rstrip('$')})" not in text] == []


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_parameter_has_an_example(parameter: str) -> None:
    assert any(parameter in example for example in EXAMPLES.values())


@pytest.mark.parametrize("parameter", PARAMETERS["settings"]["suboptions"])
def test_parameter_of_a_setting_has_an_example(parameter: str) -> None:
    assert any(parameter in row for example in EXAMPLES.values() for row in example.get("settings", ()))


@pytest.mark.parametrize("parameter", [name for name, about in PARAMETERS.items() if "choices" in about])
def test_choices_are_documented(parameter: str) -> None:
    assert ini.OPTIONS[parameter]["choices"] == PARAMETERS[parameter]["choices"]
    text = json.dumps(PARAMETERS[parameter]["description"]) + PARAMETERS[parameter].get("default", "")
    assert [choice for choice in PARAMETERS[parameter]["choices"] if choice not in text] == []


def test_parameters_are_documented() -> None:
    keys = ("type", "default", "required", "elements", "aliases", "choices")

    def shape(options: dict[str, Any], below: str) -> dict[str, Any]:
        return {
            name: ({key: about[key] for key in keys if key in about}, shape(about.get(below) or {}, below))
            for name, about in options.items()
        }

    # ansible-core adds its own.
    own = {name: about for name, about in ini.OPTIONS.items() if name not in basic.FILE_COMMON_ARGUMENTS}
    assert shape(PARAMETERS, "suboptions") == shape(own, "options")


def test_return_values_are_documented(host: Path) -> None:
    examples = [next(each for each in EXAMPLES.values() if name in each) for name in ("backup", "managed_marker")]
    returned = set().union(*(run(host, example) for example in examples))
    # ansible-core adds these to every module, or to every module that returns a path.
    common = {
        "changed",
        "diff",
        "invocation",
        "warnings",
        "uid",
        "gid",
        "owner",
        "group",
        "mode",
        "state",
        "size",
        "secontext",
    }
    assert returned - common == set(RETURNED)
