# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of every input from the text that inventories, extra vars and surveys deliver."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import argument_specs
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.types import ConversionError, convert

OPTIONS = {name: option for options in argument_specs().values() for name, option in options.items()}
PYTHON_TYPES = {"str": str, "path": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
# The value of a text for each type; other types refuse it. A list of strings accepts any text as its only item.
TEXTS: dict[str, dict[str, Any]] = {
    "false": {"bool": False, "str": "false", "path": "false", "raw": "false"},
    "False": {"bool": False, "str": "False", "path": "False", "raw": "False"},
    "no": {"bool": False, "str": "no", "path": "no", "raw": "no"},
    "0": {"bool": False, "int": 0, "float": 0.0, "str": "0", "path": "0", "raw": "0"},
    "true": {"bool": True, "str": "true", "path": "true", "raw": "true"},
    "17": {"int": 17, "float": 17.0, "str": "17", "path": "17", "raw": "17"},
    " 17 ": {"int": 17, "float": 17.0, "str": " 17 ", "path": " 17 ", "raw": " 17 "},
    "0.5": {"float": 0.5, "str": "0.5", "path": "0.5", "raw": "0.5"},
    "maybe": {"str": "maybe", "path": "maybe", "raw": "maybe"},
    '["a", "b"]': {"str": '["a", "b"]', "path": '["a", "b"]', "raw": ["a", "b"]},
    '{"a": {"b": "c"}}': {"dict": {"a": {"b": "c"}}, "str": '{"a": {"b": "c"}}', "path": '{"a": {"b": "c"}}'},
}
TEXTS['{"a": {"b": "c"}}']["raw"] = {"a": {"b": "c"}}
LISTS = {'["a", "b"]': ["a", "b"], '{"a": {"b": "c"}}': None}


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("name", OPTIONS)
def test_text_is_converted_to_the_documented_type_or_refused(name: str, text: str) -> None:
    option = OPTIONS[name]
    kind = option["type"]
    is_text_list = kind == "list" and option.get("elements") == "str"
    if is_text_list and LISTS.get(text, [text]) is not None:
        assert convert(name, text, option) == LISTS.get(text, [text.strip()])
    elif kind in TEXTS[text]:
        converted = convert(name, text, option)
        assert converted == TEXTS[text][kind]
        assert isinstance(converted, PYTHON_TYPES.get(kind, object))
    else:
        with pytest.raises(ConversionError, match=f"^{name}"):
            convert(name, text, option)


@pytest.mark.parametrize("blank", ["", " ", "\n", None])
@pytest.mark.parametrize("name", OPTIONS)
def test_blank_counts_as_not_set(name: str, blank: str | None) -> None:
    assert convert(name, blank, OPTIONS[name]) is None


IMAGES = [{"name": "a", "protected": "no", "min_ram": "64", "tags": "x, y", "keep": "", "visibility": "public"}]


@pytest.mark.parametrize(
    "value_or_text",
    [
        IMAGES,
        json.dumps(IMAGES),
        '- name: a\n  protected: "no"\n  min_ram: "64"\n  tags: x, y\n  keep: ""\n  visibility: public\n',
    ],
    ids=["list", "json", "yaml"],
)
def test_list_in_text_is_converted_with_its_items(value_or_text: Any) -> None:
    assert convert("glance_images", value_or_text, OPTIONS["glance_images"]) == [
        {
            "name": "a",
            "protected": False,
            "min_ram": 64,
            "tags": ["x", "y"],
            "keep": None,
            "visibility": "public",
        }
    ]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("glance_memcached_servers", "c1:11211,c2:11211", ["c1:11211", "c2:11211"]),
        ("glance_memcached_servers", "c1:11211\nc2:11211\n", ["c1:11211", "c2:11211"]),
        ("glance_api_constraints", "a<2,>1\nb==1", ["a<2,>1", "b==1"]),
        ("glance_config", "DEFAULT:\n  debug: true\n", {"DEFAULT": {"debug": True}}),
        ("glance_cloud", "auth:\n  username: x\n", {"auth": {"username": "x"}}),
        ("glance_cloud", "my:cloud", "my:cloud"),
        ("glance_release", 2025.1, "2025.1"),
        ("glance_api_constraints", "eventlet>=0.33,<0.36", ["eventlet>=0.33,<0.36"]),
    ],
)
def test_lists_and_dictionaries_can_be_text(name: str, text: Any, value: Any) -> None:
    assert convert(name, text, OPTIONS[name]) == value


def test_number_that_yaml_may_have_changed_is_refused() -> None:
    with pytest.raises(ConversionError, match="^glance_images.0..os_version must be a string"):
        convert("glance_images", [{"name": "a", "os_version": 22.10}], OPTIONS["glance_images"])


@pytest.mark.parametrize("value", [8715309, 1.5, True, ["Sesame"]])
def test_secret_must_be_a_string_and_is_not_part_of_the_message(value: Any) -> None:
    with pytest.raises(ConversionError) as raised:
        convert("glance_database_password", value, OPTIONS["glance_database_password"])
    assert str(raised.value).startswith("glance_database_password must be a string")
    assert "8715309" not in str(raised.value)
    assert "Sesame" not in str(raised.value)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


def converted_or_problem(name: str, value: Any) -> tuple[Any, str | None]:
    try:
        return convert(name, value, OPTIONS[name]), None
    except ConversionError as error:
        return None, str(error)


@given(value=ANYTHING, name=st.sampled_from(sorted(OPTIONS)))
def test_any_value_is_converted_or_refused(value: Any, name: str) -> None:
    converted, problem = converted_or_problem(name, value)
    kind = PYTHON_TYPES.get(OPTIONS[name]["type"], object)
    assert (problem or name).startswith(name)
    assert converted is None or isinstance(converted, kind)


@given(value=ANYTHING, name=st.sampled_from(sorted(OPTIONS)))
def test_conversion_is_idempotent(value: Any, name: str) -> None:
    once, _problem = converted_or_problem(name, value)
    if not (isinstance(once, str) and OPTIONS[name]["type"] == "raw"):
        assert repr(convert(name, once, OPTIONS[name])) == repr(once)
