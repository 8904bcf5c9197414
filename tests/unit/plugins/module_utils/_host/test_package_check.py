# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import package_check, packages
from ansible_collections.osops.glance.plugins.module_utils._host.distribution import Distribution
from ansible_collections.osops.glance.plugins.module_utils._host.package_check import PackageCheck, PackageNames
from ansible_collections.osops.glance.plugins.module_utils._host.package_lock import Holder, LockWait
from ansible_collections.osops.glance.plugins.module_utils._host.packages import PackageManager
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.fake_packages import FakeDnf, FakePrograms

DEBIAN = Distribution("debian 12", "Debian")
CENTOS = Distribution("centos 9", "RedHat")
ARCH = Distribution("arch", "")
POLICY_OF_OTHER = "other:\n  Installed: (none)\n  Candidate: 1\n"
HOLDER = Holder("/var/lib/dpkg/lock-frontend", 812, "unattended-upgrade")


@pytest.fixture(autouse=True)
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignore programs of this machine that use the package manager."""
    monkeypatch.setattr(package_check, "lock_holder", lambda _family: None)


def check(distribution: Distribution, programs: FakePrograms, **names: list[str]) -> PackageCheck:
    manager = PackageManager(distribution.family, programs.run, programs.which)
    return PackageCheck(
        manager, distribution, PackageNames(**{"reported": [], "available": [], "removed": [], **names})
    )


def test_repositories_are_not_queried_if_everything_that_is_needed_is_installed() -> None:
    programs = FakePrograms({"dpkg-query": "ii g 2:25.1.0-2\n", "apt-cache": POLICY_OF_OTHER})
    checked = check(DEBIAN, programs, reported=["g", "other"], available=["g"])
    assert checked.problems() == []
    assert checked.versions["other"] == {"installed": None, "candidate": None}


def test_repositories_are_queried_for_all_packages_if_one_is_missing() -> None:
    programs = FakePrograms({"dpkg-query": "", "apt-cache": POLICY_OF_OTHER.replace("other", "g") + POLICY_OF_OTHER})
    checked = check(DEBIAN, programs, reported=["g", "other"], available=["g"])
    assert checked.problems() == []
    assert checked.versions["other"] == {"installed": None, "candidate": "1"}


@pytest.mark.parametrize(
    ("distribution", "output", "versions"),
    [
        pytest.param(
            DEBIAN,
            {"dpkg-query": "", "apt-cache": "g:\n  Installed: (none)\n  Candidate: 2:25.1.0-2\n"},
            {"installed": None, "candidate": "2:25.1.0-2"},
            id="Debian",
        ),
        pytest.param(
            DEBIAN,
            {"dpkg-query": "ii g 2:25.1.0-2\n"},
            {"installed": "2:25.1.0-2", "candidate": None},
            id="Debian, installed",
        ),
        pytest.param(
            DEBIAN,
            {"dpkg-query": "", "rpm": "g 1:19.0.4-1.el8\n"},
            {"installed": None, "candidate": None},
            id="Debian with rpm",
        ),
        pytest.param(
            CENTOS,
            {"rpm": "", "dnf": "g 1:20.2.0-1.el8\n"},
            {"installed": None, "candidate": "1:20.2.0-1.el8"},
            id="RedHat",
        ),
        pytest.param(
            CENTOS,
            {"rpm": "g 1:19.0.4-1.el8\n", "dnf": "g 1:20.2.0-1.el8\n"},
            {"installed": "1:19.0.4-1.el8", "candidate": None},
            id="RedHat, installed",
        ),
        pytest.param(
            CENTOS,
            {"dpkg-query": "", "apt-cache": "", "rpm": "g 25.1.0-1.el9\n"},
            {"installed": "25.1.0-1.el9", "candidate": None},
            id="RedHat with dpkg, no epoch",
        ),
        pytest.param(
            CENTOS,
            {"rpm": "package g is not installed\n"},
            {"installed": None, "candidate": None},
            id="RedHat without dnf",
        ),
        pytest.param(ARCH, {}, {"installed": None, "candidate": None}, id="another family"),
    ],
)
def test_versions_are_read(distribution: Distribution, output: dict[str, str], versions: dict[str, Any]) -> None:
    checked = check(distribution, FakePrograms(output), reported=["g"])
    assert not checked.problems()
    assert checked.versions == {"g": versions}


@pytest.mark.parametrize(
    ("cache", "repositories", "candidates", "fetched"),
    [
        pytest.param("g 1-1\nh 2-1\n", "g 9-9\n", {"g": "1-1", "h": "2-1"}, False, id="all in the cache"),
        pytest.param("g 1-1\n", "g 9-9\nh 2-1\n", {"g": "9-9", "h": "2-1"}, True, id="one not in the cache"),
        pytest.param("g 1-1\n", "", {"g": "1-1", "h": None}, True, id="failing repositories"),
        pytest.param("", "g 1-1\nh 2-1\n", {"g": "1-1", "h": "2-1"}, True, id="no cache yet"),
    ],
)
def test_repositories_are_queried_for_packages_that_are_not_in_the_cache(
    cache: str, repositories: str, candidates: dict[str, Any], fetched: bool
) -> None:
    dnf = FakeDnf(cache, repositories)
    checked = check(CENTOS, dnf, reported=["g", "h"])
    checked.problems()
    assert {name: version["candidate"] for name, version in checked.versions.items()} == candidates
    assert dnf.fetched is fetched


@pytest.mark.parametrize(
    ("error", "end"),
    [
        pytest.param("", "or refresh the package lists.", id="not offered"),
        pytest.param("Error: no\n  repository\n", "lists. dnf reports: Error: no repository", id="failing query"),
    ],
)
def test_unavailable_package_is_reported_with_the_error_of_dnf(error: str, end: str) -> None:
    (problem,) = check(CENTOS, FakeDnf("", "", error), available=["g"]).problems()
    assert "The package g is not installed, and no repository of this host (centos 9) offers it" in problem
    assert problem.endswith(end)


@pytest.mark.parametrize(
    ("dpkg", "apt", "lists", "has_problem"),
    [
        pytest.param("", "g:\n  Installed: (none)\n  Candidate: 1\n", True, False, id="available"),
        pytest.param("ii g 1\n", "", True, False, id="installed"),
        pytest.param("", "g:\n  Installed: (none)\n  Candidate: (none)\n", True, True, id="neither"),
        pytest.param("", "", True, True, id="unknown"),
        pytest.param("", "", False, False, id="no package lists yet"),
    ],
)
def test_package_must_be_installed_or_available(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dpkg: str, apt: str, lists: bool, has_problem: bool
) -> None:
    (tmp_path / "main_Packages").touch()
    monkeypatch.setattr(packages, "APT_LISTS", str(tmp_path / ("*_Packages" if lists else "none")))
    problems = check(DEBIAN, FakePrograms({"dpkg-query": dpkg, "apt-cache": apt}), available=["g"]).problems()
    assert ["The package g is not installed" in problem for problem in problems] == [True] * has_problem


def test_excluded_package_is_reported() -> None:
    class Excluding(FakeDnf):
        def run(self, command: Any) -> tuple[int, str, str]:
            return (0, "g 1-1\n", "") if "--disableexcludes=all" in command else super().run(command)

    (problem,) = check(CENTOS, Excluding("", ""), available=["g"]).problems()
    assert problem.startswith("The package g is not installed, and dnf excludes it. Remove it from excludepkgs")


@pytest.mark.parametrize(
    ("group", "dpkg", "verb"),
    [
        pytest.param("available", "hn g \n", "install", id="not installed"),
        pytest.param("available", "hi g 1\n", None, id="installed already"),
        pytest.param("removed", "hi g 1\n", "remove", id="to be removed"),
        pytest.param("removed", "hn g \n", None, id="removed already"),
        pytest.param("removed", "ii g 1\n", None, id="not on hold"),
    ],
)
def test_package_on_hold_is_reported(group: str, dpkg: str, verb: str | None) -> None:
    problem = (
        f"The package g is on hold (apt-mark hold), and apt refuses to {verb} it. Run on this host: apt-mark unhold g"
    )
    problems = check(DEBIAN, FakePrograms({"dpkg-query": dpkg}), **{group: ["g"]}).problems()
    assert problems == ([problem] if verb else [])


def test_failed_query_is_a_problem() -> None:
    (problem,) = check(DEBIAN, FakePrograms({}), reported=["g"]).problems()
    assert problem.startswith("Cannot read which packages are installed")


@pytest.mark.parametrize(
    ("dpkg", "timeout", "waits"),
    [
        pytest.param("", 60.0, True, id="to be installed"),
        pytest.param("ii g 1\n", 60.0, False, id="installed"),
        pytest.param("", None, False, id="no wait requested"),
    ],
)
def test_package_manager_in_use_is_waited_for_if_it_is_needed(
    monkeypatch: pytest.MonkeyPatch, dpkg: str, timeout: float | None, waits: bool
) -> None:
    monkeypatch.setattr(package_check, "wait_for_lock", lambda _family, _timeout: LockWait(HOLDER, 42))
    checked = check(DEBIAN, FakePrograms({"dpkg-query": dpkg}), reported=["g"])
    checked.problems()
    assert checked.wait_for_lock(timeout) == (LockWait(HOLDER, 42) if waits else None)


@pytest.mark.parametrize(
    ("distribution", "holder", "interrupted"),
    [
        pytest.param(DEBIAN, None, True, id="dpkg"),
        pytest.param(CENTOS, None, False, id="rpm"),
        pytest.param(DEBIAN, HOLDER, False, id="in use"),
    ],
)
def test_unfinished_work_is_recognized(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    distribution: Distribution,
    holder: Holder | None,
    interrupted: bool,
) -> None:
    (tmp_path / "0001").touch()
    monkeypatch.setattr(packages, "DPKG_UPDATES", str(tmp_path / "*"))
    monkeypatch.setattr(package_check, "lock_holder", lambda _family: holder)
    assert check(distribution, FakePrograms({"dpkg-query": "", "rpm": ""})).is_interrupted() is interrupted
