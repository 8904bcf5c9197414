# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.web_page import WEB_PAGE


@pytest.mark.parametrize(
    ("head", "is_web_page"),
    [
        (b"<!DOCTYPE html>", True),
        (b"\xef\xbb\xbf\n <HTML lang=en>", True),
        (b"<?xml version='1.0'?>", True),
        (b"QFI\xfb", False),
        (b"text about <html>", False),
        (b"", False),
    ],
)
def test_web_page_is_recognized_by_its_begin(head: bytes, is_web_page: bool) -> None:
    assert bool(WEB_PAGE.match(head)) is is_web_page
