"""Manage the accounts of the database while the service runs."""

from __future__ import annotations

import json
from typing import Any, Callable, Iterator

import pytest

Play = Callable[..., Any]

DISK = "/var/lib/sandbox-disk.qcow2"
CLIENT = "openstack --os-cloud sandbox"
# The privileges that are sufficient to run and to migrate, according to the argument spec.
SUFFICIENT = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"]
ROTATED = {"glance_database_password": "r0tated/d%b$ é", "glance_service_password": "r0tated:s@rvice#"}


@pytest.fixture
def restored(play: Play) -> Iterator[None]:
    """Apply the inventory again after the test."""
    yield
    run = play("site")
    assert run.rc == 0, run.output[-3000:]


def sql(host: Any, statement: str) -> str:
    """Return the output of the database client."""
    return str(host.check_output("mysql --batch --skip-column-names --raw --execute %s", statement))


def is_serving(host: Any) -> bool:
    """Return whether the service lists the image in its database."""
    listed = json.loads(host.check_output(f"{CLIENT} image list -f json"))
    return "small-disk" in [image["Name"] for image in listed]


def test_accounts_have_privileges_on_the_database_only(host: Any) -> None:
    for account_host in ("localhost", "%"):
        usage, grant = sql(host, f"SHOW GRANTS FOR glance@'{account_host}'").splitlines()
        assert usage.startswith("GRANT USAGE ON *.* ")
        assert grant == f"GRANT ALL PRIVILEGES ON `glance`.* TO `glance`@`{account_host}`"


@pytest.mark.usefixtures("restored")
def test_both_passwords_are_changed_in_one_run(play: Play, host: Any) -> None:
    predicted = play("site", "--check", "--diff", **ROTATED)
    assert "account glance@%" in predicted.output
    assert is_serving(host)
    rotated = play("site", "--diff", **ROTATED)
    assert rotated.rc == 0, rotated.output[-3000:]
    assert is_serving(host)
    again = play("site", **ROTATED)
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
    assert not [secret for secret in ROTATED.values() if secret in predicted.output + rotated.output + again.output]


@pytest.mark.usefixtures("restored")
def test_service_works_with_the_sufficient_privileges(play: Play, host: Any) -> None:
    narrowed = play("site", "--diff", glance_database_privileges=SUFFICIENT)
    assert (narrowed.rc, narrowed.changed) == (0, 1), narrowed.output[-3000:]
    assert "CREATE ROUTINE" not in sql(host, "SHOW GRANTS FOR glance@'%'")
    assert "ALL PRIVILEGES" not in sql(host, "SHOW GRANTS FOR glance@'%'")
    options = f"--file {DISK} --disk-format qcow2 --container-format bare --private"
    host.check_output(f"{CLIENT} image create {options} narrow")
    host.check_output(f"{CLIENT} image delete narrow")
    assert is_serving(host)


def test_manually_changed_account_is_restored(play: Play, host: Any) -> None:
    sql(host, "ALTER USER glance@'%' IDENTIFIED VIA unix_socket ACCOUNT LOCK")
    sql(host, "GRANT SELECT ON glance.* TO glance@'%' WITH GRANT OPTION")
    repaired = play("site", "--diff")
    assert (repaired.rc, repaired.changed) == (0, 1), repaired.output[-3000:]
    assert "GRANT OPTION" not in sql(host, "SHOW GRANTS FOR glance@'%'")
    assert is_serving(host)


def test_refused_login_of_the_administrator_is_reported(play: Play) -> None:
    wrong = "wr0ng-of-r00t"
    run = play("site", glance_database_login_host="controller", glance_database_login_password=wrong)
    assert run.rc != 0
    assert run.changed == 0
    assert "Cannot log in to the server at controller:3306 as 'root'" in run.words
    assert wrong not in run.output


@pytest.fixture
def password_validation(host: Any) -> Iterator[None]:
    """Install a password validation plugin with its default policy."""
    sql(host, "INSTALL SONAME 'simple_password_check'")
    yield
    sql(host, "UNINSTALL SONAME 'simple_password_check'")
    sql(host, "DROP USER IF EXISTS checked@localhost")
    sql(host, "DROP DATABASE IF EXISTS osops_checked_test")


@pytest.mark.usefixtures("password_validation")
def test_validated_password_is_set(controller: Any, host: Any) -> None:
    options = {"name": "osops_checked_test", "user": "checked", "hosts": ["localhost"]}
    options["login_unix_socket"] = sql(host, "SELECT @@socket").strip()
    refused = controller.module("database", password="weakling", **options)["msg"]
    assert "simple_password_check: Not enough digits" in refused
    assert "weakling" not in refused
    assert sql(host, "SELECT user FROM mysql.user WHERE user = 'checked'") == ""
    for password in ("Str0ng-enough", "Str0nger-enough"):
        assert controller.module("database", password=password, **options)["changed"]
        assert not controller.module("database", password=password, **options)["changed"]
        host.check_output("mysql --user=checked --password=%s --execute 'SELECT 1'", password)
