# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host import store_drift
from ansible_collections.osops.glance.plugins.module_utils._host.store_drift import StoreDrift, compare_stores
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import values_of

OLD = "[glance_store]\nstores = file,http\n"
NEW = "[DEFAULT]\nenabled_backends = fs:file\n[glance_store]\ndefault_backend = fs\n"


def compare(monkeypatch: pytest.MonkeyPatch, before: str, rows: Any) -> StoreDrift:
    def image_locations(_path: str, _values: Any) -> Any:
        if isinstance(rows, Exception):
            raise rows
        return rows

    monkeypatch.setattr(store_drift, "image_locations", image_locations)
    old, new = (values_of(parse(text, DIALECTS["oslo"])) for text in (before, NEW))
    return compare_stores("/f", old, new, managed=False)


def test_equal_stores_are_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compare(monkeypatch, NEW, []) == StoreDrift()


def test_images_in_a_removed_store_are_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    drift = compare(monkeypatch, OLD, [("1", "http")])
    assert not drift.warnings
    assert "1 image has its data only in the store kind http" in drift.refusals[0]


def test_removed_store_without_images_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    drift = compare(monkeypatch, OLD, [])
    assert drift == StoreDrift(("/f: This run removes the store kind http. The stores are set in glance_stores.",))


def test_unused_default_store_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compare(monkeypatch, "", []) == StoreDrift()


@pytest.mark.parametrize("rows", [GlanceError("No login."), [("1", "")]], ids=["no login", "encrypted"])
def test_skipped_check_is_a_warning(monkeypatch: pytest.MonkeyPatch, rows: Any) -> None:
    drift = compare(monkeypatch, OLD, rows)
    assert "could not be checked" in drift.warnings[0]
    assert not drift.refusals
