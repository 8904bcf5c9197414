# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._content.signed_url import (
    identity,
    location,
    secrets_in_query,
)

PLAIN = "https://store.example.org/bucket/disk.img"
SIGNED = {
    "S3, version 4": (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20260101%2Feu%2Fs3%2Faws4_request&X-Amz-Date="
        "20260101T000000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Security-Token=IQoJb3JpZ2lu%2F%2F&"
        "X-Amz-Signature=aaaabbbbccccdddd",
        {"aaaabbbbccccdddd", "IQoJb3JpZ2lu%2F%2F", "IQoJb3JpZ2lu//"},
    ),
    "S3, version 2": ("AWSAccessKeyId=AKIA&Expires=1767225600&Signature=vjbyPxybdZaNmGa%2ByT272YEAiv4%3D", set()),
    "Google": ("X-Goog-Algorithm=GOOG4&X-Goog-Date=20260101T000000Z&X-Goog-Signature=0123456789abcdef", set()),
    "Azure": ("sv=2022-11-02&st=2026-01-01&se=2026-01-02&sr=b&sp=r&sig=abcdefgh%3D", {"abcdefgh%3D", "abcdefgh="}),
    "Swift": ("temp_url_sig=da39a3ee5e6b4b0d3255bfef95601890afd80709&temp_url_expires=1767225600", set()),
    "CloudFront": ("Policy=eyJTdGF0ZW1lbnQi&Signature=nitfHRCrtziwO2HwPfWw&Key-Pair-Id=K2JCJMDEHXQW5F", set()),
}


@pytest.mark.parametrize("query", [query for query, _secrets in SIGNED.values()], ids=SIGNED)
def test_signature_is_no_part_of_the_identity(query: str) -> None:
    assert identity(f"{PLAIN}?{query}") == PLAIN
    assert identity(f"{PLAIN}?versionId=7&{query}&part=a%20b") == f"{PLAIN}?versionId=7&part=a%20b"


@pytest.mark.parametrize(("query", "secrets"), SIGNED.values(), ids=SIGNED)
def test_signature_is_a_secret(query: str, secrets: set[str]) -> None:
    found = secrets_in_query(f"{PLAIN}?{query}")
    assert secrets <= found
    assert any(secret in query for secret in found)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param(PLAIN, PLAIN, id="no query"),
        pytest.param(f"{PLAIN}?id=5&sv=1", f"{PLAIN}?id=5&sv=1", id="short names without a signature"),
        pytest.param(PLAIN.replace("//", "//me:secret@"), PLAIN, id="account"),
        pytest.param(f"{PLAIN}#part", PLAIN, id="fragment"),
    ],
)
def test_what_is_no_signature_is_kept(url: str, expected: str) -> None:
    assert identity(url) == expected
    assert location(url) == PLAIN


@pytest.mark.parametrize("name", ["ticket-sig", "Ticket_Sig", "sig", "access_token"])
def test_signature_of_unknown_server_is_a_secret(name: str) -> None:
    assert secrets_in_query(f"{PLAIN}?{name}=s3cret-signature") == {"s3cret-signature"}


@pytest.mark.parametrize("query", ["token=short", "image=debian-13.qcow2", "design=debian-13", ""])
def test_plain_words_are_not_masked(query: str) -> None:
    assert secrets_in_query(f"{PLAIN}?{query}") == set()
