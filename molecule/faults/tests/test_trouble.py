"""Services that stumble, disks that are full, ports that are taken: told in one sentence, and outlived."""

from __future__ import annotations

import subprocess
import time
from typing import Any, Callable, Iterator

import pytest

# Answers as a Keystone that cannot reach its database, or that is just being restarted.
STUMBLING = """
import http.server
class Stumbling(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(STATUS)
    do_POST = do_GET
http.server.ThreadingHTTPServer(('', 5999), Stumbling).serve_forever()
"""
AWAY = "iptables -t nat {} OUTPUT -p tcp --dport 5000 -j REDIRECT --to-ports 5999"


def enter(controller: Any, namespace: str, command: str) -> None:
    """Run a command of this machine in a namespace of the host."""
    show = ["podman", "inspect", "--format", "{{.State.Pid}}", controller.name]
    pid = subprocess.run(show, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["nsenter", "-t", pid, namespace, "sh", "-c", command], check=True)


@pytest.mark.parametrize("status", [500, 503])
def test_keystone_that_stumbles_for_a_while_is_waited_for(
    undisturbed: Any, disturbed: Callable[..., Any], status: int
) -> None:
    said = undisturbed.host.check_output
    said(f"cat > /root/stumbling.py <<'E'\n{STUMBLING.replace('STATUS', str(status))}\nE")
    said("setsid python3 /root/stumbling.py >/dev/null 2>&1 & echo started")
    said("timeout 20 sh -c 'until ss -ltn | grep -q :5999; do sleep 0.1; done'")
    run = disturbed(undisturbed, "site")
    for task in ("preflight | Check what", "Create the service credentials"):
        assert run.wait_for(lambda tasks, task=task: any(task in name for name in tasks))
        enter(undisturbed, "-n", AWAY.format("-A"))
        time.sleep(4)
        enter(undisturbed, "-n", AWAY.format("-D"))
    undisturbed.host.run("pkill -f /root/stumbling.py")
    assert run.end() == 0, run.output.read_text()[-3000:]
    assert "changed=0" in run.output.read_text()


def test_keystone_that_is_down_is_told_before_anything_is_changed(undisturbed: Any) -> None:
    undisturbed.host.check_output("systemctl stop keystone")
    try:
        run = undisturbed.play("site")
    finally:
        undisturbed.host.check_output("systemctl start keystone")
    assert run.rc != 0
    assert "glance_identity_url: cannot get http://controller:5000" in run.words
    assert run.changed == 0


def test_package_database_that_cannot_be_read_is_an_error_before_anything_is_changed(undisturbed: Any) -> None:
    check = undisturbed.host.check_output
    check("cp -p /var/lib/dpkg/status /root/status && echo 'no field' >> /var/lib/dpkg/status")
    try:
        run = undisturbed.play("site")
    finally:
        check("mv /root/status /var/lib/dpkg/status")
    assert run.rc != 0
    assert "Cannot read which packages are installed: `dpkg-query` failed with status 2" in run.words
    assert run.changed == 0
    assert check("systemctl is-enabled glance-api") == "enabled"


def test_log_that_the_service_cannot_write_is_reported_before_anything_is_changed(undisturbed: Any) -> None:
    undisturbed.host.check_output("chown root:root /var/log/glance/glance-api.log")
    try:
        run = undisturbed.play("site")
    finally:
        undisturbed.host.check_output("chown glance:glance /var/log/glance/glance-api.log")
    assert run.rc != 0
    assert "Run on this host: chown glance:glance /var/log/glance/glance-api.log" in run.words
    assert run.changed == 0


def test_package_on_hold_is_reported_before_anything_is_removed(undisturbed: Any) -> None:
    undisturbed.host.check_output("apt-mark hold glance-api")
    try:
        run = undisturbed.play("remove")
    finally:
        undisturbed.host.check_output("apt-mark unhold glance-api")
    assert run.rc != 0
    assert "apt-mark unhold glance-api" in run.words
    assert run.changed == 0


def test_port_that_another_program_has_is_told(undisturbed: Any) -> None:
    undisturbed.host.check_output(
        "setsid python3 -m http.server 9393 --bind 0.0.0.0 >/dev/null 2>&1 & "
        "timeout 20 sh -c 'until ss -ltn | grep -q :9393; do sleep 0.1; done'; echo listens"
    )
    try:
        run = undisturbed.play("site", glance_api_bind_port=9393)
    finally:
        undisturbed.host.run("pkill -f 'http.server 9393'")
    assert run.rc != 0
    assert "glance_api_bind_port: another program listens on port 9393: python3" in run.words
    assert run.changed == 0


def test_all_that_is_wrong_with_a_host_is_told_at_once(undisturbed: Any) -> None:
    run = undisturbed.play(
        "site",
        glance_database_port=3399,
        glance_memcached_servers=["controller:11299"],
        glance_public_url="http://no-such-host.invalid:9292",
        glance_api_min_free_gib=99999999,
    )
    assert run.rc != 0
    for words in ("controller:3399", "controller:11299", "cannot resolve no-such-host.invalid", "of free space"):
        assert words in run.words
    assert run.changed == 0


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        pytest.param(
            {"glance_service_password": "s3same-word\n", "glance_public_url": "http://controller:9292/v2"},
            ["glance_service_password ends with a newline", "appended again: write http://controller:9292"],
            id="content",
        ),
        pytest.param(
            {"glance_images": [{"name": "x", "method": "web-download", "url": "http://controller:8099/x"}]},
            ["glance_config: {import_filtering_opts: {allowed_ports: [80, 443, 8099]}}"],
            id="import-filters",
        ),
    ],
)
def test_values_that_a_program_cannot_use_are_refused(
    undisturbed: Any, variables: dict[str, Any], words: list[str]
) -> None:
    run = undisturbed.play("site", **variables)
    assert run.rc != 0
    assert run.changed == 0
    assert [word for word in words if word not in run.words] == []
    assert "s3same" not in run.output


