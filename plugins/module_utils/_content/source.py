# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where content comes from: a file on the host, or a URL that is downloaded while it is used."""

from __future__ import annotations

import hashlib
import json
import os
import re
import socket
import ssl
import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property
from http.client import HTTPException, InvalidURL
from itertools import chain
from typing import Any, Iterator, Mapping, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from ansible.module_utils import urls

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import (
    Checksum,
    ChecksumFile,
    Digests,
    check_digest,
    given,
    listed,
    refuse_unavailable,
)
from ansible_collections.osops.glance.plugins.module_utils._content.compression import (
    CHOICES,
    COMPRESSIONS,
    Compression,
    chosen,
)
from ansible_collections.osops.glance.plugins.module_utils._content.signed_url import (
    identity,
    location,
    secrets_in_query,
)
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

HEAD = 64 * 1024  # the signature that lies deepest, that of an ISO 9660 file system, is within
PIECE = 1024 * 1024
STALL = 60  # seconds without a byte from a URL
PATIENCE = 1.0  # seconds after which a piece that is not full is passed on, so that the receiver does not give up
REDIRECTS = 10
LONGEST_DELAY = 120.0  # seconds between two attempts, whatever the server asks for
LARGEST_LIST = 4 * 1024 * 1024  # bytes of a checksum file
# Seconds within which two changes of a file may get the same time: that of a kernel moves in steps of up to 10 ms, and
# some file systems know whole seconds, or every second one.
FINE, COARSE = 0.1, 2.0

SOURCE_OPTIONS: dict[str, Any] = {
    "src": {"type": "path"},
    "url": {"type": "str"},
    "url_username": {"type": "str"},
    "url_password": {"type": "str", "no_log": True},
    "url_headers": {"type": "dict", "no_log": True},
    "url_validate_certs": {"type": "bool", "default": True},
    "url_ca_path": {"type": "path"},
    "checksum": {"type": "str"},
    "checksum_uncompressed": {"type": "str"},
    "decompress": {"type": "str", "choices": list(CHOICES), "default": "auto"},
}


class StartAgain(GlanceError):
    """A download that cannot go on, but that may succeed when all that was made of it is thrown away."""


# What is common to all sources


def beginning(pieces: Iterator[bytes], size: int) -> tuple[bytes, Iterator[bytes]]:
    """Return the first bytes, and all pieces."""
    read: list[bytes] = []
    missing = size
    while missing > 0:
        piece = next(pieces, b"")
        if not piece:
            break
        read.append(piece)
        missing -= len(piece)
    return b"".join(read)[:size], chain(read, pieces)


