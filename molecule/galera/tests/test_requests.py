"""A node stops and returns, while clients use the API."""

from __future__ import annotations

from typing import Any, Callable

import pytest
from api_clients import use_api
from cluster import wait_until

STOP: dict[str, Callable[[Any], None]] = {
    "stopped": lambda node: node.stop(),
    "killed": lambda node: node.crash(),
    "lost": lambda node: node.lose(),
}


@pytest.mark.parametrize("way", list(STOP))
def test_requests_continue_on_another_node(controller: Any, active: Any, balancer: Any, way: str) -> None:
    with use_api(controller) as running:
        STOP[way](active)
        wait_until(lambda: balancer()[active.name] != "UP")
        active.start()
        wait_until(lambda: balancer()[active.name] == "UP", 180)
    print(f"{way}: {running.errors}")
    assert running.counts["list"]["done"] > 20
    assert [error for error in running.errors if " download: " in error] == []
    # 4 requests each second, until the load balancer has noticed it and a service has connected again.
    assert running.counts["list"]["failed"] <= 25
