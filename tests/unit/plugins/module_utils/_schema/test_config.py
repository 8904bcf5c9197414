# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._schema.config import database_url, read_database_url
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._schema.builders import URL


@pytest.mark.parametrize(
    ("text", "url"),
    [
        pytest.param(f"[database]\nconnection = {URL}\n", URL, id="plain"),
        pytest.param(f"[database]\nconnection: {URL}\n", URL, id="colon"),
        pytest.param(f"[database]\nconnection='{URL}'\n", URL, id="quoted"),
        pytest.param(f"[database]\nconnection = old\n[x]\ny = 1\n[database]\nconnection = {URL}", URL, id="last value"),
        pytest.param("[database]\nconnection = mysql://g:a$$b@c/d", "mysql://g:a$b@c/d", id="doubled dollar"),
        pytest.param("[DEFAULT]\nconnection = x\n[database]\n", "", id="other section"),
        pytest.param("[database]\n#connection = x\n# connection = y\n", "", id="comments"),
        pytest.param("[database]\nslave_connection = x\n", "", id="other option"),
        pytest.param("[database]\nconnection =\n", "", id="empty"),
        pytest.param("", "", id="empty file"),
    ],
)
def test_url_is_read_as_oslo_config_does(text: str, url: str) -> None:
    assert database_url(parse(text, DIALECTS["oslo"])) == url


def test_url_of_a_missing_file_is_none(tmp_path: Path) -> None:
    assert read_database_url(str(tmp_path / "glance-api.conf")) is None
    (tmp_path / "glance-api.conf").write_text(f"[database]\nconnection = {URL}\n")
    assert read_database_url(str(tmp_path / "glance-api.conf")) == URL
