# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._openstack.response import (
    document,
    error_cause,
    error_message,
    failure_message,
)
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._openstack.fakes import (
    URL,
    FakeResponse,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"error": {"code": 404, "message": "Not here"}}', "Not here"),
        ('{"message": "Not here"}', "Not here"),
        ('{"error": "Not here"}', "Not here"),
        ('["Not here"]', "['Not here']"),
        (
            "<html><head><title>404 Not Found</title></head>\n"
            "<body><h1>404 Not Found</h1>No   store &#x27;a&#x27;<br /></body></html>",
            "404 Not Found No store 'a'",
        ),
        ("", "Reason"),
        ("x" * 1000, "x" * 500),
    ],
    ids=["keystone", "message", "error", "list", "html", "empty", "long"],
)
def test_error_message_is_that_of_the_service(text: str, expected: str) -> None:
    assert error_message(FakeResponse(404, text)) == expected


def test_document_of_a_response_that_is_not_json_is_an_error() -> None:
    assert document(FakeResponse(text='{"id": "1"}')) == {"id": "1"}
    with pytest.raises(GlanceError, match=f"^The response of {URL} is not JSON: Log in$"):
        document(FakeResponse(text="<html><h1>Log in</h1></html>"))


def test_failure_message_has_the_request_id() -> None:
    response = FakeResponse(409, '{"message": "In use"}', x_openstack_request_id="req-1")
    assert failure_message("DELETE", response) == f"DELETE {URL} answered 409: In use (request req-1)"


def test_root_cause_and_note_are_in_the_message() -> None:
    root = ConnectionRefusedError("Connection refused")
    root.note = "The proxy was used."  # type: ignore[attr-defined]
    outer = ValueError("Unable to connect: HTTPConnectionPool(host='x'): Max retries")
    outer.__cause__ = root
    assert error_cause(outer) == "Unable to connect: Connection refused. The proxy was used"
    assert error_cause(ValueError("No such endpoint")) == "No such endpoint"


def test_error_that_causes_itself_has_a_last_cause() -> None:
    first, second = ValueError("a"), OSError("b")
    first.__cause__, second.__cause__ = second, first
    assert error_cause(first) == "a: b"
