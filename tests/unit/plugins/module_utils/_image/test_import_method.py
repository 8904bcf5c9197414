# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import ImportMethod, import_method


def test_stores_and_all_stores_exclude_each_other() -> None:
    assert import_method({"stores": ["a", "b", "a"]}).stores == ("a", "b")
    with pytest.raises(GlanceError, match="exclude each other"):
        import_method({"stores": ["a"], "all_stores": True})


@pytest.mark.parametrize(
    ("method", "checked"),
    [
        (ImportMethod(), []),
        (ImportMethod(stores=("a",)), [(None, ("a",), False)]),
        (ImportMethod("web-download"), [("web-download", (), False)]),
    ],
    ids=["upload", "upload to a store", "import"],
)
def test_plain_upload_needs_no_check(method: ImportMethod, checked: list[Any]) -> None:
    found: list[Any] = []
    imports: Any = SimpleNamespace(check=lambda *arguments: found.append(arguments))
    method.check(imports)
    assert found == checked


def test_all_stores_are_those_of_the_service() -> None:
    assert ImportMethod(all_stores=True).desired_stores(lambda: ("a", "b")) == ("a", "b")
    assert ImportMethod(stores=("b",)).desired_stores(lambda: ("a", "b")) == ("b",)
