"""verify.yml checks every store and reports the likely cause of a failure."""

from __future__ import annotations

import re
from typing import Any, Callable

STORES = [
    {"name": "fs", "type": "file", "options": {"filesystem_store_datadir": "/var/lib/glance/images/"}},
    {"name": "second", "type": "file", "options": {"filesystem_store_datadir": "/var/lib/glance/second/"}},
    {"name": "web", "type": "http"},
]


def test_every_store_is_verified(play: Callable[..., Any], host: Any) -> None:
    deployed = play("site", glance_stores=STORES)
    verified = play("verify", glance_stores=STORES)
    elsewhere = play("verify", glance_stores=[{**STORES[0], "name": "lost"}])
    reverted = play("site")
    host.check_output("rm -r /var/lib/glance/second")
    assert deployed.rc == 0, deployed.output[-3000:]
    assert verified.rc == 0, verified.output[-3000:]
    uploaded = re.findall(r"store +(\w+) +\d+ bytes uploaded, downloaded, compared and deleted", verified.words)
    assert uploaded == ["fs", "second"]
    assert elsewhere.rc != 0
    assert "The service has the stores fs, second, web, but not lost" in elsewhere.words
    assert reverted.rc == 0, reverted.output[-3000:]


def test_likely_cause_of_failure_is_reported(play: Callable[..., Any], host: Any) -> None:
    host.check_output("chown root:root /var/lib/glance/images")
    broken = play("verify")
    repaired = play("site")
    assert broken.rc != 0
    assert "The store fs does not work" in broken.words
    assert "Likely cause: the service has no permission to use its store: check its owner and mode" in broken.words
    assert "The image of this check was removed" in broken.words
    assert (repaired.rc, repaired.changed) == (0, 1), repaired.output[-3000:]
    assert play("verify").rc == 0


def test_image_that_the_service_cannot_read_is_reported_with_its_owner(play: Callable[..., Any], host: Any) -> None:
    images = host.check_output("find /var/lib/glance/images -maxdepth 1 -type f").split()
    host.check_output(f"chown root:root {' '.join(images)}")
    host.check_output(f"chmod 600 {' '.join(images)}")
    try:
        broken = play("verify")
    finally:
        host.check_output(f"chown glance:glance {' '.join(images)}")
    assert broken.rc != 0
    assert "in the store fs cannot be read: GET " in broken.words
    assert "the user glance cannot read a file of the stores: /var/lib/glance/images/" in broken.words
    assert "(owner root, mode 600)" in broken.words
    assert play("verify").rc == 0


def test_failing_configuration_is_rolled_back(play: Callable[..., Any], host: Any) -> None:
    before = host.file("/etc/glance/glance-api.conf").content_string
    run = play("site", glance_config={"keystone_authtoken": {"region_name": "Nowhere"}})
    assert run.rc != 0
    assert "Likely cause: region_name in [keystone_authtoken] is Nowhere" in run.words
    assert "The previous configuration was restored and the service responds: /etc/glance/glance-api.conf" in run.words
    assert host.file("/etc/glance/glance-api.conf").content_string == before
    assert host.check_output("find /etc/glance -name 'glance-api.conf?*'") == ""
    assert play("verify").rc == 0


def test_missing_restart_of_earlier_run_is_done(play: Callable[..., Any], host: Any) -> None:
    host.check_output("touch /etc/glance/glance-api.conf")
    restarted, again = play("site", "--diff"), play("site")
    assert (restarted.rc, restarted.changed) == (0, 1), restarted.output[-3000:]
    assert "runs with an older /etc/glance/glance-api.conf" in restarted.words
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
