# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._mysql.password import native_password_hash
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._mysql.fakes import (
    STRONG,
    FakeError,
    FakeServer,
    Run,
)


def test_password_is_sent_as_text_if_a_plugin_validates_it(run: Run, validating_server: FakeServer) -> None:
    assert run(password=STRONG)["changed"]
    assert validating_server.accounts["glance", "%"]["authentication_string"] == native_password_hash(STRONG)
    # The binary log contains the text of a random password only.
    assert [sql.split()[:2] for sql in validating_server.executed if "PASSWORD" in sql] == [["SET", "PASSWORD"]] * 2
    assert validating_server.charsets == ["latin1", "utf8mb4"] * 2
    assert not run(password=STRONG)["changed"]
    validating_server.executed.clear()
    assert run(password="An0ther-s3same", tls=True)["changed"]
    assert validating_server.executed == ["SET PASSWORD FOR %s@%s = PASSWORD(%s)", "ALTER USER %s@%s REQUIRE SSL"] * 2


def test_refused_password_is_reported_with_the_reason_and_changes_nothing(
    run: Run, validating_server: FakeServer
) -> None:
    validating_server.databases["glance"] = ("utf8mb3", "utf8mb3_general_ci")
    result = run()
    assert result["msg"].endswith(
        "Cannot create the account glance@localhost on the server at /run/db.sock: Your password does not satisfy "
        "the current policy requirements (simple_password_check): simple_password_check: Not enough upper case letters "
        "(< 1). Check `password` (glance_database_password in the role glance_database), or the variables of that "
        "plugin on the server."
    )
    assert validating_server.accounts == {}
    validating_server.accounts["glance", "localhost"] = {"plugin": "unix_socket"}
    assert "Not enough upper case" in run()["msg"]
    assert validating_server.accounts == {("glance", "localhost"): {"plugin": "unix_socket"}}


def test_account_with_another_plugin_gets_a_validated_password(run: Run, validating_server: FakeServer) -> None:
    validating_server.accounts["glance", "localhost"] = {"plugin": "unix_socket"}
    assert run(password=STRONG, hosts=["localhost"])["changed"]
    assert list(validating_server.accounts) == [("glance", "localhost")]
    assert validating_server.accounts["glance", "localhost"]["authentication_string"] == native_password_hash(STRONG)


@pytest.mark.parametrize("is_on", [False, True])
def test_general_log_that_records_the_password_is_reported(
    run: Run, validating_server: FakeServer, is_on: bool
) -> None:
    validating_server.logs["general_log"] = is_on
    validating_server.failures["sql_log_off"] = FakeError(1227, "Access denied; you need the SUPER privilege")
    assert run(password=STRONG)["changed"]
    assert ("Its general log is on" in str(validating_server.issued_warnings)) == is_on


def test_password_as_text_without_tls_is_reported(run: Run, validating_server: FakeServer) -> None:
    assert run(password=STRONG, login_unix_socket=None, login_host="db1", login_ca_cert="/ca.pem")["changed"]
    assert validating_server.issued_warnings == []
    assert run(password="An0ther", login_unix_socket=None, login_host="db1")["changed"]
    assert "without TLS" in validating_server.issued_warnings[0]
