# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake database server with glance-manage, and a host with the Image service."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._schema.metadefs import Namespace, parse_definition
from ansible_collections.osops.glance.plugins.module_utils._schema.resource import SchemaResource
from ansible_collections.osops.glance.plugins.module_utils._schema.state import Leftover, State
from ansible_collections.osops.glance.plugins.modules.db_sync import OPTIONS
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule

URL = "mysql+pymysql://glance:S3cr%40t@controller/glance"
TABLES = frozenset({"images", "alembic_version", "metadef_namespaces"})
DEFINITIONS = {"cpu.json": "OS::CPU", "quota.json": "OS::Quota"}

SCRIPTS = {
    "yoga_expand01": (),
    "yoga_contract01": ("yoga_expand01",),
    "zed_expand01": ("yoga_expand01",),
    "zed_contract01": ("yoga_contract01", "zed_expand01"),
}


def definition(name: str, *properties: str) -> str:
    return json.dumps({"namespace": name, "properties": {one: {"type": "string"} for one in properties}})


class FakeServer:
    """A database server, and glance-manage."""

    def __init__(self) -> None:
        self.revisions: list[str] = []
        self.head = "zed_contract01"
        self.namespaces: dict[str, Namespace] = {}
        self.tables: frozenset[str] = frozenset()
        self.unused = True
        self.rows_to_migrate = 0
        self.failures: dict[str, list[tuple[int, str]]] = {}
        self.commands: list[list[str]] = []
        self.lock_timeouts: list[int] = []
        self.before_lock: Callable[[], None] = lambda: None
        self.removed: list[Leftover] = []
        self.has_data = False
        self.login_errors: tuple[GlanceError, ...] = ()

    @property
    def revision(self) -> str | None:
        return ", ".join(self.revisions) or None

    def set_revisions(self, *revisions: str) -> None:
        self.revisions, self.tables = list(revisions), TABLES

    def read_state(self) -> State:
        return State(tuple(self.revisions), self.tables, dict(self.namespaces))

    def wait_for_other_nodes(self) -> None:
        pass

    def is_unused(self) -> bool:
        return self.unused

    def drop_tables(self) -> None:
        self.revisions, self.tables = [], frozenset()

    def remove_leftover(self, leftover: Leftover) -> bool:
        self.removed.append(leftover)
        return not self.has_data

    def run(self, command: list[str]) -> tuple[int, str]:
        self.commands.append(command)
        failures = self.failures.get(" ".join(command[:2]), self.failures.get(command[0], []))
        if failures:
            # The last failure is repeated.
            return failures.pop(0) if len(failures) > 1 else failures[0]
        if command == ["db_version"]:
            return 0, f"{self.revision or 'Database is not under migration control'}\n"
        if command[0] == "db_load_metadefs":
            self.load(*command[1:])
            return 0, ""
        return self._run_on_schema(command)

    def _run_on_schema(self, command: list[str]) -> tuple[int, str]:
        if command == ["db", "check"]:
            return self.stage(), ""
        if self.tables and not self.revisions:
            return 1, "OperationalError: (1050, \"Table 'images' already exists\") of glance:S3cr@t"
        self.tables = TABLES
        if command == ["db", "expand"]:
            self.revisions = [*(one for one in self.revisions if "contract" in one), "zed_expand01"]
        elif command == ["db", "migrate"]:
            rows, self.rows_to_migrate = self.rows_to_migrate, 0
            return 0, f"Migrated {rows} rows" if rows else "Database migration is up to date. No migration needed."
        else:
            self.revisions = [self.head]
        return 0, ""

    def stage(self) -> int:
        if self.head in self.revisions:
            return 0
        if "zed_expand01" not in self.revisions:
            return 3
        return 4 if self.rows_to_migrate else 5

    def load(self, path: str, merge: str = "", prefer_new: str = "") -> None:
        files = [Path(path)] if path.endswith(".json") else sorted(Path(path).iterdir())
        for file in files:
            name, new = parse_definition(file.read_text(), str(file))
            old = self.namespaces.get(name)
            if old and merge:
                items = {**old.items, **new.items} if prefer_new else {**new.items, **old.items}
                self.namespaces[name] = replace(new, items=items, number=old.number)
            elif not old:
                self.namespaces[name] = replace(new, number=len(self.namespaces) + 1)


class FakeCommand:
    """A command that ends immediately."""

    server: FakeServer
    host: Path
    started: list[list[str]]

    def __init__(self, arguments: list[str], inherited: Any = ()) -> None:
        self.started.append(arguments)
        self.result = (0, f"{self.host}\n") if "-c" in arguments else self.run(arguments)

    def run(self, arguments: list[str]) -> tuple[int, str]:
        return self.server.run(arguments[arguments.index("--log-dir=") + 1 :])

    def wait(self, poll: Callable[[], None] | None = None) -> tuple[int, str]:
        return self.result

    def stop(self) -> None:
        pass


class FakeDbSync(FakeModule):
    def __init__(self, server: FakeServer, host: Path, check_mode: bool = False, **options: Any) -> None:
        super().__init__(OPTIONS, check_mode, **{"config_file": str(host / "glance-api.conf"), **options})
        self.server = server
        self.host = host

    def get_bin_path(self, name: str) -> str | None:
        path = self.host / name
        return str(path) if path.exists() else None


def run(server: FakeServer, host: Path, **arguments: Any) -> dict[str, Any]:
    """Run the module and return its result."""
    arguments = {"metadefs": str(host / "metadefs"), **arguments}
    return FakeDbSync(server, host, **arguments).end(SchemaResource)
