"""Changes of a cluster that no client notices."""

from __future__ import annotations

from typing import Any

from cluster import GREP, UP, wait_until

SERVICE_STARTED = "systemctl show glance-api --property=ExecMainStartTimestampMonotonic --value"


def test_cluster_is_deployed(balancer: Any, controllers: dict[str, Any], play: Any) -> None:
    wait_until(lambda: balancer() == UP)
    verified = play("verify")
    assert verified.rc == 0, verified.output
    for host in controllers.values():
        assert not host.file("/etc/glance/healthcheck_disable").exists


def test_changed_option_fails_no_request(clients: Any, play: Any, controllers: dict[str, Any], balancer: Any) -> None:
    started = {name: host.check_output(SERVICE_STARTED) for name, host in controllers.items()}
    with clients() as running:
        changed = play("site", glance_config={"DEFAULT": {"limit_param_default": 30}})
        assert changed.rc == 0, changed.output
    assert running.errors == []
    assert running.counts["list"]["done"] > 100
    assert min(running.counts["upload"]["done"], running.counts["download"]["done"]) >= 1
    for name, host in controllers.items():
        assert host.check_output(GREP) == "limit_param_default = 30"
        assert host.check_output(SERVICE_STARTED) != started[name]
    assert balancer() == UP


def test_only_the_controller_that_differs_restarts(play: Any, controllers: dict[str, Any]) -> None:
    started = {name: host.check_output(SERVICE_STARTED) for name, host in controllers.items()}
    common = {"glance_config": {"DEFAULT": {"limit_param_default": 30}}}
    # An option of one host, as in its host_vars.
    own = "{{ {'DEFAULT': {'limit_param_default': 31}} if inventory_hostname == 'glance-ha-2' else {} }}"
    changed = play("site", glance_config_host=own, **common)
    assert changed.rc == 0, changed.output
    restarted = [name for name, host in controllers.items() if host.check_output(SERVICE_STARTED) != started[name]]
    assert restarted == ["glance-ha-2"]
    assert controllers["glance-ha-2"].check_output(GREP) == "limit_param_default = 31"


def test_run_returns_a_controller_that_a_killed_run_left_out(play: Any, controllers: dict[str, Any]) -> None:
    host = controllers["glance-ha-3"]
    mark = "Written by osops.glance while the service restarts. It is removed as soon as the service responds."
    host.check_output("echo %s > /etc/glance/healthcheck_disable", mark)
    common = {"glance_config": {"DEFAULT": {"limit_param_default": 30}}}
    restored = play("site", **common)
    assert restored.rc == 0, restored.output
    assert not host.file("/etc/glance/healthcheck_disable").exists
    assert play("site", **common).changed == 0


def test_new_accounts_fail_no_request(clients: Any, play: Any, controller: Any) -> None:
    """A rotation of both passwords: other accounts are created, and those that the running services use are kept."""
    rotated = {
        "glance_config": {"DEFAULT": {"limit_param_default": 40}},
        "glance_service_user": "glance-2",
        "glance_service_password": "Rotated-s3rvice",
        "glance_database_user": "glance2",
        "glance_database_password": "Rotated-d4tabase",
    }
    previous = {"glance_previous_service_user": "glance", "glance_previous_database_user": "glance"}
    early = play("remove_previous_accounts", **rotated, **previous)
    assert early.rc != 0
    assert "may still use the previous accounts" in early.words
    with clients() as running:
        changed = play("site", **rotated)
        assert changed.rc == 0, changed.output
        removed = play("remove_previous_accounts", **rotated, **previous)
        assert removed.rc == 0, removed.output
    assert running.errors == []
    assert running.counts["list"]["done"] > 100
    users = controller.host.check_output("openstack --os-cloud sandbox user list --format value --column Name").split()
    assert "glance-2" in users
    assert "glance" not in users
    accounts = controller.host.check_output(
        'mysql --skip-column-names -e "SELECT DISTINCT user FROM mysql.user"'
    ).split()
    assert "glance2" in accounts
    assert "glance" not in accounts
    assert play("site", **rotated).changed == 0
    assert play("remove_previous_accounts", **rotated, **previous).changed == 0
