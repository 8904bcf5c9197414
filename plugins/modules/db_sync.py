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
  - Brings the schema of the database that O(config_file) names to the head of the installed release, all at once or a
    phase of it, and loads the metadata definitions that the database does not have yet.
  - Reports a change only where there was one, and proves afterwards that the tables are there, in the database that
    the configuration names.
  - Logs in as the service does, so that a database which cannot be reached or refuses the login is told at once.
  - Refuses a schema that a newer release made.
  - Where O(config_file), C(glance-manage) or the connection does not exist yet, as on a bare host in check mode, the
    prediction is that the schema is created.
  - If the server refuses the login in check mode, this is a warning, since an earlier task of the run may set the
    account. The prediction assumes that the schema is current; or, if there is no such database, that it is created.
    A server that cannot be reached is a failure.
  - On engines other than MySQL and MariaDB there is no login and no lock, there are no phases, and the metadata
    definitions are loaded only together with a change of the schema.
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
  phase:
    description:
      - What is done to the schema.
      - V(all) does everything at once, while no API is at work.
      - V(expand), V(migrate) and V(contract) do it in three steps, in this order, on releases from Ocata on. The APIs
        of the old release keep working until V(contract), and those of the new one from V(expand) on. A phase that is
        done already is no change, and one whose turn has not come is refused before anything is done.
      - V(none) changes nothing, the metadata definitions neither. It proves that the configuration of this host logs
        in, and that the service finds a schema there with which it can work.
    type: str
    choices: [all, expand, migrate, contract, none]
    default: all
  metadefs:
    description:
      - The directory with the metadata definitions, one JSON file for each namespace, such as C(/etc/glance/metadefs).
      - Namespaces that the database has stay as they are, but for one that was only begun; see the notes. Left out,
        none is loaded.
    type: path
  metadefs_merge:
    description:
      - Whether namespaces that the database has are brought to what the files define.
      - What is in the database and in none of the files stays.
    type: bool
    default: false
  check:
    description:
      - How to find out whether a migration is pending.
      - V(command) asks C(glance-manage db check), which is there from Queens on. It is not asked where the database is
        at the newest revision in the installed code, as it looks no further then. Where it does not know the engine,
        the revisions are compared as with V(version).
      - V(version) compares the revision of the database with the newest one in the installed code, which works with
        every release. It tells nothing of the data, so that V(migrate) of O(phase) is predicted as long as V(contract)
        is not done.
    type: str
    choices: [command, version]
    default: command
  timeout:
    description:
      - Seconds after which a run of C(glance-manage) is ended.
      - It is also the time to wait for another run of this module, and for a server that went away during a migration.
    type: int
    default: 600
  lock_timeout:
    description:
      - Seconds that C(glance-manage) may wait for a lock in the database, such as that of an open transaction. Until
        it gets the lock, the service waits as well, for every statement on the same table.
      - Then C(glance-manage) and its statement are ended, and the failure names the connections that may hold the
        lock, as far as the account of the service can see them. What was migrated before stays.
      - While the module waits, they are displayed on the screen.
    type: int
    default: 60
notes:
  - Runs of this module on several hosts at once take turns, by a lock that the database server keeps under the name
    of the database (C(GET_LOCK)); those who come later find the work done. The members of a Galera cluster each keep
    locks of their own, so there the hosts have to use the same member, or one host has to migrate alone.
  - A run of C(glance-manage) that a killed run of this module left on the same host is waited for.
  - A creation that was interrupted is begun afresh, as long as the tables are the Image service's own, none of them
    holds a row, and nobody else is at work in the database. In an upgrade that was interrupted, the columns, indexes
    and tables that the interrupted revision added are taken back and added again, as long as there is no data in them.
  - When the server goes away during a migration, it is waited for, and the migration is taken up again.
  - Loading is known to have been interrupted where the newest of the namespaces has the beginning of what its file
    defines and nothing else; it is completed. Definitions that are missing elsewhere may have been removed on purpose,
    and come back with O(metadefs_merge=true) only.
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

- name: Prepare the database for the new release while the old one is at work
  become: true
  osops.glance.db_sync:
    phase: expand

- name: Prove that this controller reaches the database, and that the schema is there
  become: true
  osops.glance.db_sync:
    phase: none

- name: Bring the metadata definitions to what the new release brought
  become: true
  osops.glance.db_sync:
    metadefs: /etc/glance/metadefs
    metadefs_merge: true
"""

RETURN = r"""
revision_before:
  description: The revision of the schema before; null where there was none, two of them in the middle of an upgrade.
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
  description: The namespaces of metadata definitions that were loaded, completed or merged.
  returned: success
  type: list
  elements: str
  sample: ["OS::Compute::CPUMode"]
"""

import importlib.util
import os
import shlex
import sys
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, Callable, ContextManager, Iterator, Sequence

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.files import read
from ansible_collections.osops.glance.plugins.module_utils._core.lock import hold_lock
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._core.process import Command
from ansible_collections.osops.glance.plugins.module_utils._core.progress import Progress
from ansible_collections.osops.glance.plugins.module_utils._core.redaction import redact, secrets_of_files
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement, run
from ansible_collections.osops.glance.plugins.module_utils._core.wait_report import reported
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import document_of
from ansible_collections.osops.glance.plugins.module_utils._schema.lock_watch import LockTimeout, LockWatch
from ansible_collections.osops.glance.plugins.module_utils._schema.login import Database, LoginRefused, locked, log_in
from ansible_collections.osops.glance.plugins.module_utils._schema.metadefs import (
    Namespace,
    defined_in,
    half_loaded,
    outstanding,
)
from ansible_collections.osops.glance.plugins.module_utils._schema.revisions import (
    COMMANDS,
    DONE,
    EXPAND,
    METADEFS,
    SCHEMA,
    STAGES,
    Leftover,
    Release,
    State,
    Target,
    advice,
    are_ours,
    can_check,
    complaint,
    connection_in,
    did_nothing,
    is_pending,
    leftover_in,
    plan,
    prediction,
    refuse_absent,
    refuse_newer,
    refuse_out_of_order,
    refuse_unfinished,
    release_of,
    revisions_in,
    target_of,
    trips_over_itself,
    was_cut_off,
)

OPTIONS: dict[str, Any] = {
    "config_file": {"type": "path", "default": "/etc/glance/glance-api.conf"},
    "user": {"type": "str", "default": "glance"},
    "glance_manage": {"type": "str", "default": "glance-manage"},
    "phase": {"type": "str", "choices": ["all", "expand", "migrate", "contract", "none"], "default": "all"},
    "metadefs": {"type": "path"},
    "metadefs_merge": {"type": "bool", "default": False},
    "check": {"type": "str", "choices": ["command", "version"], "default": "command"},
    "timeout": {"type": "int", "default": 600},
    "lock_timeout": {"type": "int", "default": 60},
}

# What `timeout` ends with, and what a command of Python does on arguments that it does not know.
TIMED_OUT = 124
WRONG_USAGE = 2
# How often a migration is taken up again; there are fewer leftovers in a revision.
ATTEMPTS = 10
POLL_SECONDS = 0.5
# Run by the interpreter of the service: Python 2 has no importlib.util, Python 3.12 has no imp.
FIND_PACKAGE = """
try:
    from importlib.util import find_spec
except ImportError:
    import imp
    print(imp.find_module("glance")[1])
else:
    print(find_spec("glance").submodule_search_locations[0])
"""
# pip starts a script like this if the path of its interpreter contains a space or is too long for a first line.
SHELL_LAUNCHER = "'''exec' "
MIGRATIONS = ("db/sqlalchemy/alembic_migrations/versions", "db/sqlalchemy/migrate_repo/versions")


class DbSync:
    """The schema and the metadata definitions, brought there by glance-manage."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.config_file: str = module.params["config_file"]
        self.phase: str = module.params["phase"]
        self.metadefs: str | None = module.params["metadefs"] if self.phase != "none" else None
        self.command: str | None = module.get_bin_path(module.params["glance_manage"])
        self.url = connection_of(self.config_file)
        self.secrets = secrets_of_files([self.config_file])
        self.target: Target | None = None
        self.release = Release()
        self.before = self.after = State()
        self.wanted: dict[str, Namespace] = {}
        self.namespaces: list[str] = []
        self.kept_open: list[int] = []
        self.progress = Progress(lambda _text: None)

    @classmethod
    def blind(cls, module: AnsibleModule) -> DbSync:
        return PredictedImages(module)

    def plan(self) -> Plan:
        if not self.url or not self.command:
            return prediction(self.phase, self.metadefs)
        self.target = target_of(self.url, self.config_file)
        try:
            return self.look(self.target, self.command)
        except LoginRefused as refused:
            assumed = "that the schema is current" if refused.has_database else "an empty database"
            raise MissingRequirement(
                "login",
                str(refused),
                warning=f"{refused} This is no failure in check mode, as an earlier task of the run may set the "
                f"account and the database. The prediction assumes {assumed}.",
                blind=partial(Refused, has_database=refused.has_database),
            ) from None

    def look(self, target: Target, command: str) -> Plan:
        """Read what there is, and compare it with what the installed release wants."""
        self.before = self.read(target)
        self.release = installed_release(command)
        refuse_newer(self.before, self.release, target)
        self.wanted = wanted_namespaces(self.metadefs)
        stage = self.stage(self.before)
        refuse_out_of_order(stage, self.phase, self.before, target)
        pending = is_pending(stage, self.phase) and self.phase != "none"
        self.after = self.release.end(self.before, self.phase) if pending else self.before
        self.namespaces = self.outstanding(self.before, pending)
        return plan(self.before, self.release, self.phase, stage, self.metadefs, self.namespaces)

    def apply(self, plan: Plan) -> Plan:
        if not self.target or not self.command:
            raise GlanceError(self.lacking())
        if self.phase == "none":
            refuse_absent(self.before, self.release, self.target)
        with reported() as self.progress, self.alone(self.target):
            # Whoever was here before has left another state than the one that was seen.
            plan = self.look(self.target, self.command)
            if SCHEMA in plan.actions():
                plan = self.migrate(plan, self.target)
            if METADEFS in plan.actions():
                self.load(self.target)
        return plan

    def result(self, plan: Plan) -> dict[str, Any]:
        return {
            "revision_before": self.before.revision,
            "revision_after": self.after.revision,
            "database": str(self.target) if self.target else None,
            "metadefs_loaded": self.namespaces,
        }

    def lacking(self) -> str:
        """Return what stands in the way of looking into the database."""
        if not self.command:
            return f"There is no {self.module.params['glance_manage']} on this host: install the Image service first."
        if self.url is None:
            return f"There is no {self.config_file} on this host: configure the Image service first."
        return f"{self.config_file} has no `connection` in section [database], and so does not name a database."

    # What is --------------------------------------------------------------------------------------------------------

    def read(self, target: Target) -> State:
        if not target.is_mysql:
            return State(revisions_in(self.succeed("db_version")))
        with log_in(target, self.config_file) as database:
            return database.state()

    @property
    def has_check(self) -> bool:
        return self.phase != "none" and self.module.params["check"] == "command" and can_check(self.target)

    def stage(self, state: State) -> int:
        """Return what is still to do to reach the schema of the release."""
        if not state.revisions:
            return EXPAND
        # At the newest revision, `db check` looks no further than this; and it takes longer than all the rest.
        if self.release.is_at_head(state):
            return DONE
        if not self.has_check:
            return self.stage_by_revision(state)
        status, output = self.manage("db", "check")
        if status not in STAGES:
            hint = " Releases before Queens need `check: version`." if status == WRONG_USAGE else ""
            raise GlanceError(self.failure("db check", status, output) + hint)
        return status

    def stage_by_revision(self, state: State) -> int:
        if self.release.heads:
            return self.release.stage(state, self.phase)
        if self.phase == "none":
            return DONE
        raise GlanceError(
            f"Cannot find the migrations that belong to {self.command}, nor say whether revision {state.revision} "
            f"of the database {self.target} is their newest. Check `glance_manage`: it has to be a Python script."
        )

    def outstanding(self, state: State, pending: bool) -> list[str]:
        """Return the namespaces to load; where they cannot be looked at, all go with a change of the schema."""
        if state.namespaces is None:
            return list(self.wanted) if pending else []
        return outstanding(self.wanted, state.namespaces, self.module.params["metadefs_merge"])

    # What is done -----------------------------------------------------------------------------------------------------

    @contextmanager
    def alone(self, target: Target) -> Iterator[None]:
        """Keep other runs out, and glance-manage that a killed one left here."""
        seconds = self.module.params["timeout"]
        with ExitStack() as stack:
            with self.progress.during(str(target), "waiting for glance-manage on this host"):
                held = lock(self.config_file, seconds)
            stack.callback(os.close, held)
            self.kept_open = [held]
            if target.is_mysql:
                with self.progress.during(str(target), "waiting for a run on another host"):
                    stack.enter_context(locked(target, self.config_file, seconds))
            yield
        self.kept_open = []

    def migrate(self, plan: Plan, target: Target) -> Plan:
        """Run the phase, and return the plan without it where there was nothing to do after all."""
        output = self.run_phase(target)
        self.after = self.read(target)
        if self.phase == "migrate" and not self.has_check:
            pending = False
            if did_nothing(output):
                plan = Plan(tuple(step for step in plan.steps if step.resource != SCHEMA))
        else:
            pending = is_pending(self.stage(self.after), self.phase)
        refuse_unfinished(self.after, pending, target, output)
        return plan

    def run_phase(self, target: Target) -> str:
        """Run glance-manage until it comes through; GlanceError when it fails for what cannot be mended."""
        command = COMMANDS[self.phase]
        taken_back: list[Leftover] = []
        for _attempt in range(ATTEMPTS):
            status, output = self.manage(*command)
            if not status:
                return output
            if not self.has_mended(target, output, taken_back):
                break
        raise GlanceError(self.failure(" ".join(command), status, output) + advice(output))

    def has_mended(self, target: Target, output: str, taken_back: list[Leftover]) -> bool:
        """Do away with the reason of a failure, and say whether that was possible without any loss."""
        if not target.is_mysql:
            return False
        if was_cut_off(output):
            self.wait_for(target)
            return True
        # MariaDB cannot undo half a migration: what was killed left tables and columns that the next one trips over.
        return trips_over_itself(output) and (self.start_afresh(target) or self.take_back(target, output, taken_back))

    def wait_for(self, target: Target) -> None:
        """Wait until the server that went away is back."""
        end = time.monotonic() + self.module.params["timeout"]
        with self.progress.during(str(target), "waiting for the server, which went away"):
            while not self.answers(target, time.monotonic() >= end):
                time.sleep(POLL_SECONDS)
        self.module.warn(f"The server of {target} went away during the migration, which was taken up again.")

    def answers(self, target: Target, required: bool) -> bool:
        """Return whether the server accepts the login; GlanceError if it does not and that is required."""
        try:
            with log_in(target, self.config_file):
                return True
        except GlanceError:
            if required:
                raise
            return False

    def start_afresh(self, target: Target) -> bool:
        """Remove what an interrupted creation left, and say whether that was possible without any loss."""
        with self.changing(target) as database:
            if not are_ours(database.state().tables) or not database.is_unused():
                return False
            database.drop_tables()
        self.module.warn(f"The tables of an interrupted migration in {target} were all empty, and were made anew.")
        return True

    def take_back(self, target: Target, output: str, taken_back: list[Leftover]) -> bool:
        """Remove what an interrupted upgrade added, with what this run has added again before it came to that."""
        found = leftover_in(output)
        if not found or found in taken_back:
            return False
        taken_back.append(found)
        with self.changing(target) as database:
            done = all(database.take_back(leftover) for leftover in taken_back)
        if done:
            self.module.warn(f"{target} had the {found} of an interrupted migration, without data; it was made anew.")
        return done

    def changing(self, target: Target) -> ContextManager[Database]:
        """Log in to change the schema, which takes longer and waits longer for locks."""
        return log_in(target, self.config_file, self.module.params["timeout"], self.module.params["lock_timeout"])

    def load(self, target: Target) -> None:
        """Load the namespaces that are outstanding, and prove that they are there."""
        merge = self.module.params["metadefs_merge"]
        output = ""
        for namespace in [] if merge else half_loaded(self.wanted, self.before.namespaces or {}):
            output += self.succeed("db_load_metadefs", self.wanted[namespace].path, "merge")
        if merge:
            output += self.succeed("db_load_metadefs", str(self.metadefs), "merge", "prefer_new")
        elif self.outstanding(self.read(target), pending=True):
            output += self.succeed("db_load_metadefs", str(self.metadefs))
        lost = self.outstanding(self.read(target), pending=False)
        if lost:
            raise GlanceError(
                f"`glance-manage db_load_metadefs {self.metadefs}` ended without an error, but the database {target} "
                f"does not have all of {', '.join(lost)}: {complaint(output)}"
            )

    # glance-manage ----------------------------------------------------------------------------------------------------

    def succeed(self, *arguments: str) -> str:
        """Run glance-manage and return what it printed; GlanceError with its reason when it fails."""
        status, output = self.manage(*arguments)
        if status:
            raise GlanceError(self.failure(" ".join(arguments), status, output) + advice(output))
        return output

    def manage(self, *arguments: str) -> tuple[int, str]:
        """Run glance-manage, and return its status and its output; GlanceError if it waits too long for a lock."""
        name, target = f"glance-manage {' '.join(arguments)}", self.target
        with self.watched() as look, self.progress.during(str(target), f"running {name}"):
            try:
                return self.ended(self.start(*arguments), look)
            except LockTimeout as error:
                raise GlanceError(f"`{name}` on the database {target} {error}") from None

    @contextmanager
    def watched(self) -> Iterator[Callable[[], None] | None]:
        """Yield what looks whether glance-manage waits for a lock; None where the engine does not show it."""
        if not self.target or not self.target.is_mysql:
            yield None
            return
        log_in_again = partial(log_in, self.target, self.config_file)
        with LockWatch(self.target, log_in_again, self.module.params["lock_timeout"], self.progress) as watch:
            yield watch.look

    def start(self, *arguments: str) -> Command:
        """Start glance-manage as its user; what it logs comes here, whatever log file the configuration names."""
        runuser = self.module.get_bin_path("runuser") or "runuser"
        limit = ["timeout", "--kill-after=10", str(self.module.params["timeout"])]
        command = [str(self.command), "--config-file", self.config_file, "--log-file=", "--log-dir=", *arguments]
        return Command([runuser, "-u", self.module.params["user"], "--", *limit, *command], keep=self.kept_open)

    def ended(self, command: Command, look: Callable[[], None] | None) -> tuple[int, str]:
        status, output = command.end(look)
        return status, redact(output, self.secrets)

    def failure(self, command: str, status: int, output: str) -> str:
        limit = self.module.params["timeout"]
        told = f"did not end within {limit} seconds" if status == TIMED_OUT else f"ended with {status}"
        return f"`glance-manage {command}` {told}, on the database {self.target}: {complaint(output).rstrip('.')}."


