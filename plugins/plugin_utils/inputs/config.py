# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the input variables that contain options of configuration files: glance_config and the stores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.merge import merge
from ansible_collections.osops.glance.plugins.plugin_utils.options.checks import config_problems
from ansible_collections.osops.glance.plugins.plugin_utils.options.names import other_names, renamed
from ansible_collections.osops.glance.plugins.plugin_utils.options.references import reference_warnings
from ansible_collections.osops.glance.plugins.plugin_utils.options.table import title
from ansible_collections.osops.glance.plugins.plugin_utils.options.values import option_problems
from ansible_collections.osops.glance.plugins.plugin_utils.stores import conflict

# The variables that contain sections of a configuration file, each with the file.
CONFIG = "glance_config"
HOST_CONFIG = "glance_config_host"  # the options of one host, over those of its group
DOCUMENTS = {CONFIG: "api", HOST_CONFIG: "api", "glance_registry_config": "registry"}
STORES = "glance_stores"


def document_problems(variables: Mapping[str, Any], release: str | None) -> Iterator[str]:
    """Yield the problems of the options of the stores, and of the sections for configuration files."""
    stores = [store for store in _entries(variables.get(STORES)) if isinstance(store.get("name"), str)]
    names = [store["name"] for store in stores]
    yield from filter(None, map(conflict, stores))
    for store in stores:
        if store.get("options") and isinstance(store["options"], Mapping):
            sections = {store["name"]: store["options"]}
            yield from config_problems(STORES, sections, stores=names, release=release)
            yield from option_problems(STORES, sections)
    for variable, file in DOCUMENTS.items():
        if isinstance(variables.get(variable), Mapping):
            yield from _section_problems(variable, variables[variable], file=file, stores=names, release=release)
            yield from option_problems(variable, variables[variable])
    documents = documents_of(variables)
    if CONFIG in documents and HOST_CONFIG in documents:
        yield from _name_problems(HOST_CONFIG, own_config(variables), "api", release)


def own_config(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sections of glance_config with those of glance_config_host over them."""
    documents = documents_of(variables)
    return merge(documents.get(CONFIG, {}), documents.get(HOST_CONFIG, {}))


def _section_problems(
    variable: str, sections: Mapping[str, Any], file: str, stores: list[str], release: str | None
) -> Iterator[str]:
    """Yield the problems of sections whose options can have the names of another release."""
    yield from _name_problems(variable, sections, file, release)
    with suppress(GlanceError):
        sections = renamed(sections, release, file) if _is_document(sections) else sections
    yield from config_problems(variable, sections, file=file, stores=stores, release=release)


def _name_problems(variable: str, sections: Mapping[str, Any], file: str, release: str | None) -> Iterator[str]:
    """Yield an option that is set under two of its names, with different values."""
    try:
        if _is_document(sections):
            renamed(sections, release, file)
    except GlanceError as error:
        yield f"{variable}: {error}"


def document_warnings(variables: Mapping[str, Any], release: str | None) -> Iterator[str]:
    """Yield the options that are written under another name, and references that the service cannot resolve."""
    documents = documents_of(variables)
    for variable, sections in documents.items():
        for old, new in other_names(sections, release, file=DOCUMENTS[variable]).items():
            yield f"{variable}: {'/'.join(old)} is written as {'/'.join(new)}, its name in Glance {title(release)}"
    stores = {
        str(store["name"]): store["options"]
        for store in _entries(variables.get(STORES))
        if store.get("name") and isinstance(store.get("options"), Mapping)
    }
    yield from reference_warnings(STORES, stores, release, own_config(variables))
    for variable, sections in documents.items():
        yield from reference_warnings(variable, sections, release, stores)


def documents_of(variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables with well-formed sections of a configuration file."""
    return {name: variables[name] for name in DOCUMENTS if _is_document(variables.get(name))}


def _is_document(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(options, Mapping) for options in value.values())


def _entries(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []
