# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""oslo.config reads the written options as the given values."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.filter.oslo_literal import oslo_literal
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import Desired, Setting, edit
from ansible_collections.osops.glance.plugins.module_utils._ini.request import texts_of
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.configuration import written_sections

cfg = pytest.importorskip("oslo_config.cfg")


@pytest.mark.parametrize(
    ("section", "option", "value", "written"),
    [
        pytest.param("DEFAULT", "debug", True, True, id="a boolean"),
        pytest.param("database", "connection", None, None, id="null"),
        pytest.param("DEFAULT", "enabled_import_methods", ["a", "b-c"], "[a,b-c]", id="a list in brackets"),
        pytest.param("DEFAULT", "enabled_import_methods", [], "[]", id="an empty list in brackets"),
        pytest.param(
            "oslo_messaging_notifications", "driver", ["log", "noop"], ["log", "noop"], id="a repeated option"
        ),
        pytest.param("fast", "filesystem_store_datadirs", ["/a:1", "/b:2"], ["/a:1", "/b:2"], id="repeated in a store"),
        pytest.param("keystone_authtoken", "memcached_servers", ["a:1", "b:1"], "a:1,b:1", id="a list with commas"),
        pytest.param("keystone_authtoken", "memcached_servers", [], "", id="an empty list with commas"),
        pytest.param("DEFAULT", "enabled_backends", {"fs": "file"}, {"fs": "file"}, id="a dictionary"),
    ],
)
def test_list_is_written_as_the_option_expects(section: str, option: str, value: Any, written: Any) -> None:
    assert written_sections({section: {option: value}}) == {section: {option: written}}


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        pytest.param({"a": {"x": ["Sesame,Sesame"]}}, "a/x has an item that", id="a comma in an item"),
        pytest.param({"a": {"x": ["Sesame", None]}}, "must contain only scalar values, not null", id="null in a list"),
    ],
)
def test_unreadable_value_is_named_without_the_value(sections: Any, message: str) -> None:
    with pytest.raises(GlanceError, match=message) as failure:
        written_sections(sections)
    assert "Sesame" not in str(failure.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [("pa$$word", "pa$$$$word"), ("$", "$$"), ("\\$x", "\\\\$x"), ("plain", "plain"), (5, "5"), ("${a}", "$${a}")],
)
def test_a_dollar_sign_is_doubled(value: Any, text: str) -> None:
    assert oslo_literal(value) == text


def written(sections: dict[str, dict[str, Any]]) -> str:
    """Return the text of a file with these options, as the module ini writes it."""
    settings = [
        Setting(section, name, texts_of(value, "repeat"))
        for section, options in written_sections(sections).items()
        for name, value in options.items()
    ]
    return edit(parse("", DIALECTS["oslo"]), Desired(settings)).after.text()


def read(text: str, *options: tuple[str, Any]) -> Any:
    """Return what oslo.config reads from a file for options, each with its section."""
    conf = cfg.ConfigOpts()
    for section, option in options:
        conf.register_opt(option, group=None if section == "DEFAULT" else section)
    with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        conf(args=[], default_config_files=[file.name], default_config_dirs=[])
    return conf


CHARACTERS = st.characters(codec="utf-8", exclude_characters="\n\r\0")
VALUES = st.text(CHARACTERS) | st.text(" \t\"'$\\,:=#;[]a{}%", max_size=8)
# No section is named like an option: ConfigOpts has options of DEFAULT and sections under the same roof.
SECTIONS = st.from_regex(r"[a-w][a-z0-9_.-]{0,9}", fullmatch=True) | st.just("DEFAULT")
NAMES = st.from_regex(r"x[a-z0-9_]{0,9}", fullmatch=True)


@settings(deadline=None)
@given(st.dictionaries(SECTIONS, st.dictionaries(NAMES, VALUES, max_size=4), max_size=4))
def test_oslo_config_reads_every_string(sections: dict[str, dict[str, str]]) -> None:
    asked = [(section, name, value) for section, options in sections.items() for name, value in options.items()]
    literal = {
        section: {name: oslo_literal(value) for name, value in options.items()} for section, options in sections.items()
    }
    conf = read(written(literal), *((section, cfg.StrOpt(name)) for section, name, _value in asked))
    for section, name, value in asked:
        assert (conf if section == "DEFAULT" else conf[section])[name] == value


ITEMS = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0,$"), min_size=1).filter(
    lambda x: x == x.strip()
)


@settings(deadline=None)
@given(st.lists(ITEMS, min_size=1), st.booleans(), st.integers(), st.dictionaries(ITEMS, ITEMS))
def test_oslo_config_reads_lists_and_other_types(
    items: list[str], truth: bool, number: int, pairs: dict[str, str]
) -> None:
    pairs = {key: value for key, value in pairs.items() if ":" not in key}
    text = written(
        {
            "DEFAULT": {"enabled_import_methods": items, "debug": truth, "workers": number, "enabled_backends": pairs},
            "keystone_authtoken": {"memcached_servers": items},
            "oslo_messaging_notifications": {"driver": items},
        }
    )
    conf = read(
        text,
        ("DEFAULT", cfg.ListOpt("enabled_import_methods", bounds=True)),
        ("DEFAULT", cfg.BoolOpt("debug")),
        ("DEFAULT", cfg.IntOpt("workers")),
        ("DEFAULT", cfg.DictOpt("enabled_backends")),
        ("keystone_authtoken", cfg.ListOpt("memcached_servers")),
        ("oslo_messaging_notifications", cfg.MultiStrOpt("driver")),
    )
    assert conf.enabled_import_methods == conf.keystone_authtoken.memcached_servers == items
    assert conf.oslo_messaging_notifications.driver == items
    assert (conf.debug, conf.workers, conf.enabled_backends) == (truth, number, pairs)
