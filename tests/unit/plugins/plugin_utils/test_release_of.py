# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.release_of import upstream_version


@pytest.mark.parametrize(
    ("package", "upstream"),
    [
        ("2:25.1.0-2+deb12u5", "25.1.0"),
        ("1:2014.1.5-1.el6", "2014.1.5"),
        ("2:33.0.0~rc1-1ubuntu1", "33.0.0"),
        ("30.2.0", "30.2.0"),
        ("2:16.0.1-0ubuntu1.2", "16.0.1"),
        ("2:30.0.0+git2025-3", "30.0.0"),
    ],
)
def test_upstream_version(package: str, upstream: str) -> None:
    assert upstream_version(package) == upstream


@pytest.mark.parametrize("package", ["", "none", "(none)"])
def test_text_without_a_version_is_refused(package: str) -> None:
    with pytest.raises(GlanceError, match="not a version of a package"):
        upstream_version(package)
