# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_imports import (
    ID,
    IMAGE,
    FakeGlance,
    image,
    new_import,
)

pytestmark = pytest.mark.usefixtures("clock")

REQUESTS = [
    pytest.param(
        {"method": "web-download", "uri": "http://x"},
        {"method": {"name": "web-download", "uri": "http://x"}},
        id="web-download",
    ),
    pytest.param({"method": "glance-direct"}, {"method": {"name": "glance-direct"}}, id="glance-direct"),
    pytest.param(
        {"method": "glance-download", "region": "R", "remote_id": "i", "interface": "internal"},
        {
            "method": {
                "name": "glance-download",
                "glance_region": "R",
                "glance_image_id": "i",
                "glance_service_interface": "internal",
            }
        },
        id="glance-download",
    ),
    pytest.param(
        {"method": "copy-image", "stores": ("two",), "all_stores_must_succeed": False},
        {"method": {"name": "copy-image"}, "stores": ["two"], "all_stores_must_succeed": False},
        id="copy-image to some stores",
    ),
    pytest.param(
        {"method": "copy-image", "stores": ("two",), "all_stores": True},
        {"method": {"name": "copy-image"}, "all_stores": True},
        id="copy-image to all stores",
    ),
]


@pytest.mark.parametrize(("options", "expected"), REQUESTS)
def test_import_document_contains_only_set_arguments(options: dict[str, Any], expected: Any) -> None:
    glance = FakeGlance((image("queued"), []))
    new_import(glance).start(ID, **options)
    (sent,) = [arguments for method, path, arguments in glance.sent if (method, path) == ("POST", IMAGE + "/import")]
    assert sent == {"json": expected}


@pytest.mark.parametrize(
    ("uri", "names", "not_named"),
    [
        pytest.param(
            "http://me:s3cret@mirror:8099/x.img?sig=s3cret",
            ["refuse http://mirror:8099/x.img.", '{"import_filtering_opts": {"allowed_ports": [80, 443, 8099]}}'],
            "s3cret",
            id="port",
        ),
        pytest.param(
            "https://localhost/x", ["the host localhost", "[import_filtering_opts]"], "allowed_ports", id="host"
        ),
    ],
)
def test_refusal_by_import_filters_names_the_option(uri: str, names: list[str], not_named: str) -> None:
    glance = FakeGlance((image("queued"), []))
    glance.refusal = (400, f"URI for web-download does not pass filtering: {uri}")
    with pytest.raises(GlanceError) as caught:
        new_import(glance).start(ID, "web-download", uri=uri)
    assert [name for name in names if name not in str(caught.value)] == []
    assert not_named not in str(caught.value)
