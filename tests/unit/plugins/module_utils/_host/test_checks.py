# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import http.client
import re
import socket
import ssl
from email.utils import formatdate
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.checks import (
    Listener,
    advised,
    apt_candidates,
    cause,
    clock_problem,
    deb_versions,
    distribution,
    family,
    file_problem,
    in_the_way,
    in_words,
    is_shared,
    listeners,
    mount_of,
    os_release,
    own,
    place_of,
    report,
    rpm_versions,
    unit_of,
)


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
    ("text", "family_", "distribution_"),
    [
        pytest.param('PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="12"\n', "Debian", "debian 12", id="Debian"),
        pytest.param("ID=debian\n", "Debian", "debian", id="Debian without a version"),
        pytest.param('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', "Debian", "ubuntu 24.04", id="Ubuntu"),
        pytest.param("ID=linuxmint\nID_LIKE='ubuntu debian'\n", "Debian", "linuxmint", id="made from Ubuntu"),
        pytest.param('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n', "RedHat", "rocky 9.4", id="Rocky"),
        pytest.param("# ID=debian\n\nID=arch\n", "", "arch", id="another"),
        pytest.param("", "", "linux", id="nothing"),
    ],
)
def test_distribution(text: str, family_: str, distribution_: str) -> None:
    release = os_release(text)
    assert (family(release), distribution(release)) == (family_, distribution_)


def test_packages_that_dpkg_says_are_installed() -> None:
    output = (
        "ii glance-api 2:25.1.0-2+deb12u5\nhi held 1.0-1\nrc removed 1.0-1\nun never \n"
        "iU unpacked 2.0-1\niHRbroken 3.0-1\n"
    )
    assert deb_versions(output) == {"glance-api": "2:25.1.0-2+deb12u5", "held": "1.0-1"}


def test_candidates_that_apt_knows() -> None:
    output = (
        "glance-api:\n  Installed: 2:25.1.0-2+deb12u5\n  Candidate: 2:25.1.0-2+deb12u6\n  Version table:\n"
        " *** 2:25.1.0-2+deb12u5 500\n        100 /var/lib/dpkg/status\n"
        "apache2:\n  Installed: (none)\n  Candidate: 2.4.68-1~deb12u1\n  Version table:\n"
        "awk:\n  Installed: (none)\n  Candidate: (none)\n  Version table:\n"
    )
    assert apt_candidates(output) == {"glance-api": "2:25.1.0-2+deb12u6", "apache2": "2.4.68-1~deb12u1"}


def test_versions_that_rpm_and_dnf_know() -> None:
    assert rpm_versions("g 1:19.0.4-1.el8\npackage h is not installed\n") == {"g": "1:19.0.4-1.el8"}


@pytest.mark.parametrize(
    ("names", "found"),
    [(["a"], ["a"]), ({"Debian": ["b"], "RedHat": ["c"]}, ["b"]), ({"RedHat": ["c"]}, [])],
    ids=["for all", "of the family", "of another family"],
)
def test_names_of_the_own_family(names: Any, found: list[str]) -> None:
    assert own(names, "Debian") == found


NOW = 1795262400.0


@pytest.mark.parametrize(
    ("date", "told"),
    [
        pytest.param(formatdate(NOW, usegmt=True), None, id="the same"),
        pytest.param(formatdate(NOW - 120, usegmt=True), None, id="tolerated"),
        pytest.param(formatdate(NOW - 121, usegmt=True), "2 minutes 1 second ahead of the one there", id="ahead"),
        pytest.param(formatdate(NOW + 7200, usegmt=True), "2 hours behind the one there", id="behind"),
        pytest.param(None, None, id="no date"),
        pytest.param("yesterday", None, id="no such date"),
    ],
)
def test_clock_is_held_against_the_date_of_an_answer(date: str | None, told: str | None) -> None:
    found = clock_problem(date, NOW)
    assert found == (f"the clock of this host is {told}" if told else None)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 seconds"),
        (1, "1 second"),
        (150.9, "2 minutes 30 seconds"),
        (3600, "1 hour"),
        (3601, "1 hour 1 second"),
        (86400 * 400 + 3600 * 5 + 60, "400 days 5 hours"),
    ],
)
def test_span_of_time_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:244C 00000000:0000 0A 00000000:00000000 00:00000000 00000000 64062        0 117951 1 00000000887691a8
   1: 0100007F:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 457110 1 00000000afc99ba9
   2: 0100007F:244C 0100007F:8A2E 01 00000000:00000000 00:00000000 00000000 64062        0 117960 1 00000000b693bdee
"""
TCP6 = """\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when
   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 7
   1: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 8
   2: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 9
