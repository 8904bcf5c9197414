# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests for images that a new configuration of the stores would make unreadable."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.configured_stores import Stores, stores_of
from ansible_collections.osops.glance.plugins.module_utils._host.store_loss import (
    LostStores,
    Unreadable,
    change_message,
    lost_stores,
    unreadable_images,
    unreadable_message,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import values_of

MULTI = """\
[DEFAULT]
enabled_backends = fs:file, Fast:rbd,http:http
[glance_store]
default_backend = Fast
stores = swift
[fs]
filesystem_store_datadir = /srv/images/
"""
ROLE = (
    "[DEFAULT]\nenabled_backends = fs:file\n[glance_store]\ndefault_backend = fs\n[fs]\nfilesystem_store_datadir = {}\n"
)


def stores(text: str) -> Stores:
    return stores_of(values_of(parse(text, DIALECTS["oslo"])))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(ROLE.format("/srv/images"), ROLE.format("/srv/images/"), LostStores(), id="the-same"),
        pytest.param(ROLE.format("/srv/images"), ROLE.format("/srv"), LostStores(), id="a-directory-above"),
        pytest.param(MULTI, ROLE.format("/srv/images"), LostStores(("http", "rbd")), id="kinds"),
        pytest.param(ROLE.format("/srv/a"), ROLE.format("/srv/b"), LostStores((), ("/srv/a",)), id="a-directory"),
        pytest.param("", ROLE.format("/var/lib/glance/images/"), LostStores(("http",)), id="the-default"),
        pytest.param(
            "[glance_store]\nfilesystem_store_datadir = /srv/a\n",
            "[glance_store]\nstores = rbd\n",
            LostStores(("file", "http")),
            id="the-kind-of-the-directory",
        ),
    ],
)
def test_stores_that_the_new_configuration_lacks_are_lost(before: str, after: str, expected: LostStores) -> None:
    assert lost_stores(stores(before), stores(after)) == expected
    assert bool(expected) is any(expected)


def test_images_without_remaining_data_are_counted() -> None:
    rows = [
        ("1", "http"),
        ("2", "https"),
        ("3", "http"),
        ("3", "file:///var/lib/glance/images/"),
        ("4", "file:///srv/a/sub/"),
        ("5", "file:///srv/another/"),
        ("6", "swift+https"),
        ("7", ""),
        ("8", "rbd"),
    ]
    lost = LostStores(("http", "swift"), ("/srv/a",))
    expected = [Unreadable(1, "file", "/srv/a"), Unreadable(2, "http"), Unreadable(1, "swift")]
    found, encrypted = unreadable_images(rows, lost)
    assert (sorted(found, key=lambda one: one.kind), encrypted) == (expected, 1)
    assert unreadable_images([], lost) == ([], 0)


@pytest.mark.parametrize(
    ("found", "parts"),
    [
        (Unreadable(2, "http"), ["2 images have their data only in the store kind http", "{name: http, type: http}"]),
        (
            Unreadable(1, "rbd"),
            ["1 image has its data only in the store kind rbd", "{name: rbd, type: rbd, options: {...}}"],
        ),
        (
            Unreadable(3, "file", "/srv/a"),
            ["3 images have their data in /srv/a", "in /srv/b instead", "filesystem_store_datadir: /srv/a}}"],
        ),
    ],
)
def test_message_has_the_number_the_store_and_the_remedy(found: Unreadable, parts: list[str]) -> None:
    text = unreadable_message(found, stores(ROLE.format("/srv/b")))
    assert [part for part in (*parts, "glance_stores") if part not in text] == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            MULTI,
            ROLE.format("/srv/images"),
            "This run removes the store kind http and rbd. The stores are set in glance_stores.",
        ),
        (
            ROLE.format("/srv/a"),
            ROLE.format("/srv/b"),
            "This run stores images in /srv/b instead of /srv/a. The stores are set in glance_stores.",
        ),
        (
            "[glance_store]\nstores = file,rbd\ndefault_store = rbd\n",
            "[glance_store]\nstores = file,rbd\ndefault_store = file\n",
            "This run stores images in the store kind file instead of rbd. The stores are set in glance_stores.",
        ),
        (ROLE.format("/srv/a"), ROLE.format("/srv/a"), ""),
    ],
)
def test_change_of_the_stores_is_reported_in_one_sentence(before: str, after: str, expected: Any) -> None:
    old, new = stores(before), stores(after)
    assert change_message(lost_stores(old, new), old, new) == expected
