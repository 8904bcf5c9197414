# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.options.table import (
    RELEASES,
    covers,
    find,
    kind,
    load,
    parse,
)

NAMES = [name for options in load().values() for names in options.values() for name in names]


def test_rows_of_the_table_are_consistent() -> None:
    assert len(NAMES) > 1000
    for name in NAMES:
        assert RELEASES.index(name.first) <= RELEASES.index(name.last), name
        assert name.kind in ("", "multi", "bounds", "list", "dict"), name
        assert name.file in ("api", "registry", "both"), name


def test_option_occurs_once_in_the_table() -> None:
    current = [str(name) for name in NAMES if not name.now]
    assert len(current) == len(set(current))


@pytest.mark.parametrize(
    ("section", "option", "expected"),
    [
        ("DEFAULT", "enabled_import_methods", "bounds"),
        ("import_filtering_opts", "allowed_ports", "bounds"),
        ("oslo_messaging_notifications", "driver", "multi"),
        ("DEFAULT", "notification_driver", "multi"),
        ("glance_store", "filesystem_store_datadirs", "multi"),
        ("any-store", "filesystem_store_datadirs", "multi"),
        ("keystone_authtoken", "service_token_roles", "list"),
        ("DEFAULT", "enabled_backends", "dict"),
        ("DEFAULT", "debug", ""),
        ("token", "provider", ""),
    ],
)
def test_kind_is_how_a_list_is_written(section: str, option: str, expected: str) -> None:
    assert kind(section, option) == expected


TABLE = parse(
    "# A comment.\n"
    "section\toption\tfirst\tlast\tdeprecated_from\taliases\tkind\tfile\n"
    "database\tconnection\tjuno\tzed\tyoga\tDEFAULT/sql_connection..train,DataBase/sql\tlist\tboth\n"
)


def test_alias_has_its_last_release_and_a_section_in_lower_case() -> None:
    (old,) = find(TABLE, ["DEFAULT"], "sql-connection")
    (other,) = find(TABLE, ["database"], "sql")
    assert (old.first, old.last, old.now) == ("juno", "train", "database/connection")
    assert (other.first, other.last, other.now) == ("juno", "zed", "database/connection")


@pytest.mark.parametrize(
    ("release", "tolerance", "expected"),
    [
        ("icehouse", 0, False),
        ("icehouse", 1, True),
        ("juno", 0, True),
        ("zed", 0, True),
        ("2023.1", 0, False),
        ("2023.1", 1, True),
        ("2023.2", 1, False),
        (None, 0, True),
        ("2029.1", 0, True),
    ],
)
def test_name_covers_its_releases(release: str | None, tolerance: int, expected: bool) -> None:
    (name,) = find(TABLE, ["database"], "connection")
    assert covers(name, release, tolerance) is expected
