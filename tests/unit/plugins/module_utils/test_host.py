# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import http.client
import re
import socket
import ssl
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import (
    advised,
    apt_versions,
    cause,
    file_problem,
    place_of,
    report,
    rpm_versions,
    upstream_version,
)
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        pytest.param({"host": "controller", "port": 3306}, "controller:3306", id="host and port"),
        pytest.param({"host": "fd00::1", "port": 3306}, "[fd00::1]:3306", id="IPv6"),
        pytest.param({"url": "http://controller:5000/v3"}, "controller:5000", id="URL"),
        pytest.param({"url": "https://controller/identity"}, "controller:443", id="port of the scheme"),
        pytest.param({"url": "mysql+pymysql://g:x@db:3307/g"}, "db:3307", id="URL of a database"),
    ],
)
def test_place_of_an_entry(entry: dict[str, Any], place: str) -> None:
    assert str(place_of(entry)) == place


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        pytest.param({"host": "", "port": 1}, "no value", id="empty host"),
        pytest.param({"url": "http://controller:5000 internal port"}, "has a space in it", id="words after the URL"),
        pytest.param({"url": "controller:5000"}, "no host", id="no scheme"),
        pytest.param({"url": "http://controller:http/"}, "no URL", id="port is no number"),
        pytest.param({"url": "mysql://g:S3cret@db/g"}, "mysql://db/g has no port", id="no port"),
        pytest.param({"url": "http://g:S3cret@h x"}, "'http://h x'", id="secret in a bad URL"),
    ],
)
def test_entry_that_names_no_place_is_refused(entry: dict[str, Any], told: str) -> None:
    with pytest.raises(GlanceError, match=told) as refused:
        place_of(entry)
    assert "S3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        pytest.param(socket.timeout("timed out"), "no answer within 5 s", id="timeout"),
        pytest.param(ConnectionRefusedError(111, "Connection refused"), "Connection refused", id="refused"),
        pytest.param(http.client.BadStatusLine("\x00\n"), "it does not answer with HTTP", id="not HTTP"),
        pytest.param(ssl.SSLError(1, "wrong version"), "no TLS connection: .*wrong version", id="not TLS"),
        pytest.param(OSError("strange"), "strange", id="without a number"),
    ],
)
def test_cause_is_told_in_the_words_of_the_system(error: Exception, told: str) -> None:
    assert re.match(told, cause(error, 5.0))


@pytest.mark.parametrize(
    ("hint", "told"), [("Look there.", "It is so. Look there."), (None, "It is so."), ("", "It is so.")]
)
def test_hint_follows_the_problem(hint: str | None, told: str) -> None:
    assert advised("It is so", hint) == told


@pytest.mark.parametrize(
    ("head", "told"),
    [
        pytest.param(b"", "/f is empty", id="empty"),
        pytest.param(b"\n <!DOCTYPE html><p>Sign in", "/f is a web page", id="web page"),
        pytest.param(b"QFI\xfb\x00", None, id="image"),
        pytest.param(b"[client.glance]\n\tkey = x", None, id="text"),
    ],
)
def test_file_is_judged_by_how_it_begins(head: bytes, told: str | None) -> None:
    found = file_problem("/f", head)
    assert found is None if told is None else str(found).startswith(told)


def test_report_has_one_line_for_each_problem() -> None:
    assert report(["a: x."]) == "1 problem was found before anything was changed:\n- a: x."
    assert report(["a: x.", "b: y."]).splitlines()[0].startswith("2 problems were")


@pytest.mark.parametrize(
    ("package", "upstream"),
    [
        ("2:25.1.0-2+deb12u5", "25.1.0"),
        ("1:2014.1.5-1.el6", "2014.1.5"),
        ("2:33.0.0~rc1-1ubuntu1", "33.0.0"),
        ("30.2.0", "30.2.0"),
        ("2:16.0.1-0ubuntu1.2", "16.0.1"),
        ("2:30.0.0+git2025-3", "30.0.0"),
    ],
)
def test_upstream_version(package: str, upstream: str) -> None:
    assert upstream_version(package) == upstream


@pytest.mark.parametrize("package", ["", "none", "(none)"])
def test_no_version_is_refused(package: str) -> None:
    with pytest.raises(GlanceError, match="no version of a package"):
        upstream_version(package)


def test_versions_that_apt_knows() -> None:
    output = (
        "glance-api:\n  Installed: 2:25.1.0-2+deb12u5\n  Candidate: 2:25.1.0-2+deb12u6\n  Version table:\n"
        " *** 2:25.1.0-2+deb12u5 500\n        100 /var/lib/dpkg/status\n"
        "apache2:\n  Installed: (none)\n  Candidate: 2.4.68-1~deb12u1\n  Version table:\n"
        "awk:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n"
    )
    assert apt_versions(output) == {
        "glance-api": {"installed": "2:25.1.0-2+deb12u5", "candidate": "2:25.1.0-2+deb12u6"},
        "apache2": {"installed": None, "candidate": "2.4.68-1~deb12u1"},
        "awk": {"installed": None, "candidate": None},
    }


def test_versions_that_rpm_and_dnf_know() -> None:
    found = rpm_versions(
        ["openstack-glance", "nosuch"],
        installed="openstack-glance 1:19.0.4-1.el8\npackage nosuch is not installed\n",
        available="openstack-glance 1:20.2.0-1.el8\n\n",
    )
    assert found == {
        "openstack-glance": {"installed": "1:19.0.4-1.el8", "candidate": "1:20.2.0-1.el8"},
        "nosuch": {"installed": None, "candidate": None},
    }
