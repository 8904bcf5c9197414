"""Controllers that cannot be reached, from the start of a run or during it."""

from __future__ import annotations

import subprocess
from typing import Any

from cluster import GREP, UP, has_booted, option, wait_until

# The connections of this test have other addresses than the inventory, which the load balancer uses.
SKIP = ("--skip-tags", "loadbalancer")
DISABLED = "test -e /etc/glance/healthcheck_disable"


def restart(name: str, controllers: dict[str, Any]) -> None:
    subprocess.run(["podman", "start", name], check=True)
    wait_until(lambda: has_booted(controllers[name]))
    controllers[name].check_output("systemctl start ssh")


def test_controller_that_cannot_be_reached_is_left_out_on_request(
    play: Any, controllers: dict[str, Any], over_ssh: dict[str, str]
) -> None:
    before = controllers["glance-ha-2"].check_output(GREP)
    subprocess.run(["podman", "stop", "--time", "30", "glance-ha-1"], check=True)
    try:
        refused = play("site", *SKIP, **option(40), **over_ssh)
        assert refused.rc != 0
        assert controllers["glance-ha-2"].check_output(GREP) == before
        skipped = play("site", *SKIP, glance_skip_unreachable=True, **option(40), **over_ssh)
        assert skipped.rc != 0
        assert "glance-ha-1 could not be reached" in skipped.words
        assert controllers["glance-ha-3"].check_output(GREP) == "limit_param_default = 40"
        password = {"glance_service_password": "An0ther-one"}
        rotated = play("site", *SKIP, glance_skip_unreachable=True, **password, **option(40), **over_ssh)
        assert rotated.rc != 0
        assert (
            "glance-ha-1 cannot be changed by this run, and could not work any more after these changes"
            in rotated.words
        )
    finally:
        restart("glance-ha-1", controllers)
    completed = play("site", **option(40))
    assert completed.rc == 0, completed.output
    assert controllers["glance-ha-1"].check_output(GREP) == "limit_param_default = 40"


def test_controller_that_is_killed_during_a_run_is_reported(
    clients: Any, play: Any, controller: Any, controllers: dict[str, Any], over_ssh: dict[str, str], balancer: Any
) -> None:
    """The second controller is killed while the load balancer already does not use it, so that no request is lost."""
    before = controllers["glance-ha-3"].check_output(GREP)
    with clients() as running:
        run = subprocess.Popen(**start(controller, **option(41), **over_ssh))
        second = controllers["glance-ha-2"]
        wait_until(lambda: second.run(DISABLED).rc == 0 and balancer()["glance-ha-2"] != "UP", 300)
        subprocess.run(["podman", "kill", "glance-ha-2"], check=True)
        output, _errors = run.communicate(timeout=600)
    try:
        words = " ".join(output.split())
        assert run.returncode != 0
        assert "glance-ha-2 could not be reached any more. This and the following controllers were not changed" in words
        assert controllers["glance-ha-1"].check_output(GREP) == "limit_param_default = 41"
        assert controllers["glance-ha-3"].check_output(GREP) == before
        assert [error for error in running.errors if " list: " in error] == []
        others = play("site", *SKIP, glance_skip_unreachable=True, **option(41), **over_ssh)
        assert others.rc != 0
        assert "glance-ha-2 could not be reached" in others.words
        assert controllers["glance-ha-3"].check_output(GREP) == "limit_param_default = 41"
    finally:
        restart("glance-ha-2", controllers)
    completed = play("site", *SKIP, **option(41), **over_ssh)
    assert completed.rc == 0, completed.output
    assert controllers["glance-ha-2"].check_output(GREP) == "limit_param_default = 41"
    wait_until(lambda: balancer() == UP)


def test_killed_controller_breaks_only_its_transfers(clients: Any, controllers: dict[str, Any], balancer: Any) -> None:
    with clients() as running:
        subprocess.run(["podman", "kill", "glance-ha-3"], check=True)
        wait_until(lambda: balancer()["glance-ha-3"] != "UP")
        restart("glance-ha-3", controllers)
        wait_until(lambda: balancer() == UP, 120)
    assert [error for error in running.errors if " list: " in error] == []
    assert len(running.errors) <= 2


def start(controller: Any, **extra: Any) -> dict[str, Any]:
    """Return the arguments of subprocess.Popen() for a run of site.yml."""
    return {**controller.command("site", *SKIP, **extra), "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
