#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: db_sync
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: The schema of the Image service's database is the one of the installed release
description:
  - Brings the schema of the database that O(config_file) names to the head of the installed release, and loads the
    metadata definitions that the database does not have yet.
  - Reports a change only where there was one, and proves afterwards that the tables are there, in the database that
    the configuration names.
  - Logs in before C(glance-manage) runs, so that a database which cannot be reached or refuses the login is told at
    once.
  - Refuses a schema that a newer release made.
  - Begins a creation that was interrupted afresh, as long as the tables are the Image service's own, none of them
    holds a row, and nobody else is at work in the database.
  - Where O(config_file), C(glance-manage) or the connection does not exist yet, as on a bare host in check mode, the
    prediction is that the schema is created.
  - On engines other than MySQL and MariaDB there is no login, and the metadata definitions are loaded only together
    with a change of the schema.
extends_documentation_fragment:
  - osops.glance.attributes
options:
  config_file:
    description: The configuration that names the database; C(glance-manage) reads this file and no other.
    type: path
    default: /etc/glance/glance-api.conf
  user:
    description: The user that C(glance-manage) runs as.
    type: str
    default: glance
  glance_manage:
    description: The name or the path of C(glance-manage).
    type: str
    default: glance-manage
  metadefs:
    description:
      - The directory with the metadata definitions, one JSON file for each namespace, such as C(/etc/glance/metadefs).
      - Namespaces that the database has stay as they are. Left out, none is loaded.
    type: path
  check:
    description:
      - How to find out whether a migration is pending.
      - V(command) asks C(glance-manage db check), which is there from Queens on. Where it does not know the engine,
        the revisions are compared as with V(version).
      - V(version) compares the revision of the database with the newest one in the installed code, which works with
        every release.
    type: str
    choices: [command, version]
    default: command
  timeout:
    description: Seconds after which a run of C(glance-manage) is ended.
    type: int
    default: 600
requirements:
  - PyMySQL on the host
  - The user C(root)
"""

EXAMPLES = r"""
- name: Populate the database
  become: true
  osops.glance.db_sync:
    metadefs: /etc/glance/metadefs

- name: Populate the database of a release that has no db check
  become: true
  osops.glance.db_sync:
    check: version
"""

RETURN = r"""
revision_before:
  description: The revision of the schema before; null where there was none.
  returned: success
  type: str
  sample: ussuri_contract01
revision_after:
  description: The revision of the schema afterwards, predicted in check mode; null where it cannot be known.
  returned: success
  type: str
  sample: wallaby_contract01
database:
  description: The database that the configuration names; null where there is no configuration yet.
  returned: success
  type: str
  sample: controller:3306/glance
metadefs_loaded:
  description: The namespaces of metadata definitions that were loaded.
  returned: success
  type: list
  elements: str
  sample: ["OS::Compute::CPUMode"]
