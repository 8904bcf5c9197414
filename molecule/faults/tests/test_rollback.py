"""Rollback to the previous configuration if the service does not respond with the new one."""

from __future__ import annotations

import time
from typing import Any

CONFIGURATION = "/etc/glance/glance-api.conf"
RESTORED = "The previous configuration was restored with the current passwords and the service responds"
# The number sign ends the host of a URL: a part of the password is parsed as the port, and the service does not start.
UNENCODED = {"oslo_messaging_notifications": {"transport_url": "rabbit://openstack:pa#word@mq:5672/"}}


def test_previous_configuration_is_restored_with_the_current_passwords(converged: Any) -> None:
    before = converged.host.file(CONFIGURATION).content_string
    run = converged.play(
        "site",
        glance_database_password="another-database-word",
        glance_service_password="another-service-word",
        glance_config={"keystone_authtoken": {"region_name": "Nowhere"}},
    )
    restored = converged.host.file(CONFIGURATION).content_string
    answer = converged.host.check_output("openstack --os-cloud sandbox image list -f value -c Name")
    again = converged.play("site")
    assert run.rc != 0
    assert RESTORED in run.words
    assert "another-" not in run.output
    assert "glance:another-database-word@" in restored
    assert "password = another-service-word" in restored
    assert len(restored.splitlines()) == len(before.splitlines())
    assert answer.split() == ["small-disk"]
    assert again.rc == 0, again.output[-3000:]
    assert converged.host.file(CONFIGURATION).content_string == before
    converged.host.check_output(f"rm -f {CONFIGURATION}.*~")


def test_restart_loop_is_detected_and_secret_is_masked(converged: Any) -> None:
    before = converged.host.file(CONFIGURATION).content_string
    begin = time.monotonic()
    run = converged.play("site", glance_config=UNENCODED, glance_api_timeout=600)
    assert run.rc != 0
    assert "the unit glance-api" in run.words
    assert "invalid literal for int() with base 10: 'VALUE HIDDEN'" in run.words
    assert "pa#word" not in run.output
    assert time.monotonic() - begin < 500
    assert converged.host.file(CONFIGURATION).content_string == before


def test_masked_unit_is_reported(converged: Any) -> None:
    converged.host.check_output("systemctl mask --now glance-api")
    run, again = converged.play("site"), converged.play("site")
    assert run.rc == 0, run.output[-3000:]
    assert "glance-api.service was masked (/etc/systemd/system/glance-api.service) after it was installed" in run.words
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
