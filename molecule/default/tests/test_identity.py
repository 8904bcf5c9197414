"""Registration in Keystone with drift, duplicates, other regions, locked accounts and failing requests."""

from __future__ import annotations

import json
import time
from typing import Any, Callable, Iterator

import pytest
from controllers import Controller

CLIENT = "openstack --os-cloud sandbox"
URL = "http://controller:9292"
ENDPOINTS = dict.fromkeys(("public", "internal", "admin"), URL)
PROXY = 5999
GLANCE = {
    "cloud": "sandbox",
    "user": "glance",
    "password": "{{ glance_service_password }}",
    "roles": ["admin", "service"],
    "name": "glance",
    "endpoints": ENDPOINTS,
}
# A separate service, so that the tests do not change the Image service.
OTHER = {
    "cloud": "sandbox",
    "user": "spare",
    "password": "s$pare%secret/of:the tests",
    "roles": ["admin"],
    "name": "spare",
    "type": "spare-type",
    "endpoints": {"public": "http://controller:9999", "internal": "http://controller:9999"},
}
# After each change of an endpoint, record the number of public endpoints of the Image service in the region.
TRIGGER = """
CREATE TRIGGER watch_{verb} AFTER {verb} ON endpoint FOR EACH ROW INSERT INTO watched.counts
SELECT NULL, count(*) FROM endpoint e JOIN service s ON e.service_id = s.id
WHERE e.interface = 'public' AND e.region_id = 'RegionOne' AND s.type = 'image' AND e.enabled AND s.enabled
"""
# A proxy for Keystone that refuses every fourth request and loses every fifth response.
FAULTY = f"""
import http.client, http.server, itertools
number = itertools.count(1)
class Faulty(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.0'
    def answer(self):
        length = int(self.headers.get('Content-Length') or 0)
        body, turn = self.rfile.read(length), next(number)
        status, content = 503, b'busy'
        if turn % 4:
            connection = http.client.HTTPConnection('127.0.0.1', 5000)
            connection.request(self.command, self.path, body, dict(self.headers))
            response = connection.getresponse()
            status, content = response.status, response.read()
            self.token = response.getheader('X-Subject-Token')
            if turn % 5 == 0:
                status, content = 500, b'lost'
        self.send_response(status)
        self.send_header('Content-Length', str(len(content)))
        if status == 201 and self.token:
            self.send_header('X-Subject-Token', self.token)
        self.end_headers()
        self.wfile.write(content)
    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer
    def log_message(self, *words):
        pass
http.server.ThreadingHTTPServer(('127.0.0.1', {PROXY}), Faulty).serve_forever()
"""

Play = Callable[..., Any]
Register = Callable[..., Any]


def openstack_json(host: Any, command: str) -> Any:
    """Run the openstack client and return its JSON output."""
    return json.loads(host.check_output(f"{CLIENT} {command} -f json"))


def sql(host: Any, statement: str, database: str = "keystone") -> str:
    return str(host.check_output("mysql -N %s -e %s", database, statement).strip())


def endpoint_ids(host: Any, service: str = "image") -> dict[tuple[str, str], str]:
    """Return the ID of each endpoint of a service by region and interface."""
    listed = openstack_json(host, f"endpoint list --service {service}")
    found = {(each["Region"], each["Interface"]): each["ID"] for each in listed}
    assert len(found) == len(listed), listed
    return found


def password_hash(host: Any) -> str:
    """Return the hash of the current password of the user glance."""
    return sql(
        host,
        "SELECT password_hash FROM password p JOIN local_user u ON p.local_user_id = u.id WHERE u.name = 'glance' "
        "ORDER BY created_at_int DESC LIMIT 1",
    )


@pytest.fixture(scope="module")
def register(controller: Controller) -> Register:
    """Return a function that runs the module keystone_service on the host."""

    def run(*flags: str, **options: Any) -> Any:
        return controller.module("keystone_service", *flags, **options)

    return run


@pytest.fixture
def watched(host: Any) -> Iterator[None]:
    """Record the number of public endpoints after each change, with triggers in the database."""
    sql(
        host, "CREATE DATABASE watched; CREATE TABLE watched.counts (id int AUTO_INCREMENT PRIMARY KEY, n int)", "mysql"
    )
    for verb in ("INSERT", "UPDATE", "DELETE"):
        sql(host, TRIGGER.format(verb=verb))
    yield
    for verb in ("INSERT", "UPDATE", "DELETE"):
        sql(host, f"DROP TRIGGER watch_{verb}")
    sql(host, "DROP DATABASE watched", "mysql")


