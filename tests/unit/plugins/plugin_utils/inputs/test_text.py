# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that files, URLs, accounts or headers cannot contain."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.checks import input_problems
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import argument_specs
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.templates import Unresolved

YAML = "write it in quotes on one line, or as a YAML block with `|-` instead of `|`; append `| trim` to a lookup"


def image(**more: Any) -> dict[str, Any]:
    return {"glance_images": [{"name": "x", **more}]}


def config(**options: Any) -> dict[str, Any]:
    return {"glance_config": {"DEFAULT": options}}


CASES: dict[str, tuple[Any, ...]] = {
    "a block scalar": ({"glance_service_password": "Sesame\n"}, f"glance_service_password ends with a newline: {YAML}"),
    "a Windows line ending": (
        {"glance_database_password": "Sesame\r\n"},
        f"glance_database_password ends with a newline: {YAML}",
    ),
    "a leading newline": ({"glance_service_user": "\nglance"}, f"glance_service_user starts with a newline: {YAML}"),
    "several lines": ({"glance_service_user": "gla\nnce"}, f"glance_service_user spans several lines: {YAML}"),
    "a control character": (
        {"glance_service_password": "Sesame\a"},
        "glance_service_password contains a control character, such as a tab: remove it",
    ),
    "a pasted URL": (
        {"glance_identity_url": "http://controller:5000\u200b"},
        "glance_identity_url contains an invisible character, as text from a web page can: "
        "type it instead of pasting it",
    ),
    "a line separator": (
        {"glance_service_user": "glance\u2028"},
        "glance_service_user contains a control character, such as a tab: remove it",
    ),
    "an item of a list": (
        {"glance_memcached_servers": ["a:1", "b:1\n"]},
        f"glance_memcached_servers[1] ends with a newline: {YAML}",
    ),
    "a path": ({"glance_api_state_directory": "/srv\n"}, f"glance_api_state_directory ends with a newline: {YAML}"),
    "a URL, reported once": ({"glance_public_url": "http://a\n"}, f"glance_public_url ends with a newline: {YAML}"),
    "the administrator's password": (
        {"glance_cloud": {"auth": {"password": "Sesame\n"}}},
        f"glance_cloud.auth.password ends with a newline: {YAML}",
    ),
    "a header": (
        image(url_headers={"X-Token": "Sesame\n"}),
        f"glance_images[0].url_headers.X-Token ends with a newline: {YAML}",
    ),
    "an option of uWSGI": (
        {"glance_api_uwsgi": {"cheaper": "1\n"}},
        f"glance_api_uwsgi.cheaper ends with a newline: {YAML}",
    ),
    "an option of a file": (
        {"glance_config": {"database": {"connection": "Sesame\n"}}},
        f"glance_config: database/connection ends with a newline: {YAML}",
    ),
    "an option of a store": (
        {"glance_stores": [{"name": "fs", "type": "s3", "options": {"s3_store_secret_key": "Sesame\n"}}]},
        f"glance_stores: fs/s3_store_secret_key ends with a newline: {YAML}",
    ),
    "an item with a comma in a list of a file": (
        {"glance_config": {"keystone_authtoken": {"memcached_servers": ["a:1,b:1"]}}},
        "glance_config: keystone_authtoken/memcached_servers cannot be written: has an item that would "
        "not be read back: it is empty, or has a comma, a line break, or blanks around it",
    ),
    "a template that fails, reported once": (
        config(workers=Unresolved("uses x")),
        "glance_config.DEFAULT.workers uses x",
    ),
    "multi-line text in options that accept it": (
        {
            **image(description="One\nTwo\n", properties={"notes": "One\nTwo\n"}),
            "glance_api_policy": {"get_image": "role:a or\nrole:b\n"},
            "glance_api_constraints": ["a===1\nb===2\n"],
            **config(enabled_import_methods="[glance-direct,\nweb-download]"),
        },
        [],
    ),
    "blanks and non-ASCII letters": ({"glance_service_password": " Sesämé 日本 "}, []),
}


@pytest.mark.parametrize(("variables", "expected"), CASES.values(), ids=list(CASES))
def test_invalid_text_is_refused(variables: dict[str, Any], expected: Any) -> None:
    problems = input_problems(variables, argument_specs(), [])
    assert problems == ([expected] if isinstance(expected, str) else expected)
    assert "Sesame" not in "".join(problems)


TEMPLATE = (
    "contains a template that was not rendered: surveys, extra variables of AWX and !unsafe values are "
    "literal. Set the value itself, or set the variable in the inventory"
)


@pytest.mark.parametrize(
    ("variables", "label"),
    [
        ({"glance_region": "{{ region }}"}, "glance_region"),
        ({"glance_public_url": "http://{{ name }}:9292"}, "glance_public_url"),
        ({"glance_stores": [{"name": "a", "type": "{% if x %}rbd{% endif %}"}]}, "glance_stores[0].type"),
        (config(region="{{ region }}"), "glance_config.DEFAULT.region"),
        (image(src="{{ directory }}/a.raw"), "glance_images[0].src"),
        ({"glance_cloud": {"auth": {"username": "{{ admin }}"}}}, "glance_cloud.auth.username"),
    ],
)
def test_template_that_was_not_rendered_is_refused(variables: dict[str, Any], label: str) -> None:
    assert f"{label} {TEMPLATE}" in input_problems(variables, argument_specs(), [])


@pytest.mark.parametrize(
    "variables",
    [
        {"glance_service_password": "p{{w}}"},
        {"glance_cloud": {"auth": {"password": "{{secret}}"}}},
        config(transport_url="rabbit://a:{{b}}@c"),
        image(description="{{ literally }}", properties={"note": "{% x %}"}),
        {"glance_service_user": "a{b}"},
    ],
)
def test_passwords_and_free_text_may_look_like_templates(variables: dict[str, Any]) -> None:
    assert not [problem for problem in input_problems(variables, argument_specs(), []) if "template" in problem]
