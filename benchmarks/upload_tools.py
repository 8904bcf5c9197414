"""The tools that upload images, each with one command."""

from __future__ import annotations

import json
from typing import Any, Callable, NamedTuple

from lab import IMAGE_URL
from upload_host import BIN, CLIENTS, Disk, Host
from upload_report import CHECKSUM, COLLECTION, CURL, GLANCE, HASH, MANY, OPENSTACK, PLAYBOOK

FORMATS = {"disk_format": "raw", "container_format": "bare"}


def collection(host: Host, name: str, disk: Disk) -> list[str]:
    return playbook(host, {"osops.glance.image": {"cloud": "sandbox", "name": name, "src": disk.path, **FORMATS}})


def openstack_cloud(host: Host, name: str, disk: Disk) -> list[str]:
    return playbook(
        host, {"openstack.cloud.image": {"cloud": "sandbox", "name": name, "filename": disk.path, **FORMATS}}
    )


def openstack(host: Host, name: str, disk: Disk) -> list[str]:
    formats = ["--disk-format", "raw", "--container-format", "bare"]
    return [f"{BIN}/openstack", "--os-cloud", "sandbox", "image", "create", *formats, "--file", disk.path, name]


def glance(host: Host, name: str, disk: Disk) -> list[str]:
    formats = ["--disk-format", "raw", "--container-format", "bare"]
    program = [f"{BIN}/glance", "image-create", *formats, "--file", disk.path, "--name", name]
    return ["bash", "-c", f'. {CLIENTS}/openrc; exec "$@"', "bash", *program]


def curl(host: Host, name: str, disk: Disk) -> list[str]:
    return ["env", f"IMAGE_URL={IMAGE_URL}", "bash", f"{CLIENTS}/curl.sh", name, disk.path]


def hash_pass(host: Host, _name: str, disk: Disk) -> list[str]:
    """Compute the SHA-512 of a disk once, as a client has to do it: the lower limit of its CPU time."""
    code = "import hashlib, sys; print(hashlib.file_digest(open(sys.argv[1], 'rb'), 'sha512').hexdigest())"
    return [f"{BIN}/python", "-c", code, disk.path]


def collection_many(host: Host, name: str, disk: Disk) -> list[str]:
    return images_task(host, name, {"src": disk.path, **FORMATS})


def collection_many_by_checksum(host: Host, name: str, disk: Disk) -> list[str]:
    return images_task(host, name, {"src": disk.path, "checksum": f"sha512:{disk.sha512}", **FORMATS})


def images_task(host: Host, name: str, image: dict[str, str]) -> list[str]:
    images = [{"name": each, **image} for each in many_names(name)]
    return playbook(host, {"osops.glance.image": {"cloud": "sandbox", "images": images}})


def openstack_cloud_many(host: Host, name: str, disk: Disk) -> list[str]:
    image = {"cloud": "sandbox", "name": "{{ item }}", "filename": disk.path, **FORMATS}
    return playbook(host, {"openstack.cloud.image": image, "loop": many_names(name)})


def many_names(name: str) -> list[str]:
    return [f"{name}-{number:02}" for number in range(MANY)]


def collection_parallel(host: Host, name: str, disks: list[Disk], at_once: int) -> list[str]:
    images = [{"name": f"{name}-{number}", "src": disk.path, **FORMATS} for number, disk in enumerate(disks)]
    return playbook(host, {"osops.glance.image": {"cloud": "sandbox", "images": images, "parallel": at_once}})


def playbook(host: Host, task: dict[str, Any]) -> list[str]:
    """Write a playbook with one task to the host, and return the command that runs it."""
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": f"{BIN}/timed-python"},
        "tasks": [{"name": "Manage the images", **task}],
    }
    path = f"{CLIENTS}/playbook.yml"
    host.write(path, json.dumps([play]))
    settings = [f"ANSIBLE_COLLECTIONS_PATH={CLIENTS}/collections", "LC_ALL=C.UTF-8"]
    return ["env", *settings, f"{BIN}/ansible-playbook", "--inventory", "localhost,", "--verbose", path]


class Tool(NamedTuple):
    name: str
    # The prefix of the names of its images.
    prefix: str
    # Returns the command that uploads a file as an image.
    command: Callable[[Host, str, Disk], list[str]]
    # Matches the seconds of the content request in the output of the tool.
    reported: str = ""


UPLOAD_TOOLS = (
    Tool(COLLECTION, "collection", collection, r'"transfer": \{[^}]*"seconds": ([\d.]+)'),
    Tool(PLAYBOOK, "playbook", openstack_cloud),
    Tool(OPENSTACK, "openstack", openstack),
    Tool(GLANCE, "glance", glance),
    Tool(CURL, "curl", curl, r"^([\d.]+)\Z"),
)
HASH_TOOL = Tool(HASH, "hash", hash_pass)
UNCHANGED_TOOLS = (
    Tool(COLLECTION, "collection-many", collection_many),
    Tool(CHECKSUM, "collection-many", collection_many_by_checksum),
    Tool(PLAYBOOK, "playbook-many", openstack_cloud_many),
)
