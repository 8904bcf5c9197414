# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.schema import schema_faults


def setting(name: str, *values: str | None) -> Setting:
    section, option = name.split("/")
    return Setting(section, option, values)


def no_secret(section: str, option: str) -> bool:
    return False


def all_secret(section: str, option: str) -> bool:
    return True


def entry(name: str, kind: str = "string value", **more: Any) -> dict[str, Any]:
    dest = name.replace("-", "_")
    return {"name": name, "dest": dest, "type": kind, "choices": [], "min": None, "max": None, "secret": False, **more}


SCHEMA: dict[str, Any] = {
    "options": {
        "DEFAULT": {
            "opts": [
                entry("debug", "boolean value"),
                entry("log-file"),
                entry("workers", "integer value", min=1),
                entry("port", "port value", min=0, max=65535),
                entry("rate", "floating point value", min=0.0, max=1.5),
                entry("level", "integer value", choices=[[1, None], [3, "much"]]),
                entry("cache_driver", choices=[["sqlite", None], ["xattr", "as attributes"]]),
                entry("methods", "list value"),
                entry("pin", "integer value", secret=True),
                entry("filters", "multi valued"),
            ]
        },
        "database": {"opts": [entry("connection"), entry("max_retries", "integer value")]},
        "keystone_authtoken": {"opts": [entry("auth_type"), entry("memcached_servers", "list value")]},
        "glance_store": {"opts": [entry("rbd_pool")]},
        "store.RBD": {"opts": [entry("rbd_pool")]},
    },
    "deprecated_options": {
        "DEFAULT": [
            {"name": "logfile", "replacement_group": "DEFAULT", "replacement_name": "log-file"},
            {"name": "sql_connection", "replacement_group": "database", "replacement_name": "connection"},
        ],
        "sql": [{"name": "max_retries", "replacement_group": "database", "replacement_name": "max_retries"}],
    },
}


def faults(*settings: Setting, secret: Any = no_secret) -> list[str]:
    return schema_faults(SCHEMA, settings, secret)


VALUES = {
    "debug": (["true", "FALSE", "Yes", "off", "1", "0"], ["", "maybe", "2", " true"]),
    "workers": (["1", " 8 ", "+8", "1_000", "", "  "], ["0", "-1", "four", "1.5", "0x10"]),
    "port": (["0", "65535"], ["65536", "-1", "http"]),
    "rate": (["0", "1.5", "1e-3", "nan", ""], ["1.6", "-0.1", "half"]),
    "level": (["1", "3", ""], ["2", "4", "one"]),
    "cache_driver": (["sqlite", "xattr"], ["mysql", ""]),
}


@pytest.mark.parametrize(
    ("option", "value"), [(option, value) for option, (valid, _invalid) in VALUES.items() for value in valid]
)
def test_valid_value_has_no_fault(option: str, value: str) -> None:
    assert faults(setting(f"DEFAULT/{option}", value)) == []


@pytest.mark.parametrize(
    ("option", "value"), [(option, value) for option, (_valid, invalid) in VALUES.items() for value in invalid]
)
def test_invalid_value_has_one_fault(option: str, value: str) -> None:
    (fault,) = faults(setting(f"DEFAULT/{option}", value))
    assert fault.startswith(f"DEFAULT/{option} must be ")
    assert fault.endswith(f", not {value!r}")


def test_valid_and_invalid_values_are_those_of_oslo_config() -> None:
    types = pytest.importorskip("oslo_config.types")
    readers = {
        "debug": types.Boolean(),
        "workers": types.Integer(min=1),
        "port": types.Port(),
        "rate": types.Float(min=0, max=1.5),
        "level": types.Integer(choices=[1, 3]),
        "cache_driver": types.String(choices=["sqlite", "xattr"]),
    }
    for option, (valid, invalid) in VALUES.items():
        for value in valid:
            readers[option](value)
        for value in invalid:
            with pytest.raises(ValueError, match="."):
                readers[option](value)


@pytest.mark.parametrize(
    ("desired", "fault"),
    [
        (setting("DEFAULT/debug", "maybe"), "DEFAULT/debug must be true or false, not 'maybe'"),
        (setting("DEFAULT/workers", "four"), "DEFAULT/workers must be an integer, not 'four'"),
        (setting("DEFAULT/workers", "0"), "DEFAULT/workers must be at least 1, not '0'"),
        (setting("DEFAULT/port", "http"), "DEFAULT/port must be a port, not 'http'"),
        (setting("DEFAULT/port", "65536"), "DEFAULT/port must be at most 65535, not '65536'"),
        (setting("DEFAULT/rate", "half"), "DEFAULT/rate must be a number, not 'half'"),
        (setting("DEFAULT/level", "2"), "DEFAULT/level must be one of 1, 3, not '2'"),
        (setting("DEFAULT/cache_driver", "mysql"), "DEFAULT/cache_driver must be one of sqlite, xattr, not 'mysql'"),
        (setting("DEFAULT/logfile", "a"), "DEFAULT/logfile is deprecated; use DEFAULT/log_file"),
        (
            setting("DEFAULT/sql_connection", "a"),
            "DEFAULT/sql_connection is deprecated; use database/connection",
        ),
        (setting("SQL/max_retries", "1"), "SQL/max_retries is deprecated; use database/max_retries"),
        (setting("DEFAULT/wokers", "1"), "DEFAULT/wokers is not an option of the service; did you mean workers?"),
        (setting("DEFAULT/log-file", "1"), "DEFAULT/log-file is not an option of the service; did you mean log_file?"),
        (
            setting("DEFAULT/connection", "a"),
            "DEFAULT/connection is not an option of the service; it belongs in [database]",
        ),
        (
            setting("database/rbd_pool", "a"),
            "database/rbd_pool is not an option of the service; it belongs in [glance_store] or [store.rbd]",
        ),
        (
            setting("database/rbd_pol", "a"),
            "database/rbd_pol is not an option of the service; did you mean store.rbd/rbd_pool?",
        ),
        (setting("database/zzz", "a"), "database/zzz is not an option of the service"),
        (
            setting("keystone_authtoken/memcached_server", "a"),
            "keystone_authtoken/memcached_server is not an option of the service; did you mean memcached_servers?",
        ),
        (
            setting("databse/connection", "a"),
            "[databse] is not in the schema (did you mean [database]?); its options were not checked",
        ),
        (
            setting("default/debug", "true"),
            "[default] is not in the schema (did you mean [DEFAULT]?); its options were not checked",
        ),
        (setting("ceph/rbd_pool", "a"), "[ceph] is not in the schema; its options were not checked"),
        (
            setting("DEFAULT/methods", "a", "b"),
            "DEFAULT/methods is a list, and oslo.config reads only its last line; set list_style: comma",
        ),
    ],
    ids=str,
)
def test_fault_has_the_cause_and_a_suggestion(desired: Setting, fault: str) -> None:
    assert faults(desired) == [fault]


