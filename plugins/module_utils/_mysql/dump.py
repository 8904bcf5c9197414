# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of a database in a file, made with MariaDB's own client before the database is dropped."""

from __future__ import annotations

import gzip
import os
import select
import shutil
import subprocess
import tempfile
import time
from typing import IO, Any, Callable, Iterator, Mapping, cast

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import redact
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import words_of

CLIENTS = ("mariadb-dump", "mysqldump")
PIECE = 1 << 20
# How an option file of the client calls what the module is given.
_OPTIONS = {
    "host": "login_host",
    "port": "login_port",
    "socket": "login_unix_socket",
    "user": "login_user",
    "password": "login_password",
    "ssl-ca": "login_ca_cert",
}


def option_file(params: Mapping[str, Any]) -> str:
    """Return the login as the client reads it; on its command line, everybody on the host could read the password."""
    lines = ["[client]"]
    for name, option in _OPTIONS.items():
        if params.get(option) is not None:
            value = str(params[option]).replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'{name}="{value}"')
    return "\n".join(lines) + "\n"


def dump(params: Mapping[str, Any], holders: Callable[[], str] = lambda: "") -> str:
    """Write what is in the database to a new file in `dump_directory`, and return its path.

    A dump takes as long as it takes; it is ended if nothing came for `timeout` seconds, as when it waits for a lock.

    holders: returns the sentences on who may hold that lock.
    """
    client = next(filter(None, map(shutil.which, CLIENTS)), None)
    if client is None:
        raise GlanceError(
            f"The database {params['name']} cannot be dumped, as this host has no {CLIENTS[0]}: install the client of "
            "MariaDB, or leave `dump_directory` out. The database was not removed."
        )
    directory = params["dump_directory"]
    path = os.path.join(directory, f"{params['name']}-{time.strftime('%Y%m%dT%H%M%S')}.sql.gz")
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as login:
            login.write(option_file(params))
            login.flush()
            command = [client, f"--defaults-extra-file={login.name}", "--single-transaction", params["name"]]
            _write(path, command, params["timeout"], holders)
    except (OSError, GlanceError) as error:
        if os.path.exists(path):
            os.unlink(path)
        told = redact(
            str(error) if isinstance(error, GlanceError) else words_of(error), [params["login_password"] or ""]
        )
        raise GlanceError(
            f"The database {params['name']} cannot be dumped to {path}: {told} The database was not removed."
        ) from error
    return path


def _write(path: str, command: list[str], timeout: float, holders: Callable[[], str]) -> None:
    """Write the output of a command to a file that nobody else can read."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tempfile.TemporaryFile() as complaints, gzip.open(file, "wb") as packed:
            run = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints)
            try:
                for piece in _pieces(cast(IO[bytes], run.stdout), timeout):
                    packed.write(piece)
                status = run.wait(timeout)
            except (TimeoutError, subprocess.TimeoutExpired):
                raise GlanceError(
                    f"{os.path.basename(command[0])} wrote nothing for {timeout} seconds (`timeout`), as one "
                    f"that waits for a lock, and was ended. {holders()}".rstrip()
                ) from None
            finally:
                run.kill()
                run.wait()
            complaints.seek(0)
            complaint = complaints.read().decode("utf-8", "replace").strip().rstrip(".")
        file.flush()
        os.fsync(file.fileno())
    if status:
        raise GlanceError(f"{os.path.basename(command[0])} ended with {status}: {complaint}.")


def _pieces(output: IO[bytes], timeout: float) -> Iterator[bytes]:
    """Yield the output of a command; TimeoutError if none comes for `timeout` seconds."""
    with output:
        while True:
            if not select.select([output], [], [], timeout)[0]:
                raise TimeoutError
            piece = os.read(output.fileno(), PIECE)
            if not piece:
                return
            yield piece
