from __future__ import annotations

from pathlib import Path

import pytest
import tomllib

from tools import hosts

STATUS = "Name:\tpython3\nCapEff:\t{}\n"


@pytest.mark.parametrize(
    ("mask", "expected"),
    [("000001ffffffffff", True), ("000001fffeffffff", False), ("0000000000000000", False)],
    ids=["all", "all-but-this", "none"],
)
def test_capability_is_read_from_the_effective_set(mask: str, expected: bool) -> None:
    assert hosts.has_capability(STATUS.format(mask), hosts.CAP_SYS_RESOURCE) is expected


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
    text = hosts.containers_conf(unified, may_raise, {"nofile": 10, "nproc": 20})
    # A name in /etc/hosts of this machine must not resolve to another host of the same name.
    assert tomllib.loads(text)["containers"]["base_hosts_file"] == "none"
    assert all(line in text for line in expected)
    assert not [line for line in missing if line in text]


def test_only_cgroup_v2_is_mounted_on_hybrid_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cgroup.procs").write_text("")
    monkeypatch.setattr(hosts, "HYBRID", tmp_path)
    options = hosts.systemd_options()
    assert f"--volume={tmp_path}:/sys/fs/cgroup" in options
    assert "--systemd=always" not in options


def test_podman_configures_systemd_on_ordinary_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(hosts, "HYBRID", tmp_path / "unified")
    assert hosts.systemd_options() == ["--systemd=always"]


@pytest.mark.parametrize(("suite", "checked"), [("sid", False), ("trixie", True)])
def test_expiry_of_package_lists_is_ignored_only_for_sid(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suite: str, checked: bool
) -> None:
    fake = fake_podman(monkeypatch, [], [])
    monkeypatch.setattr(hosts, "CACHE", tmp_path)
    hosts.build_image(suite)
    build = next(command for command in fake.commands if command[0] == "mmdebstrap")
    assert ("Check-Valid-Until" not in " ".join(build)) is checked


def test_limits_do_not_exceed_pid_max() -> None:
    assert hosts.own_limits()["nproc"] <= int(Path("/proc/sys/kernel/pid_max").read_text())


def test_image_gets_certificate_authorities_of_machine(tmp_path: Path) -> None:
    (tmp_path / "internal.crt").write_text("")
    (tmp_path / "README").write_text("")
    copy, update = hosts.certificate_options(tmp_path)
    assert str(tmp_path / "internal.crt") in copy
    assert "README" not in copy
    assert "update-ca-certificates" in update


def test_machine_without_certificate_authorities_has_no_options(tmp_path: Path) -> None:
    assert hosts.certificate_options(tmp_path) == []


def test_missing_packages_are_reported_without_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosts, "missing_packages", lambda: ["podman", "mmdebstrap"])
    monkeypatch.setattr(hosts.os, "geteuid", lambda: 1000)
    with pytest.raises(hosts.HostError, match="podman mmdebstrap"):
        hosts.install_missing_packages()


def test_missing_packages_are_installed_as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []
    monkeypatch.setattr(hosts, "missing_packages", lambda: ["podman"])
    monkeypatch.setattr(hosts.os, "geteuid", lambda: 0)
    monkeypatch.setattr(hosts.shutil, "which", lambda _name: "/usr/bin/apt-get")
    monkeypatch.setattr(hosts, "run", lambda *command: commands.append(command))
    hosts.install_missing_packages()
    assert [command[1] for command in commands] == ["update", "install"]
    assert commands[1][-1] == "podman"


def test_unmanaged_container_is_not_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {"ps": "controller", "inspect": "<no value>"}
    monkeypatch.setattr(hosts, "run", lambda *command, check=True: answers[command[1]])
    with pytest.raises(hosts.HostError, match="controller exists, but tools/hosts.py did not create it"):
        hosts.down(["controller"])


class FakePodman:
    """Managed containers and images; records the commands."""

    def __init__(self, containers: list[str], images: list[str]) -> None:
        self.containers, self.images = containers, images
        self.done: list[tuple[str, ...]] = []
        self.commands: list[tuple[str, ...]] = []

    def __call__(self, *command: str, check: bool = True) -> str:
        self.commands.append(command)
        answers = {
            "ps": "\n".join(self.containers),
            "images": "\n".join(image.rpartition(":")[2] for image in self.images if image.startswith(command[-1])),
            "inspect": "true",
            "exec": "running",
        }
        if command[1] not in answers and command[1] != "network":
            self.done.append(command[1:])
        return answers.get(command[1], "")

    @property
    def verbs(self) -> list[str]:
        return [command[0] for command in self.done]


