# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

from ansible_collections.osops.glance.plugins.modules import config_drift
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by


def test_host_without_files_loses_nothing() -> None:
    files = {"/nowhere/glance-api.conf": {"DEFAULT": {"workers": 2}}}
    result = json.loads(printed_by(config_drift, host="controller", managed_marker="(osops.glance)", files=files))
    assert (result["changed"], result["lost"]) == (False, [])
