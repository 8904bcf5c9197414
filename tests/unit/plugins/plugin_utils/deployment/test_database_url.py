# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.osops.glance.plugins.filter.database_url import FilterModule
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.database_url import database_url

sqlalchemy = pytest.importorskip("sqlalchemy")

PARTS = {"user": "glance", "password": "p@ss", "host": "controller", "name": "glance"}
HARD = "p@s/s%$w:rd#[x]\"'\\ é"


@pytest.mark.parametrize(
    ("parts", "url"),
    [
        pytest.param({}, "mysql+pymysql://glance:p%40ss@controller/glance?charset=utf8", id="defaults"),
        pytest.param(
            {"port": 3306}, "mysql+pymysql://glance:p%40ss@controller:3306/glance?charset=utf8", id="with a port"
        ),
        pytest.param(
            {"host": "2001:db8::1", "port": "3306"},
            "mysql+pymysql://glance:p%40ss@[2001:db8::1]:3306/glance?charset=utf8",
            id="an IPv6 host",
        ),
        pytest.param(
            {"host": "[2001:db8::1]"},
            "mysql+pymysql://glance:p%40ss@[2001:db8::1]/glance?charset=utf8",
            id="an IPv6 host in brackets",
        ),
        pytest.param(
            {"driver": "postgresql", "query": {}}, "postgresql://glance:p%40ss@controller/glance", id="no query"
        ),
        pytest.param(
            {"query": {"charset": "utf8mb4", "ssl_ca": "/etc/ca.pem", "ssl_key": None, "x": ["1", 2]}},
            "mysql+pymysql://glance:p%40ss@controller/glance?charset=utf8mb4&ssl_ca=%2Fetc%2Fca.pem&x=1&x=2",
            id="a query of one's own",
        ),
    ],
)
def test_parts_become_a_url(parts: dict[str, Any], url: str) -> None:
    assert database_url({**PARTS, **parts}) == url


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        pytest.param({"password": ""}, "password must be set", id="no password"),
        pytest.param({"user": None, "name": None}, "user, name must be set", id="no user and no name"),
        pytest.param({"hots": "x"}, "a URL has no part hots", id="an unknown part"),
        pytest.param({"name": "gl$nce"}, "name contains a character", id="a name that old releases would not decode"),
        pytest.param({"host": "controller/x"}, "host contains a character", id="a host with a path"),
        pytest.param({"port": "33o6"}, "port contains a character", id="a port that is no number"),
        pytest.param({"driver": "mysql://"}, "driver contains a character", id="a driver with a colon"),
    ],
)
def test_invalid_part_is_named(parts: dict[str, Any], message: str) -> None:
    with pytest.raises(GlanceError, match=message) as failure:
        database_url({**PARTS, **parts})
    assert "p@ss" not in str(failure.value)


def test_value_other_than_a_dictionary_is_refused() -> None:
    with pytest.raises(GlanceError, match="must be a dictionary"):
        database_url("mysql://")  # type: ignore[arg-type]


@settings(deadline=None)
@given(
    user=st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.just(HARD),
    password=st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.just(HARD),
    host=st.from_regex(r"[a-z][a-z0-9.-]*", fullmatch=True) | st.ip_addresses().map(str),
    port=st.none() | st.integers(1, 65535),
    name=st.from_regex(r"[A-Za-z0-9_]+", fullmatch=True),
    query=st.dictionaries(st.text("abc_", min_size=1), st.text(st.characters(exclude_categories=["Cs"]), min_size=1)),
)
def test_sqlalchemy_reads_the_given_parts(
    user: str, password: str, host: str, port: int | None, name: str, query: dict[str, str]
) -> None:
    parts = {"user": user, "password": password, "host": host, "port": port, "name": name, "query": query}
    url = database_url(parts)
    read = sqlalchemy.make_url(url)
    assert (read.username, read.password, read.host, read.port, read.database) == (user, password, host, port, name)
    assert dict(read.query) == query
    assert read.drivername == "mysql+pymysql"
    assert url.isascii()
    assert not {"$", " ", "\n"} & set(url)


def test_filter_reports_an_invalid_part() -> None:
    database_url_filter = FilterModule().filters()["database_url"]
    assert database_url_filter(PARTS) == database_url(PARTS)
    with pytest.raises(AnsibleFilterError, match="password must be set"):
        database_url_filter({**PARTS, "password": None})
