# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.capabilities import Capabilities
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_imports import (
    CAPABILITIES,
    METHODS,
    FakeGlance,
    new_import,
)

pytestmark = pytest.mark.usefixtures("clock")

OFFERS = [
    pytest.param({}, CAPABILITIES, id="methods and stores"),
    pytest.param({"/v2/info/stores": None}, Capabilities(METHODS), id="one store without a name"),
    pytest.param({"/v2/info/stores": None, "/v2/info/import": None}, Capabilities(), id="before Queens"),
    pytest.param(
        {"/v2/info/import": {"import-methods": {"value": []}}}, CAPABILITIES._replace(methods=()), id="no methods"
    ),
]


@pytest.mark.parametrize(("answers", "capabilities"), OFFERS)
def test_capabilities_are_requested_once(answers: dict[str, Any], capabilities: Capabilities) -> None:
    glance = FakeGlance()
    glance.answers.update(answers)
    imports = new_import(glance)
    assert imports.capabilities == capabilities
    assert imports.capabilities == capabilities
    assert len(glance.sent) == 2


CHECKS = [
    pytest.param({}, ("web-download",), None, id="method"),
    pytest.param({}, ("copy-image", ["two", "fs"]), None, id="stores"),
    pytest.param({}, ("copy-image", [], True), None, id="all stores"),
    pytest.param({}, (None, ["two"]), None, id="stores of an upload"),
    pytest.param({"/v2/info/stores": None}, ("web-download",), None, id="no stores to choose"),
    pytest.param(
        {},
        ("glance-download",),
        "does not support the import method glance-download .enabled: glance-direct, web-download, copy-image",
        id="method that is not enabled",
    ),
    pytest.param(
        {"/v2/info/import": None}, ("web-download",), "import method web-download .enabled: none", id="no import at all"
    ),
    pytest.param({}, (None, ["fs", "x"]), "no writable store x. Writable stores: fs, two", id="unknown store"),
    pytest.param({}, (None, ["web"]), r"no writable store web .read-only.", id="read-only store"),
    pytest.param(
        {"/v2/info/stores": {"stores": [{"id": "web", "read-only": "true"}]}},
        (None, ["x"]),
        "no writable store x. Writable stores: none",
        id="only a read-only store",
    ),
    pytest.param({"/v2/info/stores": None}, (None, ["fs"]), "single store without a name", id="store without names"),
    pytest.param(
        {"/v2/info/stores": None}, ("copy-image", [], True), "all_stores cannot be used", id="all of no stores"
    ),
]


@pytest.mark.parametrize(("answers", "options", "expected"), CHECKS)
def test_unsupported_method_or_store_is_refused(answers: Any, options: Any, expected: str | None) -> None:
    glance = FakeGlance()
    glance.answers.update(answers)
    if expected is None:
        new_import(glance).check(*options)
    else:
        with pytest.raises(GlanceError, match=expected):
            new_import(glance).check(*options)
    assert {method for method, _path, _arguments in glance.sent} == {"GET"}