"""

import json
import os
import socket
from contextlib import contextmanager
from typing import Any, Iterator

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.osops.glance.plugins.module_utils._file import read
from ansible_collections.osops.glance.plugins.module_utils._ini import DIALECTS, document_of
from ansible_collections.osops.glance.plugins.module_utils._module import run
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._schema import (
    HALF_DONE,
    METADEFS,
    PENDING,
    SCHEMA,
    Release,
    State,
    Target,
    are_ours,
    can_check,
    complaint,
    connection_in,
    masked,
    missing_namespaces,
    plan,
    refuse_newer,
    refuse_unfinished,
    release_of,
    revisions_in,
    target_of,
    trips_over_itself,
)

OPTIONS: dict[str, Any] = {
    "config_file": {"type": "path", "default": "/etc/glance/glance-api.conf"},
    "user": {"type": "str", "default": "glance"},
    "glance_manage": {"type": "str", "default": "glance-manage"},
    "metadefs": {"type": "path"},
    "check": {"type": "str", "choices": ["command", "version"], "default": "command"},
    "timeout": {"type": "int", "default": 600},
}

LOGIN_SECONDS = 10
# What `timeout` ends with, and what a command of Python does on arguments that it does not know.
TIMED_OUT = 124
WRONG_USAGE = 2
# What to look at, by the number of the error that the server or PyMySQL gave.
LOGIN_HINTS = {
    1044: "Does this database exist, and has the account the privileges on it?",
    1045: "Is the password there the one of the database account, and is the account granted for this host?",
    1049: "Create the database first.",
    1698: "Is the account granted for this host, and does it log in with a password?",
    2003: "Does the server run there, does it listen on more than 127.0.0.1 (bind-address), and is the port open?",
}
MIGRATIONS = ("db/sqlalchemy/alembic_migrations/versions", "db/sqlalchemy/migrate_repo/versions")


class Database:
    """A MySQL or MariaDB database that is logged in to."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def column(self, sql: str) -> list[str]:
        """Return the first column of what a statement selects."""
        self.cursor.execute(sql)
        return [str(row[0]) for row in self.cursor.fetchall()]

    def state(self) -> State:
        tables = frozenset(self.column("SHOW TABLES"))
        revisions: list[str] = []
        if "alembic_version" in tables:
            revisions = self.column("SELECT version_num FROM alembic_version ORDER BY version_num")
        elif "migrate_version" in tables:
            revisions = self.column("SELECT version FROM migrate_version WHERE version > 0")
        namespaces = "metadef_namespaces" in tables and self.column("SELECT namespace FROM metadef_namespaces") or []
        return State(tuple(revisions), tables, frozenset(namespaces))

    def is_unused(self) -> bool:
        """Say whether no table but the one with the revision holds a row, and nobody else is connected."""
        others = "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        tables = [table for table in self.column("SHOW TABLES") if not table.endswith("_version")]
        return not self.column(others) and not any(self.column(f"SELECT 1 FROM `{table}` LIMIT 1") for table in tables)

    def drop_tables(self) -> None:
        self.cursor.execute("SET FOREIGN_KEY_CHECKS = 0")
        for table in self.column("SHOW TABLES"):
            self.cursor.execute(f"DROP TABLE `{table}`")


@contextmanager
def log_in(target: Target, config_file: str) -> Iterator[Database]:
    """Open the database as Glance will, and tell in one sentence what came in between."""
    try:
        import pymysql
    except ImportError as error:
        raise GlanceError(missing_required_lib("PyMySQL")) from error
    try:
        connection = pymysql.connect(**login_arguments(target))
    except (pymysql.MySQLError, OSError, RuntimeError) as error:
        raise GlanceError(
            f"Cannot log in to the database {target} as user {target.user!r}, with what `connection` in section "
            f"[database] of {config_file} says: {reason(error, target)} {hint(error)}".rstrip()
        ) from None
    try:
        yield Database(connection.cursor())
    except pymysql.MySQLError as error:
        raise GlanceError(f"Cannot read the database {target} as {target.user!r}: {reason(error, target)}") from None
    finally:
        connection.close()


def login_arguments(target: Target) -> dict[str, Any]:
    """Return what PyMySQL is told, with the options that SQLAlchemy takes from a URL."""
    ssl = {name[4:]: value for name, value in target.options.items() if name.startswith("ssl_")}
    if "check_hostname" in ssl:
        ssl["check_hostname"] = ssl["check_hostname"].lower() in ("1", "true", "yes", "on")  # type: ignore[assignment]
    arguments: dict[str, Any] = dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), LOGIN_SECONDS)
    arguments.update(
        {name: target.options[name] for name in ("unix_socket", "read_default_file") if name in target.options}
    )
    arguments.update(
        host=target.host, port=target.port, user=target.user, password=target.password, database=target.name
    )
    return {**arguments, "ssl": ssl} if ssl else arguments


