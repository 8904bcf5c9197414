# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases and releases for the tests of the schema."""

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._schema.target import parse_database_url

CONFIG = "/etc/glance/glance-api.conf"
URL = "mysql+pymysql://glance:p%40s%24@controller/glance"
TARGET = parse_database_url(URL, CONFIG)
TABLES = frozenset({"images", "alembic_version"})


def script(revision: str, *predecessors: str) -> str:
    down, depends_on = [*predecessors, None, None][:2]
    return f'"""Text."""\nrevision = {revision!r}\ndown_revision = {down!r}\ndepends_on = {depends_on!r}\n'


def scripts(**predecessors: tuple[str, ...]) -> dict[str, str]:
    return {f"{revision}_text.py": script(revision, *ones) for revision, ones in predecessors.items()}


WALLABY = scripts(
    liberty=(),
    mitaka02=("liberty",),
    pike_expand01=("mitaka02",),
    pike_contract01=("mitaka02", "pike_expand01"),
    wallaby_expand01=("pike_expand01",),
    wallaby_contract01=("pike_contract01", "wallaby_expand01"),
)
PIKE = scripts(
    mitaka02=("liberty",),
    pike01=("mitaka02",),
    pike_expand01=("mitaka02",),
    pike_contract01=("mitaka02", "pike_expand01"),
    liberty=(),
)
LIBERTY = {"001_add_images_table.py": "", "042_add_changes.py": "", "006_mysql_upgrade.sql": "", "__init__.py": ""}
