# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.credentials import (
    identity_account,
    with_current_passwords,
)

PATH = "/etc/glance/glance-api.conf"
DATABASE = "[database]\nconnection = mysql+pymysql://{}\n"
IDENTITY = "[keystone_authtoken]\n{}\n"


def current(before: str, now: str) -> str:
    return with_current_passwords({PATH: before.encode()}, {PATH: now.encode()})[PATH].decode()


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        pytest.param("glance:old@db/glance", "glance:new@db/glance", "glance:new@db/glance", id="same account"),
        pytest.param(
            "glance:old@db:3306/glance?charset=utf8",
            "glance:n%40w$$@DB/glance",
            "glance:n%40w$$@db:3306/glance?charset=utf8",
            id="other port and query",
        ),
        pytest.param("glance:o@ld@db/glance", "glance:new@db/glance", "glance:new@db/glance", id="not encoded"),
        pytest.param("gl%61nce:old@db/glance", "glance:new@db/glance", "gl%61nce:new@db/glance", id="encoded user"),
        pytest.param("glance:old@[::1]/glance", "glance:new@[::1]:3306/glance", "glance:new@[::1]/glance", id="IPv6"),
        pytest.param("other:old@db/glance", "glance:new@db/glance", None, id="other user"),
        pytest.param("glance:old@db1/glance", "glance:new@db/glance", None, id="other host"),
        pytest.param("glance:old@db/images", "glance:new@db/glance", None, id="other database"),
        pytest.param("glance:old@db/glance", "glance@db/glance", None, id="no password now"),
        pytest.param("glance:same@db/glance", "glance:same@db/glance", None, id="same password"),
    ],
)
def test_password_of_a_database_account_is_replaced(before: str, now: str, after: str | None) -> None:
    assert current(DATABASE.format(before), DATABASE.format(now)) == DATABASE.format(after or before)


NOW = "auth_url = http://controller:5000\nusername = glance\npassword = n$$ew\nuser_domain_name = Default"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "auth_url = http://controller:35357/v3\nusername = glance\npassword = old", True, id="same account"
        ),
        pytest.param("auth_url: http://controller\nusername=glance\npassword='old'", True, id="quotes and colons"),
        pytest.param(
            "identity_uri = http://controller\nadmin_user = glance\nadmin_password = old", True, id="old names"
        ),
        pytest.param("auth_host = controller\nadmin_user = glance\nadmin_password = old", True, id="host"),
        pytest.param(
            "auth_url = http://controller\nuser_domain_id = default\nusername = glance\npassword = old", True, id="ID"
        ),
        pytest.param(
            "auth_url = http://controller\nuser_domain_id = 1f\nusername = glance\npassword = old",
            True,
            id="ID of any domain",
        ),
        pytest.param(
            "auth_url = http://controller\nuser_domain_name = x\nusername = glance\npassword = old", False, id="domain"
        ),
        pytest.param("auth_url = http://controller\nusername = other\npassword = old", False, id="other user"),
        pytest.param("auth_url = http://other\nusername = glance\npassword = old", False, id="other server"),
        pytest.param("username = glance\npassword = old", False, id="no server"),
    ],
)
def test_password_of_an_identity_account_is_replaced(before: str, after: bool) -> None:
    expected = before.replace("old", "n$$ew") if after else before
    assert current(IDENTITY.format(before), IDENTITY.format(NOW)) == IDENTITY.format(expected)


def test_other_lines_are_not_changed() -> None:
    before = (
        b"# password = old\r\n[DEFAULT]\r\nsql_connection=mysql://glance:old@db/glance   \r\n"
        b"name = old\xff\r\n[oslo_limit]\r\nauth_url = http://controller\r\nusername = glance\r\n"
        b"password = dropped\r\npassword =   old  \r\n"
    )
    now = (DATABASE.format("glance:new@db/glance") + IDENTITY.format(NOW)).encode()
    after = before.replace(b"glance:old@", b"glance:new@").replace(b"password =   old", b"password =   n$$ew")
    assert with_current_passwords({PATH: before}, {PATH: now}) == {PATH: after}


def test_password_may_be_in_another_file() -> None:
    before = {"registry": DATABASE.format("glance:old@db/glance").encode(), "api": b"[DEFAULT]\n"}
    now = {"api": DATABASE.format("glance:new@db/glance").encode()}
    assert with_current_passwords(before, now)["registry"] == now["api"]


@pytest.mark.parametrize("fault", ["[a\n", "x = 1\n", "\0"], ids=repr)
def test_file_that_cannot_be_parsed_is_not_changed(fault: str) -> None:
    good = DATABASE.format("glance:old@db/glance")
    assert current(fault + good, DATABASE.format("glance:new@db/glance")) == fault + good
    assert current(good, fault + DATABASE.format("glance:new@db/glance")) == good


def test_server_may_have_another_name() -> None:
    before = {PATH: DATABASE.format("glance:old@127.0.0.1/glance").encode()}
    now = {PATH: DATABASE.format("glance:new@controller/glance").encode()}
    compared = []

    def same_host(first: str, second: str) -> bool:
        compared.append((first, second))
        return True

    assert b"glance:new@127.0.0.1" in with_current_passwords(before, now, same_host)[PATH]
    assert compared == [("127.0.0.1", "controller")]


def test_identity_account_is_read() -> None:
    content = IDENTITY.format(f"{NOW}\nproject_name = service\nproject_domain_id = 1f\nregion_name = R\ncafile = /ca")
    assert identity_account(content.encode(), PATH) == {
        "auth": {
            "auth_url": "http://controller:5000",
            "username": "glance",
            "password": "n$ew",
            "project_name": "service",
            "user_domain_name": "Default",
            "project_domain_id": "1f",
        },
        "region_name": "R",
        "cacert": "/ca",
    }


@pytest.mark.parametrize("content", ["", "[keystone_authtoken]\nusername = glance\n", "[a\n"], ids=repr)
def test_file_without_an_identity_account_has_none(content: str) -> None:
    assert identity_account(content.encode(), PATH) is None
