# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host.ceph import keyring_paths

DEFAULT = [
    "/etc/ceph/ceph.client.glance.keyring",
    "/etc/ceph/ceph.keyring",
    "/etc/ceph/keyring",
    "/etc/ceph/keyring.bin",
]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param("[global]\nmon host = 10.0.0.1\n", DEFAULT, id="default"),
        pytest.param("", DEFAULT, id="empty"),
        pytest.param(
            "[global]\nkeyring = /srv/$cluster.$name.keyring\n", ["/srv/ceph.client.glance.keyring"], id="variables"
        ),
        pytest.param("[global]\nkeyring = /srv/${type}-${id}\n", ["/srv/client-glance"], id="variables in braces"),
        pytest.param("[global]\nkeyring = /a, /b\n", ["/a", "/b"], id="several"),
        pytest.param(
            "[global]\nkeyring = /a\n[client]\nkeyring = /b\n[client.glance]\nkeyring = /c ; ours\n",
            ["/c"],
            id="own section",
        ),
        pytest.param("[client.nova]\nkeyring = /n\n", DEFAULT, id="section of another client"),
        pytest.param("[global]\nKeyring=/a\nkeyring=/b\n", ["/b"], id="set twice"),
        pytest.param("[client.glance]\n\tkey = AQ==\n", [], id="key in the configuration"),
        pytest.param("[client]\nkeyfile = /srv/key\n", [], id="file with the key"),
        pytest.param("[global]\nauth client required = none\n", [], id="no authentication"),
        pytest.param("[global]\nauth-client_required = none\n", [], id="other separators"),
        pytest.param("mon host = 10.0.0.1\n", [], id="option outside of sections"),
    ],
)
def test_keyrings_are_those_that_librados_reads(text: str, paths: list[str]) -> None:
    assert keyring_paths(text, "client.glance") == paths
