# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.configured_stores import Stores, kind_of, stores_of
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


def stores(text: str) -> Stores:
    return stores_of(values_of(parse(text, DIALECTS["oslo"])))


@pytest.mark.parametrize(
    ("text", "kinds", "is_default", "directories", "main"),
    [
        pytest.param(MULTI, {"file", "rbd", "http"}, False, ["/srv/images"], "rbd", id="several-stores"),
        pytest.param("", {"file", "http"}, True, ["/var/lib/glance/images"], "file", id="nothing"),
        pytest.param(
            "[glance_store]\nstores = file,http,rbd\ndefault_store = rbd\nfilesystem_store_datadir = /srv/a\n",
            {"file", "http", "rbd"},
            False,
            ["/srv/a"],
            "rbd",
            id="one-store",
        ),
        pytest.param(
            "[DEFAULT]\nknown_stores = glance.store.filesystem.Store, glance.store.swift.Store\n"
            "filesystem_store_datadirs = /srv/a:200\nfilesystem_store_datadirs = /srv/b:100\n",
            {"file", "swift"},
            False,
            ["/srv/a", "/srv/b"],
            "file",
            id="before-juno",
        ),
    ],
)
def test_stores_are_read_in_the_format_of_each_release(
    text: str, kinds: set[str], is_default: bool, directories: list[str], main: str
) -> None:
    assert stores(text) == Stores(frozenset(kinds), is_default, tuple(directories), main)


def test_kind_has_several_names() -> None:
    words = ["file", " filesystem", "glance.store.http.Store", "glance.store.vmware_datastore.Store", "RBD"]
    assert [kind_of(word) for word in words] == ["file", "file", "http", "vmware", "rbd"]