def reason(error: Exception, target: Target) -> str:
    told = str(error.args[-1] if error.args else type(error).__name__)
    return masked(told, target.password).rstrip(".") + "."


def hint(error: Exception) -> str:
    """Return what to look at."""
    if isinstance(getattr(error, "original_exception", None), socket.gaierror):
        return "Is this name in the DNS, or in /etc/hosts on this host?"
    return LOGIN_HINTS.get(error.args[0], "") if error.args else ""


class DbSync:
    """The schema and the metadata definitions, brought there by glance-manage."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.config_file: str = module.params["config_file"]
        self.metadefs: str | None = module.params["metadefs"]
        self.command: str | None = module.get_bin_path(module.params["glance_manage"])
        self.url = connection_of(self.config_file)
        self.target: Target | None = None
        self.release = Release()
        self.before = self.after = State()
        self.missing: list[str] = []

    def plan(self) -> Plan:
        if not self.url or not self.command:
            return plan(State(), pending=True, head=None, metadefs=self.metadefs, missing=None)
        self.target = target_of(self.url, self.config_file)
        self.before = self.read(self.target)
        self.release = installed_release(self.module, self.command)
        refuse_newer(self.before, self.release, self.target)
        pending = self.is_pending(self.before)
        head = self.release.heads[0] if self.release.heads else None
        self.after = State((head,) if head else ()) if pending else self.before
        self.missing = missing_namespaces(wanted_namespaces(self.metadefs), self.before, pending)
        return plan(self.before, pending=pending, head=head, metadefs=self.metadefs, missing=self.missing)

    def apply(self, plan: Plan) -> None:
        if not self.target:
            raise GlanceError(self.lacking())
        if SCHEMA in plan.actions():
            output = self.migrate(self.target)
            self.after = self.read(self.target)
            refuse_unfinished(self.after, self.is_pending(self.after), self.target, output)
        if METADEFS in plan.actions():
            self.load(self.target)

    def result(self, plan: Plan) -> dict[str, Any]:
        return {
            "revision_before": self.before.revision,
            "revision_after": self.after.revision,
            "database": str(self.target) if self.target else None,
            "metadefs_loaded": self.missing,
        }

    def lacking(self) -> str:
        """Return what stands in the way of looking into the database."""
        if not self.command:
            return f"There is no {self.module.params['glance_manage']} on this host: install the Image service first."
        if self.url is None:
            return f"There is no {self.config_file} on this host: configure the Image service first."
        return f"{self.config_file} has no `connection` in section [database], and so does not name a database."

    def read(self, target: Target) -> State:
        if not target.is_mysql:
            return State(revisions_in(self.succeed("db_version")))
        with log_in(target, self.config_file) as database:
            return database.state()

    def is_pending(self, state: State) -> bool:
        """Say whether the release wants another schema than there is."""
        if not state.revisions or self.module.params["check"] == "version" or not can_check(self.target):
            return not self.is_at_head(state)
        status, output = self.manage("db", "check")
        if status not in PENDING:
            advice = " Releases before Queens need `check: version`." if status == WRONG_USAGE else ""
            raise GlanceError(self.failure("db check", status, output) + advice)
        return PENDING[status]

    def is_at_head(self, state: State) -> bool:
        if state.revisions and not self.release.heads:
            raise GlanceError(
                f"Cannot find the migrations that belong to {self.command}, nor say whether revision {state.revision} "
                f"of the database {self.target} is their newest. Is {self.command} the Python script of the package?"
            )
        return self.release.is_at_head(state)

    def migrate(self, target: Target) -> str:
        status, output = self.manage("db_sync")
        # MariaDB cannot undo half a migration: what was killed left tables and columns that the next one trips over.
        half_done = status and trips_over_itself(output)
        if half_done and self.start_afresh(target):
            status, output = self.manage("db_sync")
        if status:
            raise GlanceError(self.failure("db_sync", status, output) + (f" {HALF_DONE}" if half_done else ""))
        return output

    def start_afresh(self, target: Target) -> bool:
        """Remove what an interrupted creation left, and say whether that was possible without any loss."""
        if not target.is_mysql:
            return False
        with log_in(target, self.config_file) as database:
            if not are_ours(database.state().tables) or not database.is_unused():
                return False
            database.drop_tables()
        self.module.warn(f"The tables of an interrupted migration in {target} were all empty, and were made anew.")
        return True

    def load(self, target: Target) -> None:
        output = self.succeed("db_load_metadefs", str(self.metadefs))
        lost = missing_namespaces(self.missing, self.read(target), pending=False)
        if lost:
            raise GlanceError(
                f"`glance-manage db_load_metadefs {self.metadefs}` ended without an error, but the database {target} "
                f"does not have {', '.join(lost)}: {complaint(output)}"
            )

    def succeed(self, *arguments: str) -> str:
        """Run glance-manage and return what it printed; GlanceError with its reason when it fails."""
        status, output = self.manage(*arguments)
        if status:
            raise GlanceError(self.failure(" ".join(arguments), status, output))
        return output

    def manage(self, *arguments: str) -> tuple[int, str]:
        """Run glance-manage as its user; what it logs comes here, whatever log file the configuration names."""
        runuser = self.module.get_bin_path("runuser") or "runuser"
        limit = ["timeout", "--kill-after=10", str(self.module.params["timeout"])]
        command = [str(self.command), "--config-file", self.config_file, "--log-file=", "--log-dir=", *arguments]
        status, out, err = self.module.run_command(
            [runuser, "-u", self.module.params["user"], "--", *limit, *command], cwd="/"
        )
        return status, masked(out + err, self.target.password if self.target else "")

    def failure(self, command: str, status: int, output: str) -> str:
        limit = self.module.params["timeout"]
        told = f"did not end within {limit} seconds" if status == TIMED_OUT else f"ended with {status}"
        return f"`glance-manage {command}` {told}, on the database {self.target}: {complaint(output).rstrip('.')}."


def connection_of(config_file: str) -> str | None:
    """Return the URL of the database, or None while there is no such file."""
    content = read(config_file)
    return None if content is None else connection_in(document_of(content, config_file, DIALECTS["oslo"]))


def wanted_namespaces(directory: str | None) -> list[str]:
    """Return the namespaces that the files of the directory define."""
    if directory is None:
        return []
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".json"))
    except OSError as error:
        raise GlanceError(f"Cannot list the metadata definitions in {directory}: {error}") from error
    return [namespace_of(os.path.join(directory, name)) for name in names]


def namespace_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return str(json.load(file)["namespace"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        # glance-manage leaves such a file out and calls that a success.
        raise GlanceError(
            f"{path} is not a metadata definition, a JSON object with a `namespace`: {error!r}"
        ) from error


def installed_release(module: AnsibleModule, command: str) -> Release:
    """Return the revisions of the code that belongs to glance-manage; nothing where that is not the Python script."""
    with open(command, "rb") as file:
        shebang = file.readline().decode("utf-8", "replace")
    if not shebang.startswith("#!") or "python" not in shebang:
        return Release()
    python = shebang[2:].split()
    status, out, _err = module.run_command([*python, "-B", "-c", "import glance; print(glance.__path__[0])"], cwd="/")
    folders = [os.path.join(out.strip(), folder) for folder in MIGRATIONS]
    found = next((folder for folder in folders if status == 0 and os.path.isdir(folder)), None)
    return release_of(scripts_in(found)) if found else Release()


def scripts_in(folder: str) -> dict[str, str]:
    scripts = {}
    for name in sorted(os.listdir(folder)):
        if name.endswith(".py"):
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                scripts[name] = file.read()
    return scripts


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    run(module, DbSync)


if __name__ == "__main__":
    main()
