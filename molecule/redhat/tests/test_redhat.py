"""A host with dnf and RDO's packages: deployment, removal, and messages about packages and repositories."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from controllers import Controller

Play = Callable[..., Any]

CLIENT = "openstack --os-cloud sandbox"
DISK = "/var/lib/sandbox-disk.qcow2"
REPOSITORY = "/etc/yum.repos.d/CentOS-OpenStack-zed.repo"
PACKAGES = {"Debian": ["glance-api"], "RedHat": ["openstack-glance"]}


def preflight(controller: Controller) -> dict[str, Any]:
    """Return the facts of the host from the module preflight."""
    return dict(controller.module("preflight", packages=PACKAGES)["ansible_facts"]["osops_glance"])


def test_unit_of_the_family_is_running_and_enabled(host: Any) -> None:
    service = host.service("openstack-glance-api")
    assert service.is_running
    assert service.is_enabled
    assert host.run("systemctl list-unit-files --no-legend 'glance-*' 'openstack-glance-registry*'").stdout == ""


def test_package_is_installed_by_dnf(host: Any) -> None:
    assert host.check_output("rpm --query openstack-glance") == "openstack-glance-25.1.0-1.el9.noarch"
    assert host.check_output("rpm --query --whatprovides /usr/bin/glance-manage").startswith("openstack-glance-")
    assert (host.user("glance").uid, host.group("glance").gid) == (161, 161)


def test_request_without_token_is_refused(controller: Controller) -> None:
    assert controller.status_without_token("http://controller:9292/v2/images") == 401


def test_client_uploads_and_downloads(host: Any) -> None:
    create = f"{CLIENT} image create --file {DISK} --disk-format qcow2 --container-format bare -f value -c id by-hand"
    identity = host.check_output(create)
    try:
        host.check_output(f"{CLIENT} image save --file /root/back.qcow2 {identity} && cmp /root/back.qcow2 {DISK}")
        stored = host.file(f"/var/lib/glance/images/{identity}")
        assert (stored.user, stored.sha256sum) == ("glance", host.file(DISK).sha256sum)
    finally:
        host.check_output(f"{CLIENT} image delete {identity}")


def test_images_of_the_inventory_exist(controller: Controller) -> None:
    assert [(image["Name"], image["Status"]) for image in controller.openstack_json("image list")] == [
        ("small-disk", "active")
    ]


def test_configuration_has_owner_and_mode_of_package(host: Any) -> None:
    file = host.file("/etc/glance/glance-api.conf")
    assert (file.user, file.group, file.mode) == ("root", "glance", 0o640)


def test_service_can_create_locks(host: Any) -> None:
    make = (
        "from oslo_concurrency import lockutils; from oslo_config import cfg; "
        "cfg.CONF(['--config-file=/etc/glance/glance-api.conf']); "
        "lockutils.lock('test', external=True).__enter__()"
    )
    host.check_output("runuser -u glance -- python3 -c %s", make)


def test_option_is_deployed_and_reverted(play: Play, host: Any) -> None:
    changed = play("site", "--diff", glance_config={"DEFAULT": {"image_size_cap": 123456789012}})
    reverted = play("site", "--diff")
    assert (changed.rc, changed.changed) == (0, 2), changed.output[-3000:]
    assert "+image_size_cap = 123456789012" in changed.output
    assert (reverted.rc, reverted.changed) == (0, 2), reverted.output[-3000:]


def test_option_that_the_release_refuses_is_not_written(play: Play, host: Any) -> None:
    before = host.file("/etc/glance/glance-api.conf").sha256sum
    run = play("site", glance_release="victoria", glance_config={"DEFAULT": {"admin_role": "x"}})
    assert run.rc != 0
    assert "[DEFAULT] admin_role is not an option of the installed release" in run.words
    assert host.file("/etc/glance/glance-api.conf").sha256sum == before


def test_cause_of_failure_is_read_from_journal(play: Play, host: Any) -> None:
    assert host.check_output("ls /var/log/glance") == ""
    run = play("site", glance_config={"keystone_authtoken": {"region_name": "Nowhere"}})
    assert run.rc != 0
    assert "Likely cause: region_name in [keystone_authtoken] is Nowhere" in run.words
    assert "The previous configuration was restored and the service responds: /etc/glance/glance-api.conf" in run.words


def test_verify_uploads_and_downloads_an_image(play: Play) -> None:
    run = play("verify")
    assert (run.rc, run.changed) == (0, 0), run.output


def test_installed_version_includes_epoch(controller: Controller) -> None:
    found = preflight(controller)
    assert (found["family"], found["distribution"]) == ("RedHat", "centos 9")
    assert found["packages"] == {"openstack-glance": {"installed": "1:25.1.0-1.el9", "candidate": None}}


def test_service_is_removed_and_its_data_is_kept(play: Play, host: Any) -> None:
    stored = host.check_output("find /var/lib/glance/images -type f")
    run, again = play("remove"), play("remove")
    assert run.rc == 0, run.output[-3000:]
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
    assert stored
    assert host.check_output("find /var/lib/glance/images -type f") == stored
    assert host.run("rpm --query openstack-glance python3-glance | grep --invert-match 'not installed'").stdout == ""
    assert host.check_output("find /etc/glance -name 'glance-api.conf*'") == ""
    assert not host.socket("tcp://0.0.0.0:9292").is_listening


@pytest.fixture(scope="module")
def bare(play: Play, host: Any) -> Any:
    """Remove the service and its data."""
    run = play("remove", glance_remove_data=True)
    assert run.rc == 0, run.output[-3000:]
    return host


@pytest.fixture
def empty_cache(bare: Any) -> Any:
    """Empty the cache of dnf."""
    bare.check_output("dnf clean all")
    return bare


def test_data_is_removed_on_request(bare: Any, play: Play) -> None:
    assert bare.check_output("ls -d /var/lib/glance /etc/glance 2>/dev/null || true") == ""
    again = play("remove", glance_remove_data=True)
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]


def test_candidate_version_is_reported_before_installation(empty_cache: Any, controller: Controller) -> None:
    first, second = preflight(controller), preflight(controller)
    offered = {"openstack-glance": {"installed": None, "candidate": "1:25.1.0-1.el9"}}
    assert (first["packages"], second["packages"]) == (offered, offered)
    assert empty_cache.run("rpm --query openstack-glance").rc != 0


def test_check_mode_predicts_and_installs_nothing(empty_cache: Any, play: Play) -> None:
    run = play("site", "--check", "--diff")
    assert run.rc == 0, run.output[-3000:]
    for words in ("database glance", "connection = VALUE HIDDEN", "unit openstack-glance-api", "image small-disk"):
        assert words in run.words
    assert empty_cache.run("rpm --query openstack-glance").rc != 0
    assert not empty_cache.file("/etc/glance").exists


@pytest.fixture
def no_repository(empty_cache: Any) -> Iterator[Any]:
    """Remove the configuration of the repository."""
    empty_cache.check_output(f"mv {REPOSITORY} /root/")
    yield empty_cache
    empty_cache.check_output(f"mv /root/{Path(REPOSITORY).name} {REPOSITORY}")


@pytest.mark.usefixtures("no_repository")
def test_unavailable_package_is_reported_before_any_change(play: Play) -> None:
    run = play("site")
    assert run.rc != 0
    assert (
        "The package openstack-glance is not installed, and no repository of this host (centos 9) offers it"
        in run.words
    )
    assert run.changed == 0
    assert "PLAY [Install the packages]" not in run.output


def test_unreachable_repository_is_reported_before_any_change(empty_cache: Any, play: Play) -> None:
    empty_cache.check_output("mv /srv/repository /srv/away")
    run = play("site")
    empty_cache.check_output("mv /srv/away /srv/repository")
    assert run.rc != 0
    assert "dnf reports: " in run.words
    assert "Failed to download metadata for repo 'centos-openstack-zed'" in run.words
    assert run.changed == 0


def test_service_is_deployed_again(empty_cache: Any, play: Play) -> None:
    run, again = play("site"), play("site")
    assert run.rc == 0, run.output[-3000:]
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
    assert empty_cache.service("openstack-glance-api").is_running
