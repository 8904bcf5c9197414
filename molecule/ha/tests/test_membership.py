"""A controller leaves the cluster and joins it again, while clients use the API."""

from __future__ import annotations

from typing import Any

from cluster import UP, option, wait_until

STATE = "systemctl show glance-api --property=ActiveState --value"


def test_controller_is_removed_and_added(
    clients: Any, play: Any, controller: Any, controllers: dict[str, Any], balancer: Any
) -> None:
    before = play("site", **option(42))
    assert before.rc == 0, before.output
    images = controller.openstack_json("image list")
    third = controllers["glance-ha-3"]
    with clients() as running:
        refused = play("remove_host", "--limit", "glance-ha-3", glance_remove_data=True)
        assert "glance_remove_data would remove the images" in refused.words
        removed = play("remove_host", "--limit", "glance-ha-3")
        assert removed.rc == 0, removed.output
        assert not third.package("glance-api").is_installed
        assert not third.file("/etc/glance/glance-api.conf").exists
        added = play("site", **option(42))
        assert added.rc == 0, added.output
    assert running.errors == []
    assert running.counts["list"]["done"] > 100
    assert third.check_output(STATE) == "active"
    wait_until(lambda: balancer() == UP)
    assert [image["ID"] for image in images] == [image["ID"] for image in controller.openstack_json("image list")]


def test_last_controller_is_not_removed(play: Any, controllers: dict[str, Any]) -> None:
    refused = play("remove_host")
    assert refused.rc != 0
    assert "none would remain" in refused.words
    assert controllers["glance-ha-1"].check_output(STATE) == "active"
