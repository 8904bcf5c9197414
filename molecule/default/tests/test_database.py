"""The accounts of the database: what they may, what becomes of them, and that the service lives through it."""

from __future__ import annotations

import json
from typing import Any, Callable, Iterator

import pytest

Play = Callable[..., Any]

DISK = "/var/lib/sandbox-disk.qcow2"
CLIENT = "openstack --os-cloud sandbox"
# What the argument spec names as enough to run and to migrate.
NARROW = ["SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"]
ROTATED = {"glance_database_password": "r0tated/d%b$ é", "glance_service_password": "r0tated:s@rvice#"}


@pytest.fixture
def as_it_was(play: Play) -> Iterator[None]:
    """Bring the host back to what the inventory says, whatever the test came to."""
    yield
    back = play("site")
    assert back.rc == 0, back.output[-3000:]


def sql(host: Any, statement: str) -> str:
    """Return what the database's own client answers."""
    return str(host.check_output("mysql --batch --skip-column-names --raw --execute %s", statement))


def serves(host: Any) -> bool:
    """Say whether the service answers a client, from its database, with the image that it keeps."""
    listed = json.loads(host.check_output(f"{CLIENT} image list -f json"))
    return "small-disk" in [image["Name"] for image in listed]


def test_each_account_has_the_database_and_nothing_else(host: Any) -> None:
    for place in ("localhost", "%"):
        usage, grant = sql(host, f"SHOW GRANTS FOR glance@'{place}'").splitlines()
        assert usage.startswith("GRANT USAGE ON *.* ")
        assert grant == f"GRANT ALL PRIVILEGES ON `glance`.* TO `glance`@`{place}`"


@pytest.mark.usefixtures("as_it_was")
def test_both_passwords_are_rotated_in_one_run(play: Play, host: Any) -> None:
    predicted = play("site", "--check", "--diff", **ROTATED)
    assert "account glance@%" in predicted.output
    assert serves(host)
    rotated = play("site", "--diff", **ROTATED)
    assert rotated.rc == 0, rotated.output[-3000:]
    assert serves(host)
    again = play("site", **ROTATED)
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
    assert not [secret for secret in ROTATED.values() if secret in predicted.output + rotated.output + again.output]


@pytest.mark.usefixtures("as_it_was")
def test_narrowed_account_is_enough_for_the_service(play: Play, host: Any) -> None:
    narrowed = play("site", "--diff", glance_database_privileges=NARROW)
    assert (narrowed.rc, narrowed.changed) == (0, 1), narrowed.output[-3000:]
    assert "CREATE ROUTINE" not in sql(host, "SHOW GRANTS FOR glance@'%'")
    assert "ALL PRIVILEGES" not in sql(host, "SHOW GRANTS FOR glance@'%'")
    options = f"--file {DISK} --disk-format qcow2 --container-format bare --private"
    host.check_output(f"{CLIENT} image create {options} narrow")
    host.check_output(f"{CLIENT} image delete narrow")
    assert serves(host)


def test_account_that_was_changed_by_hand_is_repaired(play: Play, host: Any) -> None:
    sql(host, "ALTER USER glance@'%' IDENTIFIED VIA unix_socket ACCOUNT LOCK")
    sql(host, "GRANT SELECT ON glance.* TO glance@'%' WITH GRANT OPTION")
    repaired = play("site", "--diff")
    assert (repaired.rc, repaired.changed) == (0, 1), repaired.output[-3000:]
    assert "GRANT OPTION" not in sql(host, "SHOW GRANTS FOR glance@'%'")
    assert serves(host)


def test_administrator_who_is_refused_is_told_what_to_look_at(play: Play) -> None:
    wrong = "wr0ng-of-r00t"
    run = play("site", glance_database_login_host="controller", glance_database_login_password=wrong)
    assert run.rc != 0
    assert run.changed == 0
    assert "Cannot log in to the server at controller:3306 as 'root'" in run.words
    assert wrong not in run.output


@pytest.fixture
def strict(host: Any) -> Iterator[None]:
    """Let the server check passwords, with its default policy."""
    sql(host, "INSTALL SONAME 'simple_password_check'")
    yield
    sql(host, "UNINSTALL SONAME 'simple_password_check'")
    sql(host, "DROP USER IF EXISTS checked@localhost")
    sql(host, "DROP DATABASE IF EXISTS osops_checked_test")


@pytest.mark.usefixtures("strict")
def test_server_that_checks_passwords_gets_them(controller: Any, host: Any) -> None:
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
