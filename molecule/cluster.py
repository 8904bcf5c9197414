"""What the tests of the cluster have in common."""

from __future__ import annotations

import time
from typing import Any, Callable

UP = {"glance-ha-1": "UP", "glance-ha-2": "UP", "glance-ha-3": "UP"}
GREP = "grep --extended-regexp '^limit_param_default ?= ?' /etc/glance/glance-api.conf || true"
# A repository with the same package under a newer version, as after a security update of the distribution.
NEWER_PACKAGE = """
set -e
rm -rf /srv/newer && mkdir -p /srv/newer/repository && cd /srv/newer
apt-get update -qq && apt-get download -qq glance-api
dpkg-deb --raw-extract glance-api_*.deb content
sed --in-place 's/^Version: .*/&+newer1/' content/DEBIAN/control
dpkg-deb --build content repository/glance-api.deb > /dev/null
cd repository
dpkg-deb --field glance-api.deb > Packages
printf 'Filename: ./glance-api.deb\\nSize: %s\\nSHA256: %s\\n' \
  $(stat --format=%s glance-api.deb) $(sha256sum glance-api.deb | cut -d' ' -f1) >> Packages
echo 'deb [trusted=yes] file:/srv/newer/repository ./' > /etc/apt/sources.list.d/newer.list
"""


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.5)


def has_booted(host: Any) -> bool:
    return host.run("systemctl is-system-running").stdout.strip() in ("running", "degraded")


def option(value: int) -> dict[str, Any]:
    """Return the variables of a run that changes one option."""
    return {"glance_config": {"DEFAULT": {"limit_param_default": value}}}
