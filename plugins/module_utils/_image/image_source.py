# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of the content of one image."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.osops.glance.plugins.module_utils._content.disk_format import disk_format
from ansible_collections.osops.glance.plugins.module_utils._content.source import Source
from ansible_collections.osops.glance.plugins.module_utils._content.source_options import create_source
from ansible_collections.osops.glance.plugins.module_utils._image.import_method import CLIENT_SIDE_METHODS, UPLOAD


def open_source(params: Mapping[str, Any]) -> Source | None:
    """Return the source at its beginning, or None if the options set no source."""
    source = create_source(params)
    if params.get("from_image") or params.get("method", UPLOAD) not in CLIENT_SIDE_METHODS:
        from ansible_collections.osops.glance.plugins.module_utils._image.remote_source import remote_source

        return remote_source(params, source)
    if source is None or not params.get("convert"):
        return source
    from ansible_collections.osops.glance.plugins.module_utils._content.convert import ConvertedSource

    return ConvertedSource(source, params["convert"], params["convert_directory"], params.get("timeout"))


class ImageSource:
    """The source of the content of one image, which can be opened again.

    current: the source, or None if the options set none.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = params
        self.current = open_source(params)

    def reopen(self) -> None:
        """Open the source again at its beginning."""
        self.current = open_source(self._params)

    def close(self) -> None:
        if self.current:
            self.current.close()

    def for_attempt(self, number: int, planned: Source, formats: Mapping[str, str]) -> Source:
        """Return the source at its beginning for an attempt to upload it; check that its format did not change.

        planned: the source that the plan was made with, which the first attempt uses.
        """
        if number == 1:
            return planned
        (self.current or planned).close()
        self.reopen()
        if self.current and self.current is self.current.original:
            disk_format(self.current, formats["disk_format"], formats["container_format"])
        return self.current or planned
