"""State of the Image service, its catalog entry, its images and its files on a converged host."""

from __future__ import annotations

import json
from typing import Any

import pytest
from controllers import Controller

CLIENT = "openstack --os-cloud sandbox"
DISK = "/var/lib/sandbox-disk.qcow2"
# Files in /etc/glance that programs of the service read or packages install.
KNOWN_FILES = (
    *("glance-api.conf", "glance-registry.conf", "glance-manage.conf", "glance-cache.conf", "glance-scrubber.conf"),
    *("glance-image-import.conf", "glance-swift.conf", "glance-s3.conf", "glance-ceph.conf", "rootwrap.conf"),
    *("property-protections-policies.conf", "property-protections-roles.conf"),
)


def openstack_json(host: Any, command: str) -> Any:
    """Run the openstack client and return its JSON output."""
    return json.loads(host.check_output(f"{CLIENT} {command} -f json"))


def test_service_is_running_and_enabled(host: Any) -> None:
    service = host.service("glance-api")
    assert service.is_running
    assert service.is_enabled


def test_catalog_has_the_three_endpoints(host: Any) -> None:
    endpoints = openstack_json(host, "endpoint list --service image")
    assert {endpoint["Interface"]: endpoint["URL"] for endpoint in endpoints} == dict.fromkeys(
        ("public", "internal", "admin"), "http://controller:9292"
    )


def test_request_without_token_is_refused(controller: Controller) -> None:
    assert controller.status_without_token("http://controller:9292/v2/images") == 401


def test_service_user_has_roles(host: Any) -> None:
    roles = openstack_json(host, "role assignment list --user glance --project service --names")
    assert {role["Role"] for role in roles} == {"admin", "service"}


def test_image_has_attributes_and_hash_of_file(host: Any, facts: dict[str, Any]) -> None:
    image = openstack_json(host, "image show small-disk")
    assert image["status"] == "active"
    assert image["visibility"] == "public"
    assert image["disk_format"] == "qcow2"
    assert image["min_disk"] == 1
    assert image["tags"] == ["test"]
    assert image["properties"]["os_distro"] == "none"
    assert image["checksum"] == host.check_output(f"md5sum {DISK}").split()[0]
    if facts["hashing"]:
        assert image["properties"]["os_hash_value"] == host.check_output(f"sha512sum {DISK}").split()[0]


def test_downloaded_image_equals_file(host: Any) -> None:
    host.check_output(f"{CLIENT} image save --file /root/back.qcow2 small-disk")
    host.check_output(f"cmp /root/back.qcow2 {DISK}")
    host.check_output("rm /root/back.qcow2")


def test_client_can_upload_download_and_delete(host: Any) -> None:
    host.check_output(
        f"{CLIENT} image create --file {DISK} --disk-format qcow2 --container-format bare --private by-hand"
    )
    try:
        assert openstack_json(host, "image show by-hand")["status"] == "active"
        host.check_output(f"{CLIENT} image save --file /root/by-hand.qcow2 by-hand")
        host.check_output(f"cmp /root/by-hand.qcow2 {DISK}")
    finally:
        host.check_output(f"rm -f /root/by-hand.qcow2; {CLIENT} image delete by-hand")


def test_image_file_is_in_the_store(host: Any) -> None:
    identity = openstack_json(host, "image show small-disk")["id"]
    stored = host.file(f"/var/lib/glance/images/{identity}")
    assert stored.user == "glance"
    assert stored.sha256sum == host.file(DISK).sha256sum


def test_schema_is_current(host: Any, programs: str, facts: dict[str, Any]) -> None:
    if facts["schema_check"] != "command":
        pytest.skip("The release has no `glance-manage db check`; test_release.py compares the revision.")
    assert host.run(f"runuser -u glance -- {programs}/bin/glance-manage db check").rc == 0


def test_metadata_definitions_are_loaded(host: Any, programs: str) -> None:
    files = f"{programs.removesuffix('/usr')}/etc/glance/metadefs/*.json"
    namespaces = host.check_output("mysql -N glance -e 'SELECT count(*) FROM metadef_namespaces'")
    assert int(namespaces) == int(host.check_output(f"ls {files} | wc -l"))


def test_database_is_utf8(host: Any) -> None:
    query = "SELECT default_character_set_name FROM information_schema.schemata WHERE schema_name = 'glance'"
    assert host.check_output(f'mysql -N -e "{query}"').startswith("utf8")


def test_configuration_is_not_readable_by_others(host: Any) -> None:
    file = host.file("/etc/glance/glance-api.conf")
    assert (file.user, file.group, file.mode) == ("root", "glance", 0o640)


def test_configuration_is_replaced_or_merged(host: Any, variables: dict[str, Any]) -> None:
    is_merged = variables.get("glance_api_config_mode") == "merge"
    packaged = host.run("grep -c '^#debug = ' /etc/glance/glance-api.conf").stdout.strip()
    assert packaged == str(int(is_merged))
    copies = host.check_output("find /etc/glance -name 'glance-api.conf.*~' | wc -l")
    assert (int(copies) > 0) is bool(variables.get("glance_api_backup"))


def test_configuration_directory_has_no_unknown_file(host: Any) -> None:
    """Check for unknown *.conf files. On Ubuntu, the service reads all of them in addition."""
    files = host.check_output("find /etc/glance -maxdepth 1 -name '*.conf' -printf '%f '").split()
    assert [name for name in files if name not in KNOWN_FILES] == []


def test_registry_exists_if_release_has_one(host: Any, facts: dict[str, Any]) -> None:
    assert host.file("/etc/glance/glance-registry.conf").exists is facts["registry"]
    assert host.socket("tcp://127.0.0.1:9191").is_listening is facts["registry"]


def test_no_other_images_or_staged_files_exist(host: Any) -> None:
    assert [image["Name"] for image in openstack_json(host, "image list")] == ["small-disk"]
    assert host.check_output("ls -A /var/lib/glance/staging /var/lib/glance/tasks | grep -v : | xargs") == ""
