# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._image.import_status import ImportStatus, Task, parse_tasks
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_imports import (
    image,
    task,
)


def test_task_does_not_contain_its_input() -> None:
    (expected,) = parse_tasks({"tasks": [task("failure", "x")]})
    assert expected == Task("task-1", "api_image_import", "failure", "x")
    assert "secret" not in repr(ImportStatus(image("queued"), (expected,)))
