# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the configuration of stores in the syntax of each release, and list their directories and files."""

from __future__ import annotations

from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Optional

# The two reserved stores of every service with `enabled_backends`: the staging area of uploads before their import, and
# the work area of tasks. Without them the service uses /tmp/staging (Glance administration guide, "Multi Store
# Support").
RESERVED = {"os_glance_staging_store": "staging", "os_glance_tasks_store": "tasks"}
DIRECTORY = "filesystem_store_datadir"
DIRECTORIES = "filesystem_store_datadirs"
# The options of each type of store that name a file on the host, which must exist before the service starts.
LOCAL_FILES = {
    "file": ("filesystem_store_metadata_file",),
    "rbd": ("rbd_store_ceph_conf",),
    "swift": ("swift_store_config_file", "swift_store_cacert"),
    "cinder": ("cinder_ca_certificates_file",),
    "http": ("https_ca_certificates_file",),
    "vmware": ("vmware_ca_file",),
}
# Those that have a default: an empty option, as in newer releases, lets librados search there.
LOCAL_FILE_DEFAULTS = {"rbd_store_ceph_conf": "/etc/ceph/ceph.conf"}
# The guides: `chown -hR glance:glance /var/lib/glance`.
OWNED = {"owner": "glance", "group": "glance", "mode": "0750"}


Sections = Mapping[str, Optional[Mapping[str, Any]]]


def store_sections(stores: Iterable[Mapping[str, Any]], syntax: str, state_directory: str) -> dict[str, dict[str, Any]]:
    """Return the sections of glance-api.conf that describe the stores; the first store is the default one.

    syntax: `enabled_backends` (Train and later), `glance_store` (Juno to Stein) or `DEFAULT` (Icehouse).
    state_directory: where the reserved stores have their directories.
    """
    listed = list(stores)
    if syntax == "enabled_backends":
        return _backends(listed, state_directory)
    options = {name: value for store in listed for name, value in _written(store).items()}
    default = listed[0]["type"] if listed else None
    if syntax == "DEFAULT":
        return {"DEFAULT": {"default_store": default, **options}}
    types = ",".join(dict.fromkeys(store["type"] for store in listed))
    return {"glance_store": {"stores": types or None, "default_store": default, **options}}


def _backends(stores: list[Mapping[str, Any]], state_directory: str) -> dict[str, dict[str, Any]]:
    sections: dict[str, dict[str, Any]] = {
        "DEFAULT": {"enabled_backends": ",".join(f"{store['name']}:{store['type']}" for store in stores)},
        "glance_store": {"default_backend": stores[0]["name"] if stores else None},
    }
    sections.update({store["name"]: _written(store) for store in stores})
    sections.update({name: {DIRECTORY: f"{state_directory}/{leaf}"} for name, leaf in RESERVED.items()})
    return sections


def _written(store: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a store as they are written to the configuration.

    filesystem_store_datadir has a default, and with filesystem_store_datadirs as well the service disables the store
    (glance_store/_drivers/filesystem.py, configure_add). So the former is written as empty.
    """
    options = dict(store.get("options") or {})
    return {DIRECTORY: "", **options} if options.get(DIRECTORIES) else options


def conflict(store: Mapping[str, Any]) -> str | None:
    """Return the problem of a store with two options that exclude each other; None without a problem."""
    options = store.get("options")
    if isinstance(options, Mapping) and options.get(DIRECTORY) and options.get(DIRECTORIES):
        return (
            f"glance_stores: the store {store['name']} has both {DIRECTORY} and {DIRECTORIES}, and the service "
            f"disables such a store; remove {DIRECTORY}"
        )
    return None


def store_directories(
    stores: Iterable[Mapping[str, Any]],
    state_directory: str,
    overrides: Sections | None = None,
) -> list[str]:
    """Return the directories that the service writes to: those of its file stores and of the reserved stores.

    overrides: sections of the configuration that take precedence over the options of the stores.
    """
    own = [directory.path for directory in file_store_directories(stores, overrides)]
    reserved = [
        _options(name, {DIRECTORY: f"{state_directory}/{leaf}"}, overrides)[DIRECTORY]
        for name, leaf in RESERVED.items()
    ]
    return [path for path in dict.fromkeys([*own, *reserved]) if path]


class StorePath(NamedTuple):
    """A directory or file of a store: the position of the store, the option with its index, and the path."""

    position: int
    option: str
    path: str


def file_store_directories(
    stores: Iterable[Mapping[str, Any]], overrides: Sections | None = None
) -> Iterator[StorePath]:
    """Yield the directories of the file stores."""
    for position, store in enumerate(stores):
        if store["type"] != "file":
            continue
        options = _options(store["name"], store.get("options"), overrides)
        if options.get(DIRECTORY):
            yield StorePath(position, DIRECTORY, options[DIRECTORY])
        listed = options.get(DIRECTORIES) or []
        for index, item in enumerate([listed] if isinstance(listed, str) else listed):
            yield StorePath(position, f"{DIRECTORIES}[{index}]", path_of(item))


def local_files(stores: Iterable[Mapping[str, Any]], overrides: Sections | None = None) -> Iterator[StorePath]:
    """Yield the files on the host that the stores read, as the options name them."""
    for position, store in enumerate(stores):
        options = _options(store["name"], store.get("options"), overrides)
        for option in LOCAL_FILES.get(store["type"], ()):
            path = options.get(option) or LOCAL_FILE_DEFAULTS.get(option)
            if path:
                yield StorePath(position, option, path)


def ceph_client(store: Mapping[str, Any], overrides: Sections | None = None) -> str | None:
    """Return the name of the Ceph client of a store; None for a store of another type."""
    if store["type"] != "rbd":
        return None
    options = _options(store["name"], store.get("options"), overrides)
    return f"client.{options.get('rbd_store_user') or 'admin'}"


def path_of(item: str) -> str:
    """Return the path of an item of filesystem_store_datadirs, which can end with `:` and a priority.

    Source: glance_store/_drivers/filesystem.py, _get_datadir_path_and_priority.
    """
    return str(item).rsplit(":", 1)[0].strip()


def _options(section: str, options: Mapping[str, Any] | None, overrides: Sections | None) -> dict[str, Any]:
    """Return the options of a store, with those that the configuration overrides."""
    given = overrides or {}
    return {**(options or {}), **(given.get("glance_store") or {}), **(given.get(section) or {})}
