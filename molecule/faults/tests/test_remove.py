"""What was made is taken away, the data only when that is said."""

from __future__ import annotations

from typing import Any


def services(controller: Any) -> set[str]:
    return {service["Type"] for service in controller.ask("service list")}


def test_service_is_removed_and_its_data_is_kept(doomed: Any) -> None:
    said = doomed.host.check_output
    stored = said("find /var/lib/glance/images -type f")
    assert stored
    predicted = doomed.play("remove", "--check")
    assert predicted.rc == 0, predicted.output[-3000:]
    assert "image" in services(doomed)

    # As `-e glance_remove_data=false` and INI inventories deliver it.
    run = doomed.play("remove", glance_remove_data="false")
    assert run.rc == 0, run.output[-3000:]
    assert services(doomed) == {"identity"}
    assert "glance" not in {user["Name"] for user in doomed.ask("user list")}
    assert said("mysql -N -e \"SHOW DATABASES LIKE 'glance'; SELECT user FROM mysql.user WHERE user = 'glance'\"") == ""
    assert said("dpkg-query -W -f '${Package} ${db:Status-Status}\\n' 'glance*' | grep installed$ || true") == ""
    assert not doomed.host.socket("tcp://0.0.0.0:9292").is_listening
    assert said("ls /etc/glance/glance-api.conf* 2>/dev/null || true") == ""
    assert said("find /var/lib/glance/images -type f") == stored
    dump = said("ls /var/backups/glance/*")
    assert said(f"zcat {dump} | grep -c 'small-disk'") != "0"
    assert doomed.host.file(dump).mode == 0o600

    again = doomed.play("remove")
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]


def test_service_can_be_deployed_again_and_removed_with_its_data(doomed: Any) -> None:
    said = doomed.host.check_output
    run = doomed.play("site")
    assert run.rc == 0, run.output[-3000:]
    assert doomed.play("verify").rc == 0
    gone = doomed.play("remove", glance_remove_data=True)
    assert gone.rc == 0, gone.output[-3000:]
    assert said("ls -d /var/lib/glance /etc/glance /var/log/glance 2>/dev/null || true") == ""
    assert said("ls /var/backups/glance | wc -l") == "1"
    again = doomed.play("remove", glance_remove_data=True)
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
