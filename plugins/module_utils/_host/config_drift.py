# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the current configuration of a service with the desired one. Messages contain names, never secrets."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Place
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import Loss, Values, listed, values_of
from ansible_collections.osops.glance.plugins.module_utils._ini.request import texts_of
from ansible_collections.osops.glance.plugins.module_utils._schema.target import Target, parse_database_url

OSLO = DIALECTS["oslo"]
# The names of each option since Icehouse, the current one first (plugins/plugin_utils/data/options.tsv).
CONNECTION = [("database", "connection"), ("DEFAULT", "sql_connection"), ("database", "sql_connection")]
CONNECTION += [("sql", "connection")]
SERVICE_USER = [("keystone_authtoken", "username"), ("keystone_authtoken", "admin_user")]
SERVICE_PASSWORD = [("keystone_authtoken", "password"), ("keystone_authtoken", "admin_password")]


def desired_values(sections: Mapping[str, Mapping[str, Any]]) -> dict[Place, tuple[str | None, ...]]:
    """Return the desired options with their values in the format of a file; an option to remove has no values."""
    return {
        Place(OSLO.section(str(section)), str(option)): texts_of(value, "repeat")
        for section, options in sections.items()
        for option, value in (options or {}).items()
    }


def values_afterwards(before: Document, desired: Mapping[Place, tuple[str | None, ...]], replaced: bool) -> Values:
    """Return the values in a file after the run.

    replaced: whether the file will contain only the desired options.
    """
    base = {} if replaced else dict(values_of(before))
    return {place: values for place, values in {**base, **desired}.items() if values}


def loss_warnings(path: str, lost: Loss, managed: bool, pattern: str) -> Iterator[str]:
    """Yield warnings about what is lost in a file that is replaced.

    managed: whether an earlier run wrote the file; then a changed value is the effect of a variable.
    pattern: the pattern of the copies that are kept.
    """
    if managed:
        if lost.removed:
            yield (
                f"{path} has options that the variables do not contain: {listed(lost.removed)}. They are removed. "
                "Add them to glance_config or glance_registry_config to keep them."
            )
        return
    yield " ".join(
        [
            f"{path} was not written by this collection and is replaced. A copy is kept as {pattern}.",
            *lost.sentences(),
            "To keep options, add them to glance_config or glance_registry_config, "
            "or set glance_api_config_mode: merge.",
        ]
    )


def directory_warning(path: str, names: list[str]) -> str:
    """Return the warning about a file that the service reads in addition to the configuration file.

    oslo.config reads `*.conf` in /etc/glance/PROGRAM.conf.d and /etc/glance/glance.conf.d. A file in --config-file has
    priority over them; without this option, as under uWSGI, they have priority.
    """
    return (
        f"{path} is in force and not managed by this collection. It sets these options: {listed(names)}. Move the "
        "options that you need to glance_config and remove the file."
    )


def account_warnings(path: str, before: Values, after: Values) -> Iterator[str]:
    """Yield warnings about another database, or another password of the same account, in the running configuration."""
    old, new = _target(before, path), _target(after, path)
    if old and new and str(old) != str(new):
        yield (
            f"{path} uses the database {old}, and this run uses {new}. If they are different databases, the images of "
            "the former are no longer listed. Check glance_database_host and glance_database_name."
        )
    elif old and new and old.user == new.user and old.password != new.password:
        yield _password_warning(path, f"the database account {old.user}", "MariaDB", "glance_database_password")
    user, password = _first(before, SERVICE_USER), _first(before, SERVICE_PASSWORD)
    if user and user == _first(after, SERVICE_USER) and _differs(password, _first(after, SERVICE_PASSWORD)):
        yield _password_warning(path, f"the service user {user}", "Keystone", "glance_service_password")


def _password_warning(path: str, account: str, server: str, variable: str) -> str:
    return (
        f"{path} has another password for {account} than {variable}. This run sets the password in {server} to "
        f"{variable}. Other hosts and programs that use the former password lose access until they have the new one."
    )


def _differs(before: str, after: str) -> bool:
    return bool(before) and _literal(before) != _literal(after)


def _literal(text: str) -> str:
    return text.replace(r"\$", "$").replace("$$", "$")


def _target(values: Values, path: str) -> Target | None:
    try:
        return parse_database_url(connection(values), path)
    except GlanceError:
        return None


def connection(values: Values) -> str:
    """Return the URL of the database, as the service reads it; empty if there is none."""
    return _literal(_first(values, CONNECTION))


def _first(values: Values, places: Iterable[tuple[str, str]]) -> str:
    for section, option in places:
        found = values.get(Place(section, option))
        if found and found[-1]:
            return found[-1]
    return ""
