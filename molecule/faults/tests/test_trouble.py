"""Failing services, full disks and occupied ports: the failure is reported, and the next run converges."""

from __future__ import annotations

import subprocess
import time
from typing import Any, Callable, Iterator

import pytest

# Responds as a Keystone that cannot reach its database or is restarting.
FAILING_KEYSTONE = """
import http.server
class Failing(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(STATUS)
    do_POST = do_GET
http.server.ThreadingHTTPServer(('', 5999), Failing).serve_forever()
"""
REDIRECT_TO_FAILING = "iptables -t nat {} OUTPUT -p tcp --dport 5000 -j REDIRECT --to-ports 5999"


def run_in_namespace(controller: Any, namespace: str, command: str) -> None:
    """Run a command of this machine in a namespace of the host."""
    show = ["podman", "inspect", "--format", "{{.State.Pid}}", controller.name]
    pid = subprocess.run(show, check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["nsenter", "-t", pid, namespace, "sh", "-c", command], check=True)


@pytest.mark.parametrize("status", [500, 503])
def test_temporary_failure_of_keystone_is_retried(
    converged: Any, background_run: Callable[..., Any], status: int
) -> None:
    check_output = converged.host.check_output
    check_output(f"cat > /root/failing.py <<'E'\n{FAILING_KEYSTONE.replace('STATUS', str(status))}\nE")
    check_output("setsid python3 /root/failing.py >/dev/null 2>&1 & echo started")
    check_output("timeout 20 sh -c 'until ss -ltn | grep -q :5999; do sleep 0.1; done'")
    run = background_run(converged, "site")
    assert run.wait_for(lambda tasks: any("preflight | Check the host" in name for name in tasks))
    run_in_namespace(converged, "-n", REDIRECT_TO_FAILING.format("-A"))
    time.sleep(4)
    run_in_namespace(converged, "-n", REDIRECT_TO_FAILING.format("-D"))
    converged.host.run("pkill -f /root/failing.py")
    assert run.wait() == 0, run.output.read_text()[-3000:]
    assert "changed=0" in run.output.read_text()


def test_stopped_keystone_is_reported_before_any_change(converged: Any) -> None:
    converged.host.check_output("systemctl stop keystone")
    try:
        run = converged.play("site")
    finally:
        converged.host.check_output("systemctl start keystone")
    assert run.rc != 0
    assert "glance_identity_url: cannot get http://controller:5000" in run.words
    assert run.changed == 0


def test_unreadable_package_database_is_an_error_before_any_change(converged: Any) -> None:
    check_output = converged.host.check_output
    check_output("cp -p /var/lib/dpkg/status /root/status && echo 'no field' >> /var/lib/dpkg/status")
    try:
        run = converged.play("site")
    finally:
        check_output("mv /root/status /var/lib/dpkg/status")
    assert run.rc != 0
    assert "Cannot read which packages are installed: `dpkg-query` failed with status 2" in run.words
    assert run.changed == 0
    assert check_output("systemctl is-enabled glance-api") == "enabled"


def test_unwritable_log_is_reported_before_any_change(converged: Any) -> None:
    converged.host.check_output("chown root:root /var/log/glance/glance-api.log")
    try:
        run = converged.play("site")
    finally:
        converged.host.check_output("chown glance:glance /var/log/glance/glance-api.log")
    assert run.rc != 0
    assert "Run on this host: chown glance:glance /var/log/glance/glance-api.log" in run.words
    assert run.changed == 0


def test_package_on_hold_is_reported_before_any_removal(converged: Any) -> None:
    converged.host.check_output("apt-mark hold glance-api")
    try:
        run = converged.play("remove")
    finally:
        converged.host.check_output("apt-mark unhold glance-api")
    assert run.rc != 0
    assert "apt-mark unhold glance-api" in run.words
    assert run.changed == 0


def test_occupied_port_is_reported(converged: Any) -> None:
    converged.host.check_output(
        "setsid python3 -m http.server 9393 --bind 0.0.0.0 >/dev/null 2>&1 & "
        "timeout 20 sh -c 'until ss -ltn | grep -q :9393; do sleep 0.1; done'; echo listens"
    )
    try:
        run = converged.play("site", glance_api_bind_port=9393)
    finally:
        converged.host.run("pkill -f 'http.server 9393'")
    assert run.rc != 0
    assert "glance_api_bind_port: another program listens on port 9393: python3" in run.words
    assert run.changed == 0


