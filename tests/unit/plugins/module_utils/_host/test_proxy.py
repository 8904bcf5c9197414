# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import subprocess

import pytest
from requests.utils import get_environ_proxies, select_proxy

from ansible_collections.osops.glance.plugins.module_utils._host.proxy import Proxy, environment_of, proxy_for

URL = "http://controller.example.org:5000/v3"


@pytest.mark.parametrize(
    ("environment", "proxy"),
    [
        pytest.param({}, None, id="none"),
        pytest.param({"http_proxy": ""}, None, id="empty"),
        pytest.param({"https_proxy": "http://p:1"}, None, id="another scheme"),
        pytest.param({"http_proxy": "http://p:1"}, Proxy("http_proxy", "p:1"), id="lower case"),
        pytest.param({"HTTP_PROXY": "p:1"}, Proxy("HTTP_PROXY", "p:1"), id="upper case, without a scheme"),
        pytest.param({"all_proxy": "http://p"}, Proxy("all_proxy", "p"), id="all"),
        pytest.param({"http_proxy": "http://user:s3cret@p:1/"}, Proxy("http_proxy", "p:1"), id="account"),
        pytest.param({"http_proxy": "http://[::1]:1"}, Proxy("http_proxy", "[::1]:1"), id="IPv6"),
        pytest.param({"http_proxy": "p:1", "no_proxy": "a, controller.example.org"}, None, id="host is exempt"),
        pytest.param({"http_proxy": "p:1", "NO_PROXY": ".example.org"}, None, id="domain is exempt"),
        pytest.param({"http_proxy": "p:1", "no_proxy": "*"}, None, id="all are exempt"),
        pytest.param({"http_proxy": "p:1", "no_proxy": "ample.org"}, Proxy("http_proxy", "p:1"), id="end of a name"),
    ],
)
def test_proxy_is_the_one_that_requests_uses(
    environment: dict[str, str], proxy: Proxy | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert proxy_for(URL, environment) == proxy
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if proxy != Proxy("http_proxy", "p:1") or "no_proxy" not in environment:
        assert bool(select_proxy(URL, get_environ_proxies(URL))) is bool(proxy)


@pytest.mark.parametrize(("exempt", "used"), [("10.0.0.0/8", False), ("10.1.2.3", False), ("10.1.0.0/24,x", True)])
def test_network_is_exempt(exempt: str, used: bool) -> None:
    assert bool(proxy_for("http://10.1.2.3:5000", {"http_proxy": "p:1", "no_proxy": exempt})) is used


def test_environment_of_a_process_is_read() -> None:
    command = ["/bin/sh", "-c", "echo; read end"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env={"http_proxy": "p:1=2"}, **pipes) as process:
        assert process.stdout
        process.stdout.readline()  # the process has its environment now
        try:
            assert environment_of(process.pid)["http_proxy"] == "p:1=2"
        finally:
            process.kill()
    assert environment_of(process.pid) == {}
    assert environment_of(process.pid, "a=1 'b=2 3' c") == {"a": "1", "b": "2 3"}
    assert environment_of(process.pid, "a='") == {}
