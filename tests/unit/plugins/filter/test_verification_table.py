# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.osops.glance.plugins.filter.verification_table import verification_table

URL = "http://controller:9292"


def test_table_has_a_line_for_each_verified_fact() -> None:
    verification = {
        "endpoints": {"public": URL, "internal": URL},
        "versions": ["v2.15", "v2.13"],
        "health": "OK",
        "uploads": [{"store": "fs", "bytes": 262144, "seconds": 0.3}],
        "reads": [{"store": "fs", "image": "6e1ba1e4"}],
    }
    assert verification_table(verification) == [
        "CHECK     NAME         RESULT",
        "endpoint  public       http://controller:9292 responds",
        "endpoint  internal     http://controller:9292 responds",
        "API       version      v2.15",
        "API       healthcheck  OK",
        "store     fs           262144 bytes uploaded, downloaded, compared and deleted",
        "store     fs           image 6e1ba1e4 downloaded",
    ]


def test_service_of_an_old_release_reports_neither_its_health_nor_its_stores() -> None:
    """In check mode nothing is uploaded."""
    verification = {
        "endpoints": {"public": URL},
        "versions": ["v2.2"],
        "health": None,
        "reads": [{"store": None, "image": "6e1ba1e4"}],
    }
    assert verification_table(verification)[2:] == [
        "API       version    v2.2",
        "store     (default)  image 6e1ba1e4 downloaded",
    ]
