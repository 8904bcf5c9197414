"""Tasks of the operator for a load balancer that does not request /healthcheck: here HAProxy by its runtime API."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from cluster import GREP, UP, option, wait_until

FILES = Path(__file__).parents[1] / "files"
STATES = "/root/states"
MARKER = "/etc/glance/drained_by_tasks"
MAIN_PID = "systemctl show glance-api --property=MainPID --value"


def tasks(enable: str = "enable.yml") -> dict[str, str]:
    return {"glance_api_drain_tasks": str(FILES / "drain.yml"), "glance_api_enable_tasks": str(FILES / enable)}


def test_tasks_take_each_controller_out_and_return_it(
    play: Any, controllers: dict[str, Any], balancer: Any, balancer_host: Any
) -> None:
    balancer_host.check_output(f"rm -f {STATES}")
    changed = play("site", **tasks(), **option(50))
    assert changed.rc == 0, changed.output
    states = balancer_host.file(STATES).content_string.splitlines()
    assert states == [f"{name} {state}" for name in UP for state in ("drain", "ready")]
    for host in controllers.values():
        assert host.check_output(GREP) == "limit_param_default = 50"
        assert not host.file(MARKER).exists
    wait_until(lambda: balancer() == UP)
    assert play("site", **tasks(), **option(50)).changed == 0
    assert balancer_host.file(STATES).content_string.splitlines() == states


def test_controller_that_was_not_returned_is_returned_by_the_next_run(
    play: Any, controllers: dict[str, Any], balancer: Callable[[], dict[str, str]], balancer_host: Any
) -> None:
    first = controllers["glance-ha-1"]
    failed = play("site", **tasks("enable_refused.yml"), **option(51))
    assert failed.rc != 0
    assert "The load balancer does not respond" in failed.words
    # HAProxy checks it here as well, and shows DOWN until two checks have succeeded.
    wait_until(lambda: balancer()["glance-ha-1"].startswith("DRAIN"))
    assert controllers["glance-ha-2"].check_output(GREP) == "limit_param_default = 50"
    process = first.check_output(MAIN_PID)
    completed = play("site", **tasks(), **option(51))
    assert completed.rc == 0, completed.output
    assert first.check_output(MAIN_PID) == process, "it was proven by the run before"
    assert not first.file(MARKER).exists
    states = balancer_host.file(STATES).content_string.splitlines()
    assert [state for state in states if state.startswith("glance-ha-1")][-2:] == [
        "glance-ha-1 drain",
        "glance-ha-1 ready",
    ]
    wait_until(lambda: balancer() == UP)
    assert play("site", **tasks(), **option(51)).changed == 0