class PredictedImages(DbSync):
    """What is predicted where the database cannot be looked into."""

    def plan(self) -> Plan:
        return prediction(self.phase, self.metadefs)


class Refused(DbSync):
    """What is predicted where the server refuses the login."""

    def __init__(self, module: AnsibleModule, has_database: bool) -> None:
        super().__init__(module)
        self.has_database = has_database

    def plan(self) -> Plan:
        self.target = target_of(self.url or "", self.config_file)
        return Plan() if self.has_database else prediction(self.phase, self.metadefs)


def connection_of(config_file: str) -> str | None:
    """Return the URL of the database, or None while there is no such file."""
    content = read(config_file)
    return None if content is None else connection_in(document_of(content, config_file, DIALECTS["oslo"]))


def lock(path: str, seconds: float) -> int:
    """Lock a file and return the descriptor that keeps the lock, here and in every process that inherits it."""
    held = os.open(path, os.O_RDONLY)
    complaint = (
        f"glance-manage has been running with {path} on this host for {seconds:g} seconds; `lslocks` shows "
        "which process it is. Let it end, or end it, and run this again."
    )
    # Where the file system has no locks there is only the one in the database.
    hold_lock(held, seconds, complaint)
    return held


def wanted_namespaces(directory: str | None) -> dict[str, Namespace]:
    """Return the namespaces that the files of the directory define."""
    if directory is None:
        return {}
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(".json"))
        texts = {os.path.join(directory, name): read(os.path.join(directory, name)) for name in names}
    except OSError as error:
        raise GlanceError(f"Cannot list the metadata definitions in {directory}: {error}") from error
    return dict(defined_in((text or b"").decode("utf-8", "replace"), path) for path, text in texts.items())


