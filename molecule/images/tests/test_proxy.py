"""Proxies between the module and the service that respond with errors, close connections and alter content."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Iterator

import pytest
import yaml

LOG = "/srv/proxy.log"
CERTIFICATE = "/srv/proxy.pem"
PROXY, TLS_PROXY = "http://controller:8002", "https://controller:8003"
SMALL = {"src": "/srv/images/small.img", "disk_format": "raw"}
Module = Callable[..., "dict[str, Any]"]


@pytest.fixture(scope="module")
def proxied(host: Any) -> Iterator[Callable[[str], dict[str, Any]]]:
    """Return a function that returns the cloud configuration with a URL of the Image service."""
    certificate = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {CERTIFICATE} -out /srv/proxy.crt"
    names = "-subj /CN=controller -addext subjectAltName=DNS:controller"
    host.check_output(f"rm -f {LOG}; {certificate} {names} 2>/dev/null && cat /srv/proxy.crt >> {CERTIFICATE}")
    host.check_output(f"systemd-run --quiet --unit proxy python3 /srv/proxy.py 8002 {LOG}")
    host.check_output(f"systemd-run --quiet --unit proxy-tls python3 /srv/proxy.py 8003 {LOG} {CERTIFICATE}")
    for address in (PROXY, TLS_PROXY):
        host.check_output(f"timeout 20 sh -c 'until curl -sko /dev/null {address}/none/; do sleep 0.1; done'")
    sandbox = yaml.safe_load(host.file("/etc/openstack/clouds.yaml").content_string)["clouds"]["sandbox"]
    yield lambda address: {**sandbox, "image_endpoint_override": address}
    host.check_output("systemctl stop proxy proxy-tls")


# Each row: the fault of the proxy, and the number of uploads until one succeeds.
RECOVERABLE = {
    "503-before": 2,
    "503-after": 2,
    "502-stored": 1,
    "429": 2,
    "cut-0": 2,
    "cut-50": 2,
    "cut-100": 1,
}
# Each row: the fault of the proxy, the number of uploads, and the message.
FATAL = {
    "413": (1, "answered 413"),
    "lost": (1, "is queued, not active"),
    "shorter": (1, "1048576 bytes were sent, but the service holds 1048575"),
    "flipped": (1, "was sent, but the service holds"),
}


@pytest.fixture(scope="module")
def runs(module: Module, server: Any, service: Any, proxied: Any) -> Iterator[dict[str, dict[str, Any]]]:
    """Return the result of a run for each fault. Three runs are active at a time, because most of them wait."""

    def run(fault: str) -> dict[str, Any]:
        cloud = proxied(f"{PROXY}/{fault}")
        return module(cloud=cloud, name=f"by {fault}", visibility="public", retry_delay=1, **SMALL)

    faults = [*RECOVERABLE, *FATAL]
    with ThreadPoolExecutor(3) as pool:
        yield dict(zip(faults, pool.map(run, faults)))
    for image in service.images():
        if image["name"].startswith("by "):
            service.remove(image)


def upload_count(host: Any, fault: str) -> int:
    return int(host.file(LOG).content_string.split().count(fault))


@pytest.mark.parametrize("fault", RECOVERABLE)
def test_recoverable_fault_of_proxy_is_retried(
    runs: dict[str, dict[str, Any]], service: Any, server: Any, host: Any, fault: str
) -> None:
    assert not runs[fault]["failed"], runs[fault]["msg"]
    image = service.one(f"by {fault}")
    assert (image["status"], image["os_hash_value"]) == ("active", server.digest("small.img"))
    assert upload_count(host, fault) == RECOVERABLE[fault]


@pytest.mark.parametrize("fault", FATAL)
def test_fatal_fault_of_proxy_creates_no_image(
    runs: dict[str, dict[str, Any]], service: Any, host: Any, fault: str
) -> None:
    times, words = FATAL[fault]
    assert runs[fault]["failed"]
    assert words in runs[fault]["msg"]
    assert service.named(f"by {fault}") == []
    assert upload_count(host, fault) == times


@pytest.mark.parametrize(
    ("address", "options"),
    [
        pytest.param("http://[::1]:8002/ipv6", {}, id="IPv6"),
        pytest.param(f"{TLS_PROXY}/tls", {"ca_cert": "/srv/proxy.crt"}, id="private authority"),
        pytest.param(f"{TLS_PROXY}/tls", {"validate_certs": False}, id="certificate without validation"),
    ],
)
def test_service_is_reached_over_ipv6_and_tls(
    module: Module, service: Any, server: Any, proxied: Any, name: str, address: str, options: dict[str, Any]
) -> None:
    desired = {"cloud": proxied(address), "name": name, **SMALL, **options}
    runs = [module(**desired), module(**desired)]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    assert service.one(name)["os_hash_value"] == server.digest("small.img")


def test_unknown_authority_is_refused(module: Module, service: Any, proxied: Any, name: str) -> None:
    run = module(cloud=proxied(f"{TLS_PROXY}/tls"), name=name, **SMALL)
    assert run["failed"]
    assert "certificate verify failed" in run["msg"]
    assert "Traceback" not in run["msg"]
