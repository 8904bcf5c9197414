# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._ini.model import Setting


def setting(name: str, *values: str | None, **how: Any) -> Setting:
    """Return a setting of section/option."""
    section, _slash, option = name.rpartition("/")
    return Setting(section, option, values, **how)


def test_setting_is_printed_as_section_and_option() -> None:
    assert str(setting("a/x", "1")) == "a/x"
