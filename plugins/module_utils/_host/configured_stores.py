# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the stores from the options of a configuration file.

Sources: glance_store/backend.py (options `stores` and `default_store`, until Juno in [DEFAULT] as `known_stores`), and
glance_store/multi_backend.py (`enabled_backends`).
"""

from __future__ import annotations

import posixpath
from typing import Iterator, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._ini.document import Place
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import Values

FILE = "file"
DATADIR, DATADIRS = "filesystem_store_datadir", "filesystem_store_datadirs"
DEFAULT_DATADIR = "/var/lib/glance/images"
# The default value of `stores`.
DEFAULT_KINDS = frozenset({FILE, "http"})
# Other names of a kind, in lower case. Until Juno, the default and the examples are names of driver classes.
ALIASES = {"filesystem": FILE, "vmware_datastore": "vmware", "vsphere": "vmware"}


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
