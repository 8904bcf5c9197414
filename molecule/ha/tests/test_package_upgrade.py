"""New packages are installed on one controller after the other, while clients use the API."""

from __future__ import annotations

from typing import Any

from cluster import NEWER_PACKAGE, UP, option, wait_until


def test_newer_packages_fail_no_request(clients: Any, play: Any, controllers: dict[str, Any], balancer: Any) -> None:
    before = play("site", **option(42))
    assert before.rc == 0, before.output
    for host in controllers.values():
        host.check_output(NEWER_PACKAGE)
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
