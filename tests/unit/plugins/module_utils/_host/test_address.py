# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.address import address_of, without_credentials


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        pytest.param({"host": "controller", "port": 3306}, "controller:3306", id="host and port"),
        pytest.param({"host": "fd00::1", "port": 3306}, "[fd00::1]:3306", id="IPv6"),
        pytest.param({"url": "http://controller:5000/v3"}, "controller:5000", id="URL"),
        pytest.param({"url": "https://controller/identity"}, "controller:443", id="port of the scheme"),
        pytest.param({"url": "mysql+pymysql://g:x@db:3307/g"}, "db:3307", id="URL of a database"),
    ],
)
def test_address_is_read_from_an_entry(entry: dict[str, Any], address: str) -> None:
    assert str(address_of(entry)) == address


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        pytest.param({"host": "", "port": 1}, "the value is empty", id="empty host"),
        pytest.param({"url": "http://controller:5000 internal port"}, "contains a space", id="words after the URL"),
        pytest.param({"url": "controller:5000"}, "contains no host", id="no scheme"),
        pytest.param({"url": "http://controller:http/"}, "is not a valid URL", id="port is not a number"),
        pytest.param({"url": "mysql://g:S3cret@db/g"}, "mysql://db/g has no port", id="no port"),
        pytest.param({"url": "http://g:S3cret@h x"}, "'http://h x'", id="secret in an invalid URL"),
    ],
)
def test_invalid_address_is_refused(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(GlanceError, match=message) as refused:
        address_of(entry)
    assert "S3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [("http://u:p@h/x", "http://h/x"), ("http://u:p/@h", "http://u:p/@h"), ("http://h/x@y", "http://h/x@y")],
)
def test_credentials_are_removed_from_a_url(url: str, shown: str) -> None:
    assert without_credentials(url) == shown
