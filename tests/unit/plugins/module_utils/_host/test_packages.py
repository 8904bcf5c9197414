# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Sequence

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.packages import (
    PackageManager,
    apt_candidates,
    deb_versions,
    rpm_versions,
)

NO_DEB = "dpkg-query: no packages found matching glance-api\n"
BROKEN_DEB = "dpkg-query: error: parsing file '/var/lib/dpkg/status' near line 0:\n end of file\n"
RPM_MISSING = "package glance-api is not installed\n"
BROKEN_RPM = "error: rpmdb: BDB0113 Thread/process failed\n"


def manager(family: str, *answer: object, programs: Sequence[str] = ("dpkg-query", "rpm", "dnf")) -> PackageManager:
    return PackageManager(family, lambda _command: answer, lambda name: name if name in programs else None)  # type: ignore[arg-type,return-value]


@pytest.mark.parametrize(
    ("family", "answer", "versions", "held"),
    [
        pytest.param("Debian", (0, "ii glance-api 2:25.1.0-2\n", ""), {"glance-api": "2:25.1.0-2"}, set(), id="deb"),
        pytest.param("Debian", (1, "", NO_DEB), {}, set(), id="unknown deb"),
        pytest.param("Debian", (0, "un glance-api \n", ""), {}, set(), id="deb known and not installed"),
        pytest.param("Debian", (0, "hi glance-api 1\n", ""), {"glance-api": "1"}, {"glance-api"}, id="held deb"),
        pytest.param("Debian", (0, "hn glance-api \n", ""), {}, {"glance-api"}, id="held and not installed"),
        pytest.param("RedHat", (0, "glance-api 1-1\n", ""), {"glance-api": "1-1"}, set(), id="rpm"),
        pytest.param("RedHat", (1, RPM_MISSING, ""), {}, set(), id="unknown rpm"),
        pytest.param("", (127, "", ""), {}, set(), id="another system"),
    ],
)
def test_installed_packages_are_read(
    family: str, answer: tuple[int, str, str], versions: dict[str, str], held: set[str]
) -> None:
    found = manager(family, *answer).installed(["glance-api"])
    assert (found.versions, found.held) == (versions, held)


@pytest.mark.parametrize(
    ("family", "answer", "reason"),
    [
        pytest.param("Debian", (2, "", BROKEN_DEB), "/var/lib/dpkg/status", id="corrupt status file"),
        pytest.param("Debian", (1, "", BROKEN_DEB), "/var/lib/dpkg/status", id="status 1 with an error"),
        pytest.param("Debian", (1, "", NO_DEB + BROKEN_DEB), "end of file", id="unknown package and an error"),
        pytest.param("Debian", (1, "", ""), "no reason", id="silent"),
        pytest.param("Debian", (-9, "", ""), "status -9", id="killed"),
        pytest.param("RedHat", (1, RPM_MISSING, BROKEN_RPM), "BDB0113", id="corrupt rpm database"),
        pytest.param("RedHat", (127, "", "rpm: libc.so.6: cannot open\n"), "libc.so.6", id="rpm does not start"),
    ],
)
def test_failed_query_is_an_error(family: str, answer: tuple[int, str, str], reason: str) -> None:
    with pytest.raises(GlanceError, match="Cannot read which packages are installed") as raised:
        manager(family, *answer).installed(["glance-api"])
    assert reason in str(raised.value)


@pytest.mark.parametrize(("family", "program"), [("Debian", "dpkg-query"), ("RedHat", "rpm")])
def test_missing_program_is_an_error(family: str, program: str) -> None:
    with pytest.raises(GlanceError, match=f"{program} is missing"):
        manager(family, 0, "", "", programs=()).installed(["glance-api"])


def test_package_that_dnf_excludes_is_recognized() -> None:
    def run(command: Sequence[str]) -> tuple[int, str, str]:
        return 0, "glance-api 1-1\n" if "--disableexcludes=all" in command else "", ""

    host = PackageManager("RedHat", run, str)
    assert (host.candidates(["glance-api"]), host.excluded(["glance-api", "other"])) == ({}, {"glance-api"})


def test_installed_packages_are_read_from_dpkg() -> None:
    output = (
        "ii glance-api 2:25.1.0-2+deb12u5\nhi held 1.0-1\nrc removed 1.0-1\nun never \n"
        "iU unpacked 2.0-1\niHRbroken 3.0-1\n"
    )
    assert deb_versions(output) == {"glance-api": "2:25.1.0-2+deb12u5", "held": "1.0-1"}


def test_candidates_are_read_from_apt() -> None:
    output = (
        "glance-api:\n  Installed: 2:25.1.0-2+deb12u5\n  Candidate: 2:25.1.0-2+deb12u6\n  Version table:\n"
        " *** 2:25.1.0-2+deb12u5 500\n        100 /var/lib/dpkg/status\n"
        "apache2:\n  Installed: (none)\n  Candidate: 2.4.68-1~deb12u1\n  Version table:\n"
        "awk:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n"
    )
    assert apt_candidates(output) == {"glance-api": "2:25.1.0-2+deb12u6", "apache2": "2.4.68-1~deb12u1"}


def test_versions_are_read_from_rpm_and_dnf() -> None:
    assert rpm_versions("g 1:19.0.4-1.el8\npackage h is not installed\n") == {"g": "1:19.0.4-1.el8"}
