"""New packages are installed on one controller after the other, while clients use the API."""

from __future__ import annotations

from typing import Any

from cluster import UP, option, wait_until

# A repository with the same package under a newer version, as after a security update of the distribution.
REPOSITORY = """
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


def test_newer_packages_fail_no_request(clients: Any, play: Any, controllers: dict[str, Any], balancer: Any) -> None:
    before = play("site", **option(42))
    assert before.rc == 0, before.output
    for host in controllers.values():
        host.check_output(REPOSITORY)
    unchanged = play("site", **option(42))
    assert unchanged.changed == 0, unchanged.output
    with clients() as running:
        predicted = play("upgrade", "--check", **option(42))
        assert predicted.rc == 0, predicted.output
        assert not any(host.package("glance-api").version.endswith("+newer1") for host in controllers.values())
        upgraded = play("upgrade", **option(42))
        assert upgraded.rc == 0, upgraded.output
    assert running.errors == []
    for host in controllers.values():
        assert host.package("glance-api").version.endswith("+newer1")
    wait_until(lambda: balancer() == UP)
    assert play("site", **option(42)).changed == 0
