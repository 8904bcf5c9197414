# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that say where content comes from and what proves it."""

    DOCUMENTATION = r"""
options:
  src:
    description: A file on the host with the content.
    type: path
  url:
    description:
      - An C(http) or C(https) URL of the content; redirects to such URLs are followed. It is streamed, never stored.
      - A download that breaks off is taken up where it broke, if the server says a date or a strong ETag and can send
        a part. Content that has changed meanwhile is a failure.
      - A proxy is taken from the environment.
    type: str
  url_username:
    description:
      - The account at the server of O(url). An account in the URL itself does the same.
      - Neither this nor O(url_password) and O(url_headers) are sent to another server, such as one that is
        redirected to.
    type: str
    version_added: "0.2.0"
  url_password:
    description: The password of O(url_username).
    type: str
    version_added: "0.2.0"
  url_headers:
    description: Further headers of the request for O(url), such as one with a token.
    type: dict
    version_added: "0.2.0"
  url_validate_certs:
    description: Whether the certificate of the server of O(url) must be valid.
    type: bool
    default: true
    version_added: "0.2.0"
  url_ca_path:
    description: A file on the host with the authorities that the certificate of that server is checked against.
    type: path
    version_added: "0.2.0"
  checksum:
    description:
      - The checksum of O(src) or O(url) as it is delivered, which is before it is decompressed.
      - Either an algorithm (V(md5), V(sha1), V(sha224), V(sha256), V(sha384) or V(sha512)), a colon and the digits.
      - Or the C(http) or C(https) URL of a checksum file as mirrors publish it, such as C(SHA256SUMS), with an
        algorithm and a colon before it if the file has several. The checksum is looked up in it by the last part of
        O(src) or O(url).
      - The signature of a signed checksum file is not verified.
    type: str
  checksum_uncompressed:
    description:
      - The checksum of the content after it is decompressed, in the same forms as O(checksum).
      - A checksum file is searched for the name without V(.gz), V(.xz), V(.bz2) or V(.zst).
    type: str
    version_added: "0.2.0"
  decompress:
    description:
      - How the content is decompressed on its way.
      - V(auto) looks at how the content begins. It leaves content in a container and RAM disks as they are.
      - V(zst) needs the program C(zstd) on the host, unless its Python brings a library for that.
    type: str
    choices: [auto, none, gz, xz, bz2, zst]
    default: auto
    version_added: "0.2.0"
  retries:
    description:
      - How often a download is tried again after a failure that may pass, which is no or a broken connection, silence,
        and the status 408, 425, 429 and 5xx. The count begins anew when a download that is taken up gets on.
    type: int
    default: 3
    version_added: "0.2.0"
  retry_delay:
    description:
      - Seconds before the first repetition; each further one waits twice as long. What the server asks for in
        C(Retry-After) goes before. Two minutes is the longest.
    type: int
    default: 5
    version_added: "0.2.0"
  stall_timeout:
    description: Seconds without a byte after which a download counts as broken.
    type: int
    default: 60
    version_added: "0.2.0"
"""
