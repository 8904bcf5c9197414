# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.file_source import FileSource
from ansible_collections.osops.glance.plugins.module_utils._content.send import Body
from ansible_collections.osops.glance.plugins.module_utils._core.errors import RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    CONTENT,
    FakeGlance,
    answered,
    fake_api,
)


@pytest.fixture
def glance() -> FakeGlance:
    fake = FakeGlance()
    fake.add(name="x", visibility="private")
    return fake


def body(file: FileSource) -> Body:
    return Body(file, ["sha512"], 60)


def test_content_is_sent(glance: FakeGlance, file: FileSource) -> None:
    sent = body(file)
    fake_api(glance).content.send("id-1", sent, 1, 60)
    assert glance.data["id-1"] == b"\0content"
    assert sent.is_complete


@pytest.mark.parametrize("status", [401, 408, 429, 500, 502, 503, 504])
def test_temporary_failure_can_be_retried(glance: FakeGlance, file: FileSource, status: int) -> None:
    glance.faults = [lambda _content: (status, None)]
    glance.headers = {"Retry-After": "7"}
    with pytest.raises(RetryableError) as caught:
        fake_api(glance).content.send("id-1", body(file), 1, 60)
    assert caught.value.retry_after == 7
    assert glance.tokens == (2 if status == 401 else 1)


def test_other_failure_cannot_be_retried(glance: FakeGlance, file: FileSource) -> None:
    glance.faults = [lambda _content: (413, None)]
    with pytest.raises(GlanceError, match="answered 413") as caught:
        fake_api(glance).content.send("id-1", body(file), 1, 60)
    assert not isinstance(caught.value, RetryableError)


@pytest.mark.parametrize(("tokens", "after"), [(0, 1), (1, 1)], ids=["expires soon", "valid"])
def test_token_that_expires_soon_is_renewed(glance: FakeGlance, tokens: int, after: int) -> None:
    glance.tokens = tokens
    fake_api(glance).content.refresh_token()
    assert glance.tokens == after


@pytest.mark.parametrize(
    ("response", "refusal"),
    [
        (answered(204, {}), None),
        (answered(400, {"message": "bad"}), "bad"),
        (answered(415, {}), "415; the format inspection of the service wrote the cause to its log"),
    ],
    ids=["accepted", "400", "415"],
)
def test_refusal_of_content_is_described(
    glance: FakeGlance, monkeypatch: pytest.MonkeyPatch, response: Any, refusal: str | None
) -> None:
    monkeypatch.setattr(glance, "_put_file", lambda _id, **_arguments: response)
    assert fake_api(glance).content.refusal("id-1", b"head") == refusal


def test_digest_is_that_of_the_stored_content(glance: FakeGlance) -> None:
    image_id = glance.add(CONTENT, name="y")
    assert fake_api(glance).content.digest(image_id, "sha256") == hashlib.sha256(CONTENT).hexdigest()
