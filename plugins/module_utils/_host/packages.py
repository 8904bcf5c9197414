# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Query the package manager of a host: versions, candidates and held packages."""

from __future__ import annotations

import glob
import re
from typing import Any, Callable, Iterable, Mapping, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

# Runs a command; returns the exit status, the output and the error output.
Run = Callable[[Sequence[str]], Tuple[int, str, str]]
# Returns the path of a program, or None.
Which = Callable[[str], Optional[str]]

# The program that reads the installed packages, and the one that reads the repositories. A host may also have the
# programs of another family.
QUERY = {"Debian": "dpkg-query", "RedHat": "rpm"}
CANDIDATES = {"Debian": "apt-cache", "RedHat": "dnf"}
DPKG = ("dpkg-query", "--show", "--showformat", "${db:Status-Abbrev}${Package} ${Version}\\n")
# Without cache files apt-cache is slower, but does not write them either.
APT = ("apt-cache", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache=", "policy")
RPM = ("rpm", "--query", "--queryformat", "%{NAME} %{EVR}\\n")
DNF = ("dnf", "--quiet", "repoquery", "--latest-limit=1", "--queryformat", "%{name} %{evr}\\n")
# Switch off the filters of dnf that hide packages of a repository.
WITHOUT_FILTERS = ("--disableexcludes=all", "--disableplugin=versionlock")
# Package lists that apt has downloaded.
APT_LISTS = "/var/lib/apt/lists/*_Packages*"
# Records of dpkg about operations that it has begun and not finished.
DPKG_UPDATES = "/var/lib/dpkg/updates/*"

_NO_DEB = re.compile(r"dpkg-query: no packages found matching \S+")
_NO_RPM = re.compile(r"^package (\S+) is not installed$", re.MULTILINE)
# The first letter of dpkg's state is what the administrator selected (`h` for hold), the second one is the state of
# the package (`i` for installed).
_HELD = re.compile(r"^h. +(\S+)", re.MULTILINE)
_INSTALLED = re.compile(r"^.i (\S+) (\S+)$", re.MULTILINE)
_APT_POLICY = re.compile(r"^(\S+):\n  Installed: \S+\n  Candidate: (\S+)$", re.MULTILINE)
_RPM_VERSION = re.compile(r"^(\S+) (\S+)$", re.MULTILINE)


class Installed(NamedTuple):
    """Installed packages.

    versions: version by name of each installed package.
    held: names of the packages that are on hold, installed or not.
    """

    versions: dict[str, str]
    held: frozenset[str] = frozenset()


class PackageManager:
    """The package manager of a host; reads only.

    repository_error: what the last query of the repositories reported when it failed; empty otherwise.
    """

    def __init__(self, family: str, run: Run, which: Which) -> None:
        self.family = family
        self._run = run
        self._which = which
        self.repository_error = ""

    def has(self, program: str) -> bool:
        """Return whether a program of this family is available."""
        programs = (QUERY.get(self.family), CANDIDATES.get(self.family))
        return program in programs and bool(self._which(program))

    def has_package_lists(self) -> bool:
        """Return whether the host can report which packages its repositories offer."""
        return bool(glob.glob(APT_LISTS)) if self.has("apt-cache") else self.has("dnf")

    def has_unfinished_work(self) -> bool:
        """Return whether dpkg has begun an operation and not finished it; rpm needs no repair after that."""
        return self.has("dpkg-query") and bool(glob.glob(DPKG_UPDATES))

    def installed(self, names: Sequence[str]) -> Installed:
        """Return which of the packages are installed; raises GlanceError when the query fails."""
        program = QUERY.get(self.family)
        if not names or not program:
            return Installed({})
        if not self._which(program):
            raise GlanceError(
                f"Cannot read which packages are installed: {program} is missing on this host. "
                f"Reinstall the package that contains it ({'dpkg' if program == 'dpkg-query' else program})."
            )
        return self._installed_debs(names) if program == "dpkg-query" else self._installed_rpms(names)

    def _installed_debs(self, names: Sequence[str]) -> Installed:
        status, out, err = self._run((*DPKG, *names))
        errors = [line for line in err.splitlines() if line.strip() and not _NO_DEB.fullmatch(line.strip())]
        # 1 with "no packages found" is an answer; 2 is a failure, and so is 1 with another message.
        if status not in (0, 1) or (status == 1 and (errors or not err.strip())):
            raise _query_failed("dpkg-query", status, errors or err.splitlines())
        return Installed(deb_versions(out), frozenset(_HELD.findall(out)))

    def _installed_rpms(self, names: Sequence[str]) -> Installed:
        status, out, err = self._run((*RPM, *names))
        versions = rpm_versions(out)
        unanswered = set(names) - versions.keys() - set(_NO_RPM.findall(out))
        errors = [line for line in err.splitlines() if line.startswith("error:")]
        # The exit status of `rpm --query` is the number of packages that are not installed.
        if errors or unanswered:
            raise _query_failed("rpm", status, errors or err.splitlines())
        return Installed(versions)

    def candidates(self, names: Sequence[str], refresh: bool = False) -> dict[str, str]:
        """Return the versions that the repositories offer, as far as the host has their package lists.

        refresh: whether dnf requests them although its cache contains all of the packages.
        """
        if names and self.has("apt-cache"):
            status, out, err = self._run((*APT, *names))
            self.repository_error = _error_output("apt-cache", err) if status else ""
            return apt_candidates(out)
        if names and self.has("dnf"):
            return self._dnf_candidates(names, refresh)
        return {}

    def _dnf_candidates(self, names: Sequence[str], refresh: bool) -> dict[str, str]:
        """Return the versions that dnf offers; its cache may be older than the list of repositories."""
        cached = {} if refresh else rpm_versions(self._run((*DNF, "--cacheonly", *names))[1])
        if cached.keys() >= set(names):
            return cached
        status, out, err = self._run((*DNF, *(["--refresh"] if refresh else []), *names))
        self.repository_error = _error_output("dnf", err) if status else ""
        return {**cached, **rpm_versions(out)}

    def excluded(self, names: Sequence[str]) -> set[str]:
        """Return the packages that a repository offers and a filter of dnf hides."""
        if not names or not self.has("dnf"):
            return set()
        return rpm_versions(self._run((*DNF, *WITHOUT_FILTERS, *names))[1]).keys() & set(names)


def is_upgradable(versions: Mapping[str, Any]) -> bool:
    """Return whether a package is installed, and the repositories offer another version.

    versions: its `installed` and its `candidate` version, each None if there is none.
    """
    return bool(versions.get("installed")) and versions.get("candidate") not in (None, versions.get("installed"))


def deb_versions(output: str) -> dict[str, str]:
    """Return the version of each installed package in the output of `dpkg-query`."""
    return dict(_INSTALLED.findall(output))


def apt_candidates(output: str) -> dict[str, str]:
    """Return the version of each package that apt would install, from the output of `apt-cache policy`."""
    return {name: candidate for name, candidate in _APT_POLICY.findall(output) if candidate != "(none)"}


def rpm_versions(output: str) -> dict[str, str]:
    """Return the version of each package in the output of `rpm` or `dnf`."""
    return dict(_RPM_VERSION.findall(output))


def _error_output(program: str, err: str) -> str:
    return f"{program} reports: {' '.join(err.split())}"


def _query_failed(program: str, status: int, lines: Iterable[str]) -> GlanceError:
    reason = " ".join(" ".join(lines).split()) or "it printed no reason"
    return GlanceError(
        f"Cannot read which packages are installed: `{program}` failed with status {status}: {reason}. "
        "Repair the package database of this host first."
    )
