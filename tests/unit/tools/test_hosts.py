from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

from tools import hosts

NOTHING = hosts.Attachments([])


@pytest.mark.parametrize(("suite", "checked"), [("sid", False), ("trixie", True)])
def test_expiry_of_package_lists_is_ignored_only_for_sid(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, suite: str, checked: bool
) -> None:
    fake = fake_podman(monkeypatch, [], [])
    monkeypatch.setattr(hosts, "CACHE", tmp_path)
    hosts.build_image(suite)
    build = next(command for command in fake.commands if command[0] == "mmdebstrap")
    assert ("Check-Valid-Until" not in " ".join(build)) is checked


def test_image_gets_certificate_authorities_of_machine(tmp_path: Path) -> None:
    (tmp_path / "internal.crt").write_text("")
    (tmp_path / "README").write_text("")
    copy, update = hosts.certificate_options(tmp_path)
    assert str(tmp_path / "internal.crt") in copy
    assert "README" not in copy
    assert "update-ca-certificates" in update


def test_machine_without_certificate_authorities_has_no_options(tmp_path: Path) -> None:
    assert hosts.certificate_options(tmp_path) == []


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
    monkeypatch.setattr(hosts, "install", lambda _packages: None)
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
    hosts.up("other", suite, "controller", NOTHING, saved)
    assert fake.verbs == ["run"]
    assert fake.done[0][-1] == image


@pytest.mark.parametrize(
    ("attachments", "expected"),
    [
        pytest.param(NOTHING, ["--network=other", "--network-alias=c1"], id="own network"),
        pytest.param(
            hosts.Attachments([], "cluster", "10.90.0.11", ("/srv/images:/srv",)),
            ["--network=cluster", "--network-alias=c1", "--ip=10.90.0.11", "--volume=/srv/images:/srv"],
            id="shared network",
        ),
    ],
)
def test_host_is_attached_to_network_and_volumes(
    monkeypatch: pytest.MonkeyPatch, attachments: hosts.Attachments, expected: list[str]
) -> None:
    monkeypatch.setattr(hosts.os, "geteuid", lambda: 0)
    fake = fake_podman(monkeypatch, [], [BOOKWORM])
    hosts.up("other", None, "c1", attachments)
    names = ("--network", "--ip", "--volume", "--publish")
    cgroups = hosts.systemd_options()
    assert [option for option in fake.done[0] if option.startswith(names) and option not in cgroups] == expected


def test_new_network_contains_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_podman(monkeypatch, [], [BOOKWORM])
    hosts.up("other", None, "c1", hosts.Attachments([], "cluster", "10.90.0.11"))
    created = next(command for command in fake.commands if command[1:3] == ("network", "create"))
    assert "--subnet=10.90.0.0/24" in created
    assert created[-1] == "cluster"


def test_networks_of_removed_hosts_are_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_podman(monkeypatch, ["c1"], [])
    about = json.dumps([{"NetworkSettings": {"Networks": {"cluster": {}, "mine": {}}}}])
    fixed = {"inspect": about, "network": "cluster\nother"}
    monkeypatch.setattr(hosts, "is_managed", lambda _name: True)
    monkeypatch.setattr(hosts, "run", lambda *command, check=True: [fake(*command), fixed.get(command[1], "")][1])
    hosts.down(["c1"])
    assert [command for command in fake.commands if command[1:3] == ("network", "rm")] == [
        ("podman", "network", "rm", "cluster")
    ]


def test_existing_host_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_podman(monkeypatch, ["controller"], [SAVED])
    hosts.up("controller", "bookworm", "controller", NOTHING, "ready")
    assert fake.verbs == ["start"]


def test_unknown_saved_host_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = fake_podman(monkeypatch, [], [])
    with pytest.raises(hosts.HostError, match="saved as ready"):
        hosts.up("other", None, "controller", NOTHING, "ready")
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
