# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._image import batch
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    Broken,
    FakeGlance,
    Killed,
    temporary,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import module, run


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        pytest.param(lambda content: (503, None), "answered 503", id="503 after the body"),
        pytest.param(lambda content: (413, None), "answered 413", id="too large"),
        pytest.param(lambda content: (204, None), "is queued, not active", id="204 and nothing stored"),
        pytest.param(lambda content: (204, b""), "service holds 0", id="an empty image"),
        pytest.param(lambda content: (204, content[:-1]), f"holds {len(CONTENT) - 1}", id="one byte less"),
        pytest.param(lambda content: (204, b"\1" + content[1:]), "but the service holds", id="one bit flipped"),
        pytest.param(Broken("Connection reset by peer"), "got no response: Connection reset", id="connection cut"),
    ],
)
@pytest.mark.parametrize("previous", [None, b"\0old"], ids=["new", "replaced"])
def test_failed_upload_changes_nothing(
    glance: FakeGlance, src: str, previous: bytes | None, fault: Any, message: str
) -> None:
    if previous:
        glance.add(previous, name="cirros", visibility="public")
    before = json.dumps(glance.images)
    glance.faults = [fault]
    result = run(src=src, retries=0)
    assert message in result["msg"]
    assert result["msg"].endswith("was removed")
    assert json.dumps(glance.images) == before
    assert glance.writes().count("PUT") == 1


def test_temporary_image_of_an_interrupted_upload_is_removed(glance: FakeGlance, src: str) -> None:
    glance.faults = [Killed()]
    resource = batch.ImageBatch(module(src=src))  # type: ignore[arg-type]
    plan = resource.plan()
    with pytest.raises(Killed):
        resource.apply(plan)
    assert glance.images == {}


def test_temporary_image_of_a_killed_run_is_removed(glance: FakeGlance, src: str) -> None:
    own = glance.add(**temporary("cirros"))
    other = glance.add(**temporary("fedora"))
    foreign = glance.add(**temporary("cirros"), owner="another")
    assert run(src=src)["action"] == "create"
    assert own not in glance.images
    assert {other, foreign} == set(glance.images) - {glance.named("cirros")[0]["id"]}


def test_replaced_image_of_a_killed_run_is_removed(glance: FakeGlance, src: str) -> None:
    old = glance.add(b"\0old", name="cirros")
    new = glance.add(CONTENT, name="cirros")
    glance.images[new]["osops_source"] = json.dumps({"image": new, "replaces": old})
    result = run(src=src)
    assert (result["changed"], result["action"], list(glance.images)) == (True, "none", [new])


@pytest.mark.parametrize(
    ("faults", "puts"),
    [
        pytest.param([lambda content: (503, None)], 2, id="503 after the body"),
        pytest.param([lambda content: (503, content)], 1, id="503 although the content was stored"),
        pytest.param([Broken("cut"), Broken("cut")], 3, id="cut twice"),
        pytest.param([lambda content: (401, None)], 2, id="token expired"),
        pytest.param([lambda content: (429, None)], 2, id="too many requests"),
    ],
)
def test_upload_is_retried(glance: FakeGlance, src: str, faults: Any, puts: int) -> None:
    glance.faults = faults
    result = run(src=src)
    assert glance.writes().count("PUT") == puts
    assert glance.writes().count("POST") == 1
    assert result["transfer"]["attempts"] == puts
    assert [glance.data[key] for key in glance.images] == [CONTENT]


def test_damaged_temporary_image_is_created_again(glance: FakeGlance, src: str) -> None:
    glance.faults = [lambda content: (503, b"half")]
    assert run(src=src)["transfer"]["attempts"] == 2
    assert [glance.data[key] for key in glance.images] == [CONTENT]


def states(glance: FakeGlance) -> list[Any]:
    """Return the visible state of all images."""
    shown = ("name", "status", "visibility", "os_hidden", "p", "osops_retired", "osops_upload_of")
    return sorted(
        ([str(each.get(name)) for name in shown], glance.data.get(key), sorted(glance.members.get(key, {}).items()))
        for key, each in glance.images.items()
    )


@pytest.mark.parametrize("options", [{"replace": "rotate", "keep": 1}, {"replace": "hide", "keep": 1}, {}], ids=str)
@pytest.mark.parametrize("old", [{"visibility": "shared"}, {"status": "deactivated"}], ids=str)
def test_run_after_a_killed_one_converges(glance: FakeGlance, src: str, options: Any, old: Any) -> None:
    def begin() -> None:
        glance.images, glance.data, glance.members, glance.made = {}, {}, {}, 0
        record = json.dumps({"image": "id-1", "retired": "cirros"})
        glance.add(b"\0older", name="cirros (before)", osops_retired="true", osops_source=record)
        existing = glance.add(b"\0old", name="cirros", p="1")
        glance.images[existing].update(old)
        glance.members[existing] = {"a": "accepted", "b": "rejected"} if "visibility" in old else {}

    begin()
    run(src=src, **options)
    total, expected = len(glance.calls), states(glance)
    for remaining_requests in range(1, total):
        begin()
        glance.remaining_requests = remaining_requests
        with pytest.raises(Killed):
            run(src=src, **options)
        glance.remaining_requests = -1
        run(src=src, **options)
        assert states(glance) == expected, remaining_requests
        assert not run(src=src, **options)["changed"]


def test_terminated_run_removes_its_temporary_image(glance: FakeGlance, src: str) -> None:
    glance.faults = [lambda content: signal.raise_signal(signal.SIGTERM)]
    resource = batch.ImageBatch(module(src=src))  # type: ignore[arg-type]
    plan = resource.plan()
    with pytest.raises(SystemExit):
        resource.apply(plan)
    assert glance.images == {}
    assert glance.writes() == ["POST", "PUT", "DELETE"]
