from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

from tools import sandbox


@pytest.fixture(autouse=True)
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sandbox, "SECRETS", tmp_path / "secrets.yml")
    monkeypatch.setattr(sandbox, "CLOUDS", tmp_path / "clouds.yaml")
    monkeypatch.setattr(sandbox.hosts, "address", lambda name, port: f"192.0.2.1:{port}")
    monkeypatch.setattr(sandbox, "can_reach", lambda url: True)


def test_secrets_are_private_and_created_once() -> None:
    sandbox.make_secrets()
    before = sandbox.SECRETS.read_text()
    sandbox.make_secrets()
    assert sandbox.SECRETS.read_text() == before
    assert stat.S_IMODE(sandbox.SECRETS.stat().st_mode) == 0o600
    variables = yaml.safe_load(before)
    assert len({variables[name] for name in sandbox.PASSWORDS}) == len(sandbox.PASSWORDS)


@pytest.mark.parametrize(
    ("is_reachable", "image", "disk"),
    [(True, sandbox.CIRROS, None), (False, sandbox.DISK, sandbox.DISK["src"])],
    ids=["online", "offline"],
)
def test_image_depends_on_network(
    monkeypatch: pytest.MonkeyPatch, is_reachable: bool, image: dict[str, str], disk: str | None
) -> None:
    monkeypatch.setattr(sandbox, "can_reach", lambda url: is_reachable)
    sandbox.make_secrets()
    variables = yaml.safe_load(sandbox.SECRETS.read_text())
    assert variables["glance_images"] == [image]
    assert variables["sandbox_controller_disk"] == disk


def test_clouds_file_contains_addresses_and_is_private() -> None:
    sandbox.make_secrets()
    sandbox.write_clouds()
    cloud = json.loads(sandbox.CLOUDS.read_text())["clouds"][sandbox.CLOUD]
    assert cloud["auth"]["password"] == sandbox.read_secrets()["sandbox_controller_admin_password"]
    assert cloud["auth"]["auth_url"] == "http://192.0.2.1:5000/v3"
    assert cloud["image_endpoint_override"] == "http://192.0.2.1:9292"
    assert stat.S_IMODE(sandbox.CLOUDS.stat().st_mode) == 0o600


def test_forget_removes_files() -> None:
    sandbox.make_secrets()
    sandbox.write_clouds()
    sandbox.forget()
    sandbox.forget()
    assert not sandbox.SECRETS.exists()
    assert not sandbox.CLOUDS.exists()
