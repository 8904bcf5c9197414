"""Downloads from sources with faults, wrong content, redirects, web pages and compressed files."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest

MIB = 2**20
Module = Callable[..., "dict[str, Any]"]


def upload(module: Module, name: str, url: str, **arguments: Any) -> dict[str, Any]:
    return module(name=name, url=url, **{"disk_format": "raw", "retry_delay": 1, **arguments})


def is_complete(service: Any, source: Any, name: str, file: str = "disk.img") -> bool:
    """Return whether one active image of the name exists and contains the file."""
    image = service.one(name)
    return (image["status"], image["os_hash_value"]) == ("active", source.digest(file))


def slug(case: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in case)


# Each row: a fault of the source after which the download succeeds.
RECOVERABLE = {
    "no fault": {},
    "connection is closed": {"cut": 10 * MIB},
    "connection is closed, then 503": {"cut": 10 * MIB, "busy": "2,3"},
    "503 first": {"busy": "1"},
    "redirects": {"redirect": 3},
    "no length": {"chunked": ""},
}


@pytest.fixture(scope="module")
def recovered(module: Module, service: Any, server: Any) -> Iterator[dict[str, Any]]:
    """Return the result of a run with images from all these sources."""
    images = [
        {"name": f"from {case}", "url": server.url("disk.img", case=slug(case), **faults), "disk_format": "raw"}
        for case, faults in RECOVERABLE.items()
    ]
    yield module(images=images, retry_delay=1, parallel=3)
    for image in service.images():
        if image["name"].startswith("from "):
            service.remove(image)


@pytest.mark.parametrize("case", RECOVERABLE)
def test_recoverable_fault_is_retried(recovered: dict[str, Any], service: Any, server: Any, case: str) -> None:
    assert not recovered["failed"], recovered["msg"]
    assert is_complete(service, server, f"from {case}")


def test_download_is_resumed(recovered: dict[str, Any], server: Any) -> None:
    for case in ("connection is closed", "connection is closed, then 503"):
        assert server.requests(slug(case) + "&")[-1]["range"] == f"bytes={10 * MIB}-"


# Each row: the fault of the source, the options, and the message.
FATAL = {
    "Content-Length too large": ({"length": 40 * MIB}, {}, "of 41943040 bytes"),
    "Content-Length too small": ({"length": 5 * MIB}, {}, "longer than the 5242880 bytes"),
    "wrong checksum": ({}, {"checksum": f"sha256:{'0' * 64}"}, "checksum"),
    "file changes": ({"cut": 10 * MIB, "changing": ""}, {}, "changed during"),
    "not found": ({"status": 404}, {}, "HTTP Error 404"),
    "always busy": ({"status": 503}, {}, "HTTP Error 503"),
    "endless redirects": ({"redirect": 30}, {}, "redirects"),
    "redirects to a file": ({"elsewhere": "file:///etc/passwd"}, {}, "neither http nor https"),
    "web page": ({"html": ""}, {}, "is a web page"),
}


@pytest.fixture(scope="module")
def fatal(module: Module, server: Any) -> str:
    """Return the message of a run with images from all these sources."""
    images = [
        {"name": case, "url": server.url("disk.img", case=slug(case), **faults), "disk_format": "raw", **options}
        for case, (faults, options, _words) in FATAL.items()
    ]
    run = module(images=images, retries=1, retry_delay=1, parallel=4)
    assert run["failed"]
    return str(run["msg"])


@pytest.mark.parametrize("case", FATAL)
def test_fatal_fault_creates_no_image(fatal: str, service: Any, case: str) -> None:
    (message,) = (line for line in fatal.splitlines() if line.startswith(f"- image {case}: "))
    assert FATAL[case][2] in message
    assert service.named(case) == []


@pytest.mark.parametrize(
    "faults", [{"silent": ""}, {"hold": 10 * MIB}], ids=["before the response", "during the response"]
)
def test_unresponsive_source_times_out(
    module: Module, service: Any, source: Any, name: str, faults: dict[str, Any]
) -> None:
    run = upload(module, name, source.url("disk.img", case="silence", **faults), stall_timeout=3, retries=1)
    assert run["failed"]
    assert "the server does not respond" in run["msg"]
    assert service.named(name) == []


def test_unreachable_source_is_reported(module: Module, service: Any, name: str) -> None:
    run = upload(module, name, "http://controller:8009/disk.img", retries=1)
    assert run["failed"]
    assert "Connection refused" in run["msg"]
    assert service.named(name) == []


def test_image_is_private_until_its_checksum_is_verified(
    begin: Callable[..., Any], service: Any, source: Any, name: str
) -> None:
    old = service.create("/srv/images/small.img", name=name, visibility="public")
    url = source.url("disk.img", case="unproven", hold=20 * MIB)
    running = begin(name=name, url=url, disk_format="raw", checksum=f"sha512:{'1' * 128}", visibility="public")
    draft = service.uploading()
    assert draft["visibility"] == "private"
    assert [image["id"] for image in service.named(name) if image["visibility"] == "public"] == [old["id"]]
    source.release()
    assert "checksum" in running.wait()["msg"]
    assert service.one(name) == old


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("{digest}  disk.img", id="GNU"),
        pytest.param("SHA256 (disk.img) = {digest}", id="BSD"),
        pytest.param("{right}  other.img\r\n{digest} *disk.img\r", id="among others, with CRLF"),
    ],
)
def test_checksum_is_read_from_checksum_file(
    module: Module, service: Any, host: Any, source: Any, name: str, line: str
) -> None:
    right, wrong = source.digest("disk.img", "sha256"), "0" * 64
    for digest, is_right in ((wrong, False), (right, True)):
        text = line.format(digest=digest, right=right)
        host.check_output(f"printf '%s\\n' '{text}' > /srv/images/SHA256SUMS")
        run = upload(module, name, source.url("disk.img"), checksum=source.url("SHA256SUMS"))
        assert run["failed"] is not is_right, run
        assert bool(service.named(name)) is is_right
    assert is_complete(service, source, name)


@pytest.mark.parametrize("faults", [{}, {"status": 401}], ids=["works", "fails"])
def test_secrets_of_source_are_not_printed(
    begin: Callable[..., Any], service: Any, source: Any, host: Any, name: str, faults: dict[str, Any]
) -> None:
    secrets = {"s3cret-of-the-url", "s3cret-of-the-header"}
    url = source.url("small.img", **faults).replace("://", "://me:s3cret-of-the-url@")
    options = {"url": url, "url_headers": {"X-Token": "s3cret-of-the-header"}, "retries": 0}
    running = begin("-vvv", "--diff", name=name, disk_format="raw", **options)
    assert running.wait()["failed"] is bool(faults)
    texts = [running.output, str(service.named(name)), host.check_output("journalctl --since '-5min' --no-pager")]
    assert [secret for secret in secrets for text in texts if secret in text] == []


# Each row: the parameters of a signature, which change in each run.
SIGNATURES = {
    "S3": lambda number: {"X-Amz-Date": f"2026010{number}T000000Z", "X-Amz-Signature": f"s3cret-signature-{number}"},
    "unknown": lambda number: {"ticket-sig": f"s3cret-signature-{number}"},
}


@pytest.mark.parametrize("kind", SIGNATURES)
def test_new_signature_of_url_is_no_change(
    begin: Callable[..., Any], service: Any, source: Any, name: str, kind: str
) -> None:
    source.write("signed.img", MIB)
    ids, output = [], ""
    for number in (1, 2, 3):
        if number == 3:
            source.write("signed.img", MIB)
        url = source.url("signed.img", signed="", **SIGNATURES[kind](number))
        running = begin("-vvv", "--diff", name=name, url=url, disk_format="raw")
        run = running.wait()
        assert (run["failed"], run["changed"]) == (False, number != 2), run
        ids.append(run["id"])
        output += running.output + str(service.named(name))
    assert ids[0] == ids[1] != ids[2]
    assert is_complete(service, source, name, "signed.img")
    assert "s3cret-signature" not in output


COMPRESSED = {"gz": "gzip", "xz": "xz -0", "bz2": "bzip2", "zst": "zstd -q --rm"}


@pytest.fixture(scope="module")
def compressed(module: Module, service: Any, host: Any, server: Any) -> Iterator[list[dict[str, Any]]]:
    """Return the results of two runs with compressed files, and with URLs whose connection is closed once."""
    images = []
    for ending, command in COMPRESSED.items():
        file = f"disk.img.{ending}"
        host.check_output(f"cd /srv/images && cp disk.img x && {command} x && mv x.* {file}")
        options = {"disk_format": "raw", "checksum": f"sha256:{server.digest(file, 'sha256')}"}
        images.append({"name": f"src {ending}", "src": f"/srv/images/{file}", **options})
        images.append({"name": f"url {ending}", "url": server.url(file, cut=10 * MIB), **options})
    yield [module(images=images, retry_delay=1) for _run in range(2)]
    for image in service.images():
        if image["name"].startswith(("src ", "url ")):
            service.remove(image)


@pytest.mark.parametrize("ending", COMPRESSED)
@pytest.mark.parametrize("by", ["src", "url"])
def test_compressed_content_is_decompressed(
    compressed: list[dict[str, Any]], service: Any, server: Any, ending: str, by: str
) -> None:
    assert not compressed[0]["failed"], compressed[0]["msg"]
    assert is_complete(service, server, f"{by} {ending}")


def test_compressed_content_is_not_sent_again(compressed: list[dict[str, Any]]) -> None:
    assert [(run["failed"], run["changed"]) for run in compressed] == [(False, True), (False, False)], compressed[1]


def test_truncated_archive_creates_no_image(module: Module, service: Any, host: Any, source: Any, name: str) -> None:
    host.check_output("cd /srv/images; gzip -1 < disk.img | head -c 9000000 > short.img.gz")
    run = upload(module, name, source.url("short.img.gz"))
    assert run["failed"]
    assert service.named(name) == []


def test_disk_with_backing_file_is_refused(module: Module, service: Any, host: Any, name: str) -> None:
    make = "qemu-img create -q -f qcow2 -F raw -b /etc/shadow /srv/images/backed.qcow2 1M"
    host.check_output(f"test -e /srv/images/backed.qcow2 || {make}")
    run = module(name=name, src="/srv/images/backed.qcow2")
    assert run["failed"]
    assert "backing file" in run["msg"]
    assert service.named(name) == []


def test_disk_of_another_format_is_refused(module: Module, service: Any, host: Any, name: str) -> None:
    host.check_output("test -e /srv/images/plain.qcow2 || qemu-img create -q -f qcow2 /srv/images/plain.qcow2 1M")
    run = module(name=name, src="/srv/images/plain.qcow2", disk_format="vmdk")
    assert run["failed"]
    assert "qcow2" in run["msg"]
    assert service.named(name) == []
