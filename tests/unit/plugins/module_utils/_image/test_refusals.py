# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.refusals import check_replacement
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.samples import (
    desired,
    image,
)


def test_image_of_another_project_is_not_replaced() -> None:
    with pytest.raises(GlanceError, match="belongs to the project me"):
        check_replacement(image(), desired(), {"you"}, has_members=False, content="")
