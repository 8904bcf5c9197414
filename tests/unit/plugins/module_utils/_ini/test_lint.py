# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Sequence

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, parse
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import Layout
from ansible_collections.osops.glance.plugins.module_utils._ini.lint import oslo_warnings, use_underscores
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Change, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.report import service_action
from ansible_collections.osops.glance.plugins.module_utils._ini.schema import schema_faults
from ansible_collections.osops.glance.plugins.module_utils._ini.shadow import (
    shadow_warning,
    shadowed_by_environment,
    shadowed_by_files,
)


def oslo(text: str) -> Document:
    return parse(text, DIALECTS["oslo"])


def setting(name: str, *values: str | None) -> Setting:
    section, option = name.split("/")
    return Setting(section, option, values)


def no_secret(section: str, option: str) -> bool:
    return False


def all_secret(section: str, option: str) -> bool:
    return True


# Dashes --------------------------------------------------------------------------------------------------------------

SET = "[DEFAULT]\nlog_file = a\n"
COMMENTED = "[DEFAULT]\n#log_file = <None>\n"
BOTH = "[DEFAULT]\nlog_file = a\nlog-file = b\n"


@pytest.mark.parametrize(
    ("text", "asked", "named"),
    [
        pytest.param(SET, [setting("DEFAULT/log-file", "x")], ["log_file"], id="set"),
        pytest.param(COMMENTED, [setting("DEFAULT/log-file", "x")], ["log_file"], id="commented out"),
        pytest.param(SET, [setting("DEFAULT/log-file")], ["log_file"], id="removed"),
        pytest.param(BOTH, [setting("DEFAULT/log-file", "x")], ["log_file"], id="set where both are"),
        pytest.param("[A]\na_b_c = 1\n", [setting("a/a-b_c", "x")], ["a_b_c"], id="in a section by its lower case"),
    ],
)
def test_an_option_with_dashes_is_named_as_the_file_has_it(text: str, asked: list[Setting], named: list[str]) -> None:
    settings, warnings = use_underscores(Layout(oslo(text)), asked, allow_dash=False)
    assert [one.option for one in settings] == named
    assert [one.values for one in settings] == [one.values for one in asked]
    assert len(warnings) == 1


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        pytest.param(SET, [setting("DEFAULT/log_file", "x")], id="without a dash"),
        pytest.param(SET, [setting("DEFAULT/log-dir", "x")], id="of another name"),
        pytest.param(SET, [setting("database/log-file", "x")], id="in another section"),
        pytest.param(BOTH, [setting("DEFAULT/log-file")], id="removed where it is"),
        pytest.param(BOTH, [setting("DEFAULT/log-file"), setting("DEFAULT/log_file", "x")], id="removed for the other"),
        pytest.param(
            SET, [setting("DEFAULT/log-file"), setting("DEFAULT/log_file", "x")], id="removed beside the other"
        ),
    ],
)
def test_any_other_option_keeps_its_name(text: str, asked: list[Setting]) -> None:
    assert use_underscores(Layout(oslo(text)), asked, allow_dash=False) == (asked, [])


def test_allow_dash_keeps_the_dash() -> None:
    asked = [setting("DEFAULT/log-file", "x")]
    assert use_underscores(Layout(oslo(SET)), asked, allow_dash=True) == (asked, [])


def test_the_warning_says_what_was_done_and_how_to_have_it_otherwise() -> None:
    _settings, warnings = use_underscores(Layout(oslo(SET)), [setting("DEFAULT/log-file", "x")], allow_dash=False)
    assert warnings == [
        "[DEFAULT] log-file: oslo.config reads log_file and ignores log-file; log_file was set. Use log_file, or "
        "set allow_dash: true to write log-file"
    ]
    _settings, warnings = use_underscores(Layout(oslo(SET)), [setting("DEFAULT/log-file")], allow_dash=False)
    assert "log_file was removed" in warnings[0]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param([setting("DEFAULT/log_file", "y"), setting("DEFAULT/log-file", "x")], id="one with a dash"),
        pytest.param([setting("DEFAULT/a-b_c", "y"), setting("DEFAULT/a_b-c", "x")], id="two with dashes"),
    ],
)
def test_two_names_of_one_option_are_refused(asked: list[Setting]) -> None:
    with pytest.raises(GlanceError, match="are both specified"):
        use_underscores(Layout(oslo(SET + "#a_b_c = 1\n")), asked, allow_dash=False)


# What oslo.config stumbles over --------------------------------------------------------------------------------------

