"""What the services say of themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from controllers import Controller

CLIENT = "openstack --os-cloud sandbox"
DISK = "/var/lib/sandbox-disk.qcow2"
# What programs of the service read, or packages bring, in /etc/glance.
READ = (
    *("glance-api.conf", "glance-registry.conf", "glance-manage.conf", "glance-cache.conf", "glance-scrubber.conf"),
    *("glance-image-import.conf", "glance-swift.conf", "glance-s3.conf", "glance-ceph.conf", "rootwrap.conf"),
    *("property-protections-policies.conf", "property-protections-roles.conf"),
)


def ask(host: Any, command: str) -> Any:
    """Return what the real client answers."""
    return json.loads(host.check_output(f"{CLIENT} {command} -f json"))


def test_service_runs_now_and_after_a_restart_of_the_host(host: Any) -> None:
    service = host.service("glance-api")
    assert service.is_running
    assert service.is_enabled


def test_catalog_has_the_three_endpoints(host: Any) -> None:
    endpoints = ask(host, "endpoint list --service image")
    assert {endpoint["Interface"]: endpoint["URL"] for endpoint in endpoints} == dict.fromkeys(
        ("public", "internal", "admin"), "http://controller:9292"
    )


def test_nobody_enters_without_a_token(controller: Controller) -> None:
    assert controller.anonymous("http://controller:9292/v2/images") == 401


def test_account_of_the_service_has_its_roles(host: Any) -> None:
    roles = ask(host, "role assignment list --user glance --project service --names")
    assert {role["Role"] for role in roles} == {"admin", "service"}


def test_image_is_what_its_file_is(host: Any, facts: dict[str, Any]) -> None:
    image = ask(host, "image show small-disk")
    assert image["status"] == "active"
    assert image["visibility"] == "public"
    assert image["disk_format"] == "qcow2"
    assert image["min_disk"] == 1
    assert image["tags"] == ["test"]
    assert image["properties"]["os_distro"] == "none"
    assert image["checksum"] == host.check_output(f"md5sum {DISK}").split()[0]
    if facts["hashing"]:
        assert image["properties"]["os_hash_value"] == host.check_output(f"sha512sum {DISK}").split()[0]


def test_image_comes_back_whole(host: Any) -> None:
    host.check_output(f"{CLIENT} image save --file /root/back.qcow2 small-disk")
    host.check_output(f"cmp /root/back.qcow2 {DISK}")
    host.check_output("rm /root/back.qcow2")


def test_client_can_upload_download_and_delete(host: Any) -> None:
    host.check_output(
        f"{CLIENT} image create --file {DISK} --disk-format qcow2 --container-format bare --private by-hand"
    )
    try:
        assert ask(host, "image show by-hand")["status"] == "active"
        host.check_output(f"{CLIENT} image save --file /root/by-hand.qcow2 by-hand")
        host.check_output(f"cmp /root/by-hand.qcow2 {DISK}")
    finally:
        host.check_output(f"rm -f /root/by-hand.qcow2; {CLIENT} image delete by-hand")


def test_images_lie_in_the_store(host: Any) -> None:
    identity = ask(host, "image show small-disk")["id"]
    stored = host.file(f"/var/lib/glance/images/{identity}")
    assert stored.user == "glance"
    assert stored.sha256sum == host.file(DISK).sha256sum


def test_schema_is_at_its_head(host: Any, programs: str, facts: dict[str, Any]) -> None:
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


def test_configuration_is_kept_from_others(host: Any) -> None:
    file = host.file("/etc/glance/glance-api.conf")
    assert (file.user, file.group, file.mode) == ("root", "glance", 0o640)


def test_configuration_is_owned_whole_or_edited_in_place(host: Any, variables: dict[str, Any]) -> None:
    is_edited = variables.get("glance_api_config_mode") == "merge"
    packaged = host.run("grep -c '^#debug = ' /etc/glance/glance-api.conf").stdout.strip()
    assert packaged == str(int(is_edited))
    copies = host.check_output("find /etc/glance -name 'glance-api.conf.*~' | wc -l")
    assert (int(copies) > 0) is bool(variables.get("glance_api_backup"))


def test_directory_of_the_configuration_has_no_stray_file(host: Any) -> None:
    """Ubuntu lets the service read every file here that is called so, one over the other."""
    files = host.check_output("find /etc/glance -maxdepth 1 -name '*.conf' -printf '%f '").split()
    assert [name for name in files if name not in READ] == []


def test_registry_is_there_where_the_release_has_one(host: Any, facts: dict[str, Any]) -> None:
    assert host.file("/etc/glance/glance-registry.conf").exists is facts["registry"]
    assert host.socket("tcp://127.0.0.1:9191").is_listening is facts["registry"]


def test_nothing_is_left_behind(host: Any) -> None:
    assert [image["Name"] for image in ask(host, "image list")] == ["small-disk"]
    assert host.check_output("ls -A /var/lib/glance/staging /var/lib/glance/tasks | grep -v : | xargs") == ""
