# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restore the previous configuration files of a service from their copies."""

from __future__ import annotations

import os
import socket
import tempfile
from contextlib import suppress
from typing import Any, Collection, Iterable

from ansible_collections.osops.glance.plugins.module_utils._core.extended_attributes import copy_extended_attributes
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.credentials import (
    KINDS,
    identity_account,
    same_name,
    with_current_passwords,
)
from ansible_collections.osops.glance.plugins.module_utils._host.file_copies import copies_of, real_path
from ansible_collections.osops.glance.plugins.module_utils._openstack.transport import is_local


class PreviousFiles:
    """The files that a service used before a change.

    files: the configuration files of the service.
    since: when the service was started with the previous files, in seconds since 1970; None if unknown.
    kinds: the kinds of accounts that already have the passwords of the current files.
    copies: the copy of each file that has one.
    """

    def __init__(self, files: Iterable[str], since: float | None, kinds: Collection[str] = KINDS) -> None:
        paths = [real_path(path) for path in files]
        found = {path: copies_of(path, since) for path in paths} if since is not None else {}
        self.copies = {path: copies[0] for path, copies in found.items() if copies}
        self._original = {path: _content(copy) for path, copy in self.copies.items()}
        current = {path: _content(path) for path in paths if os.path.isfile(path)}
        self._updated = with_current_passwords(self._original, current, same_host, kinds)

    @property
    def passwords_changed(self) -> bool:
        """Whether an account of these files has another password now."""
        return self._updated != self._original

    def service_account(self) -> dict[str, Any] | None:
        """Return the service's own account in the restored files; None if they have none."""
        return next(filter(None, map(account_in, self.copies)), None)

    def restore_updated(self) -> None:
        """Restore the files with the current passwords of their accounts, and keep the copies."""
        for path, content in self._updated.items():
            copy = self.copies[path]
            _replace(path, content, like=copy if os.path.exists(copy) else path)

    def restore(self) -> None:
        """Restore the files without a change. A copy is moved, which needs no space on the disk."""
        for path, copy in self.copies.items():
            try:
                os.replace(copy, path)
            except OSError as error:
                raise _restore_failed(path, copy, error) from error


def account_in(path: str) -> dict[str, Any] | None:
    """Return the service's own account in a configuration file; None if it has none."""
    return identity_account(_content(path), path) if os.path.isfile(path) else None


def same_host(first: str, second: str) -> bool:
    """Return whether two names mean the same server; all addresses of this host are one server."""
    if same_name(first, second):
        return True
    hosts = first.strip("[]"), second.strip("[]")
    return all(map(is_local, hosts)) or bool(_addresses(hosts[0]) & _addresses(hosts[1]))


def _addresses(host: str) -> set[str]:
    try:
        return {str(address[4][0]) for address in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except OSError:
        return set()


def _content(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _replace(path: str, content: bytes, like: str) -> None:
    """Replace a file by one with the owner, the mode and the attributes of another file."""
    new = ""
    try:
        status = os.stat(like)
        descriptor, new = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.osops-", dir=os.path.dirname(path) or ".")
        with os.fdopen(descriptor, "wb") as file:
            os.chown(descriptor, status.st_uid, status.st_gid)
            copy_extended_attributes(like, descriptor)
            os.chmod(descriptor, status.st_mode & 0o7777)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.replace(new, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(new)
        raise _restore_failed(path, like, error) from error


def _restore_failed(path: str, copy: str, error: OSError) -> GlanceError:
    return GlanceError(f"Cannot restore {path} from {copy}: {error.strerror}. Copy it by hand")
