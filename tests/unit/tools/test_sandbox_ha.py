from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader

TOP = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TOP / "tools"))

from tools import sandbox_ha


def test_hosts_are_those_of_the_inventory() -> None:
    inventory = InventoryManager(DataLoader(), [str(TOP / "inventories/sandbox-ha/hosts")])
    groups = inventory.get_groups_dict()
    assert {member.name for member in sandbox_ha.MEMBERS} == set(groups["all"])
    assert [member.name for member in sandbox_ha.MEMBERS if member.has_store] == groups["glance_api"]
    assert groups["glance_loadbalancer"] == [sandbox_ha.BALANCER]


def test_controllers_share_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    booted: dict[str, Any] = {}
    monkeypatch.setattr(
        sandbox_ha.hosts, "up", lambda name, _suite, hostname, how: booted.update({name: (hostname, how)})
    )
    monkeypatch.setattr(sandbox_ha.machine, "run", lambda *_command: "")
    sandbox_ha.up()
    assert booted["sandbox-ha-base"][0] == "controller"
    assert booted["sandbox-ha-base"][1].volumes == ()
    assert len({how.volumes for name, (_hostname, how) in booted.items() if name[-1] in "123"}) == 1
    assert {how.network for _hostname, how in booted.values()} == {sandbox_ha.NETWORK}
