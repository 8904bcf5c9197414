"""The Image service, a server with faults as the source of images, and runs of the module."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import time
from datetime import datetime
from typing import Any, Callable, Iterable, Iterator, Mapping
from urllib.parse import quote

import pytest
from controllers import LIMIT, TOP, Controller

API = "http://controller:9292"
SOURCE = "http://controller:8001"
MIB = 2**20
SIZE = 24 * MIB  # size of the content; Glance and the module buffer a few MiB of it
STORE = "/var/lib/glance/images"
RENEWAL = 600  # seconds before a token expires at which another one is issued
JSON_PATCH = "application/openstack-images-v2.1-json-patch"
# A pattern that matches the module's process on the host, but neither its shell nor pgrep.
PROCESS = "'[A]nsiballZ_image.py$'"
IMAGE = Mapping[str, Any]


def wait_until(host: Any, condition: str, seconds: int = 120) -> None:
    """Wait until a shell command on the host succeeds."""
    loop = f"until {condition}; do sleep 0.1; done"
    done = host.run("timeout %s sh -c %s", str(seconds), loop)
    assert done.rc == 0, f"timeout after {seconds} s: {condition}\n{done.stderr[-500:]}"


def unfinished(images: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [image for image in images if image["status"] not in ("active", "deactivated")]


class Service:
    """A client of the Image API with tokens of the administrator."""

    def __init__(self, host: Any) -> None:
        self._host = host
        self._token = ""
        self._expires = 0.0

    @property
    def token(self) -> str:
        """A token that is renewed before it expires, because the tests take longer than an hour."""
        if self._expires - time.time() < RENEWAL:
            issued = json.loads(self._host.check_output("openstack --os-cloud sandbox token issue -f json"))
            self._token = str(issued["id"])
            self._expires = datetime.strptime(issued["expires"], "%Y-%m-%dT%H:%M:%S%z").timestamp()
        return self._token

    def request(self, method: str, path: str, body: Any = None, kind: str = "application/json", api: str = API) -> Any:
        """Send a request to the Image service, or to another API, and return the response."""
        content = ["-H", f"Content-Type: {kind}", "-d", json.dumps(body)] if body is not None else []
        return self._curl("-X", method, *content, api + path)

    def _curl(self, *arguments: str) -> Any:
        responses = self._responses(*arguments)
        return responses[0] if responses else None

    def _responses(self, *arguments: str) -> list[Any]:
        """Run curl on the host, and return the responses."""
        command = ["curl", "-sS", "--fail-with-body", "-H", f"X-Auth-Token: {self.token}", *arguments]
        done = self._host.run(shlex.join([*command, "-w", "\n"]))
        assert done.rc == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines() if line]

    def images(self) -> list[dict[str, Any]]:
        """Return all images, including hidden ones."""
        url = f"{API}/v2/images?visibility=all&limit=1000"
        return [image for page in self._responses(url, f"{url}&os_hidden=true") for image in page["images"]]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [image for image in self.images() if image["name"] == name]

    def one(self, name: str) -> dict[str, Any]:
        (image,) = self.named(name)
        return image

    def unfinished(self) -> list[dict[str, Any]]:
        return unfinished(self.images())

    def uploading(self) -> dict[str, Any]:
        """Wait until the service receives content, and return the image of this content."""
        saving = f"curl -s -H 'X-Auth-Token: {self.token}' '{API}/v2/images?visibility=all&status=saving'"
        wait_until(self._host, f"{saving} | grep -q os_hash_algo")
        (image,) = (image for image in self.unfinished() if image["status"] == "saving")
        return image

    def create(self, path: str | None = None, **attributes: Any) -> dict[str, Any]:
        """Create an image, with the content of a file if set."""
        formats = {"disk_format": "raw", "container_format": "bare"}
        image = self.request("POST", "/v2/images", {**formats, **attributes})
        if path:
            kind = ("-H", "Content-Type: application/octet-stream")
            self._curl("-X", "PUT", *kind, "-T", path, f"{API}/v2/images/{image['id']}/file")
        return dict(self.request("GET", f"/v2/images/{image['id']}"))

    def remove(self, image: IMAGE) -> None:
        path = f"/v2/images/{image['id']}"
        if image["protected"]:
            self.request("PATCH", path, [{"op": "replace", "path": "/protected", "value": False}], JSON_PATCH)
        self.request("DELETE", path)

    def wait_until_ready(self) -> None:
        """Wait until the service responds, including the validation of a token in Keystone."""
        wait_until(self._host, f"curl -sf -H 'X-Auth-Token: {self.token}' {API}/v2/images?limit=1 >/dev/null 2>&1")

    def restart(self) -> None:
        self._host.check_output("systemctl restart glance-api")
        self.wait_until_ready()

    def requests(self, *methods: str) -> int:
        """Return the number of requests with these methods in the log of the service."""
        log = "/var/log/glance/glance-api.log"
        return int(self._host.run(f"grep -cE '\"({'|'.join(methods)}) /v2/' {log}").stdout)

    def uploads(self) -> int:
        """Return the number of uploads in the log of the service."""
        log = "/var/log/glance/glance-api.log"
        return int(self._host.run(f"grep -cE '\"PUT /v2/images/[^/]+/file ' {log}").stdout)

    def files(self) -> set[str]:
        """Return the names of the files in the store."""
        return set(self._host.check_output(f"ls {STORE}").split())


@pytest.fixture(scope="session")
def service(host: Any) -> Service:
    return Service(host)


class Source:
    """The image server on the host and its files."""

    def __init__(self, host: Any) -> None:
        self._host = host

    def url(self, file: str, **faults: Any) -> str:
        query = "&".join(f"{name}={quote(str(value), safe=',')}" for name, value in faults.items())
        return f"{SOURCE}/{file}?{query}" if query else f"{SOURCE}/{file}"

    def requests(self, word: str = "") -> list[dict[str, Any]]:
        """Return the requests whose URL contains the word."""
        lines = self._host.check_output("cat /srv/source.log 2>/dev/null || true").splitlines()
        return [request for request in map(json.loads, lines) if word in request["url"]]

    def write(self, file: str, size: int = SIZE) -> str:
        """Create a file that starts like no image format, and return its path."""
        path = f"/srv/images/{file}"
        self._host.check_output(f"(head -c 4096 /dev/zero; head -c {size - 4096} /dev/urandom) > {path}")
        return path

    def digest(self, file: str, algorithm: str = "sha512") -> str:
        return str(self._host.check_output(f"{algorithm}sum /srv/images/{file}").split()[0])

    def release(self) -> None:
        """Release the responses that the server holds."""
        self._host.check_output("touch /srv/released")


@pytest.fixture(scope="session")
def server(host: Any) -> Iterator[Source]:
    host.check_output("systemd-run --quiet --unit source python3 /srv/source.py 8001 /srv/source.log")
    wait_until(host, f"curl -s -o /dev/null {SOURCE}/", 20)
    source = Source(host)
    source.write("disk.img")
    source.write("small.img", MIB)
    yield source
    host.check_output("systemctl stop source")


@pytest.fixture
def source(host: Any, server: Source) -> Iterator[Source]:
    """Return the image server in the state in which it holds responses."""
    host.check_output("rm -f /srv/released")
    yield server
    server.release()


class ModuleRun:
    """A run of the module in the background."""

    def __init__(self, controller: Controller, arguments: Mapping[str, Any], *options: str) -> None:
        settings = controller.command("site")
        options_json = json.dumps({"cloud": "sandbox", **arguments})
        self._host = controller.host
        self._process = subprocess.Popen(
            [
                "ansible",
                "-i",
                str(controller.inventory),
                controller.name,
                "-m",
                "osops.glance.image",
                "-a",
                options_json,
            ]
            + list(options),
            cwd=TOP,
            env={**settings["env"], "ANSIBLE_CALLBACK_RESULT_FORMAT": "json", "ANSIBLE_DEPRECATION_WARNINGS": "0"},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def wait(self) -> dict[str, Any]:
        """Wait until the module ends, and return its result."""
        try:
            self.output, _errors = self._process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            # Otherwise the module would upload during the following tests.
            self._host.run(f"kill -KILL $(pgrep -f {PROCESS})")
            raise
        head, arrow, body = re.sub(r"(?m)^[<>].*$", "", self.output).partition(" => ")
        assert arrow, self.output
        return {"failed": "FAILED" in head, **json.JSONDecoder().raw_decode(body)[0]}

    def wait_for_processes(self, number: int = 1) -> None:
        """Wait until this number of processes of the module runs on the host."""
        wait_until(self._host, f'test "$(pgrep -fc {PROCESS})" = {number}')

    def kill(self, signal: str = "KILL") -> None:
        """Send a signal to the process on the host. The default, KILL, prevents a cleanup."""
        self._host.check_output(f"kill -{signal} $(pgrep -f {PROCESS})")

    def highest_memory(self) -> int:
        """Return the peak memory of the process in bytes, which is polled until the process ends."""
        loop = (
            f"process=$(pgrep -f {PROCESS}); "
            "while line=$(grep VmHWM /proc/$process/status 2>/dev/null); do last=$line; sleep 0.2; done; echo $last"
        )
        return int(self._host.check_output(loop).split()[1]) * 1024


Begin = Callable[..., ModuleRun]
Module = Callable[..., "dict[str, Any]"]


@pytest.fixture(scope="session")
def begin(controller: Controller) -> Begin:
    def begin(*options: str, **arguments: Any) -> ModuleRun:
        return ModuleRun(controller, arguments, *options)

    return begin


@pytest.fixture(scope="session")
def module(begin: Begin) -> Module:
    def run(*options: str, **arguments: Any) -> dict[str, Any]:
        """Run the module and wait for its end."""
        return begin(*options, **arguments).wait()

    return run


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    return f"image {request.node.name}"[:200]


@pytest.fixture(autouse=True)
def no_leftovers(service: Service) -> Iterator[None]:
    """Check that a test leaves neither an unfinished image nor a file without an image in the store."""
    before = {image["id"] for image in service.images()}
    yield
    images = service.images()
    incomplete = [image for image in unfinished(images) if image["id"] not in before]
    orphans = service.files() - {image["id"] for image in images}
    for image in images:
        if image["id"] not in before:
            service.remove(image)
    assert (incomplete, orphans) == ([], set())