"""


@pytest.mark.parametrize(
    ("table", "found"),
    [
        pytest.param(TCP, [("0.0.0.0", 9292, "117951"), ("127.0.0.1", 3306, "457110")], id="tcp"),
        pytest.param(TCP6[: TCP6.index("   2:")], [("::", 80, "7"), ("2001:db8::1", 80, "8")], id="tcp6"),
        pytest.param(TCP.splitlines()[0], [], id="no socket"),
        pytest.param("", [], id="no table"),
    ],
)
def test_sockets_that_listen(table: str, found: list[tuple[str, int, str]]) -> None:
    assert [tuple(listener) for listener in listeners(table)] == found


def test_address_of_four_in_one_of_six_is_that_of_four() -> None:
    assert [listener.host for listener in listeners(TCP6)][-1] == "127.0.0.1"


@pytest.mark.parametrize(
    ("listens", "hosts", "port", "is_in_the_way"),
    [
        ("0.0.0.0", {"10.0.0.1"}, 9292, True),
        ("::", {"10.0.0.1"}, 9292, True),
        ("10.0.0.1", {"10.0.0.1"}, 9292, True),
        ("10.0.0.1", {"0.0.0.0"}, 9292, True),
        ("10.0.0.1", {"::"}, 9292, True),
        ("10.0.0.1", {"10.0.0.2"}, 9292, False),
        ("0.0.0.0", {"10.0.0.1"}, 9191, False),
    ],
)
def test_socket_that_is_in_the_way(listens: str, hosts: set[str], port: int, is_in_the_way: bool) -> None:
    assert in_the_way(Listener(listens, 9292, "1"), hosts, port) is is_in_the_way


LIBPOD = "/libpod_parent/libpod-69b4"


@pytest.mark.parametrize(
    ("cgroup", "unit"),
    [
        pytest.param("0::/system.slice/glance-api.service\n", "glance-api", id="v2"),
        pytest.param(
            "9:name=systemd:/system.slice/glance-api.service\n8:pids:/system.slice/glance-api.service\n0::/\n",
            "glance-api",
            id="v1",
        ),
        pytest.param(
            f"9:name=systemd:{LIBPOD}/system.slice/glance-api.service\n8:pids:{LIBPOD}\n0::{LIBPOD}\n",
            "glance-api",
            id="in a container",
        ),
        pytest.param(
            "0::/system.slice/containerd.service/system.slice/glance-api.service\n", "glance-api", id="nested services"
        ),
        pytest.param("0::/system.slice/glance-api.service/worker\n", "glance-api", id="group of its own"),
        pytest.param("0::/system.slice/system-a\\x2db.slice/a\\x2db.service\n", "a-b", id="escaped"),
        pytest.param("0::/user.slice/user-0.slice/session-1.scope\n", None, id="session"),
        pytest.param("", None, id="has ended"),
    ],
)
def test_unit_of_a_process(cgroup: str, unit: str | None) -> None:
    assert unit_of(cgroup) == unit


MOUNTS = """\
170 110 0:72 / / rw,relatime - overlay overlay rw,lowerdir=/a
171 170 0:75 / /var rw,relatime shared:1 master:2 - xfs /dev/vdb rw
172 171 0:76 / /var/lib/glance rw - ext4 /dev/vdc rw
173 172 0:77 / /var/lib/glance rw - nfs4 nfs:/images rw
174 170 0:78 / /srv/two\\040words rw - ceph mon:/ rw
175 171 0:79 / /var/lib rw - btrfs /dev/vdd rw
"""


@pytest.mark.parametrize(
    ("path", "mount"),
    [
        pytest.param("/", ("/", "overlay"), id="root"),
        pytest.param("/etc/glance", ("/", "overlay"), id="in the root"),
        pytest.param("/var", ("/var", "xfs"), id="the mount itself"),
        pytest.param("/variable", ("/", "overlay"), id="a longer name"),
        pytest.param("/var/lib/mysql", ("/var/lib", "btrfs"), id="the longest"),
        pytest.param("/var/lib/glance/images", ("/var/lib/glance", "nfs4"), id="the last of two at one place"),
        pytest.param("/srv/two words/images", ("/srv/two words", "ceph"), id="blank in the name"),
    ],
)
def test_mount_of_a_path(path: str, mount: tuple[str, str]) -> None:
    assert tuple(mount_of(path, MOUNTS)) == mount


def test_path_lies_in_the_root_where_no_mounts_are_known() -> None:
    assert tuple(mount_of("/srv", "")) == ("/", "")


@pytest.mark.parametrize(
    ("kind", "shared"),
    [
        ("nfs", True),
        ("nfs4", True),
        ("ceph", True),
        ("fuse.ceph", True),
        ("fuse.glusterfs", True),
        ("smb3", True),
        ("ext4", False),
        ("xfs", False),
        ("overlay", False),
        ("fuse.sshfs", False),
        ("", False),
    ],
)
def test_file_system_that_hosts_can_share(kind: str, shared: bool) -> None:
    assert is_shared(kind) is shared
