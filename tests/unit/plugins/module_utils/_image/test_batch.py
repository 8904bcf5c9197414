# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, PartialFailure
from ansible_collections.osops.glance.plugins.module_utils._image import access, batch, reconciler
from ansible_collections.osops.glance.plugins.module_utils._image.batch import (
    RECORDS_REFUSED,
    CloudAccess,
    ImageBatch,
    predicted_access,
)
from ansible_collections.osops.glance.plugins.module_utils._image.lock import UploadLock
from ansible_collections.osops.glance.plugins.module_utils._image.projects import CloudProjects
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    OWN_PROJECT,
    FakeCloud,
    FakeGlance,
    fake_api,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import module


@pytest.fixture
def glance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeGlance:
    monkeypatch.setattr(reconciler, "UploadLock", lambda: UploadLock(str(tmp_path / "locks")))
    return FakeGlance()


def new_batch(glance: FakeGlance, **options: Any) -> ImageBatch:
    api = fake_api(glance)
    projects = CloudProjects(FakeCloud(glance))  # type: ignore[arg-type]
    access = CloudAccess(api, lambda: fake_api(glance), projects, OWN_PROJECT, "cloud")
    return ImageBatch(module(**options), lambda _module: access)  # type: ignore[arg-type]


def result(images: ImageBatch) -> dict[str, Any]:
    plan = images.plan()
    return images.result(images.apply(plan))


def test_result_of_one_image_is_returned(glance: FakeGlance) -> None:
    existing = glance.add(CONTENT, name="cirros")
    assert result(new_batch(glance, min_ram=64))["id"] == existing


def test_error_of_one_image_is_raised(glance: FakeGlance) -> None:
    with pytest.raises(GlanceError, match="There is no image cirros") as caught:
        result(new_batch(glance))
    assert not isinstance(caught.value, PartialFailure)


def test_results_of_a_list_are_returned_with_its_errors(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="one")
    with pytest.raises(PartialFailure, match="1 of 2 images failed") as caught:
        result(new_batch(glance, images=[{"name": "one", "min_ram": 64}, {"name": "two"}]))
    assert caught.value.result["changed"]
    assert [image["action"] for image in caught.value.result["images"]] == ["update", "fail"]


def test_image_that_is_listed_twice_is_refused(glance: FakeGlance) -> None:
    with pytest.raises(GlanceError, match="The image one is listed twice"):
        new_batch(glance, images=[{"name": "one"}, {"name": "one"}])
    new_batch(glance, images=[{"name": "one"}, {"name": "one", "owner": "another"}])


def test_refused_records_are_a_warning(glance: FakeGlance) -> None:
    glance.add(CONTENT, name="cirros")
    images = new_batch(glance)
    images.plan()
    images._access.api.traits.stores_records = False
    assert images.result(images.apply(images.plan()))["warnings"] == [RECORDS_REFUSED]


def test_no_images_need_no_access_to_the_cloud() -> None:
    def connect(_module: Any) -> CloudAccess:
        raise AssertionError("connected")

    images = ImageBatch(module(images=[]), connect)  # type: ignore[arg-type]
    assert result(images) == {"images": [], "warnings": []}


def test_prediction_assumes_that_no_image_exists(glance: FakeGlance, tmp_path: Path) -> None:
    (tmp_path / "disk").write_bytes(CONTENT)
    options = module(src=str(tmp_path / "disk"), owner="sales", visibility="public")
    images = ImageBatch(options, predicted_access)  # type: ignore[arg-type]
    (step,) = images.plan().steps
    assert (step.action, (step.after or {})["owner"]) == ("create", "sales")


def test_code_is_imported_while_keystone_responds_or_not_at_all() -> None:
    """The code for uploads from files is imported then; the code for other uploads only if it is needed."""
    code = f"""if True:
        import json, sys
        sys.path[:] = {sys.path!r}
        import {batch.__name__}
        before = [*sys.modules]
        from {access.__name__} import import_processing
        import_processing()
        print(json.dumps([before, [*sys.modules]]))
    """
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    before, after = ({name.rpartition("module_utils.")[2] for name in names} for names in json.loads(output))
    needed = {"_image.planner", "_image.api", "_image.upload"}
    assert (needed & before, needed & after) == (set(), needed)
    assert not after & {"urls", "_content.url_source", "_content.convert", "_image.importer"}
