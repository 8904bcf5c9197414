# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image import batch, lock
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
    temporary,
    time_text,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import module, run


def test_upload_of_another_host_is_awaited(glance: FakeGlance, src: str, monkeypatch: Any) -> None:
    other = glance.add(**temporary("cirros", age=1))

    def finish(_seconds: float) -> bool:
        glance._store(other, CONTENT)
        glance.images[other].update(name="cirros", updated_at=time_text())
        del glance.images[other]["osops_upload_of"], glance.images[other]["osops_upload_by"]
        return False

    resource = batch.ImageBatch(module(src=src))  # type: ignore[arg-type]
    monkeypatch.setattr(resource._stop, "wait", finish)
    plan = resource.apply(resource.plan())
    assert (plan.changed, resource.result(plan)["id"]) == (False, other)
    assert list(glance.images) == [other]


def test_upload_of_another_host_that_does_not_end_is_reported(glance: FakeGlance, src: str) -> None:
    other = glance.add(**temporary("cirros", age=1))
    message = run(src=src, timeout=0)["msg"]
    assert f"by another host or user did not end within 0 seconds (timeout): {other} (queued, changed " in message
    assert run(src=src, stale_after=0)["removed"] == [other]


@pytest.mark.parametrize("age", [1, -1], ids=["older", "begun to send"])
def test_later_upload_is_abandoned(glance: FakeGlance, src: str, age: float) -> None:
    def begin() -> None:
        glance.add(**temporary("cirros", age=age, status="queued" if age > 0 else "saving"))

    glance.after_post = begin
    assert "Another upload of the image cirros began earlier (id-2)" in run(src=src, timeout=0)["msg"]
    assert glance.writes() == ["POST", "DELETE"]
    assert [each["osops_upload_by"] for each in glance.images.values()] == [temporary("x")["osops_upload_by"]]


def test_image_published_by_another_run_during_the_upload_is_used(glance: FakeGlance, src: str) -> None:
    glance.after_post = lambda: glance.add(CONTENT, name="cirros")
    result = run(src=src)
    assert (result["changed"], list(glance.images)) == (False, [result["id"]])


def test_upload_of_a_killed_run_on_this_host_is_stale(glance: FakeGlance, src: str, tmp_path: Path) -> None:
    place = lock.UploadLock(str(tmp_path / "locks")).place
    left = glance.add(**temporary("cirros", age=1, osops_upload_by=json.dumps({"place": place, "seconds": 60})))
    assert run(src=src)["removed"] == [left]
