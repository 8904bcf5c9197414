# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the preflight checks of a host, and gather its facts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Callable, Iterator, Mapping, NamedTuple, Optional, Sequence

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._host.access import check_access
from ansible_collections.osops.glance.plugins.module_utils._host.directory_check import (
    check_directory,
    directory_matches,
)
from ansible_collections.osops.glance.plugins.module_utils._host.distribution import for_family, read_distribution
from ansible_collections.osops.glance.plugins.module_utils._host.file_check import check_file, is_regular_file
from ansible_collections.osops.glance.plugins.module_utils._host.http_check import check_http
from ansible_collections.osops.glance.plugins.module_utils._host.network_checks import (
    check_local,
    check_reach,
    check_resolve,
)
from ansible_collections.osops.glance.plugins.module_utils._host.package_check import PackageCheck, PackageNames
from ansible_collections.osops.glance.plugins.module_utils._host.packages import PackageManager
from ansible_collections.osops.glance.plugins.module_utils._host.port_check import check_port
from ansible_collections.osops.glance.plugins.module_utils._host.problem import problem_report, with_hint

# Takes an entry of an option and a timeout in seconds; returns the problem or None, or raises GlanceError.
CheckFunction = Callable[[Mapping[str, Any], float], Optional[str]]

# By the option whose entries are checked; messages have this order.
CHECKS: dict[str, CheckFunction] = {
    "reach": check_reach,
    "resolve": check_resolve,
    "local": check_local,
    "http": check_http,
    "files": check_file,
    "directories": check_directory,
    "access": check_access,
}


class Check(NamedTuple):
    """A check of one entry of an option."""

    function: CheckFunction
    entry: Mapping[str, Any]

    @property
    def is_required(self) -> bool:
        """Whether a problem is an error; otherwise it is a warning."""
        return bool(self.entry.get("required", True))

    @property
    def concerns(self) -> str | None:
        """The other host of the inventory that has the problem."""
        return self.entry.get("concerns")

    def problem(self, timeout: float) -> str | None:
        """Return the problem, with the variable that causes it, or None."""
        try:
            problem = self.function(self.entry, timeout)
        except GlanceError as error:
            problem = with_hint(str(error), self.entry.get("hint"))
        variable = self.entry.get("variable")
        return f"{variable}: {problem}" if problem and variable else problem


class Preflight:
    """The checks of a host; the plan is always empty."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._distribution = read_distribution()
        names = PackageNames(*map(self._names, ("packages", "available_packages", "removed")))
        manager = PackageManager(self._distribution.family, self._run, module.get_bin_path)
        self._packages = PackageCheck(manager, self._distribution, names, module.params["upgrades"])
        self._warnings: list[str] = []
        self._problems_of_hosts: dict[str, str] = {}
        self._checks_before_changes = bool(names.available or names.removed)

    def plan(self) -> Plan:
        checks = list(self._checks())
        timeout: float = self._module.params["timeout"]
        with ThreadPoolExecutor(max_workers=len(checks) + 1) as pool:
            package_problems = pool.submit(self._packages.problems)
            results = zip(checks, pool.map(lambda check: check.problem(timeout), checks))
            found = [(check, problem) for check, problem in results if problem]
            problems = [problem for check, problem in found if check.is_required and not check.concerns]
            problems += package_problems.result()
        self._warnings += [problem for check, problem in found if not check.is_required]
        self._problems_of_hosts = {check.concerns: problem for check, problem in found if check.concerns}
        problems = problems or self._wait_for_package_manager()
        if problems:
            # Without checks, an earlier task of the play has already changed the host.
            before_changes = checks or self._checks_before_changes
            raise GlanceError(problem_report(problems) if before_changes else "\n".join(problems))
        return Plan()

    def apply(self, plan: Plan) -> None:
        pass

    def result(self, plan: Plan) -> dict[str, Any]:
        checked = {"warnings": self._warnings, "problems_of_hosts": self._problems_of_hosts or None}
        if not self._module.params["gather"]:
            return checked
        return {"ansible_facts": {"osops_glance": self._facts()}, **checked}

    def _facts(self) -> dict[str, Any]:
        directories = self._module.params["directories"]
        return {
            "packages": self._packages.versions,
            "unchanged_directories": [entry["path"] for entry in directories if directory_matches(entry)],
            "existing_files": [path for path in self._names("stat_files") if is_regular_file(path)],
            "interrupted": self._packages.is_interrupted(),
            "family": self._distribution.family,
            "distribution": self._distribution.name,
        }

    def _checks(self) -> Iterator[Check]:
        params = self._module.params
        yield from (Check(function, entry) for option, function in CHECKS.items() for entry in params[option])
        check_port_of_service = partial(check_port, units=self._names("units"))
        yield from (Check(check_port_of_service, entry) for entry in params["ports"])

    def _names(self, option: str) -> list[str]:
        """Return the names in an option for the family of this host."""
        return list(for_family(self._module.params[option], self._distribution.family))

    def _wait_for_package_manager(self) -> list[str]:
        """Wait until no other program uses the package manager, if this run needs it; return the problems after it."""
        waited = self._packages.wait_for_lock(self._module.params["lock_timeout"])
        if not waited:
            return []
        self._warnings.append(f"Waited {waited.seconds} s for {waited.holder}.")
        return self._packages.problems()

    def _run(self, command: Sequence[str]) -> tuple[int, str, str]:
        status, out, err = self._module.run_command(list(command), environ_update={"LC_ALL": "C", "LANGUAGE": "C"})
        return int(status), str(out), str(err)
