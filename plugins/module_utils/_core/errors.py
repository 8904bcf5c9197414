# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors that decide whether an operation is repeated."""

from __future__ import annotations

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError


class RetryableError(GlanceError):
    """A failure that another attempt may not have. The failed attempt may have been carried out.

    retry_after: the seconds that the server asks to wait; None if it does not.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class PermanentError(GlanceError):
    """A failure that every further attempt has too."""
