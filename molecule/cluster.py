"""What the tests of the cluster have in common."""

from __future__ import annotations

import time
from typing import Any, Callable

UP = {"glance-ha-1": "UP", "glance-ha-2": "UP", "glance-ha-3": "UP"}
GREP = "grep --extended-regexp '^limit_param_default ?= ?' /etc/glance/glance-api.conf || true"


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.5)


def has_booted(host: Any) -> bool:
    return host.run("systemctl is-system-running").stdout.strip() in ("running", "degraded")


def option(value: int) -> dict[str, Any]:
    """Return the variables of a run that changes one option."""
    return {"glance_config": {"DEFAULT": {"limit_param_default": value}}}
