# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.errors import PermanentError, RetryableError
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError


@pytest.mark.parametrize("retry_after", [None, 7.0])
def test_retryable_error_has_the_delay_of_the_server(retry_after: float | None) -> None:
    error = RetryableError("GET / answered 503", retry_after)
    assert (str(error), error.retry_after) == ("GET / answered 503", retry_after)


def test_retryable_and_permanent_errors_are_reported_like_other_errors() -> None:
    assert issubclass(RetryableError, GlanceError)
    assert issubclass(PermanentError, GlanceError)
    assert not issubclass(PermanentError, RetryableError)
