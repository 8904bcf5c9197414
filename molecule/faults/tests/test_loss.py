"""A configuration that was written by hand: what a run would take away is reported before any change."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

CONF = "/etc/glance/glance-api.conf"
POLICY = "/etc/glance/policy.json"
BY_HAND = """\
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
# An image as the service keeps it whose data is at a URL.
AT_A_URL = (
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
def taken_over(undisturbed: Any) -> Iterator[Any]:
    """A host whose configuration was written by hand, with an image at a URL."""
    said = undisturbed.host.check_output
    connection = said(f"sed -n 's/^connection = //p' {CONF}")
    said(f"cp -p {CONF} /root/ours.conf")
    said(f"cat > {CONF} <<'E'\n{BY_HAND.format(connection=connection)}\nE")
    said(f'echo \'{{"publicize_image": "role:none"}}\' > {POLICY}')
    said(f'mysql glance -e "{AT_A_URL}"')
    yield undisturbed
    said(f"mysql glance -e \"DELETE FROM image_locations WHERE image_id = '{IMAGE}'\"")
    said(f"mysql glance -e \"DELETE FROM images WHERE id = '{IMAGE}'\"")
    said(f"rm -f {POLICY}; cp -p /root/ours.conf {CONF}")


def test_images_that_would_be_unreadable_are_refused_before_anything_is_changed(taken_over: Any) -> None:
    said = taken_over.host.check_output
    before = said(ACCOUNTS), said(f"sha256sum {CONF}"), said("ls /etc/glance")
    run = taken_over.play("site")
    assert run.rc != 0
    assert (said(ACCOUNTS), said(f"sha256sum {CONF}"), said("ls /etc/glance")) == before
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
