# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._schema.state import Leftover, State, are_glance_tables


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        pytest.param(
            {"images", "image_tags", "metadef_tags", "tasks", "task_info", "alembic_version"}, True, id="current tables"
        ),
        pytest.param(
            {"artifacts", "artifact_blobs", "migrate_version", "cached_images"}, True, id="old and new tables"
        ),
        pytest.param({"images", "wp_posts"}, False, id="foreign table"),
        pytest.param(set(), False, id="no tables"),
        pytest.param(None, False, id="unknown"),
    ],
)
def test_tables_of_the_image_service_are_recognized(tables: set[str] | None, expected: bool) -> None:
    assert are_glance_tables(tables if tables is None else frozenset(tables)) is expected


@pytest.mark.parametrize(
    ("leftover", "text"),
    [(Leftover("table", "tasks", ""), "table tasks"), (Leftover("column", "images", "size"), "column size of images")],
)
def test_leftover_is_described(leftover: Leftover, text: str) -> None:
    assert str(leftover) == text


@pytest.mark.parametrize(
    ("tables", "lacks_images"), [(None, False), (frozenset(), True), (frozenset({"images"}), False)], ids=str
)
def test_missing_table_of_images_is_recognized(tables: frozenset[str] | None, lacks_images: bool) -> None:
    assert State(("a",), tables).lacks_images is lacks_images


def test_several_revisions_are_listed() -> None:
    assert State(("a", "b")).revision == "a, b"
    assert State().revision is None
