# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The previous configuration files of a service, restored from their copies."""

from __future__ import annotations

import glob
import os
import socket
import tempfile
from contextlib import suppress
from typing import Any, Callable, Collection, Iterable, Optional

from ansible_collections.osops.glance.plugins.module_utils._core.extended_attributes import copy_extended_attributes
from ansible_collections.osops.glance.plugins.module_utils._core.files import is_mask
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.credentials import (
    KINDS,
    identity_account,
    same_name,
    with_current_passwords,
)
from ansible_collections.osops.glance.plugins.module_utils._host.systemd import Systemd
from ansible_collections.osops.glance.plugins.module_utils._host.units import unit_files
from ansible_collections.osops.glance.plugins.module_utils._openstack.transport import is_local

Verify = Callable[["PreviousFiles", bool], Optional[str]]


class Rollback:
    """The way back to the previous configuration of a service.

    since: when the service was started with it, in seconds of the wall clock; None if unknown.
    kinds: the kinds of accounts that have the passwords of the new files.
    kept: the copies that must stay, since they are the only record of the previous files.
    succeeded: whether the service responds again.
    """

    def __init__(
        self, systemd: Systemd, files: Iterable[str], since: float | None, kinds: Collection[str] = KINDS
    ) -> None:
        self._systemd = systemd
        self._previous = PreviousFiles(files, since, kinds)
        own = unit_files(systemd.names, changed(files, since)) if since is not None else []
        self._new_units = [path for path in own if real_path(path) not in self._previous.copies]
        self.kept: list[str] = []
        self.succeeded = False

    @property
    def is_empty(self) -> bool:
        return not self._previous.copies and not self._new_units

    def run(self, verify: Verify, restarted: bool) -> str:
        """Restore the files with the current passwords, then as they were, until the service responds.

        verify: restarts the service if that is asked for, and returns why it does not respond, or None if it does.
        restarted: whether the service has read the new files.
        Return the sentences that report the result.
        """
        previous = self._previous
        # Without it, systemd uses the unit file of the package again.
        for path in self._new_units:
            os.unlink(path)
        what = " and ".join([*previous.copies, *(f"the unit instead of {path}" for path in self._new_units)])
        if not restarted and not previous.passwords_changed:
            previous.restore()
            failure = verify(previous, False)
            self.succeeded = failure is None
            end = f"but it does not respond: {what}. {failure}" if failure else f"and it responds: {what}."
            return f"The previous configuration was restored, the service was not restarted, {end}"
        failure = None
        if previous.passwords_changed:
            self.kept = list(previous.copies.values())
            previous.restore_updated()
            failure = verify(previous, True)
            if failure is None:
                self.succeeded = True
                return (
                    "The previous configuration was restored with the current passwords and the service responds: "
                    f"{what}. The previous file as it was is kept as {' and '.join(self.kept)}."
                )
        previous.restore()
        last_failure = verify(previous, True)
        if last_failure is None:
            self.succeeded = True
            return f"The previous configuration was restored and the service responds: {what}."
        if failure is not None:
            previous.restore_updated()
            with suppress(GlanceError):
                self._systemd.restart(daemon_reload=False)
        return (
            f"The previous configuration was restored, but the service does not respond with it either: {what}. "
            f"{failure or last_failure}"
        )


class PreviousFiles:
    """The files that a service ran with before.

    files: the configuration files of the service.
    since: when the service was started with the previous files, in seconds of the wall clock; None if unknown.
    kinds: the kinds of accounts that have the passwords of the present files.
    """

    def __init__(self, files: Iterable[str], since: float | None, kinds: Collection[str] = KINDS) -> None:
        paths = [real_path(path) for path in files]
        made = {path: copies_of(path, since) for path in paths} if since is not None else {}
        self.copies = {path: copies[0] for path, copies in made.items() if copies}
        self._original = {path: _content(copy) for path, copy in self.copies.items()}
        current = {path: _content(path) for path in paths if os.path.isfile(path)}
        self._updated = with_current_passwords(self._original, current, same_host, kinds)

    @property
    def passwords_changed(self) -> bool:
        """Whether an account of these files has another password now."""
        return self._updated != self._original

    def identity_account(self) -> dict[str, Any] | None:
        """Return the service's own account as the restored files have it."""
        return next(filter(None, map(account_in, self.copies)), None)

    def restore_updated(self) -> None:
        """Restore the files with the passwords that their accounts have now; the copies stay."""
        for path, content in self._updated.items():
            copy = self.copies[path]
            _replace(path, content, like=copy if os.path.exists(copy) else path)

    def restore(self) -> None:
        """Restore the files as they were. A copy is moved, which needs no space on the disk."""
        for path, copy in self.copies.items():
            try:
                os.replace(copy, path)
            except OSError as error:
                raise GlanceError(f"Cannot restore {path} from {copy}: {error.strerror}. Copy it by hand") from error


class PendingChange:
    """When a service was started with a configuration that works, kept until the new one is verified.

    A run after an interrupted one so knows what to restore.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    @property
    def exists(self) -> bool:
        return os.path.exists(self._path)

    def begin(self, started: float | None) -> float | None:
        """Note when the service was started, and return when it was started with a configuration that works."""
        with suppress(OSError, ValueError), open(self._path, encoding="utf-8") as file:
            noted = float(file.read())
            return noted if started is None else min(noted, started)
        if started is not None:
            with suppress(OSError):
                os.makedirs(os.path.dirname(self._path), mode=0o755, exist_ok=True)
                with open(self._path, "w", encoding="utf-8") as file:
                    file.write(f"{started:.6f}")
        return started

    def end(self) -> None:
        with suppress(OSError):
            os.unlink(self._path)


def account_in(path: str) -> dict[str, Any] | None:
    """Return the service's own account in a configuration file; None where it has none."""
    return identity_account(_content(path), path) if os.path.isfile(path) else None


def changed(files: Iterable[str], since: float | None = None) -> dict[str, float]:
    """Return when each file was changed, in seconds of the wall clock, without files that do not exist.

    since: omit files that were changed before; None for all.
    """
    times = {path: os.path.getmtime(path) for path in files if os.path.exists(path)}
    return {path: at for path, at in times.items() if since is None or at >= since}


def real_path(path: str) -> str:
    """Return the path of the file itself, next to which copies of it are made."""
    return path if is_mask(path) else os.path.realpath(path)


def copies_of(path: str, since: float) -> list[str]:
    """Return the copies that were made of a file since a time; the first is what a process read at that time."""
    made = sorted((os.stat(copy).st_ctime, copy) for copy in glob.glob(f"{glob.escape(path)}.*~"))
    return [copy for changed_at, copy in made if changed_at >= since]


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
    """Replace a file by one with the owner, the mode and the attributes of another."""
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
        raise GlanceError(f"Cannot restore {path} from {like}: {error.strerror}. Copy it by hand") from error
