"""The module with several releases of openstacksdk, with many images, and in the background."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

IMAGE_COUNT = 10_000
SMALL = {"src": "/srv/images/small.img", "disk_format": "raw"}
# Dependencies of newer releases that are older on the host.
DEPENDENCIES = ("keystoneauth1", "os-service-types", "platformdirs", "stevedore", "typing_extensions")
Module = Callable[..., "dict[str, Any]"]


@pytest.mark.parametrize(
    "packages",
    [
        pytest.param(("openstacksdk==1.0.1",), id="1.0"),
        pytest.param(("openstacksdk==4.0.0", "platformdirs"), id="4.0"),
        pytest.param(("openstacksdk==4.14.0", *DEPENDENCIES), id="4.14"),
        pytest.param(("openstacksdk==4.15.0", *DEPENDENCIES), id="4.15"),
        pytest.param(("openstacksdk", *DEPENDENCIES), id="newest"),
    ],
)
def test_supported_releases_of_openstacksdk(
    module: Module, service: Any, server: Any, host: Any, name: str, tmp_path: Path, packages: tuple[str, ...]
) -> None:
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    subprocess.run([*install, "--target", str(tmp_path / "sdk"), *packages], check=True, capture_output=True)
    (tmp_path / "sdk/python").write_text('#!/bin/sh\nPYTHONPATH=/srv/sdk exec python3 "$@"\n')
    (tmp_path / "sdk/python").chmod(0o755)
    host.check_output("rm -rf /srv/sdk")
    subprocess.run(["podman", "cp", str(tmp_path / "sdk"), f"{host.backend.name}:/srv/sdk"], check=True)
    assert "/srv/sdk/" in host.check_output("/srv/sdk/python -c 'import openstack; print(openstack.__file__)'")
    interpreter = ("-e", "ansible_python_interpreter=/srv/sdk/python")
    desired = {"name": name, "visibility": "shared", "members": ["service"], **SMALL}
    runs = [module(*interpreter, **desired), module(*interpreter, **desired)]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    assert service.one(name)["os_hash_value"] == server.digest("small.img")


@pytest.fixture
def many_images(host: Any) -> Iterator[None]:
    """Add many images, half of them hidden."""
    values = {
        "id": "uuid()",
        "name": "concat('crowd ', seq)",
        **{"status": "'queued'", "visibility": "'public'", "owner": "'crowd'"},
        **dict.fromkeys(("created_at", "updated_at"), "now()"),
        **dict.fromkeys(("deleted", "min_disk", "min_ram", "protected"), "0"),
        "os_hidden": "seq % 2",
    }
    rows = f"SELECT {', '.join(values.values())} FROM seq_1_to_{IMAGE_COUNT}"
    host.check_output(f'mysql glance -e "INSERT INTO images ({", ".join(values)}) {rows}"')
    yield
    host.check_output("mysql glance -e \"DELETE FROM images WHERE owner = 'crowd'\"")


def test_image_is_found_with_two_requests_among_many(
    module: Module, service: Any, server: Any, many_images: None, name: str
) -> None:
    first = module(name=name, **SMALL)
    requests_before = service.requests("GET", "PUT", "POST", "PATCH", "DELETE")
    second = module(name=name, **SMALL)
    assert [(run["failed"], run["changed"]) for run in (first, second)] == [(False, True), (False, False)]
    # Hidden images need a separate request.
    assert service.requests("GET", "PUT", "POST", "PATCH", "DELETE") - requests_before == 2


def test_asynchronous_task_uploads_image(module: Module, service: Any, server: Any, name: str) -> None:
    run = module("--background", "120", "--poll", "1", name=name, **SMALL)
    assert (run["failed"], run["action"]) == (False, "create"), run
    assert service.one(name)["os_hash_value"] == server.digest("small.img")
