# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a database URL that are written without encoding: old releases of SQLAlchemy do not decode them."""

from __future__ import annotations

import re

URL_PARTS = {
    "driver": re.compile(r"[A-Za-z0-9_]+(\+[A-Za-z0-9_]+)?"),
    "host": re.compile(r"[A-Za-z0-9._-]+"),
    "name": re.compile(r"[A-Za-z0-9._~-]+"),
    "port": re.compile(r"[0-9]+"),
}