def test_domain_may_be_given_by_its_id(undisturbed: Any) -> None:
    before = undisturbed.play("site")
    given = undisturbed.play("site", glance_service_domain="default")
    assert given.rc == 0, given.output[-3000:]
    assert undisturbed.host.run("grep -x 'user_domain_id = default' /etc/glance/glance-api.conf").rc == 0
    back = undisturbed.play("site")
    assert (before.rc, back.rc) == (0, 0), back.output[-3000:]


@pytest.fixture
def disk(undisturbed: Any) -> Iterator[Callable[[str], None]]:
    """A file system of its own for the configuration, and what runs a command on it."""

    def run(command: str) -> None:
        enter(undisturbed, "-m", command)

    run("cp -a /etc/glance /root/glance && mount -t tmpfs -o size=2m,mode=0750 none /etc/glance")
    run("cp -a /root/glance/. /etc/glance/ && chown --reference=/root/glance /etc/glance")
    yield run
    run("umount /etc/glance && rm -r /root/glance")
    undisturbed.host.check_output("systemctl restart glance-api")


@pytest.mark.parametrize(
    ("spoil", "mend", "words"),
    [
        pytest.param(
            "dd if=/dev/zero of=/etc/glance/filler bs=512 2>/dev/null || true",
            "rm /etc/glance/filler",
            "No space left on device",
            id="full-disk",
        ),
        pytest.param(
            "mount -o remount,ro /etc/glance",
            "mount -o remount,rw /etc/glance",
            "Read-only file system",
            id="read-only",
        ),
    ],
)
def test_file_that_cannot_be_written_stays_as_it_is(
    undisturbed: Any, disk: Callable[[str], None], spoil: str, mend: str, words: str
) -> None:
    content = undisturbed.host.file("/etc/glance/glance-api.conf").content_string
    disk(spoil)
    desired = {"glance_config": {"DEFAULT": {"image_size_cap": 2000000000}}}
    run = undisturbed.play("site", **desired)
    disk(mend)
    assert run.rc != 0
    assert words in run.words
    assert undisturbed.host.file("/etc/glance/glance-api.conf").content_string == content
    there, back = undisturbed.play("site", **desired), undisturbed.play("site")
    assert (there.rc, there.changed) == (0, 2), there.output[-3000:]
    assert (back.rc, back.changed) == (0, 2), back.output[-3000:]
    assert undisturbed.host.check_output("find /etc/glance -name 'glance-api.conf?*'") == ""


# A store with two directories, below one that the service cannot enter. The role creates both.
CLOSED = [
    {
        "name": "fs",
        "type": "file",
        "options": {"filesystem_store_datadirs": ["/srv/closed/a:200", "/srv/closed/b:100"]},
    }
]


def test_store_that_does_not_work_ends_each_run_until_it_works(undisturbed: Any) -> None:
    undisturbed.host.check_output("install -d -m 0700 /srv/closed")
    first, second = (undisturbed.play("site", glance_stores=CLOSED) for _run in range(2))
    undisturbed.host.check_output("chmod 755 /srv/closed")
    corrected, again = (undisturbed.play("site", glance_stores=CLOSED) for _run in range(2))
    back = undisturbed.play("site")
    for run in (first, second):
        assert run.rc != 0
        assert "The store fs does not work: PUT " in run.words
        assert "runs with the new configuration" in run.words
    assert corrected.rc == 0, corrected.output[-3000:]
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
    assert undisturbed.host.file("/srv/closed/b").user == "glance"
    assert back.rc == 0, back.output[-3000:]


SILENT = 'import socket, time; server = socket.create_server(("", 5998)); time.sleep(600)'


def test_keystone_that_never_answers_ends_the_task_in_time(undisturbed: Any) -> None:
    said = undisturbed.host.check_output
    started = said(f"setsid python3 -c '{SILENT}' >/dev/null 2>&1 & echo $!")
    said("timeout 20 sh -c 'until ss -ltn | grep -q :5998; do sleep 0.1; done'")
    auth = {"auth_url": "http://controller:5998/v3", "username": "admin", "password": "any", "project_name": "admin"}
    begun = time.monotonic()
    run = undisturbed.play("verify", glance_cloud={"auth": {**auth, "user_domain_id": "default"}})
    assert run.rc != 0
    assert time.monotonic() - begun < 120
    assert "The Identity service at http://controller:5998 gave no token" in run.words
    assert "no complete answer within 60 seconds" in run.words
    undisturbed.host.run(f"kill {started}")


# As PAM does for a session over SSH.
WITH_ENVIRONMENT = """#!/bin/sh
set -a
. /etc/environment
exec /usr/bin/python3 "$@"
"""


def test_proxy_of_the_environment_is_not_used_for_the_cloud(undisturbed: Any) -> None:
    said = undisturbed.host.check_output
    said("printf 'http_proxy=http://127.0.0.1:9\nhttps_proxy=http://127.0.0.1:9\n' > /etc/environment")
    said(f"cat > /usr/local/bin/python3-with-environment <<'E'\n{WITH_ENVIRONMENT}E")
    said("chmod 755 /usr/local/bin/python3-with-environment")
    given = {"ansible_python_interpreter": "/usr/local/bin/python3-with-environment"}
    site, verified = undisturbed.play("site", **given), undisturbed.play("verify", **given)
    said("rm /etc/environment /usr/local/bin/python3-with-environment")
    assert (site.rc, site.changed) == (0, 0), site.output[-3000:]
    assert verified.rc == 0, verified.output[-3000:]