@pytest.fixture
def unrelated(host: Any) -> Iterator[dict[str, Any]]:
    """Create endpoints that must not change: one of the Image service in another region, and one of another service."""
    host.check_output(f"{CLIENT} region create RegionTwo")
    host.check_output(f"{CLIENT} endpoint create --region RegionTwo image public http://two:9292")
    host.check_output(f"{CLIENT} service create --name stranger stranger-type")
    host.check_output(f"{CLIENT} endpoint create --region RegionOne stranger public http://stranger:1")
    yield unrelated_endpoints(host)
    host.check_output(f"{CLIENT} service delete stranger")
    host.check_output(f"{CLIENT} endpoint delete {endpoint_ids(host)['RegionTwo', 'public']}")
    host.check_output(f"{CLIENT} region delete RegionTwo")


def unrelated_endpoints(host: Any) -> dict[str, Any]:
    listed = openstack_json(host, "endpoint list")
    return {each["ID"]: each for each in listed if each["Service Name"] == "stranger" or each["Region"] != "RegionOne"}


def test_drift_and_duplicates_are_repaired_without_interruption(
    host: Any, play: Play, register: Register, watched: None, unrelated: dict[str, Any]
) -> None:
    before = endpoint_ids(host)
    service = openstack_json(host, "service show image")["id"]
    host.check_output(f"{CLIENT} endpoint set --url http://wrong:9292 {before['RegionOne', 'internal']}")
    host.check_output(f"{CLIENT} endpoint set --url http://wrong:9292/v2 {before['RegionOne', 'public']}")
    for number in (1, 2):
        host.check_output(f"{CLIENT} endpoint create --region RegionOne {service} public http://double{number}:9292")
    double = json.loads(host.check_output(f"{CLIENT} service create --name glance image -f json"))["id"]
    host.check_output(f"{CLIENT} endpoint create --region RegionOne {double} public http://double3:9292")
    host.check_output(f"{CLIENT} user set --email wrong@example.com --disable glance")
    sql(host, "TRUNCATE counts", "watched")

    predicted = register("--check", **GLANCE)
    assert sql(host, "SELECT count(*) FROM counts", "watched") == "0"
    run = play("site", "--diff")

    assert run.rc == 0, run.output[-3000:]
    assert [resource for resource in predicted["actions"] if resource not in run.output] == []
    assert not register(**GLANCE)["changed"]
    assert int(sql(host, "SELECT min(n) FROM counts", "watched")) >= 1
    assert sql(host, "SELECT n FROM counts ORDER BY id DESC LIMIT 1", "watched") == "1"
    assert [each["ID"] for each in openstack_json(host, "service list") if each["Type"] == "image"] == [service]
    after = endpoint_ids(host)
    assert {place: after[place] for place in before if place[1] != "public"} == {
        place: before[place] for place in before if place[1] != "public"
    }
    assert {each["URL"] for each in openstack_json(host, "endpoint list --service image --region RegionOne")} == {URL}
    assert unrelated_endpoints(host) == unrelated
    assert openstack_json(host, "user show glance")["enabled"]


def test_wrong_url_is_updated_in_place(host: Any, register: Register) -> None:
    before = endpoint_ids(host)
    for identity in before.values():
        host.check_output(f"{CLIENT} endpoint set --url http://wrong:9292 {identity}")

    predicted, done = register("--check", **GLANCE), register(**GLANCE)

    assert predicted["actions"] == done["actions"] == {f"endpoint {name}": "update" for name in ENDPOINTS}
    assert endpoint_ids(host) == before
    assert not register(**GLANCE)["changed"]


def test_valid_password_is_not_written(host: Any, register: Register) -> None:
    before = password_hash(host)

    done = register(**GLANCE, email="glance@example.com")

    assert done["actions"] == {"user glance": "update"}
    assert password_hash(host) == before
    register(**GLANCE, email="")


@pytest.fixture
def lockout(host: Any) -> Iterator[None]:
    """Configure Keystone to lock users after two failed logins."""
    file = "/etc/keystone/keystone.conf"
    host.check_output(f"cp -a {file} /root/keystone.conf.kept")
    host.check_output(f"printf '\\n[security_compliance]\\nlockout_failure_attempts = 2\\n' >> {file}")
    restart_keystone(host)
    yield
    host.check_output(f"cp -a /root/keystone.conf.kept {file} && rm /root/keystone.conf.kept")
    restart_keystone(host)


def restart_keystone(host: Any) -> None:
    host.check_output("systemctl restart keystone || systemctl restart apache2")
    wait_until(lambda: host.run(f"{CLIENT} token issue").rc == 0)


def wait_until(predicate: Callable[[], bool], seconds: int = 120) -> None:
    end = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < end
        time.sleep(0.2)


def failed_logins(host: Any) -> int:
    return int(sql(host, "SELECT coalesce(failed_auth_count, 0) FROM local_user WHERE name = 'glance'"))