TEXT = """[DEFAULT]
my_ip = 192.0.2.1
#state_path = /var/lib/glance

[database]
connection = sqlite://
# retries = 10

[Glance_Store]
datadir = /images
"""


def warned(
    references: Sequence[Setting], others: Sequence[Setting] = (), text: str = TEXT, secret: Any = no_secret
) -> list[str]:
    document = oslo(text)
    return oslo_warnings(document, Layout(document), references, secret, others)


def of_oslo_config(section: str, value: str, tmp_path: Path) -> Any:
    """Return the value of an option `me`, read by oslo.config that knows the options of TEXT and no others."""
    cfg = pytest.importorskip("oslo_config.cfg")
    conf = cfg.ConfigOpts()
    known = {"DEFAULT": ["my_ip", "state_path"], "database": ["connection", "retries"], "glance_store": ["datadir"]}
    for group, options in known.items():
        options = [cfg.StrOpt(option) for option in [*options, *["me"] * (group == section)]]
        conf.register_opts(options, group=None if group == "DEFAULT" else group)
    path = tmp_path / "a.conf"
    path.write_text(f"{TEXT}[{section}]\nme = x{value}\n", encoding="utf-8")
    conf(["--config-file", str(path)], default_config_files=[], default_config_dirs=[])
    return conf.me if section == "DEFAULT" else conf[section].me


KNOWN = [
    ("DEFAULT", "http://$my_ip:9292"),
    ("DEFAULT", "${my_ip}.example.com"),
    ("DEFAULT", "$state_path/images"),
    ("DEFAULT", "$database.connection"),
    ("DEFAULT", "${database.retries}"),
    ("DEFAULT", "$glance_store.datadir"),
    ("database", "$connection"),
    ("database", "$retries"),
    ("database", "$my_ip"),
    ("database", "$config_dir"),
    ("DEFAULT", "pa$$word"),
    ("DEFAULT", r"pa\$word"),
    ("DEFAULT", "$"),
    ("DEFAULT", "pa$"),
    ("DEFAULT", "$5 ${ $} ${a-b} $-"),
    ("DEFAULT", "${my_ip }"),
    ("DEFAULT", "50%(my)s"),
]
UNKNOWN = [
    ("DEFAULT", "pa$word", "$word"),
    ("DEFAULT", "pa${word}", "$word"),
    ("DEFAULT", "$$$word", "$word"),
    ("DEFAULT", r"$\$word", "$word"),
    ("DEFAULT", "$connection", "$connection"),
    ("DEFAULT", "$My_Ip", "$My_Ip"),
    ("DEFAULT", "$my_ip.", "$my_ip."),
    ("DEFAULT", "$my_ip_", "$my_ip_"),
    ("DEFAULT", "$database", "$database"),
    ("DEFAULT", "$Database.connection", "$Database.connection"),
    ("DEFAULT", "$database.my_ip", "$database.my_ip"),
    ("DEFAULT", "$cache.connection", "$cache.connection"),
    ("DEFAULT", "$DEFAULT.my_ip", "$DEFAULT.my_ip"),
    ("database", "$datadir", "$datadir"),
    ("DEFAULT", "$\u017f", "$\u017f"),
]


@pytest.mark.parametrize(("section", "value"), KNOWN)
def test_a_value_that_oslo_config_can_read_is_no_unknown_reference(section: str, value: str, tmp_path: Path) -> None:
    assert warned([setting(f"{section}/me", value)]) == []
    of_oslo_config(section, value, tmp_path)


@pytest.mark.parametrize(("section", "value", "reference"), UNKNOWN)
def test_a_reference_that_oslo_config_cannot_read_is_told(
    section: str, value: str, reference: str, tmp_path: Path
) -> None:
    (warning,) = warned([setting(f"{section}/me", value)])
    assert warning.startswith(f"{section}/me refers to {reference} with")
    cfg = pytest.importorskip("oslo_config.cfg")
    with pytest.raises(cfg.Error):
        of_oslo_config(section, value, tmp_path)


PIECES = [
    "$",
    "$$",
    "\\",
    "{",
    "}",
    ".",
    "my_ip",
    "database",
    "connection",
    "DEFAULT",
    "_",
    "K",
    "0",
    "-",
    " ",
    "\u017f",
]


