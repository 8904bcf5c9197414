# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signed URLs: the part that identifies the content, and the parameters that grant temporary access to it.

Object stores grant access by parameters of the query, which differ each time that a URL is signed:

- Amazon S3 and compatible stores: Signature Version 4 (X-Amz-*) and Version 2, CloudFront
- Google Cloud Storage: X-Goog-* and the older GoogleAccessId
- Azure: shared access signatures (`sig` and the parameters that it covers)
- Swift: temporary URLs (temp_url_*)
- Alibaba OSS: OSSAccessKeyId, x-oss-*
"""

from __future__ import annotations

import re
from typing import Iterator
from urllib.parse import unquote, urlsplit, urlunsplit

_SIGNING = re.compile(
    r"x-(amz|goog|oss)-(algorithm|credential|date|expires|signedheaders|signature|signature-version|security-token"
    r"|content-sha256)"
    r"|awsaccesskeyid|googleaccessid|ossaccesskeyid|key-pair-id|policy|signature|expires|security-token"
    r"|temp_url_(sig|expires|prefix|ip_range)",
    re.IGNORECASE,
)
# Short names that other servers use for other purposes; they belong to a signature only if the URL has one.
_AZURE = re.compile("s[vsrpt]|srt|spr|sip|sig|se|skoid|sktid|sk[tesv]|sdd|saoid|suoid|scid|ses")
_SECRET = re.compile(
    r"(.*[-_])?sig|.*(signature|credential|passw(or)?d|passwd|secret|token|policy)|.*(api|access|auth)[-_]?key",
    re.IGNORECASE,
)
SHORTEST_SECRET = 8  # characters; Ansible would mask a shorter text in all other output, too


def parameters(url: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each parameter of the query."""
    for text in urlsplit(url).query.split("&"):
        if text:
            yield unquote(text.partition("=")[0]), text


def is_signed_by_azure(url: str) -> bool:
    """Return whether the URL has a shared access signature of Azure."""
    names = {name for name, _text in parameters(url)}
    return {"sig", "sv"} <= names


def is_signing(name: str, azure: bool) -> bool:
    """Return whether a parameter only grants access.

    azure: whether the URL is signed by Azure.
    """
    return bool(_SIGNING.fullmatch(name)) or (azure and bool(_AZURE.fullmatch(name)))


def without_credentials(url: str) -> str:
    """Return the URL without its credentials and its fragment."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment=""))


def location(url: str) -> str:
    """Return the URL without its query and its credentials."""
    return urlunsplit(urlsplit(without_credentials(url))._replace(query=""))


def identity(url: str) -> str:
    """Return the URL without its credentials and without the parameters that only grant access."""
    azure = is_signed_by_azure(url)
    kept = [text for name, text in parameters(url) if not is_signing(name, azure)]
    # A query without such parameters is not normalized.
    if len(kept) == len([*parameters(url)]):
        return without_credentials(url)
    return urlunsplit(urlsplit(without_credentials(url))._replace(query="&".join(kept)))


def secrets_in_query(url: str) -> set[str]:
    """Return the secret values of the query, percent-encoded and decoded."""
    secrets: set[str] = set()
    for name, text in parameters(url):
        value = text.partition("=")[2]
        if _SECRET.fullmatch(name):
            secrets |= {value, unquote(value)}
    return {value for value in secrets if len(value) >= SHORTEST_SECRET}
