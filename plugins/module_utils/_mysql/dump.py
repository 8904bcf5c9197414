# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a dump of a database with MariaDB's client before the database is dropped."""

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
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import error_message

CLIENTS = ("mariadb-dump", "mysqldump")
CHUNK_SIZE = 1 << 20
# Options in the client's option file, by the options of the module.
_CLIENT_OPTIONS = {
    "host": "login_host",
    "port": "login_port",
    "socket": "login_unix_socket",
    "user": "login_user",
    "password": "login_password",
    "ssl-ca": "login_ca_cert",
}


def option_file(params: Mapping[str, Any]) -> str:
    """Return the login as an option file of the client: any user of the host can read its command line.

    The options of the module override those in `config_file`, as in the session of the module.
    """
    config_file = params.get("config_file")
    lines = [f"!include {config_file}"] if config_file and os.path.exists(config_file) else []
    lines.append("[client]")
    for name, option in _CLIENT_OPTIONS.items():
        if params.get(option) is not None:
            value = str(params[option]).replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f'{name}="{value}"')
    return "\n".join(lines) + "\n"


def write_dump(params: Mapping[str, Any], lock_holders: Callable[[], str] = lambda: "") -> str:
    """Write a dump of the database to a new file in `dump_directory`, and return its path.

    The whole dump has no time limit. It is ended if there was no output for `timeout` seconds, for example during a
    wait for a lock.

    lock_holders: returns sentences on the connections that may hold this lock.
    """
    client = next(filter(None, map(shutil.which, CLIENTS)), None)
    if client is None:
        raise GlanceError(
            f"Cannot dump the database {params['name']}: this host has no {CLIENTS[0]}. Install the MariaDB client, or "
            "omit `dump_directory`. The database was not removed."
        )
    directory = params["dump_directory"]
    path = os.path.join(directory, f"{params['name']}-{time.strftime('%Y%m%dT%H%M%S')}.sql.gz")
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8") as login:
            login.write(option_file(params))
            login.flush()
            command = [client, f"--defaults-extra-file={login.name}", "--single-transaction", params["name"]]
            _write_output(path, command, params["timeout"], lock_holders)
    except (OSError, GlanceError) as error:
        if os.path.exists(path):
            os.unlink(path)
        message = str(error) if isinstance(error, GlanceError) else error_message(error)
        cause = redact(message, [params["login_password"] or ""])
        raise GlanceError(
            f"Cannot dump the database {params['name']} to {path}: {cause} The database was not removed."
        ) from error
    return path


def _write_output(path: str, command: list[str], timeout: float, lock_holders: Callable[[], str]) -> None:
    """Write the compressed output of a command to a new file that only its owner can read."""
    name = os.path.basename(command[0])
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        with tempfile.TemporaryFile() as stderr, gzip.open(file, "wb") as compressed:
            # run_command() would keep the whole dump in memory.
            process = subprocess.Popen(  # pylint: disable=ansible-bad-function
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr
            )
            try:
                for chunk in _chunks(cast(IO[bytes], process.stdout), timeout):
                    compressed.write(chunk)
                status = process.wait(timeout)
            except (TimeoutError, subprocess.TimeoutExpired):
                raise GlanceError(
                    f"{name} wrote nothing for {timeout} seconds (`timeout`) and was ended; it may have waited for a "
                    f"lock. {lock_holders()}".rstrip()
                ) from None
            finally:
                process.kill()
                process.wait()
            stderr.seek(0)
            error_output = stderr.read().decode("utf-8", "replace").strip().rstrip(".")
        file.flush()
        os.fsync(file.fileno())
    if status:
        raise GlanceError(f"{name} ended with status {status}: {error_output}.")


def _chunks(output: IO[bytes], timeout: float) -> Iterator[bytes]:
    """Yield the output of a command; TimeoutError if there is none for `timeout` seconds."""
    with output:
        while True:
            if not select.select([output], [], [], timeout)[0]:
                raise TimeoutError
            chunk = os.read(output.fileno(), CHUNK_SIZE)
            if not chunk:
                return
            yield chunk
