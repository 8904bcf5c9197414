"""A configuration that was written by hand: options and images that a run would remove are reported beforehand."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

CONF = "/etc/glance/glance-api.conf"
POLICY = "/etc/glance/policy.json"
MANUAL_CONFIGURATION = """\
[DEFAULT]
image_size_cap = 5000000000
[database]
connection = {connection}
[keystone_authtoken]
username = glance
password = by-hand
[glance_store]
stores = file,http
filesystem_store_datadir = /var/lib/glance/images/
"""
IMAGE = "11111111-2222-3333-4444-555555555555"
# The rows of an image whose data is at a URL.
INSERT_IMAGE = (
    "INSERT INTO images (id, status, visibility, min_disk, min_ram, protected, deleted, created_at, os_hidden)"
    f" VALUES ('{IMAGE}', 'active', 'private', 0, 0, 0, 0, NOW(), 0);"
    "INSERT INTO image_locations (image_id, value, status, deleted, meta_data, created_at)"
    f" VALUES ('{IMAGE}', 'http://controller:8099/disk', 'active', 0, '{{}}', NOW())"
)
ACCOUNTS = (
    "mysql -N -e \"SELECT user, host, authentication_string FROM mysql.user WHERE user = 'glance';"
    ' SELECT password_hash FROM keystone.password ORDER BY id"'
)


@pytest.fixture
def manual_host(converged: Any) -> Iterator[Any]:
    """Replace the configuration of the host with a manual one, and add an image at a URL."""
    check_output = converged.host.check_output
    connection = check_output(f"sed -n 's/^connection = //p' {CONF}")
    check_output(f"cp -p {CONF} /root/original.conf")
    check_output(f"cat > {CONF} <<'E'\n{MANUAL_CONFIGURATION.format(connection=connection)}\nE")
    check_output(f'echo \'{{"publicize_image": "role:none"}}\' > {POLICY}')
    check_output(f'mysql glance -e "{INSERT_IMAGE}"')
    yield converged
    check_output(f"mysql glance -e \"DELETE FROM image_locations WHERE image_id = '{IMAGE}'\"")
    check_output(f"mysql glance -e \"DELETE FROM images WHERE id = '{IMAGE}'\"")
    check_output(f"rm -f {POLICY}; cp -p /root/original.conf {CONF}")


def test_loss_of_images_is_refused_before_any_change(manual_host: Any) -> None:
    check_output = manual_host.host.check_output
    before = check_output(ACCOUNTS), check_output(f"sha256sum {CONF}"), check_output("ls /etc/glance")
    run = manual_host.play("site")
    assert run.rc != 0
    assert (check_output(ACCOUNTS), check_output(f"sha256sum {CONF}"), check_output("ls /etc/glance")) == before
    assert run.changed == 0
    for words in (
        f"{CONF} was not written by this collection and is replaced",
        "Options that are removed: DEFAULT/image_size_cap",
        "another password for the service user glance than glance_service_password",
        f"{POLICY} is in force and not managed by this collection. It sets these rules: publicize_image",
        "1 image has its data only in the store kind http",
        "Add {name: http, type: http} to glance_stores",
    ):
        assert words in run.words
    assert "by-hand" not in run.output
