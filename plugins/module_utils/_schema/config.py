# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the URL of the database from the configuration of the service."""

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._core.files import read
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, document_of


def read_database_url(config_file: str) -> str | None:
    """Return the URL of the database; None if the file does not exist, empty if it has no URL."""
    content = read(config_file)
    return None if content is None else database_url(document_of(content, config_file, DIALECTS["oslo"]))


def database_url(document: Document) -> str:
    """Return `connection` in section [database] as oslo.config reads it: the last value is used."""
    values = document.values("database", "connection")
    return (values[-1] or "").replace("$$", "$") if values else ""
