# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Import openstacksdk without the slow parts of it that are not used.

No option of openstacksdk or keystoneauth1 does this, so entries in sys.modules do.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from types import ModuleType, SimpleNamespace
from typing import Any, Iterator

PKG_RESOURCES = "pkg_resources"


class PkgResources(ModuleType):
    """A substitute for pkg_resources, which takes 0.2 s to import, and of which munch reads only its own version."""

    def get_distribution(self, name: str) -> SimpleNamespace:
        from importlib import metadata

        return SimpleNamespace(version=metadata.version(name))

    def __getattr__(self, name: str) -> Any:
        """Return the attribute of pkg_resources itself."""
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(PKG_RESOURCES) is self:
            del sys.modules[PKG_RESOURCES]
        return getattr(import_module(PKG_RESOURCES), name)


@contextmanager
def fast_imports() -> Iterator[None]:
    """Prevent slow imports; raise ImportError if the host has no openstacksdk."""
    # If osprofiler is installed, keystoneauth1 imports it, and with it eventlet.
    sys.modules.setdefault("osprofiler", None)  # type: ignore[arg-type]
    # The package `openstack` imports the modules of all services. An empty module with its path suffices to import
    # its submodules.
    spec = find_spec("openstack")
    if spec is None:
        raise ImportError("openstack")
    sys.modules.setdefault("openstack", module_from_spec(spec))
    substitute = PkgResources(PKG_RESOURCES)
    sys.modules.setdefault(PKG_RESOURCES, substitute)
    try:
        yield
    finally:
        if sys.modules.get(PKG_RESOURCES) is substitute:
            del sys.modules[PKG_RESOURCES]


@contextmanager
def stable_search_path() -> Iterator[None]:
    """Search the plugins of keystoneauth1 only in directories, not in the archive of the module.

    stevedore caches the entry points of all packages in a file for each sys.path. The archive has another name in each
    run, so the cache would never be used, and each run would add a file to it.
    """
    path = sys.path
    sys.path = [entry for entry in path if not os.path.isfile(entry)]
    try:
        yield
    finally:
        sys.path = path
