# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host import virtualenv_builder
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv_builder import (
    BEGUN,
    RECORD,
    is_foreign,
    record_of,
    trusted_authorities,
)


def test_record_of_a_complete_environment_is_read(tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text(json.dumps({"installed": ["a==1"]}))
    assert record_of(str(tmp_path)) == {"installed": ["a==1"]}


def test_incomplete_environment_has_no_record(tmp_path: Path) -> None:
    (tmp_path / BEGUN).touch()
    assert record_of(str(tmp_path)) is None
    assert record_of(str(tmp_path / BEGUN / "below-a-file")) is None


def test_invalid_record_is_reported(tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text("{")
    with pytest.raises(GlanceError, match=f"Cannot read {tmp_path}/{RECORD}"):
        record_of(str(tmp_path))


def test_path_that_the_module_has_not_created_is_foreign(tmp_path: Path) -> None:
    assert not is_foreign(str(tmp_path / "absent"))
    assert not is_foreign(str(tmp_path))
    (tmp_path / "file").touch()
    assert is_foreign(str(tmp_path))
    assert is_foreign(str(tmp_path / "file"))
    (tmp_path / BEGUN).touch()
    assert not is_foreign(str(tmp_path))


def test_authorities_of_the_host_are_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ca.crt").touch()
    monkeypatch.setattr(virtualenv_builder, "AUTHORITIES", (str(tmp_path / "absent"), str(tmp_path / "ca.crt")))
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    assert trusted_authorities() == {"REQUESTS_CA_BUNDLE": str(tmp_path / "ca.crt")}
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/another")
    assert trusted_authorities() == {}
