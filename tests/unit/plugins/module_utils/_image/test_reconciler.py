# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.send import Cancelled
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image import reconciler
from ansible_collections.osops.glance.plugins.module_utils._image.limits import Limits
from ansible_collections.osops.glance.plugins.module_utils._image.reconciler import ImageReconciler, revisions
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
    run_context,
    temporary,
)


@pytest.fixture
def glance(monkeypatch: pytest.MonkeyPatch) -> FakeGlance:
    monkeypatch.setattr(reconciler, "POLL", 0.001)
    return FakeGlance()


def reconciled(glance: FakeGlance, directory: Path, run: Any = (), **params: Any) -> ImageReconciler:
    """Return the reconciliation of an image with a file, after its plan."""
    (directory / "disk").write_bytes(CONTENT)
    params = {"name": "cirros", "src": str(directory / "disk"), "url": None, "decompress": "none", **params}
    image = ImageReconciler(params, run_context(glance, directory, **dict(run)))
    image.plan([dict(one) for one in glance.images.values()], [])
    return image


def test_absent_image_is_created(glance: FakeGlance, tmp_path: Path) -> None:
    image = reconciled(glance, tmp_path)
    image.prepare()
    image.apply()
    result = image.result()
    assert (result["action"], result["id"], result["transfer"]["bytes"]) == ("create", "id-1", len(CONTENT))
    assert glance.data["id-1"] == CONTENT


def test_image_that_appeared_after_the_plan_is_used(glance: FakeGlance, tmp_path: Path) -> None:
    image = reconciled(glance, tmp_path)
    existing = glance.add(CONTENT, name="cirros")
    image.prepare()
    image.apply()
    assert (image.steps, image.result()["id"]) == ((), existing)


def test_conflict_leads_to_a_new_plan(glance: FakeGlance, tmp_path: Path) -> None:
    image = reconciled(glance, tmp_path)
    glance.after_post = lambda: glance.add(CONTENT, name="cirros")
    image.prepare()
    image.apply()
    assert image.result()["action"] == "none"
    assert len(glance.images) == 1


def test_update_needs_no_lock(glance: FakeGlance, tmp_path: Path) -> None:
    glance.add(CONTENT, name="cirros")
    image = reconciled(glance, tmp_path, min_ram=64)
    with run_context(glance, tmp_path).lock.acquire("cloud own-project cirros", 0, "image cirros"):
        image.prepare()
        image.apply()
    assert image.result()["action"] == "update"


def test_upload_waits_for_the_lock(glance: FakeGlance, tmp_path: Path) -> None:
    image = reconciled(glance, tmp_path, run={"limits": Limits(timeout=0)})
    lock = run_context(glance, tmp_path).lock
    message = "The image cirros is locked by process"
    image.prepare()
    with lock.acquire("cloud own-project cirros", 0, "image cirros"), pytest.raises(GlanceError, match=message):
        image.apply()


def test_unfinished_upload_of_another_host_is_reported_after_the_timeout(glance: FakeGlance, tmp_path: Path) -> None:
    image = reconciled(glance, tmp_path, run={"limits": Limits(timeout=-1)})
    glance.add(**temporary("cirros", age=1))
    image.prepare()
    with pytest.raises(GlanceError, match="Unfinished uploads of the image cirros by another host or user did not end"):
        image.apply()


def test_cancelled_run_does_not_wait_for_another_host(glance: FakeGlance, tmp_path: Path) -> None:
    context = run_context(glance, tmp_path)
    image = reconciled(glance, tmp_path, run={"stop": context.stop})
    glance.add(**temporary("cirros", age=1))
    context.stop.set()
    image.prepare()
    with pytest.raises(Cancelled, match="The run was cancelled"):
        image.apply()


@pytest.mark.parametrize(
    ("params", "identity"),
    [({}, ("own-project", "cirros")), ({"owner": "a"}, ("a", "cirros")), ({"id": "id-1"}, ("id-1",))],
    ids=["name", "owner", "ID"],
)
def test_identity_is_the_id_or_the_owner_and_the_name(
    glance: FakeGlance, tmp_path: Path, params: dict[str, Any], identity: Any
) -> None:
    glance.add(CONTENT, name="cirros")
    assert reconciled(glance, tmp_path, **params).identity == identity


def test_revisions_differ_after_a_change() -> None:
    image = {"id": "1", "status": "queued", "updated_at": "1"}
    assert revisions([image]) == revisions([{**image, "name": "x"}])
    for change in ({"status": "active"}, {"updated_at": "2"}, {"id": "2"}):
        assert revisions([image]) != revisions([{**image, **change}])
