# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responses of OpenStack services, and messages about failed requests."""

from __future__ import annotations

import html
import re
from typing import Any, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

MAX_PAGE_LENGTH = 500  # characters of an HTML page in a message


def document(response: Any) -> Any:
    """Return the JSON document of a response; raise GlanceError if it is not JSON, as the response of a proxy."""
    try:
        return response.json()
    except ValueError as error:
        raise GlanceError(f"The response of {response.url} is not JSON: {error_message(response)}") from error


def failure_message(method: str, response: Any) -> str:
    """Return the message for a failed request: its URL, the status, and the message of the service."""
    request_id = response.headers.get("x-openstack-request-id")
    suffix = f" (request {request_id})" if request_id else ""
    return f"{method} {response.url} answered {response.status_code}: {error_message(response)}{suffix}"


def error_message(response: Any) -> str:
    """Return the error message in a response, without the tags of an HTML page."""
    try:
        body = response.json()
    except ValueError:
        # The title of a page repeats its heading.
        text = re.sub(r"<title>.*?</title>|<[^>]*>", " ", response.text or "", flags=re.DOTALL | re.IGNORECASE)
        return html.unescape(" ".join(text.split()))[:MAX_PAGE_LENGTH] or response.reason
    error = body.get("error", body) if isinstance(body, Mapping) else body
    return str(error.get("message", error) if isinstance(error, Mapping) else error)


def error_cause(error: BaseException) -> str:
    """Return the message of a failed call, with its root cause in place of the intermediate errors of libraries."""
    message = str(error).split(": HTTP", 1)[0]
    root = root_cause(error)
    note: str = next(filter(None, (getattr(each, "note", "") for each in causes(error))), "")
    text = message if root is error else f"{message}: {root}"
    return f"{text.rstrip('.')}. {note.rstrip('.')}" if note else text


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and the errors that caused it, the root cause last. An error can be a cause of its own cause."""
    seen: list[BaseException] = []
    inner: BaseException | None = error
    while inner is not None and inner not in seen:
        seen.append(inner)
        yield inner
        inner = inner.__cause__ or inner.__context__


def root_cause(error: BaseException) -> BaseException:
    """Return the last operating system error among the causes, or else the error itself.

    The errors beyond it come from alternatives that a library had tried before.
    """
    root = error
    for inner in causes(error):
        root = inner if isinstance(inner, OSError) else root
    return root
