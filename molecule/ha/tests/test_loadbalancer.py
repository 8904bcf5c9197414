"""The role of the load balancer on a cluster that runs."""

from __future__ import annotations

import time
from typing import Any, Callable

import pytest
from cluster import UP, wait_until

CONFIGURATION = "/etc/haproxy/glance.cfg"
MAIN_PID = "systemctl show haproxy --property=MainPID --value"
LONGER = {"glance_loadbalancer_transfer_timeout": 7200}


def test_second_run_changes_nothing(play: Any, balancer: Any, balancer_host: Any) -> None:
    wait_until(lambda: balancer() == UP)
    process = balancer_host.check_output(MAIN_PID)
    assert play("loadbalancer").changed == 0
    assert play("loadbalancer", "--check", "--diff").changed == 0
    assert balancer_host.check_output(MAIN_PID) == process


def test_configuration_of_the_operator_is_not_changed(balancer_host: Any) -> None:
    assert "haproxy.cfg" not in balancer_host.run("dpkg --verify haproxy").stdout
    assert "/etc/haproxy/haproxy.cfg -f /etc/haproxy/glance.cfg" in balancer_host.check_output(
        "pgrep --list-full haproxy"
    )


def test_change_reloads_without_a_restart(play: Any, balancer_host: Any, balancer: Any) -> None:
    process = balancer_host.check_output(MAIN_PID)
    assert play("loadbalancer", **LONGER).changed == 2
    assert "timeout server 7200s" in balancer_host.file(CONFIGURATION).content_string
    assert play("loadbalancer").changed == 2
    assert balancer_host.check_output(MAIN_PID) == process
    wait_until(lambda: balancer() == UP)


def test_reload_that_was_lost_is_repeated(play: Any, balancer_host: Any) -> None:
    """A run that is killed between both leaves a file that HAProxy does not use."""
    balancer_host.check_output(f"sed --in-place 's/^    setenv.*/    setenv GLANCE_LOADBALANCER old/' {CONFIGURATION}")
    balancer_host.check_output("systemctl reload haproxy")
    assert play("loadbalancer").changed == 2
    assert play("loadbalancer").changed == 0


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        ({"glance_loadbalancer_certificate": "/etc/no.pem"}, "glance_loadbalancer_certificate: this host has no file"),
        ({"glance_loadbalancer_certificate": "/etc/passwd"}, "unable to load"),
        ({"glance_loadbalancer_check_interval": 10}, "glance_api_drain_delay is 10 on glance-ha-1"),
        ({"glance_loadbalancer_bind_host": "cloud"}, "glance_loadbalancer_bind_host must be an IP address"),
    ],
    ids=["no certificate", "no PEM file", "short drain delay", "no address"],
)
def test_wrong_variable_changes_nothing(play: Any, balancer_host: Any, extra: dict[str, Any], message: str) -> None:
    before = balancer_host.file(CONFIGURATION).sha256sum
    refused = play("loadbalancer", **extra)
    assert refused.rc != 0
    assert message in refused.words
    assert refused.changed == 0
    assert balancer_host.file(CONFIGURATION).sha256sum == before


def test_port_in_use_restores_the_configuration(play: Any, balancer_host: Any, balancer: Any) -> None:
    before = balancer_host.file(CONFIGURATION).sha256sum
    balancer_host.check_output("systemd-run --unit=port-in-use socat TCP-LISTEN:9393,fork /dev/null")
    try:
        failed = play("loadbalancer", glance_loadbalancer_bind_port=9393)
    finally:
        balancer_host.check_output("systemctl stop port-in-use")
    assert failed.rc != 0
    assert "The previous configuration was restored" in failed.words
    assert balancer_host.file(CONFIGURATION).sha256sum == before
    wait_until(lambda: balancer() == UP)
    assert play("loadbalancer").changed == 0


def test_outage_of_the_name_server_takes_no_controller_out(play: Any, balancer: Any) -> None:
    """Without a response, HAProxy takes servers out after 30 seconds by default, whether they work or not."""
    unused_address = "10.92.7.250"
    assert play("loadbalancer", glance_loadbalancer_resolvers=[unused_address]).rc == 0
    wait_until(lambda: balancer() == UP)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert balancer() == UP
        time.sleep(1)
    assert play("loadbalancer").rc == 0
    wait_until(lambda: balancer() == UP)


def test_verification_reports_what_the_balancer_does_not_use(
    play: Any, runtime_api: Callable[[str], str], balancer: Any
) -> None:
    runtime_api("set server glance/glance-ha-2 state maint")
    try:
        failed = play("verify")
    finally:
        runtime_api("set server glance/glance-ha-2 state ready")
    assert failed.rc != 0
    assert "The load balancer glance-ha-balancer does not use all hosts" in failed.words
    assert "is MAINT" in failed.words
    wait_until(lambda: balancer() == UP)
    assert play("verify").rc == 0


@pytest.mark.parametrize(
    ("name", "begin", "end", "messages"),
    [
        (
            "glance-ha-3",
            "systemctl stop glance-api",
            "systemctl start glance-api",
            [
                "The API of glance-ha-3 does not respond with success",
                "Layer4 connection problem (L4CON), Connection refused",
            ],
        ),
        (
            "glance-ha-1",
            "touch /etc/glance/healthcheck_disable",
            "rm /etc/glance/healthcheck_disable",
            ["It is out of the load balancer while /etc/glance/healthcheck_disable exists", "L7STS/503"],
        ),
    ],
    ids=["down", "kept out"],
)
def test_verification_names_a_host_without_requests(
    play: Any, controllers: dict[str, Any], balancer: Any, name: str, begin: str, end: str, messages: list[str]
) -> None:
    """A client of the load balancer does not notice it."""
    controllers[name].check_output(begin)
    try:
        wait_until(lambda: balancer()[name] == "DOWN")
        failed = play("verify")
    finally:
        controllers[name].check_output(end)
    assert failed.rc != 0
    assert [message for message in messages if message not in failed.words] == []
    wait_until(lambda: balancer() == UP)