@pytest.mark.parametrize(
    "desired",
    [
        pytest.param(setting("DEFAULT/wokers"), id="removal"),
        pytest.param(setting("ceph/rbd_pool"), id="removal from an unknown section"),
        pytest.param(setting("DEFAULT/workers", "$cores"), id="a reference"),
        pytest.param(setting("DEFAULT/workers", None), id="no value"),
        pytest.param(setting("DEFAULT/log_file", "a"), id="name with a dash in the schema"),
        pytest.param(setting("DataBase/connection", "a"), id="a section in another case"),
        pytest.param(setting("store.rbd/rbd_pool", "a"), id="section in another case in the schema"),
        pytest.param(setting("keystone_authtoken/username", "a"), id="an option of a plugin"),
        pytest.param(setting("DEFAULT/cache_driver", "SQLite"), id="a choice in another case"),
        pytest.param(setting("DEFAULT/methods", "a,b"), id="a list in one value"),
        pytest.param(setting("DEFAULT/filters", "a", "b"), id="an option that may be repeated"),
    ],
)
def test_setting_has_no_fault(desired: Setting) -> None:
    assert faults(desired) == []


def test_unknown_section_is_reported_once() -> None:
    assert len(faults(setting("ceph/a", "1"), setting("ceph/b", "2"), setting("nfs/a", "1"))) == 2


@pytest.mark.parametrize(
    ("desired", "secret"),
    [
        pytest.param(setting("DEFAULT/workers", "canary"), all_secret, id="by the name"),
        pytest.param(setting("DEFAULT/pin", "canary"), no_secret, id="by the schema"),
        pytest.param(setting("DEFAULT/workers", "amqp://u:canary@h"), no_secret, id="by an account in it"),
    ],
)
def test_fault_does_not_print_a_secret(desired: Setting, secret: Any) -> None:
    (fault,) = faults(desired, secret=secret)
    assert fault == f"{desired} must be an integer"


def test_secret_is_recognized_by_the_key_of_the_section() -> None:
    desired = []
    faults(setting("DataBase/max_retries", "x"), secret=lambda *place: desired.append(place))
    assert desired == [("database", "max_retries")]


@pytest.mark.parametrize(
    "schema",
    [
        [],
        {},
        {"options": {}},
        {"options": [], "deprecated_options": {}},
        {"options": {"DEFAULT": []}, "deprecated_options": {}},
        {"options": {"DEFAULT": {"opts": [{}]}}, "deprecated_options": {}},
    ],
    ids=json.dumps,
)
def test_invalid_schema_is_refused(schema: Any) -> None:
    with pytest.raises(GlanceError, match="is not the output of oslo-config-generator --format json"):
        schema_faults(schema, [], no_secret)


def test_output_of_the_generator_is_parsed() -> None:
    pytest.importorskip("oslo_log")
    command = [sys.executable, "-c", "import sys; from oslo_config.generator import main; sys.exit(main())"]
    options = ["--namespace", "oslo.log", "--format", "json"]
    printed = subprocess.run(command + options, stdout=subprocess.PIPE, check=True).stdout
    desired = [
        setting("DEFAULT/debug", "maybe"),
        setting("DEFAULT/logfile", "a"),
        setting("DEFAULT/log-dir", "a"),
        setting("DEFAULT/log_rotation_type", "sometimes"),
        setting("DEFAULT/log_rotation_type", "size"),
        setting("DEFAULT/max_logfile_count", "many"),
        setting("DEFAULT/log_file", "a"),
    ]
    assert schema_faults(json.loads(printed), desired, no_secret) == [
        "DEFAULT/debug must be true or false, not 'maybe'",
        "DEFAULT/logfile is deprecated; use DEFAULT/log_file",
        "DEFAULT/log-dir is not an option of the service; did you mean log_dir?",
        "DEFAULT/log_rotation_type must be one of interval, size, none, not 'sometimes'",
        "DEFAULT/max_logfile_count must be an integer, not 'many'",
    ]
