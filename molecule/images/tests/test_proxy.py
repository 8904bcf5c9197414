"""What stands between the module and the service: proxies that answer for it, cut connections and spoil content."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Iterator

import pytest
import yaml

LOG = "/srv/proxy.log"
CERTIFICATE = "/srv/proxy.pem"
PROXY, OVER_TLS = "http://controller:8002", "https://controller:8003"
SMALL = {"src": "/srv/images/small.img", "disk_format": "raw"}
Module = Callable[..., "dict[str, Any]"]


@pytest.fixture(scope="module")
def proxied(host: Any) -> Iterator[Callable[[str], dict[str, Any]]]:
    """The options of a cloud whose Image service is reached at an address."""
    certificate = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {CERTIFICATE} -out /srv/proxy.crt"
    names = "-subj /CN=controller -addext subjectAltName=DNS:controller"
    host.check_output(f"rm -f {LOG}; {certificate} {names} 2>/dev/null && cat /srv/proxy.crt >> {CERTIFICATE}")
    host.check_output(f"systemd-run --quiet --unit proxy python3 /srv/proxy.py 8002 {LOG}")
    host.check_output(f"systemd-run --quiet --unit proxy-tls python3 /srv/proxy.py 8003 {LOG} {CERTIFICATE}")
    for address in (PROXY, OVER_TLS):
        host.check_output(f"timeout 20 sh -c 'until curl -sko /dev/null {address}/none/; do sleep 0.1; done'")
    sandbox = yaml.safe_load(host.file("/etc/openstack/clouds.yaml").content_string)["clouds"]["sandbox"]
    yield lambda address: {**sandbox, "image_endpoint_override": address}
    host.check_output("systemctl stop proxy proxy-tls")


# Each row: what the proxy does, and how often content is sent until it has arrived.
OUTLIVED = {
    "503-before": 2,
    "503-after": 2,
    "502-stored": 1,
    "429": 2,
    "cut-0": 2,
    "cut-50": 2,
    "cut-100": 1,
}
# Each row: what the proxy does, how often content is sent, and what is told.
FATAL = {
    "413": (1, "answered 413"),
    "lost": (1, "is queued, not active"),
    "shorter": (1, "1048576 bytes were sent, but the service holds 1048575"),
    "flipped": (1, "was sent, but the service holds"),
}


@pytest.fixture(scope="module")
def runs(module: Module, server: Any, service: Any, proxied: Any) -> Iterator[dict[str, dict[str, Any]]]:
    """What the runs say, each of which meets one of these; three at a time, as most of them wait."""

    def run(word: str) -> dict[str, Any]:
        cloud = proxied(f"{PROXY}/{word}")
        return module(cloud=cloud, name=f"by {word}", visibility="public", retry_delay=1, **SMALL)

    words = [*OUTLIVED, *FATAL]
    with ThreadPoolExecutor(3) as pool:
        yield dict(zip(words, pool.map(run, words)))
    for image in service.images():
        if image["name"].startswith("by "):
            service.remove(image)


def sent(host: Any, word: str) -> int:
    return int(host.file(LOG).content_string.split().count(word))


@pytest.mark.parametrize("word", OUTLIVED)
def test_content_arrives_whatever_a_proxy_does(
    runs: dict[str, dict[str, Any]], service: Any, server: Any, host: Any, word: str
) -> None:
    assert not runs[word]["failed"], runs[word]["msg"]
    image = service.one(f"by {word}")
    assert (image["status"], image["os_hash_value"]) == ("active", server.digest("small.img"))
    assert sent(host, word) == OUTLIVED[word]


@pytest.mark.parametrize("word", FATAL)
def test_no_image_comes_of_what_a_proxy_has_spoilt(
    runs: dict[str, dict[str, Any]], service: Any, host: Any, word: str
) -> None:
    times, words = FATAL[word]
    assert runs[word]["failed"]
    assert words in runs[word]["msg"]
    assert service.named(f"by {word}") == []
    assert sent(host, word) == times


@pytest.mark.parametrize(
    ("address", "options"),
    [
        pytest.param("http://[::1]:8002/ipv6", {}, id="IPv6"),
        pytest.param(f"{OVER_TLS}/tls", {"ca_cert": "/srv/proxy.crt"}, id="authority of one's own"),
        pytest.param(f"{OVER_TLS}/tls", {"validate_certs": False}, id="certificate that is not checked"),
    ],
)
def test_service_is_reached_wherever_it_is(
    module: Module, service: Any, server: Any, proxied: Any, name: str, address: str, options: dict[str, Any]
) -> None:
    desired = {"cloud": proxied(address), "name": name, **SMALL, **options}
    runs = [module(**desired), module(**desired)]
    assert [(run["failed"], run["changed"]) for run in runs] == [(False, True), (False, False)], runs
    assert service.one(name)["os_hash_value"] == server.digest("small.img")


def test_service_of_an_unknown_authority_is_refused(module: Module, service: Any, proxied: Any, name: str) -> None:
    run = module(cloud=proxied(f"{OVER_TLS}/tls"), name=name, **SMALL)
    assert run["failed"]
    assert "certificate verify failed" in run["msg"]
    assert "Traceback" not in run["msg"]