@tuned(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(section=st.sampled_from(["DEFAULT", "database"]), pieces=st.lists(st.sampled_from(PIECES), max_size=8))
@example(section="DEFAULT", pieces=["$", "\\", "$", "my_ip"])
def test_what_is_told_is_what_oslo_config_cannot_read(section: str, pieces: list[str], tmp_path: Path) -> None:
    cfg = pytest.importorskip("oslo_config.cfg")
    # The end of a line has no blanks.
    value = "".join(pieces).rstrip()
    try:
        of_oslo_config(section, value, tmp_path)
        fails = False
    except cfg.Error:
        fails = True
    assert bool(warned([setting(f"{section}/me", value)])) == fails


def test_an_option_that_is_asked_for_too_is_known() -> None:
    references = [setting("DEFAULT/url", "$host:$port")]
    assert warned(references, [setting("DEFAULT/host", "a"), setting("DEFAULT/port", "1")]) == []
    assert warned([*references, setting("DEFAULT/host", "a"), setting("DEFAULT/port", "1")]) == []


def test_each_reference_of_each_value_is_told_once() -> None:
    warnings = warned([setting("DEFAULT/a", "$x $y", "$x", None), setting("DEFAULT/b", "$x")])
    assert [warning.split(" with ")[0] for warning in warnings] == [
        "DEFAULT/a refers to $x",
        "DEFAULT/a refers to $y",
        "DEFAULT/b refers to $x",
    ]
    assert "literal: true" in warnings[0]
    assert "secrets" in warnings[0]


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        pytest.param("pa$canary", all_secret, id="by the name of the option"),
        pytest.param("pa$canary", lambda section, option: (section, option) == ("database", "me"), id="of a section"),
        pytest.param("mysql://glance:pa$canary@db/glance", no_secret, id="by an account in the value"),
        pytest.param("$canary$canaries", all_secret, id="of two references"),
    ],
)
def test_a_piece_of_a_secret_is_not_told(value: str, secret: Any) -> None:
    (warning,) = warned([setting("Database/me", value)], secret=secret)
    assert warning.startswith("Database/me refers to an option with")
    assert "canar" not in warning


@pytest.mark.parametrize(
    ("text", "asked", "name"),
    [
        pytest.param("[default]\na = 1\n", [], "default", id="in the file"),
        pytest.param("[Default]\n[Default]\n", [], "Default", id="in the file twice"),
        pytest.param("[ DEFAULT ]\n", [], " DEFAULT ", id="with blanks"),
        pytest.param(TEXT, [setting("default/a", "1")], "default", id="asked for"),
        pytest.param("[default]\n", [setting("default/a", "1")], "default", id="in the file and asked for"),
    ],
)
def test_a_default_section_that_is_not_the_default_section_is_told(text: str, asked: list[Setting], name: str) -> None:
    assert warned([], asked, text) == [f"oslo.config ignores [{name}]; the name of its default section is [DEFAULT]"]


def test_to_remove_an_option_of_such_a_section_is_not_told() -> None:
    assert warned([], [setting("default/a")]) == []


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        pytest.param([2], "line 2: ", id="one"),
        pytest.param([2, 5], "lines 2, 5: ", id="two"),
        pytest.param(range(2, 7), "lines 2, 3, 4, 5, 6: ", id="as many as are shown"),
        pytest.param(range(2, 10), "lines 2, 3, 4, 5, 6 and 3 more: ", id="more"),
    ],
)
def test_lines_that_are_not_utf_8_are_told(bad: Sequence[int], told: str) -> None:
    lines = [b"# caf\xe9\n" if number in bad else "# caf\u00e9\n".encode() for number in range(2, 12)]
    text = b"".join([b"[DEFAULT]\n", *lines]).decode("utf-8", "surrogateescape")
    (warning,) = warned([], text=text)
    assert warning == f"{told}some bytes are not UTF-8; oslo.config cannot read this file"


# What the service knows ----------------------------------------------------------------------------------------------


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
    ("option", "value"), [(option, value) for option, (right, _number) in VALUES.items() for value in right]
)
def test_a_right_value_is_no_fault(option: str, value: str) -> None:
    assert faults(setting(f"DEFAULT/{option}", value)) == []


@pytest.mark.parametrize(
    ("option", "value"), [(option, value) for option, (_number, wrong) in VALUES.items() for value in wrong]
)
def test_a_wrong_value_is_one_fault(option: str, value: str) -> None:
    (fault,) = faults(setting(f"DEFAULT/{option}", value))
    assert fault.startswith(f"DEFAULT/{option} must be ")
    assert fault.endswith(f", not {value!r}")