def test_all_problems_are_reported_at_once(converged: Any) -> None:
    run = converged.play(
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
def test_unusable_values_are_refused(converged: Any, variables: dict[str, Any], words: list[str]) -> None:
    run = converged.play("site", **variables)
    assert run.rc != 0
    assert run.changed == 0
    assert [word for word in words if word not in run.words] == []
    assert "s3same" not in run.output


def test_domain_can_be_an_id(converged: Any) -> None:
    before = converged.play("site")
    by_id = converged.play("site", glance_service_domain="default")
    assert by_id.rc == 0, by_id.output[-3000:]
    assert converged.host.run("grep -x 'user_domain_id = default' /etc/glance/glance-api.conf").rc == 0
    reverted = converged.play("site")
    assert (before.rc, reverted.rc) == (0, 0), reverted.output[-3000:]


@pytest.fixture
def disk(converged: Any) -> Iterator[Callable[[str], None]]:
    """Mount a separate file system for the configuration. Return a function that runs a command in its namespace."""

    def run(command: str) -> None:
        run_in_namespace(converged, "-m", command)

    run("cp -a /etc/glance /root/glance && mount -t tmpfs -o size=2m,mode=0750 none /etc/glance")
    run("cp -a /root/glance/. /etc/glance/ && chown --reference=/root/glance /etc/glance")
    yield run
    run("umount /etc/glance && rm -r /root/glance")
    converged.host.check_output("systemctl restart glance-api")


@pytest.mark.parametrize(
    ("inject", "repair", "words"),
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
def test_unwritable_file_is_unchanged(
    converged: Any, disk: Callable[[str], None], inject: str, repair: str, words: str
) -> None:
    content = converged.host.file("/etc/glance/glance-api.conf").content_string
    disk(inject)
    desired = {"glance_config": {"DEFAULT": {"image_size_cap": 2000000000}}}
    run = converged.play("site", **desired)
    disk(repair)
    assert run.rc != 0
    assert words in run.words
    assert converged.host.file("/etc/glance/glance-api.conf").content_string == content
    changed, reverted = converged.play("site", **desired), converged.play("site")
    assert (changed.rc, changed.changed) == (0, 2), changed.output[-3000:]
    assert (reverted.rc, reverted.changed) == (0, 2), reverted.output[-3000:]
    assert converged.host.check_output("find /etc/glance -name 'glance-api.conf?*'") == ""


# A store with two directories in a directory that the service cannot access. The role creates both.
INACCESSIBLE = [
    {
        "name": "fs",
        "type": "file",
        "options": {"filesystem_store_datadirs": ["/srv/closed/a:200", "/srv/closed/b:100"]},
    }
]


def test_failing_store_fails_each_run_until_repaired(converged: Any) -> None:
    converged.host.check_output("install -d -m 0700 /srv/closed")
    first, second = (converged.play("site", glance_stores=INACCESSIBLE) for _run in range(2))
    converged.host.check_output("chmod 755 /srv/closed")
    corrected, again = (converged.play("site", glance_stores=INACCESSIBLE) for _run in range(2))
    reverted = converged.play("site")
    for run in (first, second):
        assert run.rc != 0
        assert "The store fs does not work: PUT " in run.words
        assert "runs with the new configuration" in run.words
    assert corrected.rc == 0, corrected.output[-3000:]
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
    assert converged.host.file("/srv/closed/b").user == "glance"
    assert reverted.rc == 0, reverted.output[-3000:]


SILENT = 'import socket, time; server = socket.create_server(("", 5998)); time.sleep(600)'


def test_unresponsive_keystone_times_out(converged: Any) -> None:
    check_output = converged.host.check_output
    process = check_output(f"setsid python3 -c '{SILENT}' >/dev/null 2>&1 & echo $!")
    check_output("timeout 20 sh -c 'until ss -ltn | grep -q :5998; do sleep 0.1; done'")
    auth = {"auth_url": "http://controller:5998/v3", "username": "admin", "password": "any", "project_name": "admin"}
    start = time.monotonic()
    run = converged.play("verify", glance_cloud={"auth": {**auth, "user_domain_id": "default"}})
    assert run.rc != 0
    assert time.monotonic() - start < 120
    assert "Cannot get a token from the Identity service at http://controller:5998" in run.words
    assert "no complete response within 60 seconds" in run.words
    converged.host.run(f"kill {process}")


# Set the variables of /etc/environment, as PAM does for a session over SSH.
WITH_ENVIRONMENT = """#!/bin/sh
set -a
. /etc/environment
exec /usr/bin/python3 "$@"
"""


def test_proxy_of_the_environment_is_not_used_for_the_cloud(converged: Any) -> None:
    check_output = converged.host.check_output
    check_output("printf 'http_proxy=http://127.0.0.1:9\nhttps_proxy=http://127.0.0.1:9\n' > /etc/environment")
    check_output(f"cat > /usr/local/bin/python3-with-environment <<'E'\n{WITH_ENVIRONMENT}E")
    check_output("chmod 755 /usr/local/bin/python3-with-environment")
    variables = {"ansible_python_interpreter": "/usr/local/bin/python3-with-environment"}
    site, verified = converged.play("site", **variables), converged.play("verify", **variables)
    check_output("rm /etc/environment /usr/local/bin/python3-with-environment")
    assert (site.rc, site.changed) == (0, 0), site.output[-3000:]
    assert verified.rc == 0, verified.output[-3000:]
