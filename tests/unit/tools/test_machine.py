from __future__ import annotations

import sys
from pathlib import Path

import pytest
import tomllib

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

from tools import machine

STATUS = "Name:\tpython3\nCapEff:\t{}\n"


@pytest.mark.parametrize(
    ("mask", "expected"),
    [("000001ffffffffff", True), ("000001fffeffffff", False), ("0000000000000000", False)],
    ids=["all", "all-but-this", "none"],
)
def test_capability_is_read_from_the_effective_set(mask: str, expected: bool) -> None:
    assert machine.has_capability(STATUS.format(mask), machine.CAP_SYS_RESOURCE) is expected


@pytest.mark.parametrize(
    ("unified", "may_raise", "expected", "missing"),
    [
        (True, True, [], ["runc", "default_ulimits"]),
        (False, True, ['runtime = "runc"'], ["default_ulimits"]),
        (True, False, ['runtime = "runc"', '"nofile=10:10", "nproc=20:20"'], []),
    ],
    ids=["ordinary", "hybrid-cgroups", "narrow-limits"],
)
def test_containers_conf_matches_capabilities_of_machine(
    unified: bool, may_raise: bool, expected: list[str], missing: list[str]
) -> None:
    text = machine.containers_conf(unified, may_raise, {"nofile": 10, "nproc": 20})
    # A name in /etc/hosts of this machine must not resolve to another host of the same name.
    assert tomllib.loads(text)["containers"]["base_hosts_file"] == "none"
    assert all(line in text for line in expected)
    assert not [line for line in missing if line in text]


def test_only_cgroup_v2_is_mounted_on_hybrid_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cgroup.procs").write_text("")
    monkeypatch.setattr(machine, "HYBRID", tmp_path)
    options = machine.systemd_options()
    assert f"--volume={tmp_path}:/sys/fs/cgroup" in options
    assert "--systemd=always" not in options


def test_podman_configures_systemd_on_ordinary_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "HYBRID", tmp_path / "unified")
    assert machine.systemd_options() == ["--systemd=always"]


def test_limits_do_not_exceed_pid_max() -> None:
    assert machine.own_limits()["nproc"] <= int(Path("/proc/sys/kernel/pid_max").read_text())


def test_missing_packages_are_reported_without_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    with pytest.raises(machine.HostError, match="podman mmdebstrap"):
        machine.install(["podman", "mmdebstrap"])


def test_package_is_missing_if_its_program_is(tmp_path: Path) -> None:
    (tmp_path / "netavark").touch(mode=0o755)
    commands = {"bash": "sh", "netavark": "netavark", "absent": "no-such-program"}
    assert machine.missing_packages(commands) == ["netavark", "absent"]
    assert machine.missing_packages(commands, [str(tmp_path)]) == ["absent"]


def test_missing_packages_are_installed_as_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(machine, "CACHE", tmp_path)
    monkeypatch.setattr(machine.os, "geteuid", lambda: 0)
    monkeypatch.setattr(machine.shutil, "which", lambda _name: "/usr/bin/apt-get")
    monkeypatch.setattr(machine, "run", lambda *command: commands.append(command))
    machine.install(["podman"])
    assert [command[1] for command in commands] == ["update", "install"]
    assert commands[1][-1] == "podman"
