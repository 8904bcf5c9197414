# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._mysql.password_statements import (
    alter_with_text,
    convert_with_text,
    create_with_text,
    random_password,
    with_hash,
)

NAME = ("glance", "localhost")


def test_random_password_has_all_classes_of_characters() -> None:
    password = random_password()
    assert len(password) == 16 * 4 + 64
    assert password != random_password()
    for condition in (str.islower, str.isupper, str.isdigit):
        assert sum(map(condition, password)) >= 16
    assert sum(not character.isalnum() for character in password) == 16


def test_hash_is_set_with_one_statement() -> None:
    assert with_hash("CREATE", NAME, "*1", " REQUIRE SSL") == [
        ("CREATE USER %s@%s IDENTIFIED VIA mysql_native_password USING %s REQUIRE SSL", (*NAME, "*1"))
    ]
    assert with_hash("ALTER", NAME, None, " ACCOUNT UNLOCK") == [("ALTER USER %s@%s ACCOUNT UNLOCK", NAME)]


def test_account_is_created_with_a_random_password() -> None:
    statements, undo = create_with_text(NAME, "s3same", "")
    assert [sql.split()[0] for sql, _arguments in statements] == ["CREATE", "SET"]
    assert "s3same" not in statements[0][1]
    assert statements[1] == ("SET PASSWORD FOR %s@%s = PASSWORD(%s)", (*NAME, "s3same"))
    assert undo == [("DROP USER IF EXISTS %s@%s", NAME)]


def test_attributes_are_altered_after_the_password() -> None:
    assert len(alter_with_text(NAME, "s3same", "")) == 1
    assert alter_with_text(NAME, "s3same", " REQUIRE SSL")[1] == ("ALTER USER %s@%s REQUIRE SSL", NAME)


def test_password_is_tried_with_a_temporary_account_before_the_plugin_changes() -> None:
    statements, undo = convert_with_text(NAME, "s3same", "")
    assert [sql.split()[0] for sql, _arguments in statements] == ["CREATE", "SET", "DROP", "ALTER", "SET"]
    trial = statements[0][1][:2]
    assert trial[0].startswith("glance_trial_")
    assert undo == [("DROP USER IF EXISTS %s@%s", trial)]
    assert statements[3][1][:2] == NAME
