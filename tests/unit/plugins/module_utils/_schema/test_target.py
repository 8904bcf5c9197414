# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.target import parse_database_url
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.builders import CONFIG, TARGET, URL


@pytest.mark.parametrize(
    ("url", "address", "user", "password"),
    [
        pytest.param(URL, "controller:3306/glance", "glance", "p@s$", id="encoded password"),
        pytest.param("mysql://g:x@10.0.0.1:3307/g", "10.0.0.1:3307/g", "g", "x", id="port"),
        pytest.param("mysql://g:a/b:c@h/g", "h:3306/g", "g", "a/b:c", id="slash and colon as SQLAlchemy parses them"),
        pytest.param("mysql://g:x@[fd00::1]:3307/g", "fd00::1:3307/g", "g", "x", id="IPv6"),
        pytest.param("mysql+pymysql://g:x@h/g?charset=utf8", "h:3306/g", "g", "x", id="options"),
        pytest.param("mysql://g@h/g", "h:3306/g", "g", "", id="no password"),
        pytest.param("mysql:///g?unix_socket=/run/m.sock", "/run/m.sock/g", "", "", id="socket"),
        pytest.param("postgresql://g:x%40@h:5432/g", "postgresql://h:5432/g", "", "x@", id="PostgreSQL"),
        pytest.param("sqlite:////var/lib/g.sqlite", "sqlite:////var/lib/g.sqlite", "", "", id="SQLite"),
    ],
)
def test_url_is_parsed(url: str, address: str, user: str, password: str) -> None:
    target = parse_database_url(url, CONFIG)
    assert (str(target), target.user, target.password) == (address, user, password)


@pytest.mark.parametrize("url", ["mysql://g:S3cr@t@h/g", "mysql://g:S3c@r/t@h/g", "mysql://g:S3crt@h", "S3cr:t@h/g"])
def test_invalid_url_is_refused_without_the_password(url: str) -> None:
    with pytest.raises(GlanceError, match="Percent-encode") as refused:
        parse_database_url(url, CONFIG)
    assert "S3c" not in str(refused.value)


def test_password_is_not_in_the_representation() -> None:
    assert "p@s" not in repr(TARGET)


@pytest.mark.parametrize(
    ("url", "supported"),
    [(URL, True), ("sqlite:////x", True), ("postgresql://g:x@h/g", False), ("mariadb+pymysql://g:x@h/g", False)],
)
def test_db_check_supports_some_engines(url: str, supported: bool) -> None:
    assert parse_database_url(url, CONFIG).supports_db_check is supported
