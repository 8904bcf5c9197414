# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that the packages of a deployment can be installed and removed."""

from __future__ import annotations

from typing import NamedTuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.distribution import Distribution
from ansible_collections.osops.glance.plugins.module_utils._host.package_lock import (
    LockWait,
    lock_holder,
    wait_for_lock,
)
from ansible_collections.osops.glance.plugins.module_utils._host.packages import (
    Installed,
    PackageManager,
    is_upgradable,
)
from ansible_collections.osops.glance.plugins.module_utils._host.problem import with_hint

NOT_OFFERED = (
    "The package {} is not installed, and no repository of this host ({}) offers it. Add a repository that provides "
    "it, or refresh the package lists"
)
EXCLUDED = (
    "The package {} is not installed, and dnf excludes it. Remove it from excludepkgs in /etc/dnf/dnf.conf and in "
    "/etc/yum.repos.d, and from `dnf versionlock list`."
)
ON_HOLD = "The package {0} is on hold (apt-mark hold), and apt refuses to {1} it. Run on this host: apt-mark unhold {0}"


class PackageNames(NamedTuple):
    """The packages of a deployment.

    reported: packages whose versions are facts.
    available: packages that must be installed, or be offered by a repository.
    removed: packages that the deployment removes.
    """

    reported: list[str]
    available: list[str]
    removed: list[str]


class PackageCheck:
    """The check of the packages of a host.

    versions: for each package the installed version and, if it is not installed, the candidate.
    upgrades: whether the candidates of installed packages are read, too.
    """

    def __init__(
        self, manager: PackageManager, distribution: Distribution, names: PackageNames, upgrades: bool = False
    ) -> None:
        self._manager = manager
        self._upgrades = upgrades
        self._distribution = distribution
        self._names = names
        self._installed = Installed({})
        self.versions: dict[str, dict[str, str | None]] = {}

    def problems(self) -> list[str]:
        """Query the package manager, and return what prevents packages from being installed or removed."""
        names = list(dict.fromkeys(name for group in self._names for name in group))
        try:
            self._installed = self._manager.installed(names)
        except GlanceError as error:
            return [str(error)]
        installed = self._installed.versions
        queried = [name for name in names if self._upgrades or name not in installed]
        candidates = self._manager.candidates(queried, self._upgrades) if self._reads_repositories() else {}
        self.versions = {name: {"installed": installed.get(name), "candidate": candidates.get(name)} for name in names}
        return [*self._held(), *self._unavailable()]

    def _reads_repositories(self) -> bool:
        """Return whether versions that are not installed matter: reading them takes apt-cache and dnf a second or more.

        If all packages that must be available are installed, the repositories are read only by a task that installs.
        """
        available = self._names.available
        return self._upgrades or not available or any(name not in self._installed.versions for name in available)

    def _held(self) -> list[str]:
        """Return a message for each package that apt refuses to install or to remove because it is on hold."""
        installed = self._installed.versions
        refused = {name: "install" for name in self._names.available if name not in installed}
        refused.update({name: "remove" for name in self._names.removed if name in installed})
        refused.update({name: "upgrade" for name in self._names.available if is_upgradable(self.versions[name])})
        return [ON_HOLD.format(name, verb) for name, verb in refused.items() if name in self._installed.held]

    def _unavailable(self) -> list[str]:
        """Return a message for each package that is not installed and cannot be."""
        if not self._manager.has_package_lists():
            return []
        names = [name for name in self._names.available if not any(self.versions[name].values())]
        excluded = self._manager.excluded(names)
        return [EXCLUDED.format(name) for name in names if name in excluded] + [
            with_hint(NOT_OFFERED.format(name, self._distribution.name), self._manager.repository_error)
            for name in names
            if name not in excluded
        ]

    def wait_for_lock(self, timeout: float | None) -> LockWait | None:
        """Wait while another program uses the package manager, if this run needs it; return what was waited for.

        timeout: limit in seconds; None for no wait. Raises GlanceError when it is exceeded.
        """
        if timeout is None or not (self._needs_manager() or self._manager.has_unfinished_work()):
            return None
        return wait_for_lock(self._distribution.family, timeout)

    def _needs_manager(self) -> bool:
        """Return whether a package has to be installed or removed."""
        installed = self._installed.versions
        required = [*self._names.reported, *self._names.available]
        return any(name not in installed for name in required) or any(name in installed for name in self._names.removed)

    def is_interrupted(self) -> bool:
        """Return whether the package manager was ended during its work; false while another program uses it."""
        return self._manager.has_unfinished_work() and not lock_holder(self._distribution.family)
