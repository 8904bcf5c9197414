# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

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
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Setting


def oslo(text: str) -> Document:
    return parse(text, DIALECTS["oslo"])


def setting(name: str, *values: str | None) -> Setting:
    section, option = name.split("/")
    return Setting(section, option, values)


def no_secret(section: str, option: str) -> bool:
    return False


def all_secret(section: str, option: str) -> bool:
    return True


SET = "[DEFAULT]\nlog_file = a\n"

COMMENTED = "[DEFAULT]\n#log_file = <None>\n"

BOTH = "[DEFAULT]\nlog_file = a\nlog-file = b\n"


@pytest.mark.parametrize(
    ("text", "settings", "named"),
    [
        pytest.param(SET, [setting("DEFAULT/log-file", "x")], ["log_file"], id="set"),
        pytest.param(COMMENTED, [setting("DEFAULT/log-file", "x")], ["log_file"], id="commented out"),
        pytest.param(SET, [setting("DEFAULT/log-file")], ["log_file"], id="removed"),
        pytest.param(BOTH, [setting("DEFAULT/log-file", "x")], ["log_file"], id="set, both present"),
        pytest.param("[A]\na_b_c = 1\n", [setting("a/a-b_c", "x")], ["a_b_c"], id="in a section by its lower case"),
    ],
)
def test_option_with_dashes_gets_the_name_in_the_file(text: str, settings: list[Setting], named: list[str]) -> None:
    renamed, warnings = use_underscores(Layout(oslo(text)), settings, allow_dash=False)
    assert [one.option for one in renamed] == named
    assert [one.values for one in renamed] == [one.values for one in settings]
    assert len(warnings) == 1


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        pytest.param(SET, [setting("DEFAULT/log_file", "x")], id="without a dash"),
        pytest.param(SET, [setting("DEFAULT/log-dir", "x")], id="of another name"),
        pytest.param(SET, [setting("database/log-file", "x")], id="in another section"),
        pytest.param(BOTH, [setting("DEFAULT/log-file")], id="removed, present"),
        pytest.param(BOTH, [setting("DEFAULT/log-file"), setting("DEFAULT/log_file", "x")], id="removed for the other"),
        pytest.param(
            SET, [setting("DEFAULT/log-file"), setting("DEFAULT/log_file", "x")], id="removed in addition to the other"
        ),
    ],
)
def test_other_options_keep_their_names(text: str, settings: list[Setting]) -> None:
    assert use_underscores(Layout(oslo(text)), settings, allow_dash=False) == (settings, [])


def test_allow_dash_keeps_the_dash() -> None:
    settings = [setting("DEFAULT/log-file", "x")]
    assert use_underscores(Layout(oslo(SET)), settings, allow_dash=True) == (settings, [])


def test_warning_has_the_change_and_the_alternative() -> None:
    _settings, warnings = use_underscores(Layout(oslo(SET)), [setting("DEFAULT/log-file", "x")], allow_dash=False)
    assert warnings == [
        "[DEFAULT] log-file: oslo.config reads log_file and ignores log-file; log_file was set. Use log_file, or "
        "set allow_dash: true to write log-file"
    ]
    _settings, warnings = use_underscores(Layout(oslo(SET)), [setting("DEFAULT/log-file")], allow_dash=False)
    assert "log_file was removed" in warnings[0]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param([setting("DEFAULT/log_file", "y"), setting("DEFAULT/log-file", "x")], id="one with a dash"),
        pytest.param([setting("DEFAULT/a-b_c", "y"), setting("DEFAULT/a_b-c", "x")], id="two with dashes"),
    ],
)
def test_two_names_of_one_option_are_refused(settings: list[Setting]) -> None:
    with pytest.raises(GlanceError, match="are both specified"):
        use_underscores(Layout(oslo(SET + "#a_b_c = 1\n")), settings, allow_dash=False)


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
    """Return the value of an option `me`, read by oslo.config with only the options of TEXT."""
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
def test_readable_value_has_no_warning(section: str, value: str, tmp_path: Path) -> None:
    assert warned([setting(f"{section}/me", value)]) == []
    of_oslo_config(section, value, tmp_path)


@pytest.mark.parametrize(("section", "value", "reference"), UNKNOWN)
def test_unknown_reference_is_reported(section: str, value: str, reference: str, tmp_path: Path) -> None:
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
def test_exactly_unreadable_references_are_reported(section: str, pieces: list[str], tmp_path: Path) -> None:
    cfg = pytest.importorskip("oslo_config.cfg")
    # The end of a line has no blanks.
    value = "".join(pieces).rstrip()
    try:
        of_oslo_config(section, value, tmp_path)
        fails = False
    except cfg.Error:
        fails = True
    assert bool(warned([setting(f"{section}/me", value)])) == fails


def test_reference_to_another_setting_is_known() -> None:
    references = [setting("DEFAULT/url", "$host:$port")]
    assert warned(references, [setting("DEFAULT/host", "a"), setting("DEFAULT/port", "1")]) == []
    assert warned([*references, setting("DEFAULT/host", "a"), setting("DEFAULT/port", "1")]) == []


def test_each_reference_is_reported_once() -> None:
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
def test_piece_of_a_secret_is_not_printed(value: str, secret: Any) -> None:
    (warning,) = warned([setting("Database/me", value)], secret=secret)
    assert warning.startswith("Database/me refers to an option with")
    assert "canar" not in warning


@pytest.mark.parametrize(
    ("text", "settings", "name"),
    [
        pytest.param("[default]\na = 1\n", [], "default", id="in the file"),
        pytest.param("[Default]\n[Default]\n", [], "Default", id="in the file twice"),
        pytest.param("[ DEFAULT ]\n", [], " DEFAULT ", id="with blanks"),
        pytest.param(TEXT, [setting("default/a", "1")], "default", id="requested"),
        pytest.param("[default]\n", [setting("default/a", "1")], "default", id="in the file and requested"),
    ],
)
def test_section_similar_to_default_is_reported(text: str, settings: list[Setting], name: str) -> None:
    assert warned([], settings, text) == [f"oslo.config ignores [{name}]; the name of its default section is [DEFAULT]"]


def test_removal_in_a_section_similar_to_default_is_not_reported() -> None:
    assert warned([], [setting("default/a")]) == []


@pytest.mark.parametrize(
    ("bad", "prefix"),
    [
        pytest.param([2], "line 2: ", id="one"),
        pytest.param([2, 5], "lines 2, 5: ", id="two"),
        pytest.param(range(2, 7), "lines 2, 3, 4, 5, 6: ", id="as many as are printed"),
        pytest.param(range(2, 10), "lines 2, 3, 4, 5, 6 and 3 more: ", id="more"),
    ],
)
def test_lines_that_are_not_utf_8_are_reported(bad: Sequence[int], prefix: str) -> None:
    lines = [b"# caf\xe9\n" if number in bad else "# caf\u00e9\n".encode() for number in range(2, 12)]
    text = b"".join([b"[DEFAULT]\n", *lines]).decode("utf-8", "surrogateescape")
    (warning,) = warned([], text=text)
    assert warning == f"{prefix}some bytes are not UTF-8; oslo.config cannot read this file"