SAVED = "localhost/osops-glance/saved:ready"


def fake_podman(monkeypatch: pytest.MonkeyPatch, containers: list[str], images: list[str]) -> FakePodman:
    fake = FakePodman(containers, images)
    monkeypatch.setattr(hosts, "write_containers_conf", lambda: None)
    monkeypatch.setattr(hosts, "missing_packages", list)
    monkeypatch.setattr(hosts, "run", fake)
    return fake


def test_host_is_stopped_saved_and_started(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_podman(monkeypatch, ["controller"], [])
    hosts.save("controller", "ready")
    assert fake.verbs == ["stop", "commit", "start"]
    assert fake.done[1][-2:] == ("controller", SAVED)


def test_saving_a_missing_host_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_podman(monkeypatch, [], [])
    with pytest.raises(hosts.HostError, match="Cannot save the host controller"):
        hosts.save("controller", "ready")
    assert fake.verbs == []


BOOKWORM = "localhost/osops-glance/debian:bookworm"


@pytest.mark.parametrize(
    ("suite", "saved", "image"),
    [
        pytest.param(None, None, BOOKWORM, id="default"),
        pytest.param("trixie", None, "localhost/osops-glance/debian:trixie", id="suite"),
        pytest.param(None, "ready", SAVED, id="saved"),
        pytest.param("bookworm", "ready", SAVED, id="saved suite"),
        pytest.param("bookworm", "other", BOOKWORM, id="unsaved suite"),
    ],
)
def test_host_boots_from_selected_image(
    monkeypatch: pytest.MonkeyPatch, suite: str | None, saved: str | None, image: str
) -> None:
    fake = fake_podman(monkeypatch, [], [SAVED, BOOKWORM, "localhost/osops-glance/debian:trixie"])
    hosts.up("other", suite, "controller", [], saved)
    assert fake.verbs == ["run"]
    assert fake.done[0][-1] == image


def test_existing_host_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_podman(monkeypatch, ["controller"], [SAVED])
    hosts.up("controller", "bookworm", "controller", [], "ready")
    assert fake.verbs == ["start"]


def test_unknown_saved_host_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_podman(monkeypatch, [], [])
    with pytest.raises(hosts.HostError, match="saved as ready"):
        hosts.up("other", None, "controller", [], "ready")
    assert fake.verbs == []


def test_prepared_host_is_saved_once_and_replaces_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    tag = hosts.prepared_tag("bookworm")
    before = [hosts.saved_name(other) for other in ("bookworm-0123456789ab", "bullseye-0123456789ab", "ready")]
    fake = fake_podman(monkeypatch, ["controller"], before)
    hosts.keep("controller", "bookworm")
    assert fake.done[1][-2:] == ("controller", hosts.saved_name(tag))
    assert fake.done[-1] == ("rmi", before[0])
    assert fake.verbs == ["stop", "commit", "start", "rmi"]

    fake = fake_podman(monkeypatch, ["controller"], [hosts.saved_name(tag)])
    hosts.keep("controller", "bookworm")
    assert fake.verbs == []


def test_prepared_tag_depends_on_suite_and_sources(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks/main.yml").write_text("one")
    before = hosts.prepared_tag("bookworm", [tmp_path])
    assert before == hosts.prepared_tag("bookworm", [tmp_path])
    assert before != hosts.prepared_tag("trixie", [tmp_path])
    (tmp_path / "tasks/main.yml").write_text("two")
    assert before != hosts.prepared_tag("bookworm", [tmp_path])


@pytest.mark.parametrize(("images", "verbs"), [([SAVED], ["rmi"]), ([], [])], ids=["present", "absent"])
def test_saved_host_is_removed(monkeypatch: pytest.MonkeyPatch, images: list[str], verbs: list[str]) -> None:
    fake = fake_podman(monkeypatch, [], images)
    hosts.forget(["ready"])
    assert fake.verbs == verbs
