"""Removal of the service, with or without its data."""

from __future__ import annotations

from typing import Any


def services(controller: Any) -> set[str]:
    return {service["Type"] for service in controller.openstack_json("service list")}


def test_service_is_removed_and_its_data_is_kept(disposable: Any) -> None:
    check_output = disposable.host.check_output
    stored = check_output("find /var/lib/glance/images -type f")
    assert stored
    predicted = disposable.play("remove", "--check")
    assert predicted.rc == 0, predicted.output[-3000:]
    assert "image" in services(disposable)

    # Text, as `-e glance_remove_data=false` and INI inventories provide it.
    run = disposable.play("remove", glance_remove_data="false")
    assert run.rc == 0, run.output[-3000:]
    assert services(disposable) == {"identity"}
    assert "glance" not in {user["Name"] for user in disposable.openstack_json("user list")}
    assert (
        check_output("mysql -N -e \"SHOW DATABASES LIKE 'glance'; SELECT user FROM mysql.user WHERE user = 'glance'\"")
        == ""
    )
    assert (
        check_output("dpkg-query -W -f '${Package} ${db:Status-Status}\\n' 'glance*' | grep installed$ || true") == ""
    )
    assert not disposable.host.socket("tcp://0.0.0.0:9292").is_listening
    assert check_output("ls /etc/glance/glance-api.conf* 2>/dev/null || true") == ""
    assert check_output("find /var/lib/glance/images -type f") == stored
    dump = check_output("ls /var/backups/glance/*")
    assert check_output(f"zcat {dump} | grep -c 'small-disk'") != "0"
    assert disposable.host.file(dump).mode == 0o600

    again = disposable.play("remove")
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]


def test_service_can_be_deployed_again_and_removed_with_its_data(disposable: Any) -> None:
    check_output = disposable.host.check_output
    run = disposable.play("site")
    assert run.rc == 0, run.output[-3000:]
    assert disposable.play("verify").rc == 0
    removed = disposable.play("remove", glance_remove_data=True)
    assert removed.rc == 0, removed.output[-3000:]
    assert check_output("ls -d /var/lib/glance /etc/glance /var/log/glance 2>/dev/null || true") == ""
    assert check_output("ls /var/backups/glance | wc -l") == "1"
    again = disposable.play("remove", glance_remove_data=True)
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