def test_right_and_wrong_are_what_oslo_config_says() -> None:
    types = pytest.importorskip("oslo_config.types")
    readers = {
        "debug": types.Boolean(),
        "workers": types.Integer(min=1),
        "port": types.Port(),
        "rate": types.Float(min=0, max=1.5),
        "level": types.Integer(choices=[1, 3]),
        "cache_driver": types.String(choices=["sqlite", "xattr"]),
    }
    for option, (right, wrong) in VALUES.items():
        for value in right:
            readers[option](value)
        for value in wrong:
            with pytest.raises(ValueError, match="."):
                readers[option](value)


@pytest.mark.parametrize(
    ("asked", "fault"),
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
def test_a_fault_says_what_is_wrong_and_what_is_right(asked: Setting, fault: str) -> None:
    assert faults(asked) == [fault]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(setting("DEFAULT/wokers"), id="what is removed"),
        pytest.param(setting("ceph/rbd_pool"), id="what is removed from a section that is unknown"),
        pytest.param(setting("DEFAULT/workers", "$cores"), id="a reference"),
        pytest.param(setting("DEFAULT/workers", None), id="no value"),
        pytest.param(setting("DEFAULT/log_file", "a"), id="a name that the schema has with a dash"),
        pytest.param(setting("DataBase/connection", "a"), id="a section in another case"),
        pytest.param(setting("store.rbd/rbd_pool", "a"), id="a section that the schema has in another case"),
        pytest.param(setting("keystone_authtoken/username", "a"), id="an option of a plugin"),
        pytest.param(setting("DEFAULT/cache_driver", "SQLite"), id="a choice in another case"),
        pytest.param(setting("DEFAULT/methods", "a,b"), id="a list in one value"),
        pytest.param(setting("DEFAULT/filters", "a", "b"), id="an option that may be repeated"),
    ],
)
def test_no_fault_is_found_in(asked: Setting) -> None:
    assert faults(asked) == []


def test_a_section_that_is_unknown_is_told_once() -> None:
    assert len(faults(setting("ceph/a", "1"), setting("ceph/b", "2"), setting("nfs/a", "1"))) == 2


@pytest.mark.parametrize(
    ("asked", "secret"),
    [
        pytest.param(setting("DEFAULT/workers", "canary"), all_secret, id="as the caller says"),
        pytest.param(setting("DEFAULT/pin", "canary"), no_secret, id="as the schema says"),
        pytest.param(setting("DEFAULT/workers", "amqp://u:canary@h"), no_secret, id="by an account in it"),
    ],
)
def test_a_fault_does_not_tell_a_secret(asked: Setting, secret: Any) -> None:
    (fault,) = faults(asked, secret=secret)
    assert fault == f"{asked} must be an integer"


def test_whether_it_is_secret_is_asked_by_the_name_of_the_section_that_counts() -> None:
    asked = []
    faults(setting("DataBase/max_retries", "x"), secret=lambda *place: asked.append(place))
    assert asked == [("database", "max_retries")]


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
def test_what_is_no_schema_is_refused(schema: Any) -> None:
    with pytest.raises(GlanceError, match="is not the output of oslo-config-generator --format json"):
        schema_faults(schema, [], no_secret)


def test_what_the_generator_prints_is_understood() -> None:
    pytest.importorskip("oslo_log")
    command = [sys.executable, "-c", "import sys; from oslo_config.generator import main; sys.exit(main())"]
    options = ["--namespace", "oslo.log", "--format", "json"]
    printed = subprocess.run(command + options, stdout=subprocess.PIPE, check=True).stdout
    asked = [
        setting("DEFAULT/debug", "maybe"),
        setting("DEFAULT/logfile", "a"),
        setting("DEFAULT/log-dir", "a"),
        setting("DEFAULT/log_rotation_type", "sometimes"),
        setting("DEFAULT/log_rotation_type", "size"),
        setting("DEFAULT/max_logfile_count", "many"),
        setting("DEFAULT/log_file", "a"),
    ]
    assert schema_faults(json.loads(printed), asked, no_secret) == [
        "DEFAULT/debug must be true or false, not 'maybe'",
        "DEFAULT/logfile is deprecated; use DEFAULT/log_file",
        "DEFAULT/log-dir is not an option of the service; did you mean log_dir?",
        "DEFAULT/log_rotation_type must be one of interval, size, none, not 'sometimes'",
        "DEFAULT/max_logfile_count must be an integer, not 'many'",
    ]


# What counts more than the file --------------------------------------------------------------------------------------


