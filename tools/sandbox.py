"""Manage the files of the sandbox, and print how to use it.

tools/sandbox.py secrets     create the passwords and select the image, once
tools/sandbox.py clouds      write clouds.yaml for the `openstack` client on this machine
tools/sandbox.py show        print the catalog entry, the images, how to log in and how to remove the sandbox
tools/sandbox.py forget      remove the files
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import hosts
import machine

TOP = Path(__file__).resolve().parent.parent
SECRETS = TOP / "inventories/sandbox/group_vars/all/secrets.yml"
CLOUDS = TOP / "clouds.yaml"
NAME = "controller"
CLOUD = "sandbox"
IDENTITY_PORT, IMAGE_PORT = 5000, 9292

PASSWORDS = (
    "glance_database_password",
    "glance_service_password",
    "sandbox_controller_admin_password",
    "sandbox_controller_database_password",
)

# The CirrOS image of the CirrOS project.
CIRROS = {
    "name": "cirros",
    "url": "https://download.cirros-cloud.net/0.6.2/cirros-0.6.2-x86_64-disk.img",
    "checksum": "sha256:07e44a73e54c94d988028515403c1ed762055e01b83a767edf3c2b387f78ce00",
    "visibility": "public",
}
DISK = {"name": "small-disk", "src": "/var/lib/sandbox-disk.qcow2", "visibility": "public"}


def can_reach(url: str) -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=5):
            return True
    except (urllib.error.URLError, OSError):
        return False


def make_secrets() -> None:
    """Write the variables of the sandbox, once: passwords, and an image that is available on this machine."""
    if SECRETS.exists():
        return
    is_reachable = can_reach(CIRROS["url"])
    image = CIRROS if is_reachable else DISK
    lines = ["---", "# Created once by `make deploy`; removed by `make destroy`."]
    lines += [f"{name}: {secrets.token_urlsafe(24)}" for name in PASSWORDS]
    # JSON is valid YAML and needs no library.
    lines += [f"sandbox_controller_disk: {json.dumps(None if is_reachable else DISK['src'])}"]
    lines += [f"glance_images: {json.dumps([image])}"]
    write_private(SECRETS, "\n".join(lines) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read at any time."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def read_secrets() -> dict[str, str]:
    pairs = (line.split(": ", 1) for line in SECRETS.read_text().splitlines() if ": " in line and line[0] != "#")
    return dict(pairs)


def write_clouds() -> None:
    """Write clouds.yaml with addresses, because the name `controller` in the catalog resolves only in the sandbox."""
    identity = f"http://{hosts.address(NAME, IDENTITY_PORT)}/v3"
    cloud = {
        "auth": {
            "auth_url": identity,
            "username": "admin",
            "password": read_secrets()["sandbox_controller_admin_password"],
            "project_name": "admin",
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        },
        "region_name": "RegionOne",
        "identity_endpoint_override": identity,
        "image_endpoint_override": f"http://{hosts.address(NAME, IMAGE_PORT)}",
    }
    write_private(CLOUDS, json.dumps({"clouds": {CLOUD: cloud}}, indent=2) + "\n")


def openstack(*arguments: str) -> None:
    """Run the client, and print its command and its output."""
    command = [str(Path(sys.executable).parent / "openstack"), "--os-cloud", CLOUD, *arguments]
    print(f"\n$ openstack --os-cloud {CLOUD} {' '.join(arguments)}", flush=True)
    environment = {**os.environ, "OS_CLIENT_CONFIG_FILE": str(CLOUDS)}
    subprocess.run(command, cwd=TOP, env=environment, check=True)


SUMMARY = """
The Image service runs at http://{address}:{port}. The uploaded image is {image}.

  List images    .venv/bin/openstack --os-cloud {cloud} image list    (in this directory, which contains clouds.yaml)
  Log in         podman exec -it {name} bash    (the same cloud is in its /etc/openstack/clouds.yaml)
  Passwords      {secrets}
  Endpoints      http://{name}:{port} in the catalog, which resolves only in the container. clouds.yaml contains the
                 address for the openstack client. Other programs on this machine use http://{address}:{port}.
  Remove it      make destroy
"""


def show() -> None:
    """Print the catalog entry and the images with the openstack client, and how to use and remove the sandbox."""
    openstack("catalog", "show", "image")
    openstack("image", "list", "--long", *columns("Name", "Disk Format", "Size", "Status", "Visibility"))
    address, port = hosts.address(NAME, IMAGE_PORT).split(":")
    fields = {"address": address, "port": port, "cloud": CLOUD, "name": NAME, "secrets": SECRETS.relative_to(TOP)}
    print(SUMMARY.format(image=describe_image(), **fields))


def columns(*names: str) -> list[str]:
    return [word for name in names for word in ("-c", name)]


def describe_image() -> str:
    if CIRROS["url"] in SECRETS.read_text():
        return "CirrOS, from its published URL"
    return "a small disk created on the controller, because the published URL of CirrOS is not reachable"


def forget() -> None:
    SECRETS.unlink(missing_ok=True)
    CLOUDS.unlink(missing_ok=True)


if __name__ == "__main__":
    machine.run_subcommand({"secrets": make_secrets, "clouds": write_clouds, "show": show, "forget": forget}, __doc__)
