# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the images that a new configuration of the stores would make unreadable.

Sources: glance_store/backend.py (options `stores` and `default_store`, until Juno in [DEFAULT] as `known_stores`),
glance_store/multi_backend.py (`enabled_backends`), and get_schemes() of each driver in glance_store/_drivers.
"""

from __future__ import annotations

import posixpath
from typing import Iterable, Iterator, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._ini.document import Place
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import Values

FILE = "file"
DATADIR, DATADIRS = "filesystem_store_datadir", "filesystem_store_datadirs"
DEFAULT_DATADIR = "/var/lib/glance/images"
# The default value of `stores`.
DEFAULT_KINDS = frozenset({FILE, "http"})
# Other names of a kind, in lower case. Until Juno, the default and the examples are names of driver classes.
ALIASES = {"filesystem": FILE, "vmware_datastore": "vmware", "vsphere": "vmware"}
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


class Stores(NamedTuple):
    """The stores in one configuration.

    kinds: the kinds in `enabled_backends` or `stores`.
    is_default: whether the kinds are the default of the service.
    directories: the directories of the file stores, without a slash at the end.
    main: the kind of the default store.
    """

    kinds: frozenset[str]
    is_default: bool
    directories: tuple[str, ...]
    main: str


class LostStores(NamedTuple):
    """The kinds and directories that the current stores have and the new ones do not."""

    kinds: tuple[str, ...] = ()
    directories: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.kinds or self.directories)


def stores_of(values: Values) -> Stores:
    """Return the stores in the values of glance-api.conf."""
    backends = dict(_pairs(_last(values, "DEFAULT", "enabled_backends")))
    if backends:
        sections = [name.lower() for name, kind in backends.items() if kind == FILE]
        main = backends.get(_last(values, "glance_store", "default_backend"), "")
        return Stores(frozenset(backends.values()), False, _directories(values, [[one] for one in sections]), main)
    listed = _either(values, "stores") or _last(values, "DEFAULT", "known_stores")
    kinds = frozenset(kind_of(item) for item in listed.split(",") if item.strip())
    directories = _directories(values, [["glance_store", "DEFAULT"]])
    return Stores(kinds or DEFAULT_KINDS, not kinds, directories, kind_of(_either(values, "default_store") or FILE))


def kind_of(item: str) -> str:
    """Return the kind that an item of `stores` or `known_stores` means: `file`, or `glance.store.filesystem.Store`."""
    name = item.strip().lower()
    parts = name.split(".")
    if len(parts) > 2:
        name = parts[-2]
    return ALIASES.get(name, name)


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


def _last(values: Values, section: str, option: str) -> str:
    """Return the last value of an option, which has priority; empty if there is none."""
    all_values = values.get(Place(section, option)) or ()
    return (all_values[-1] or "").strip() if all_values else ""


def _either(values: Values, option: str) -> str:
    """Return the value of an option in [glance_store] or, as until Juno, in [DEFAULT]."""
    return _last(values, "glance_store", option) or _last(values, "DEFAULT", option)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names and kinds in `enabled_backends`."""
    for item in text.split(","):
        name, _colon, kind = item.partition(":")
        if name.strip():
            yield name.strip(), kind_of(kind)


def _directories(values: Values, stores: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the directories of file stores.

    stores: for each store, the sections that may configure it.
    """
    directories: dict[str, None] = {}
    for sections in stores:
        configured = [path for section in sections for path in _configured_directories(values, section)]
        directories.update(dict.fromkeys(configured or [DEFAULT_DATADIR]))
    return tuple(directories)


def _configured_directories(values: Values, section: str) -> Iterator[str]:
    """Yield the directories in a section; `filesystem_store_datadirs` has items PATH:PRIORITY."""
    items = values.get(Place(section, DATADIRS)) or ()
    for text in (*items, _last(values, section, DATADIR)):
        path, colon, priority = (text or "").strip().rpartition(":")
        directory = path if colon and priority.strip().isdigit() else (text or "").strip()
        if directory:
            yield posixpath.normpath(directory)


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
