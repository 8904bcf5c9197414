# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import hashlib
import os
import threading
from typing import Iterator

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.checksum import (
    CHECKSUM_LENGTHS,
    Checksum,
    Hasher,
    check_algorithms,
    check_digest,
    compute_digests,
    is_available,
    parse_checksum,
)
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError


@pytest.mark.parametrize(
    "text",
    ["sha256:" + "AB" * 32, " md5:" + "0" * 32 + "\n", *(f"{name}:{'f' * n}" for name, n in CHECKSUM_LENGTHS.items())],
)
def test_checksum_is_parsed(text: str) -> None:
    assert str(parse_checksum(text)) == text.strip().lower()


PIECES = [os.urandom(70_000), b"", b"x", os.urandom(2_000_000)]


@pytest.mark.parametrize("algorithms", [[], ["sha512"], ["md5", "sha256", "sha512"]])
def test_digests_equal_those_of_hashlib(algorithms: list[str]) -> None:
    expected = {name: hashlib.new(name, b"".join(PIECES)).hexdigest() for name in algorithms}
    assert compute_digests(PIECES, algorithms) == expected


def test_thread_ends_after_an_error_of_the_content() -> None:
    def failing() -> Iterator[bytes]:
        yield b"x"
        raise GlanceError("interrupted")

    before = threading.active_count()
    with pytest.raises(GlanceError, match="interrupted"):
        compute_digests(failing(), ["md5"])
    assert threading.active_count() == before


def test_end_can_be_called_twice() -> None:
    hasher = Hasher(["md5"])
    hasher.update(b"x")
    assert hasher.end() == hasher.end() == {"md5": hashlib.md5(b"x").hexdigest()}


def test_different_digest_is_an_error() -> None:
    check_digest("file x", {"md5": "1"}, Checksum("md5", "1"))
    check_digest("file x", {}, None)
    with pytest.raises(GlanceError, match="The file x has the checksum md5:2, not md5:1"):
        check_digest("file x", {"md5": "2"}, Checksum("md5", "1"))


@pytest.mark.parametrize(("available", "algorithm"), [(True, "sha512"), (False, "whirlpool-of-no-host")])
def test_algorithm_is_available_if_the_host_has_it(available: bool, algorithm: str) -> None:
    assert is_available(algorithm) is available


def test_algorithm_that_the_host_refuses_for_security_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_name: str) -> None:
        raise ValueError("unsupported")

    check_algorithms("file x", None, Checksum("sha256", "1"))
    monkeypatch.setattr(hashlib, "new", refuse)
    with pytest.raises(GlanceError, match=r"^The checksum of the file x uses md5, which .* Set a checksum of sha256"):
        check_algorithms("file x", Checksum("md5", "1"))