def test_what_a_later_file_sets_too_is_shadowed() -> None:
    others = [
        ("/etc/a.conf", oslo("[DEFAULT]\ndebug = 1\n[Database]\nconnection = a\n[database]\nconnection = b\n")),
        ("/etc/b.conf", oslo("[DEFAULT]\n#debug = 1\nDebug = 1\nworkers = 2\n")),
        ("/etc/c.conf", oslo("[DEFAULT]\ndebug = 1\n")),
    ]
    asked = [setting("DEFAULT/debug", "true"), setting("DATABASE/connection", "c"), setting("DEFAULT/workers")]
    found = shadowed_by_files(asked, others)
    assert found == [
        {"section": "DEFAULT", "option": "debug", "path": "/etc/a.conf", "line": 2},
        {"section": "DATABASE", "option": "connection", "path": "/etc/a.conf", "line": 6},
        {"section": "DEFAULT", "option": "debug", "path": "/etc/c.conf", "line": 2},
    ]
    assert shadow_warning(found[1]) == (
        "DATABASE/connection: /etc/a.conf, line 6, is read later and sets it again, and overrides it unless the option "
        "is repeatable"
    )


def test_names_are_compared_as_the_dialect_does() -> None:
    other = parse("[a]\nX = 1\n", DIALECTS["ini"])
    assert [
        found["line"] for found in shadowed_by_files([setting("a/x", "1"), setting("A/x", "1")], [("b", other)])
    ] == [2]


def test_what_the_environment_sets_is_shadowed() -> None:
    asked = [
        setting("DEFAULT/debug", "true"),
        setting("Glance_Store/rbd_pool", "a"),
        setting("DEFAULT/workers", "1"),
        setting("DEFAULT/host"),
    ]
    environment = {
        "OS_DEFAULT__DEBUG": "",
        "OS_GLANCE_STORE__RBD_POOL": "canary",
        "OS_WORKERS": "",
        "OS_DEFAULT__HOST": "",
    }
    found = shadowed_by_environment(asked, environment)
    assert found == [
        {"section": "DEFAULT", "option": "debug", "variable": "OS_DEFAULT__DEBUG"},
        {"section": "Glance_Store", "option": "rbd_pool", "variable": "OS_GLANCE_STORE__RBD_POOL"},
    ]
    assert shadow_warning(found[0]) == (
        "DEFAULT/debug: OS_DEFAULT__DEBUG in the environment of the service overrides it"
    )


@pytest.mark.parametrize("name", ["DEFAULT/debug", "database/max_retries", "glance.store.rbd/rbd_pool"])
def test_the_variables_are_those_of_oslo_config(name: str) -> None:
    driver = pytest.importorskip("oslo_config.sources._environment").EnvironmentConfigurationSource
    asked = setting(name, "1")
    variable = driver.get_name(None if asked.section == "DEFAULT" else asked.section, asked.option)
    assert [found["variable"] for found in shadowed_by_environment([asked], {variable: ""})] == [variable]


# What the service must do --------------------------------------------------------------------------------------------

MUTABLE = ["DEFAULT/debug", "DEFAULT/rate"]
NOTHING, RESTART, RELOAD = (False, False), (True, False), (False, True)


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        pytest.param([], NOTHING, id="nothing"),
        pytest.param([("workers", "restyled"), ("debug", "restyled")], NOTHING, id="style"),
        pytest.param([("workers", "updated")], RESTART, id="updated"),
        pytest.param([("workers", "added")], RESTART, id="added"),
        pytest.param([("workers", "removed")], RESTART, id="removed"),
        pytest.param([("workers", "deduplicated")], RESTART, id="deduplicated"),
        pytest.param([("workers", "reordered")], RESTART, id="reordered"),
        pytest.param([("debug", "updated"), ("rate", "removed")], RELOAD, id="mutable"),
        pytest.param([("debug", "updated"), ("workers", "restyled")], RELOAD, id="mutable and style"),
        pytest.param([("debug", "updated"), ("workers", "updated")], RESTART, id="mutable and not"),
        pytest.param([("Debug", "updated")], RESTART, id="nearly mutable"),
    ],
)
def test_the_service_is_restarted_for_what_it_reads_at_its_start_only(
    actions: list[tuple[str, str]], expected: tuple[bool, bool]
) -> None:
    changes = [Change("DEFAULT", option, action, ("a",), ("b",)) for option, action in actions]
    assert service_action(changes, MUTABLE) == expected
