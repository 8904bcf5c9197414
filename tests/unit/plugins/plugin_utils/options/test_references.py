# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that refer to an option that does not exist."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.inputs.checks import input_warnings
from ansible_collections.osops.glance.plugins.plugin_utils.options.references import reference_warnings


def warnings_of(section: str, option: str, value: Any, release: str | None = "zed") -> list[str]:
    return list(reference_warnings("glance_config", {section: {option: value}}, release, {"known": {"mine": 1}}))


@pytest.mark.parametrize(
    ("section", "option", "value"),
    [
        pytest.param("DEFAULT", "worker_self_reference_url", "http://$bind_host:9292", id="an-option-of-DEFAULT"),
        pytest.param("cors", "allowed_origin", "http://${bind_host}", id="of-DEFAULT-in-another-section"),
        pytest.param("DEFAULT", "log_file", "${database.max_retries}.log", id="an-option-of-a-section"),
        pytest.param("DEFAULT", "log_file", "$known.mine", id="an-option-of-another-variable"),
        pytest.param("oslo_messaging_notifications", "transport_url", "rabbit://o:pa$$word@mq/", id="an-escaped-sign"),
        pytest.param("DEFAULT", "log_file", "price: 5$", id="a-sign-at-the-end"),
        pytest.param("DEFAULT", "log_file", "$config_dir/x", id="an-option-of-oslo.config"),
        pytest.param("DEFAULT", "workers", 4, id="a-number"),
        pytest.param("fs", "filesystem_store_datadir", "$filesystem_store_metadata_file", id="an-option-of-a-store"),
    ],
)
def test_reference_that_the_service_resolves_is_accepted(section: str, option: str, value: Any) -> None:
    assert warnings_of(section, option, value) == []


@pytest.mark.parametrize(
    ("option", "value", "what"),
    [
        ("log_file", "/x/$no_option/y", "$no_option, which is not an option of Glance"),
        ("filters", ["a", "$no_option"], "$no_option, which is not an option of Glance"),
        ("filters", {"a": "${database.no_option}"}, "$database.no_option, which is not an option of Glance"),
        ("transport_url", "rabbit://o:pa$word@mq:5672/", "an option that Glance does not have"),
        ("target", "rabbit://o:pa$word@mq:5672/", "an option that Glance does not have"),
        ("password", "pa$word", "an option that Glance does not have"),
    ],
)
def test_unknown_reference_is_a_warning_without_a_secret(option: str, value: Any, what: str) -> None:
    (warning,) = warnings_of("oslo_messaging_notifications", option, value)
    assert warning == (
        f"glance_config: oslo_messaging_notifications/{option} contains a reference ($) to {what}. The service fails "
        "when it reads this option. Write $$ for a literal dollar sign"
    )


def test_reference_to_an_option_of_another_release_is_a_warning() -> None:
    assert warnings_of("DEFAULT", "log_file", "$registry_host", "stein") == []
    assert warnings_of("DEFAULT", "log_file", "$registry_host", "2026.1") != []


def test_each_variable_with_sections_is_checked() -> None:
    variables = {
        "glance_config": {"DEFAULT": {"log_file": "$one_option"}},
        "glance_registry_config": {"DEFAULT": {"log_file": "$two_option"}},
        "glance_stores": [
            {"name": "s", "type": "swift", "options": {"swift_store_key": "a$word"}},
            {"name": "f", "type": "file", "options": {"filesystem_store_datadir": "$log_dir/x"}},
            {"name": "n", "type": "http"},
        ],
    }
    reported = input_warnings(variables, "stein", "")
    assert [warning.split(" contains")[0] for warning in reported if "reference" in warning] == [
        "glance_stores: s/swift_store_key",
        "glance_config: DEFAULT/log_file",
        "glance_registry_config: DEFAULT/log_file",
    ]
    assert "word" not in "".join(reported)
