# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the images that a new configuration of the stores would make unreadable.

Source of the schemes: get_schemes() of each driver in glance_store/_drivers.
"""

from __future__ import annotations

import posixpath
from typing import Iterable, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._host.configured_stores import DATADIR, FILE, Stores

# The kind of a store by the scheme of its locations, if they differ.
SCHEMES = {"filesystem": FILE, "https": "http", "vsphere": "vmware"}

# The images and their locations: the directory of a file, otherwise only the scheme, because the rest of a location may
# contain a password. Encrypted locations have no scheme, and are empty in the result.
LOCATIONS = """
SELECT l.image_id,
       CASE WHEN l.value LIKE 'file:%'
            THEN LEFT(l.value, CHAR_LENGTH(l.value) - CHAR_LENGTH(SUBSTRING_INDEX(l.value, '/', -1)))
            WHEN l.value LIKE '%://%' THEN SUBSTRING_INDEX(l.value, '://', 1)
            ELSE '' END
  FROM image_locations l JOIN images i ON i.id = l.image_id
 WHERE l.deleted = 0 AND i.deleted = 0
"""


class LostStores(NamedTuple):
    """The kinds and directories that the current stores have and the new ones do not."""

    kinds: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kinds or self.directories)


def lost_stores(before: Stores, after: Stores) -> LostStores:
    """Return the kinds and directories that one configuration has and another does not."""
    covered = [one for one in before.directories if any(is_under(one, other) for other in after.directories)]
    directories = [one for one in before.directories if one not in covered] if FILE in after.kinds else []
    return LostStores(tuple(sorted(before.kinds - after.kinds)), tuple(directories))


def is_under(path: str, directory: str) -> bool:
    """Return whether a path is a directory or is located in it."""
    return path == directory or path.startswith(f"{directory.rstrip('/')}/")


class Unreadable(NamedTuple):
    """The number of images whose data is only in a store kind, or in a directory, that is removed."""

    images: int
    kind: str
    directory: str = ""


# Marks an encrypted location, whose kind is unknown.
ENCRYPTED = Unreadable(0, "")


def unreadable_images(rows: Iterable[tuple[str, str]], lost: LostStores) -> tuple[list[Unreadable], int]:
    """Return the images that would be unreadable, and the number of images whose locations are encrypted.

    rows: the result of the query LOCATIONS.
    """
    stores_by_image: dict[str, list[Unreadable | None]] = {}
    for image, location in rows:
        stores_by_image.setdefault(str(image), []).append(_lost_store_of(str(location), lost))
    counts: dict[Unreadable, int] = {}
    for stores in stores_by_image.values():
        if stores[0] is not None and all(stores):
            counts[stores[0]] = counts.get(stores[0], 0) + 1
    encrypted = sum(1 for stores in stores_by_image.values() if ENCRYPTED in stores)
    return [store._replace(images=count) for store, count in sorted(counts.items()) if store != ENCRYPTED], encrypted


def _lost_store_of(location: str, lost: LostStores) -> Unreadable | None:
    """Return the removed kind or directory that contains a location; None if the location is still readable."""
    if not location:
        return ENCRYPTED
    scheme, _colon, path = location.partition("://")
    kind = SCHEMES.get(scheme.split("+")[0].lower(), scheme.split("+")[0].lower())
    if kind in lost.kinds:
        return Unreadable(0, kind)
    directory = posixpath.normpath(path) if kind == FILE else ""
    parents = [one for one in lost.directories if directory and is_under(directory, one)]
    return Unreadable(0, FILE, max(parents, key=len)) if parents else None


def unreadable_message(found: Unreadable, after: Stores) -> str:
    """Return the message about images that would be unreadable, and how to keep them readable."""
    images = "1 image has its" if found.images == 1 else f"{found.images} images have their"
    if found.directory:
        new = " and ".join(after.directories)
        return (
            f"{images} data in {found.directory}, which the running configuration uses as a file store. This run "
            f"stores images in {new} instead. Set {DATADIR} of the file store in glance_stores to {found.directory}, "
            "or (Train and later) add a second file store: "
            f"{{name: former, type: file, options: {{{DATADIR}: {found.directory}}}}}"
        )
    name = f"{{name: {found.kind}, type: {found.kind}" + ("}" if found.kind == "http" else ", options: {...}}")
    return (
        f"{images} data only in the store kind {found.kind}, which this run removes from the configuration. "
        f"Clients could no longer read it. Add {name} to glance_stores, or delete these images first"
    )


def change_message(lost: LostStores, before: Stores, after: Stores) -> str:
    """Return the change of the stores as a sentence; empty if nothing changes."""
    parts = [f"removes the store kind {' and '.join(lost.kinds)}"] if lost.kinds else []
    if lost.directories:
        parts.append(f"stores images in {' and '.join(after.directories)} instead of {' and '.join(lost.directories)}")
    if not parts and before.main != after.main:
        parts.append(f"stores images in the store kind {after.main} instead of {before.main}")
    return f"This run {' and '.join(parts)}. The stores are set in glance_stores." if parts else ""