class Source:
    """Content that is read as often as it is asked for, and decompressed on the way if need be."""

    is_near = False  # whether it can be read without a transfer
    is_seen = True  # whether it can be read here at all

    def __init__(
        self, name: str, checksum: Checksum | None, checksum_uncompressed: Checksum | None, decompress: str
    ) -> None:
        self.name = name
        self.checksum = checksum
        self.checksum_uncompressed = checksum_uncompressed
        self.delivered: Mapping[str, str] = {}
        # What it is made from, where that is something else.
        self.original: Source = self
        self._decompress = decompress
        self._raw: Iterator[bytes] | None = None  # begun, to see how it is compressed
        self._begun: Iterator[bytes] | None = None  # begun, to see what it is

    @cached_property
    def delivered_size(self) -> int | None:
        """The bytes before they are decompressed; None if nobody knows."""
        raise NotImplementedError

    def _read(self) -> Iterator[bytes]:
        """Yield the whole content as it is delivered, from the beginning."""
        raise NotImplementedError

    @cached_property
    def size(self) -> int | None:
        """The bytes of the content; None if only reading it tells."""
        return None if self.is_decompressed else self.delivered_size

    @cached_property
    def origin(self) -> str | None:
        """A fingerprint of all that shows a change of the source without reading it; None where nothing does."""
        return None

    @cached_property
    def validator(self) -> str | None:
        """A fingerprint of the location and the version of the content, whatever the query of its URL; None if none."""
        return None

    def is_from(self, *recorded: str) -> bool:
        """Return whether the source is as it was when one of these was its origin or its validator."""
        return self.origin in recorded

    def _fingerprint(self, *facts: Any) -> str:
        """Return what does not tell the facts: a URL may hold a password, and everyone reads a public image."""
        taken = [*facts, "as delivered"] if self._decompress == "none" else [*facts]
        return hashlib.sha256(json.dumps(taken).encode()).hexdigest()

    @cached_property
    def head(self) -> bytes:
        """The first 64 KiB."""
        head, self._begun = beginning(self._begun or self._open(), HEAD)
        return head

    @property
    def is_decompressed(self) -> bool:
        return self._compression is not None

    @cached_property
    def _compression(self) -> Compression | None:
        if self._decompress == "none":
            return None
        start, self._raw = beginning(self._read(), HEAD)
        return chosen(self._decompress, start)

    def pieces(self) -> Iterator[bytes]:
        """Yield the whole content; what was read to look at its beginning is not read again."""
        begun, self._begun = self._begun or self._open(), None
        yield from begun

    def _open(self) -> Iterator[bytes]:
        refuse_unavailable(self.name, self.checksum, self.checksum_uncompressed)
        compression = self._compression
        raw, self._raw = self._raw or self._read(), None
        delivered = self._digested(raw)
        return compression.decompressed(delivered, self.name) if compression else delivered

    def _digested(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        found = Digests([self.checksum.algorithm] if self.checksum else [])
        try:
            for piece in pieces:
                found.update(piece)
                yield piece
        except BaseException:
            found.end()
            raise
        self.delivered = found.end()

    def close(self) -> None:
        """Give up what reading it has taken."""

    def check(self, digests: Mapping[str, str]) -> None:
        """Raise GlanceError unless the content that was read, of the digests, has the checksums that were given."""
        check_digest(self.name, self.delivered, self.checksum)
        check_digest(f"{self.name}, decompressed,", digests, self.checksum_uncompressed)


class File(Source):
    """A file on the host."""

    is_near = True

    def __init__(
        self,
        path: str,
        checksum: Checksum | None = None,
        checksum_uncompressed: Checksum | None = None,
        decompress: str = "none",
    ) -> None:
        super().__init__(f"file {path}", checksum, checksum_uncompressed, decompress)
        self.path = path

    @cached_property
    def _checked(self) -> str:
        """The path; GlanceError where no file is, for a pipe would block when it is opened."""
        if not os.path.exists(self.path):
            raise GlanceError(f"The {self.name} does not exist on the host")
        if not os.path.isfile(self.path):
            raise GlanceError(f"The {self.name} is not a regular file")
        return self.path

    @cached_property
    def delivered_size(self) -> int | None:
        return os.path.getsize(self._checked)

    @property
    def _status(self) -> os.stat_result:
        return os.stat(self._checked)

    @cached_property
    def origin(self) -> str | None:
        """A fingerprint of its times; they tell nothing as long as another change could leave them as they are."""
        status = self._status
        return self._mark(status) if is_settled(status) else None

    def is_from(self, *recorded: str) -> bool:
        return self._mark(self._status) in recorded

    def _mark(self, status: os.stat_result) -> str:
        # Nobody can set the time of the last change of the file's status, and every write moves it.
        return self._fingerprint(status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    def _read(self) -> Iterator[bytes]:
        try:
            with open(self._checked, "rb", buffering=0) as file:
                before = os.fstat(file.fileno())
                yield from iter(lambda: file.read(PIECE), b"")
                after = os.fstat(file.fileno())
        except OSError as error:
            raise GlanceError(f"The {self.name} cannot be read: {error.strerror}") from error
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise StartAgain(f"The {self.name} was changed while it was read")


def is_settled(status: os.stat_result) -> bool:
    """Say whether another change of the file would show in its times."""
    step = FINE if status.st_ctime_ns % 10**9 else COARSE
    return time.time() - status.st_ctime > step


# How a server is asked


@dataclass(frozen=True)
class Access:
    """How servers are asked, and with what patience."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    validate_certs: bool = True
    ca_path: str | None = None
    retries: int = 3
    retry_delay: float = 5
    stall: float = STALL
    timeout: float | None = None  # seconds that one download may take, with all attempts and pauses

    def without_secrets(self) -> Access:
        """Return what another server may see."""
        return replace(self, username=None, password=None, headers={})


class Refused(GlanceError):
    """An answer that will be the same the next time."""

    def __init__(self, message: str, status: int = 0, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}


class Broken(GlanceError):
    """Something that may be better the next time; the server may have said when."""

    def __init__(self, message: str, delay: float | None = None) -> None:
        super().__init__(message)
        self.delay = delay


class Answer(NamedTuple):
    """An answer, and who gave it after all redirects."""

    response: Any
    url: str
    access: Access


def shown(url: str) -> str:
    """Return a URL without the password and the signature that may be in it."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def server(url: str) -> tuple[str, str | None, int | None]:
    """Return what tells one server from another."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def ask(url: str, access: Access, headers: Mapping[str, str], method: str = "GET") -> Answer:
    """Ask for a URL and follow redirects; the secrets are for the server that they were given for."""
    for _redirect in range(REDIRECTS):
        try:
            return Answer(opened(url, access, headers, method), url, access)
        except HTTPError as answer:
            with closing(answer):
                target = redirected(url, answer)
        if server(target) != server(url):
            access = access.without_secrets()
        url = target
    raise Refused(f"more than {REDIRECTS} redirects")


def opened(url: str, access: Access, headers: Mapping[str, str], method: str = "GET") -> Any:
    """Return the response of one server; Refused or Broken where there is none, HTTPError for a status."""
    try:
        return urls.open_url(
            url,
            method=method,
            headers={**access.headers, "Accept-Encoding": "identity", **headers},
            timeout=access.stall,
            validate_certs=access.validate_certs,
            ca_path=access.ca_path,
            url_username=access.username,
            url_password=access.password,
            follow_redirects="no",
            decompress=False,
            http_agent="osops.glance",
        )
    except HTTPError:
        raise
    except (OSError, HTTPException, ValueError, urls.ConnectionError) as error:
        raise trouble(error) from error


def trouble(error: Exception) -> GlanceError:
    """Return what kept a request from being answered, as something that passes or not."""
    cause = error.reason if isinstance(error, URLError) else error
    if isinstance(cause, InvalidURL) or (isinstance(cause, ValueError) and not isinstance(cause, OSError)):
        return Refused("the URL, one that it redirects to, or a header is not valid")
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return Refused(f"TLS: {getattr(cause, 'verify_message', None) or getattr(cause, 'reason', None) or cause}")
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME:
        return Refused(f"its server is unknown ({cause.strerror})")
    if isinstance(cause, (OSError, HTTPException)):
        return Broken(in_words(cause))
    return Refused(str(cause))


def in_words(error: Exception) -> str:
    """Return what went wrong with a connection."""
    if isinstance(error, (socket.timeout, TimeoutError)):
        return "the server is silent"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def redirected(url: str, answer: HTTPError) -> str:
    """Return where an answer redirects to; Refused or Broken if it is something else."""
    status = f"HTTP Error {answer.code}: {answer.msg}"
    location = answer.headers.get("Location")
    if answer.code in (301, 302, 303, 307, 308) and location:
        return redirect_target(url, location.strip().replace(" ", "%20"))
    if answer.code in (408, 425, 429) or answer.code >= 500:
        raise Broken(status, asked_delay(answer.headers.get("Retry-After")))
    raise Refused(status, answer.code, dict(answer.headers.items()))


def redirect_target(url: str, location: str) -> str:
    """Return the URL that is meant; Refused for one that must not be asked."""
    try:
        target = urljoin(url, location)
        scheme, host, _port = server(target)
    except ValueError as error:
        raise Refused("it redirects to something that is no URL") from error
    if scheme not in ("http", "https") or not host:
        raise Refused(f"it redirects to {shown(target)}, which is neither http nor https")
    return target


def asked_delay(text: str | None) -> float | None:
    """Return the seconds that a server asks to wait."""
    if text is None:
        return None
    if text.strip().isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
    except (TypeError, ValueError):  # no date, or one without a time zone
        return None


# The download


class Said(NamedTuple):
    """What a server says of its content."""

    size: int | None
    modified: str | None
    etag: str | None

    @property
    def version(self) -> str | None:
        """The date comes before the ETag because the mirrors behind one URL agree on dates, not on ETags."""
        return self.modified or self.etag

    def may_be(self, earlier: Said) -> bool:
        """Say whether this may be the same content; an answer with a part of it need not repeat everything."""
        if None not in (self.size, earlier.size) and self.size != earlier.size:
            return False
        if self.modified and earlier.modified:
            return self.modified == earlier.modified
        return not self.etag or not earlier.etag or self.etag == earlier.etag

    @property
    def condition(self) -> str | None:
        """What to ask for the rest under: only a strong ETag speaks of bytes."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


def said_by(response: Any) -> Said:
    """Return what the answer says of the whole content, also where it brings a part only."""
    headers = response.headers
    length = headers.get("Content-Length") or ""
    size = int(length) if re.fullmatch("[0-9]+", length) else None
    if response.status == 206:
        total = content_range(headers)[1]
        size = int(total) if total.isdigit() else None
    return Said(size, headers.get("Last-Modified"), headers.get("ETag"))


def content_range(headers: Mapping[str, str]) -> tuple[int | None, str]:
    """Return where the bytes that an answer brings begin, and of how many they are a part."""
    found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", (headers.get("Content-Range") or "").strip())
    if not found:
        return None, "*"
    return int(found.group(1)) if found.group(1) else None, found.group(2)


class Download:
    """One download, which is taken up again where it broke off."""

    def __init__(self, name: str, url: str, access: Access, provable: bool, earlier: Said | None = None) -> None:
        """Begin it; what the server said `earlier` must still hold, and without a checksum it must say a length."""
        self._name = name
        self._asked = self._at = (url, access)
        self._patience = access
        self._provable = provable
        self._received = 0
        self._failures = 0
        self._started = time.monotonic()
        self._proven = 0  # what had been received when the last failures were forgotten
        self._response = self._answered({})
        self.said = self._begun(earlier)
        self._size = self.said.size

    def _begun(self, earlier: Said | None) -> Said:
        if self._response.status == 206:
            raise GlanceError(f"The {self._name} cannot be downloaded: the server sends a part of it only")
        said = said_by(self._response)
        if earlier:
            self._compare(said, earlier)
        chunked = "chunked" in (self._response.headers.get("Transfer-Encoding") or "").lower()
        if chunked:
            said = said._replace(size=None)
        if said.size is None and not chunked and not self._provable:
            raise GlanceError(f"The {self._name} comes without its length, so nothing shows its end: give its checksum")
        return said

    def _compare(self, said: Said, earlier: Said) -> None:
        if not said.may_be(earlier):
            raise StartAgain(f"The {self._name} changed while it was downloaded")

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from iter(self._piece, b"")
        finally:
            self._response.close()

    def _piece(self) -> bytes:
        """Return the next piece; a slow download gives what has come within a second."""
        piece = bytearray()
        until = time.monotonic() + PATIENCE
        while len(piece) < PIECE and (not piece or time.monotonic() < until):
            received = self._receive(PIECE - len(piece))
            if not received:
                break
            piece += received
        return bytes(piece)

    def _receive(self, most: int) -> bytes:
        while self._received != self._size:
            self._refuse_late()
            left = most + 1 if self._size is None else self._size - self._received
            try:
                # At the end, a byte more than there should be; it is not waited for.
                received = bytes(self._response.read1(left + 1 if left <= most else most))
            except (OSError, ValueError, HTTPException) as error:
                self._resume(in_words(error))
                continue
            if len(received) > left and self._size is not None:
                raise GlanceError(f"The {self._name} is longer than the {self._size} bytes that the server announced")
            self._received += len(received)
            if received or self._size is None:
                return received
            self._resume(f"the server ended it after {self._received} of {self._size} bytes")
        return b""

    def _refuse_late(self) -> None:
        limit = self._patience.timeout
        if limit is not None and time.monotonic() - self._started > limit:
            raise GlanceError(
                f"The {self._name} was not downloaded within {limit:g} seconds (timeout), only {self._received} bytes"
            )

    def _resume(self, reason: str) -> None:
        """Ask for what is missing."""
        self._response.close()
        if self._received - self._proven >= PIECE:
            self._proven, self._failures = self._received, 0
        if self._received and not self.said.condition and not self._provable:
            raise StartAgain(
                f"The {self._name} broke off ({reason}), and the server says neither a date nor an ETag that would "
                "show whether the rest belongs to the same content"
            )
        condition = {"If-Range": self.said.condition} if self.said.condition else {}
        part = {"Range": f"bytes={self._received}-", **condition} if self._received else {}
        try:
            self._response = self._answered(part, Broken(f"it broke off: {reason}"))
        except Refused as refused:
            if refused.status != 416:
                raise
            self._end_at(content_range(refused.headers)[1])
            return
        self._check_part()

    def _check_part(self) -> None:
        self._compare(said_by(self._response), self.said)
        start = content_range(self._response.headers)[0] if self._response.status == 206 else 0
        if start != self._received:
            raise StartAgain(
                f"The {self._name} broke off after {self._received} bytes, and the server does not send the rest alone"
            )

    def _end_at(self, total: str) -> None:
        """Take it that there is no more, if the server says so of a download whose length it had not said."""
        if self._size is not None or total != str(self._received):
            raise StartAgain(
                f"The {self._name} ended after {self._received} of {self._size or 'an unknown number of'} bytes, "
                "and the server says that there is no more"
            )
        self._size = self._received

    def _answered(self, headers: Mapping[str, str], failure: Broken | None = None) -> Any:
        """Return an answer; asks again, later and later, as long as there is hope."""
        while True:
            if failure:
                self._wait(failure)
            try:
                answer = ask(*self._at, headers)
            except Broken as broken:
                failure = broken
            except Refused as refused:
                if refused.status == 416:
                    raise
                # An address that was redirected to may be valid for a while only.
                if self._at == self._asked:
                    raise Refused(f"The {self._name} cannot be downloaded: {refused}") from refused
                self._at, failure = self._asked, Broken(str(refused), 0)
            else:
                self._at = (answer.url, answer.access)
                answer.response.length = None  # it is counted here, so that too much is seen
                return answer.response

    def _wait(self, failure: Broken) -> None:
        """Wait before the next attempt; GlanceError if there were enough."""
        if self._failures >= self._patience.retries:
            tried = f" ({self._failures + 1} attempts)" if self._failures else ""
            raise GlanceError(f"The {self._name} cannot be downloaded: {failure}{tried}") from failure
        delay = self._patience.retry_delay * 2**self._failures if failure.delay is None else failure.delay
        delay = min(delay, LONGEST_DELAY)
        limit = self._patience.timeout
        if limit is not None and time.monotonic() - self._started + delay > limit:
            raise GlanceError(
                f"The {self._name} cannot be downloaded: {failure}, and {limit:g} seconds (timeout) leave no time for "
                "another attempt"
            ) from failure
        self._failures += 1
        time.sleep(delay)


class Url(Source):
    """Something that is downloaded with one GET, and not before it is needed."""

    def __init__(
        self,
        url: str,
        checksum: Checksum | None = None,
        checksum_uncompressed: Checksum | None = None,
        decompress: str = "none",
        access: Access | None = None,
    ) -> None:
        self._address, self._access = apart(url, access or Access())
        self._download: Download | None = None
        super().__init__(f"content of {shown(self._address)}", checksum, checksum_uncompressed, decompress)

    @cached_property
    def _said(self) -> Said:
        self._download = self._begin()
        return self._download.said

    def _begin(self, earlier: Said | None = None) -> Download:
        return Download(self.name, self._address, self._access, self.checksum is not None, earlier)

    @cached_property
    def delivered_size(self) -> int | None:
        """The size that the server announces."""
        return self._said.size

    @cached_property
    def origin(self) -> str | None:
        """A fingerprint of the URL, without what only grants access, and of the version that the server reports."""
        said = self._said
        if said.version is None and said.size is None:
            if self.checksum:
                return None
            raise GlanceError(f"The {self.name} comes with neither a date nor an ETag nor a size: give its checksum")
        return self._mark(said)

    @cached_property
    def validator(self) -> str | None:
        return self._validator(self._said)

    def is_from(self, *recorded: str) -> bool:
        seen = {self._mark(self._glimpse), self._validator(self._glimpse)} if self._glimpse else set()
        return bool(seen.intersection(recorded)) or self.origin in recorded or self.validator in recorded

    @cached_property
    def _glimpse(self) -> Said | None:
        """What the server says without sending anything; None where it does not, as not every one takes a HEAD."""
        try:
            answer = ask(self._address, self._access, {}, "HEAD")
        except GlanceError:
            return None
        with closing(answer.response):
            return said_by(answer.response)

    def _mark(self, said: Said) -> str:
        return self._fingerprint(identity(self._address), said.size, said.version)

    def _validator(self, said: Said) -> str | None:
        """Return the fingerprint for a URL with a query, which may be signed in a way that is not known here.

        The ETag precedes the date here: a date is too coarse to distinguish what one path gives for different queries.
        """
        version = said.etag or said.modified
        if version is None or not urlsplit(self._address).query:
            return None
        return self._fingerprint("whatever the query", location(self._address), said.size, version)

    def _read(self) -> Iterator[bytes]:
        said = self._said
        download, self._download = self._download or self._begin(said), None
        yield from download


def apart(url: str, access: Access) -> tuple[str, Access]:
    """Return a URL without the account that is in it, and the access with it; GlanceError for what cannot be asked."""
    try:
        parts = urlsplit(url)
        whole = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise GlanceError(
            "The URL has no valid host and port; special characters of a password in it must be encoded"
        ) from error
    if parts.scheme not in ("http", "https") or not whole:
        raise GlanceError(f"The URL {shown(url)} is neither http nor https")
    account, _at, host = parts.netloc.rpartition("@")
    if account and not access.username:
        name, _colon, password = account.partition(":")
        access = replace(access, username=unquote(name), password=unquote(password))
    return urlunsplit(parts._replace(netloc=host)), access


# What the options of a module say


def access_given(params: Mapping[str, Any]) -> Access:
    """Return how servers are asked."""
    authorities = params.get("url_ca_path")
    if authorities and not os.path.isfile(authorities):
        raise GlanceError(f"The file {authorities} with the authorities for url does not exist on the host")
    return Access(
        username=params.get("url_username"),
        password=params.get("url_password"),
        headers={name: str(value) for name, value in (params.get("url_headers") or {}).items()},
        validate_certs=params.get("url_validate_certs") is not False,
        ca_path=authorities,
        stall=min(STALL, params.get("stall_timeout") or STALL),
        **{name: params[name] for name in ("retries", "retry_delay", "timeout") if params.get(name) is not None},
    )


def secrets(params: Mapping[str, Any]) -> set[str]:
    """Return the passwords and signatures in URLs, as they are written and as they are meant."""
    found: set[str] = set()
    for option in ("url", "checksum", "checksum_uncompressed"):
        account = re.search("://[^/@:]*:([^/]*)@", params.get(option) or "")
        if account:
            found |= {account.group(1), unquote(account.group(1))}
        found |= secrets_in_query(params.get(option) or "")
    return found - {""}


def file_name(params: Mapping[str, Any]) -> str:
    """Return the name under which checksum files list the content."""
    path = params["src"] or unquote(urlsplit(params["url"] or "").path)
    return str(path).rpartition("/")[2]


def uncompressed_name(name: str) -> str:
    """Return the name that a file has when it is decompressed."""
    stem, _dot, ending = name.rpartition(".")
    return stem if ending in {one.choice for one in COMPRESSIONS} else name


def resolved(text: str | None, params: Mapping[str, Any], name: str) -> Checksum | None:
    """Return the checksum that an option says, looked up where it names a checksum file."""
    found = given(text) if text else None
    if not isinstance(found, ChecksumFile):
        return found
    if not name:
        raise GlanceError("A checksum file lists names, and neither src nor the path of url ends in one")
    asking = access_given(params)
    if params["url"] and server(found.url) != server(params["url"]):
        asking = asking.without_secrets()
    return listed(downloaded(found.url, asking), name, found.algorithm, shown(found.url))


def downloaded(url: str, access: Access) -> str:
    """Return the text of a small file."""
    found = Url(url, access=access)
    text = b""
    for piece in found.pieces():
        text += piece
        if len(text) > LARGEST_LIST:
            raise GlanceError(f"The {found.name} is too large for a checksum file")
    return text.decode("utf-8", "replace")


def source(params: Mapping[str, Any]) -> Source | None:
    """Return where the content comes from, if that was given; looks its checksum up where a file lists it."""
    if not params["src"] and not params["url"]:
        return None
    name = file_name(params)
    checksum = resolved(params.get("checksum"), params, name)
    uncompressed = resolved(params.get("checksum_uncompressed"), params, uncompressed_name(name))
    decompress = decompression(params)
    if params["src"]:
        return File(params["src"], checksum, uncompressed, decompress)
    return Url(params["url"], checksum, uncompressed, decompress, access_given(params))


def decompression(params: Mapping[str, Any]) -> str:
    """Return how to decompress; a RAM disk and what is in a container are compressed for whoever uses them."""
    choice = params.get("decompress") or "auto"
    as_it_is = params.get("container_format") not in (None, "bare") or params.get("disk_format") in ("aki", "ari")
    return "none" if choice == "auto" and as_it_is else choice
