# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute the new content of a file from its old content and a request."""

from __future__ import annotations

import codecs
from typing import Any, Mapping, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.compare import compare, include_repairs
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import Dialect
from ansible_collections.osops.glance.plugins.module_utils._ini.document import (
    Document,
    ParseError,
    decoded,
    document_of,
    parse,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import edit
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import Layout
from ansible_collections.osops.glance.plugins.module_utils._ini.lint import oslo_warnings, use_underscores
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask
from ansible_collections.osops.glance.plugins.module_utils._ini.model import Desired, EditResult, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.request import Request


class Rewrite(NamedTuple):
    """The old and the new content of a file.

    old: None if the file does not exist.
    before: the old document, after repairs.
    settings: the requested settings, under the names that were written.
    is_repaired: whether errors of the syntax were corrected.
    """

    old: bytes | None
    new: bytes
    before: Document
    edited: EditResult
    settings: Sequence[Setting]
    is_repaired: bool
    warnings: tuple[str, ...]


class Rewriter:
    """Applies the request of a task to a file.

    mask: its places are updated with the settings that are renamed.
    """

    def __init__(self, path: str, params: Mapping[str, Any], dialect: Dialect, request: Request, mask: Mask) -> None:
        self.path = path
        self.params = params
        self.dialect = dialect
        self.request = request
        self.mask = mask

    def rewrite(self, old: bytes | None) -> Rewrite:
        """Return the new content, with the warnings about the old one; GlanceError if it cannot be written."""
        content = old or b""
        warnings = self.mark_warnings(content)
        before = self.document(content)
        desired = self.request.desired
        if self.params["base"] is not None:
            edited, is_repaired = self.from_base(before, desired), False
        else:
            desired = self.with_underscores(before, desired, warnings)
            edited = self.checked_edit(before, desired)
            is_repaired = before.text() != decoded(content)
        if is_repaired:
            edited = include_repairs(edited, decoded(content))
        new = edited.after.text().encode("utf-8", "surrogateescape")
        return Rewrite(old, new, before, edited, desired.settings, is_repaired, tuple(warnings))

    def mark_warnings(self, content: bytes) -> list[str]:
        if content.startswith(codecs.BOM_UTF8) and not self.dialect.bom:
            return [f"{self.path}: the byte order mark is removed because {self.dialect.reader} cannot read it."]
        return []

    def document(self, content: bytes) -> Document:
        """Return the file as its program reads it; a file that is replaced as a whole need not be readable."""
        try:
            return document_of(content, self.path, self.dialect, repairs=self.params["repair"])
        except GlanceError:
            if self.params["base"] is None:
                raise
            return parse("", self.dialect)

    def with_underscores(self, before: Document, desired: Desired, warnings: list[str]) -> Desired:
        """Return the settings under the names that oslo.config reads; add warnings of that dialect."""
        if self.params["dialect"] != "oslo":
            return desired
        layout = Layout(before)
        settings, renamed = use_underscores(layout, desired.settings, self.params["allow_dash"])
        self.mask.places = self.request.secrets | {
            before.place(new.section, new.option)
            for old, new in zip(desired.settings, settings)
            if before.place(old.section, old.option) in self.request.secrets
        }
        warnings += renamed
        warnings += oslo_warnings(before, layout, self.request.references, self.mask.is_secret_name, settings)
        return desired._replace(settings=settings)

    def from_base(self, before: Document, desired: Desired) -> EditResult:
        """Return the document of `base` with the settings."""
        try:
            base = parse(self.params["base"], self.dialect)
        except ParseError as fault:
            raise GlanceError(f"`base`, {fault}. {self.dialect.reader} could not read the file.") from fault
        return compare(before, self.checked_edit(base, desired).after)

    def checked_edit(self, document: Document, desired: Desired) -> EditResult:
        try:
            return edit(document, desired)
        except GlanceError as error:
            raise GlanceError(f"{self.path}: {error}. Nothing was changed.") from error
