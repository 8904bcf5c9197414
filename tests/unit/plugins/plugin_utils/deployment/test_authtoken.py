# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.deployment.authtoken import (
    GENERATIONS,
    authtoken,
    optional_authtoken,
    oslo_literal,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.tables import releases
from tests import plans


def test_every_generation_of_the_table_has_its_options() -> None:
    assert {facts["authtoken"] for facts in releases().values() if "authtoken" in facts} == set(GENERATIONS)


def test_oldest_generation_has_no_domain() -> None:
    options = authtoken(plans.inputs_of(glance_identity_url="https://id.example:5000"), "auth_host")
    assert (options["auth_protocol"], options["auth_host"], options["auth_port"]) == ("https", "id.example", 35357)
    assert not [name for name in options if "domain" in name]


@pytest.mark.parametrize(
    ("generation", "expected"),
    [
        ("auth_plugin", {"auth_uri": "http://controller:5000", "auth_plugin": "password"}),
        ("auth_uri", {"auth_uri": "http://controller:5000", "auth_type": "password"}),
        ("www_authenticate_uri", {"www_authenticate_uri": "http://controller:5000", "auth_type": "password"}),
    ],
)
def test_generations_differ_in_two_options(generation: str, expected: dict[str, str]) -> None:
    options = authtoken(plans.inputs_of(), generation)
    assert expected.items() <= options.items()
    assert (options["username"], options["user_domain_name"], options["user_domain_id"]) == ("glance", "Default", None)


def test_dollar_signs_of_a_password_are_escaped() -> None:
    assert authtoken(plans.inputs_of(), "auth_uri")["password"] == "pa$$$$word"
    assert oslo_literal("a$b") == "a$$b"


def test_options_of_empty_inputs_are_omitted() -> None:
    inputs = plans.inputs_of(glance_memcached_servers=[], glance_ca_cert="")
    assert optional_authtoken(inputs) == {}


def test_memcached_servers_and_the_ca_certificate_are_written() -> None:
    inputs = plans.inputs_of(glance_memcached_servers=["[::1]:11211", "mc"], glance_ca_cert="/ca.pem")
    assert optional_authtoken(inputs) == {"memcached_servers": "inet6:[::1]:11211,mc:11211", "cafile": "/ca.pem"}