@pytest.mark.usefixtures("lockout")
def test_check_of_password_does_not_lock_account(host: Any, register: Register) -> None:
    host.check_output(f"{CLIENT} user set --password another glance")
    assert register("--check", **GLANCE)["actions"] == {"password of user glance": "update"}
    assert failed_logins(host) == 1

    assert register(**GLANCE)["actions"] == {"password of user glance": "update"}
    assert failed_logins(host) == 0
    assert not register(**GLANCE)["changed"]
    assert failed_logins(host) == 0


@pytest.mark.usefixtures("lockout")
def test_locked_account_is_unlocked(host: Any, register: Register) -> None:
    sql(host, "UPDATE local_user SET failed_auth_count = 2, failed_auth_at = utc_timestamp() WHERE name = 'glance'")

    assert register(**GLANCE)["actions"] == {"password of user glance": "update"}
    assert failed_logins(host) == 0
    assert not register(**GLANCE)["changed"]


@pytest.fixture
def failing_proxy(host: Any) -> Iterator[None]:
    """Start a proxy for Keystone with failures."""
    host.check_output("printf %%s %s > /root/faulty.py", FAULTY)
    host.check_output("systemd-run --unit=faulty-keystone /usr/bin/python3 /root/faulty.py")
    wait_until(lambda: bool(host.socket(f"tcp://127.0.0.1:{PROXY}").is_listening))
    yield
    host.check_output("systemctl stop faulty-keystone; rm /root/faulty.py")


@pytest.fixture
def spare(host: Any) -> Iterator[None]:
    yield
    for command in ("user delete spare", "service delete spare", "region delete RegionTwo"):
        host.run(f"{CLIENT} {command}")


@pytest.mark.usefixtures("failing_proxy", "spare")
def test_temporary_failures_of_keystone_are_retried(host: Any, register: Register) -> None:
    cloud = {
        "auth": {
            "auth_url": f"http://127.0.0.1:{PROXY}/v3", "username": "admin", "project_name": "admin",
            "password": "{{ sandbox_controller_admin_password }}",
            "user_domain_name": "Default", "project_domain_name": "Default",
        },
        "identity_endpoint_override": f"http://127.0.0.1:{PROXY}/v3",
    }  # fmt: skip
    through = {**OTHER, "cloud": cloud}

    created, again = register(**through), register(**through)

    assert set(created["actions"].values()) == {"create"}, created
    assert not again["changed"]
    assert len(endpoint_ids(host, "spare")) == 2
    assert [each["Name"] for each in openstack_json(host, "service list")].count("spare") == 1
    removed, nothing = register(**through, state="absent"), register(**through, state="absent")
    assert set(removed["actions"].values()) == {"remove"}
    assert not nothing["changed"]


@pytest.mark.usefixtures("spare")
def test_absent_keeps_resources_of_others(host: Any, register: Register) -> None:
    two = {**OTHER, "region": "RegionTwo"}
    register(**OTHER)
    register(**two)
    host.check_output(f"{CLIENT} role add --user spare --project admin admin")

    first = register(**OTHER, state="absent")
    assert first["kept"]["user spare"] == "the service has endpoints in the region RegionTwo"
    assert {region for region, _interface in endpoint_ids(host, "spare")} == {"RegionTwo"}
    assert not register(**OTHER, state="absent")["changed"]

    second = register(**two, state="absent")
    assert second["kept"] == {"user spare": "it has the role admin on project admin"}
    assert second["actions"]["role admin of user spare on project service"] == "remove"
    assert not register(**two, state="absent")["changed"]

    host.check_output(f"{CLIENT} role remove --user spare --project admin admin")
    assert register(**two, state="absent")["actions"] == {"user spare": "remove"}
    assert host.run(f"{CLIENT} project show service").rc == 0


@pytest.mark.usefixtures("spare")
def test_killed_run_is_completed_by_next_run(host: Any, register: Register) -> None:
    for query in (
        "SELECT count(*) FROM local_user WHERE name = 'spare'",
        "SELECT count(*) FROM assignment a JOIN local_user u ON a.actor_id = u.user_id WHERE u.name = 'spare'",
        "SELECT count(*) FROM service WHERE type = 'spare-type'",
    ):
        kill_after_creation(host, register, query)
    register(**OTHER)

    assert not register(**OTHER)["changed"]
    assert len(endpoint_ids(host, "spare")) == 2
    assert [each["Name"] for each in openstack_json(host, "service list")].count("spare") == 1


def kill_after_creation(host: Any, register: Register, query: str) -> None:
    """Kill the module on the host as soon as the query returns a row."""
    killer = f'until mysql -N keystone -e "{query}" | grep -qv ^0; do sleep 0.02; done; '
    killer += "pkill -9 -f [A]nsiballZ_keystone_service"
    host.check_output("systemd-run --collect sh -c %s", killer)
    register(**OTHER)
