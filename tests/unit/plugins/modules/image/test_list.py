# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest

from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import run


def test_failure_of_one_does_not_stop_the_others(glance: FakeGlance, src: str) -> None:
    options = [{"name": "one", "src": src}, {"name": "two", "src": "/nowhere"}, {"name": "three", "src": src}]
    result = run(images=options)
    assert result["msg"] == (
        "1 of 3 images failed; the others are done:\n- image two: The file /nowhere does not exist on the host"
    )
    assert result["changed"]
    assert [each["action"] for each in result["images"]] == ["create", "fail", "create"]
    assert sorted(each["name"] for each in glance.images.values()) == ["one", "three"]


def test_no_other_image_is_done_if_all_fail(glance: FakeGlance) -> None:
    message = "1 of 1 images failed:\n- image two: The file /nowhere does not exist on the host"
    assert run(images=[{"name": "two", "src": "/nowhere"}])["msg"] == message


def test_each_image_has_its_result(glance: FakeGlance, src: str) -> None:
    glance.add(CONTENT, name="one")
    options = [{"name": "one", "src": src}, {"name": "two", "src": src}, {"name": "gone", "state": "absent"}]
    predicted = run(check_mode=True, images=options)
    result = run(images=options)
    assert predicted["diff"] == result["diff"]
    assert [(each["name"], each["action"]) for each in result["images"]] == [
        ("one", "none"),
        ("two", "create"),
        ("gone", "none"),
    ]
    assert result["images"][1]["transfer"]["bytes"] == len(CONTENT)
    assert not run(images=options)["changed"]


def test_images_are_uploaded_in_parallel(glance: FakeGlance, src: str) -> None:
    together = threading.Barrier(2, timeout=10)

    def wait(content: bytes) -> tuple[int, bytes]:
        together.wait()
        return 204, content

    glance.faults = [wait, wait]
    assert run(images=[{"name": "one", "src": src}, {"name": "two", "src": src}], parallel=2)["changed"]


def test_no_images_need_no_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(images=[])["images"] == []


def test_image_that_is_listed_twice_is_refused(glance: FakeGlance) -> None:
    assert "The image one is listed twice" in run(images=[{"name": "one"}, {"name": "one"}])["msg"]
