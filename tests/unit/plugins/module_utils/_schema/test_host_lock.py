# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.host_lock import lock_config_file


def test_file_is_locked_until_its_descriptor_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "glance-api.conf"
    path.touch()
    descriptor = lock_config_file(str(path), 0)
    with pytest.raises(GlanceError, match=r"running with .*glance-api.conf on this host for 0 seconds"):
        lock_config_file(str(path), 0)
    os.close(descriptor)
    with path.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
