# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.retry_after import parse_retry_after


@pytest.mark.parametrize(
    ("text", "seconds"),
    [(None, None), ("7", 7), ("soon", None), ("Mon, 02 Mar 2015 08:00:00 GMT", 0), ("Mon, 02 Mar 2015 08:00:00", None)],
    ids=["missing", "seconds", "invalid", "past", "no time zone"],
)
def test_retry_after_is_parsed(text: str | None, seconds: float | None) -> None:
    assert parse_retry_after(text) == seconds
