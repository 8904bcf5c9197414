# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the stores in the current configuration with the new ones, and check the images in removed stores."""

from __future__ import annotations

from typing import Any, NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.config_drift import connection
from ansible_collections.osops.glance.plugins.module_utils._host.configured_stores import stores_of
from ansible_collections.osops.glance.plugins.module_utils._host.store_loss import (
    LOCATIONS,
    change_message,
    lost_stores,
    unreadable_images,
    unreadable_message,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import Values
from ansible_collections.osops.glance.plugins.module_utils._schema.login import log_in
from ansible_collections.osops.glance.plugins.module_utils._schema.target import parse_database_url


class StoreDrift(NamedTuple):
    """The result of the comparison.

    warnings: sentences about changes of the stores.
    refusals: clauses about images that the deployment would make unreadable.
    """

    warnings: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()


def compare_stores(path: str, before: Values, after: Values, managed: bool) -> StoreDrift:
    """Return what changes in the stores.

    path: the configuration file.
    managed: whether an earlier run wrote the file; then a changed directory is the effect of a variable.
    """
    old, new = stores_of(before), stores_of(after)
    lost = lost_stores(old, new)
    changes = change_message(lost, old, new)
    if not lost:
        return StoreDrift((f"{path}: {changes}",) if changes else ())
    # The kinds that a service has by default may never have been used.
    was_configured = bool(not old.is_default or lost.directories)
    try:
        found, encrypted = unreadable_images(image_locations(path, before), lost)
    except GlanceError as error:
        warning = f"{path}: {changes} Whether images are stored there could not be checked: {error}"
        return StoreDrift((warning,) if was_configured else ())
    refused = [one for one in found if not (managed and one.directory)]
    refusals = tuple(f"{path}: {unreadable_message(one, new)}" for one in refused)
    if encrypted:
        warning = f"{path}: {changes} The locations of {encrypted} images are encrypted and could not be checked."
        return StoreDrift((warning,), refusals)
    if refused or not (found or was_configured):
        return StoreDrift((), refusals)
    return StoreDrift((" ".join([f"{path}: {changes}", *(f"{unreadable_message(one, new)}." for one in found)]),))


def image_locations(path: str, values: Values) -> list[Any]:
    """Return the images and their locations, from the database in the values of a configuration file."""
    target = parse_database_url(connection(values), path)
    if not target.is_mysql:
        raise GlanceError(f"{target} is not a MySQL or MariaDB database.")
    with log_in(target, path) as database:
        if not database.rows("SHOW TABLES LIKE 'image_locations'"):
            return []
        return database.rows(LOCATIONS)
