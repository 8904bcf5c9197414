# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of the module image."""

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._image import batch
from ansible_collections.osops.glance.plugins.modules import image
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule


def module(check_mode: bool = False, **options: Any) -> FakeModule:
    if "images" in options:
        each = {name: option.get("default") for name, option in image.IMAGE_OPTIONS.items()}
        options["images"] = [{**each, **requested} for requested in options["images"]]
    else:
        options = {"name": "cirros", **options}
    return FakeModule(image.OPTIONS, check_mode, **{"retry_delay": 0, **options})


def run(check_mode: bool = False, **options: Any) -> dict[str, Any]:
    return module(check_mode, **options).end(batch.ImageBatch)
