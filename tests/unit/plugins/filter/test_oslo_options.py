# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Oslo.config's own parser is the judge: it reads back what was asked."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.filter.oslo_literal import oslo_literal
from ansible_collections.osops.glance.plugins.filter.oslo_options import oslo_options
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.request import texts_of

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
def test_lists_become_what_the_option_takes(section: str, option: str, value: Any, written: Any) -> None:
    assert oslo_options({section: {option: value}}) == {section: {option: written}}


@pytest.mark.parametrize(
    ("sections", "told"),
    [
        pytest.param("Sesame", "must be a dictionary of sections, not a string", id="no sections"),
        pytest.param({"a": "Sesame"}, r"\[a\] must be a dictionary of options, not a string", id="no options"),
        pytest.param({"a": {"x": ["Sesame,Sesame"]}}, "a/x has an item that", id="a comma in an item"),
        pytest.param(
            {"a": {"x": ["Sesame", None]}}, "a/x must contain only scalar values, not nothing", id="null in a list"
        ),
    ],
)
def test_what_could_not_be_read_back_is_named_without_its_value(sections: Any, told: str) -> None:
    with pytest.raises(AnsibleFilterError, match=told) as failure:
        oslo_options(sections)
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
        for section, options in oslo_options(sections).items()
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
def test_oslo_config_reads_back_every_string(sections: dict[str, dict[str, str]]) -> None:
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
def test_oslo_config_reads_back_lists_and_the_like(
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