def installed_release(command: str) -> Release:
    """Return the revisions of the code that belongs to glance-manage; an empty release if it is not a Python script."""
    python = interpreter_of(command)
    package = package_of(python) if python else ""
    folders = [os.path.join(package, folder) for folder in MIGRATIONS]
    found = next((folder for folder in folders if package and os.path.isdir(folder)), None)
    return release_of(scripts_in(found)) if found else Release()


def interpreter_of(script: str) -> list[str]:
    """Return the interpreter of a Python script, with its arguments; an empty list for any other file."""
    with open(script, "rb") as file:
        first, second = (file.readline().decode("utf-8", "replace") for _line in range(2))
    if first.startswith("#!/bin/sh") and second.startswith(SHELL_LAUNCHER):
        return shlex.split(second[len(SHELL_LAUNCHER) :])[:-2]
    return first[2:].split() if first.startswith("#!") and "python" in first else []


def package_of(python: Sequence[str]) -> str:
    """Return the directory of the package glance for an interpreter; importing the package would take longer."""
    if [os.path.dirname(python[0]), os.path.realpath(python[0])] == [
        os.path.dirname(sys.executable),
        os.path.realpath(sys.executable),
    ]:
        spec = importlib.util.find_spec("glance")
        return str(next(iter(spec.submodule_search_locations or []), "")) if spec else ""
    status, output = Command([*python, "-B", "-c", FIND_PACKAGE]).end()
    # An interpreter may print warnings first.
    return "" if status else output.strip().splitlines()[-1]


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
