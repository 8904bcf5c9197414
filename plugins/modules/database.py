#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: database
short_description: The database of a service, its accounts and their grants
version_added: "0.2.0"
description:
  - Brings a database, the accounts of one user and their grants on this database to what the options say, in one call
    and with one connection.
  - A password is set only if the server has another one. It is set as the hash of what PyMySQL sends, so letters such
    as C(é) work, and the server does not get the password itself. The exception is a server that checks passwords; see
    the notes.
  - An account that logs in in another way, as with C(unix_socket) or C(ed25519), is brought to
    C(mysql_native_password), which is what the services' driver speaks. One that is locked is unlocked.
  - Options that are left out leave things as they are. Accounts of the user from other hosts, and grants on other
    databases, are left alone.
  - Writes with C(CREATE), C(ALTER), C(GRANT) and their like only, so that one node of a Galera cluster is enough.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.attributes
options:
  state:
    description:
      - V(present) brings the server to what the other options say.
      - V(absent) removes the accounts of O(user) from O(hosts), and with O(remove_data) the database too.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: The name of the database.
    type: str
    required: true
  encoding:
    description:
      - The encoding of the database, for tables that are made from now on and name none.
      - Left out, a database keeps the one it has, and a new one gets V(utf8), unless O(collation) says more.
    type: str
  collation:
    description:
      - The collation of the database, for tables that are made from now on and name none.
      - Left out, a database keeps the one it has, and a new one gets the server's for the encoding.
    type: str
  user:
    description:
      - The user that the service logs in as.
      - Left out, no account and no grant is looked at.
    type: str
  password:
    description:
      - The password of the accounts. Needed to create one.
      - PyMySQL can send the characters of Latin-1.
    type: str
  hosts:
    description:
      - The hosts from which O(user) may log in, each with an account of its own; C(%) and C(_) are wildcards.
      - An account that is left alone and more specific than one of these is a warning, if it refuses O(password).
    type: list
    elements: str
    default: [localhost, "%"]
  privileges:
    description:
      - The privileges of each account on the database, as C(GRANT) names them. Others on this database, or on single
        tables in it, are revoked, and so is C(GRANT OPTION).
      - The Image service needs V(SELECT), V(INSERT), V(UPDATE) and V(DELETE) to run, and V(CREATE), V(ALTER), V(DROP)
        and V(INDEX) to migrate its schema. V(REFERENCES) belongs to foreign keys, though MariaDB 10.11 makes them
        without. Migrations in steps (C(glance-manage db expand)) may make triggers, as those of Zed do, and then need
        V(TRIGGER).
    type: list
    elements: str
    default: [ALL]
  tls:
    description:
      - Whether the server refuses the accounts without TLS (C(REQUIRE SSL)).
      - Left out, accounts keep what they have, and new ones need none.
    type: bool
  remove_data:
    description: Whether O(state=absent) drops the database with all that is in it.
    type: bool
    default: false
  dump_directory:
    description:
      - The directory in which a dump of the database is kept before it is dropped, packed with gzip, for nobody else.
      - It is made where it is not there. Left out, there is no dump.
    type: path
  login_host:
    description: The host of the server. Left out, O(login_unix_socket) or O(config_file) says it, or it is localhost.
    type: str
  login_port:
    description: The port of the server.
    type: int
    default: 3306
  login_unix_socket:
    description:
      - The socket of a server on this host, or the places where it may be, of which the first that is there is taken.
      - It is taken before O(login_host).
    type: list
    elements: path
  login_user:
    description: The administrator. Left out, O(config_file) says it, or it is the system user.
    type: str
  login_password:
    description: The administrator's password. Left out, O(config_file) may say it.
    type: str
  login_ca_cert:
    description: The file with the authorities that prove the server. With it, the administrator logs in with TLS.
    type: path
  config_file:
    description: A file with a section C([client]), taken for what the options leave out if it is there.
    type: path
    default: ~/.my.cnf
  connect_timeout:
    description: Seconds that the login may take, with the resolution of the name.
    type: int
    default: 30
  lock_timeout:
    description:
      - Seconds to wait for a lock that another connection holds, such as C(FLUSH TABLES WITH READ LOCK) of a backup.
      - The failure names the connections that may hold it. While the module waits, they are displayed on the screen.
    type: int
    default: 60
  timeout:
    description:
      - Seconds that a single statement may take.
      - It is also the time that the dump may go without writing anything.
    type: int
    default: 300
notes:
  - A server with a password validation plugin (C(simple_password_check), C(cracklib_password_check)) and
    C(strict_password_validation), its default, refuses hashes. There the password is sent as text, with
    C(SET PASSWORD), which the server writes to its binary log as a hash. A new account first gets a random password.
  - The module excludes such statements from the slow query log, and from the general log if the administrator has the
    privilege C(SUPER); otherwise there is a warning. MariaDB itself masks passwords in the audit log
    (C(server_audit)). The plugin C(sql_errlog) records a statement that the server refuses as it is, with the password.
  - Use O(login_ca_cert) with such a server unless the socket is used, so that the password is encrypted on the network.
requirements:
  - PyMySQL on the host
  - MariaDB 10.2 or later
"""

EXAMPLES = r"""
- name: Make the database of Glance, and its accounts
  become: true
  osops.glance.database:
    login_unix_socket: /run/mysqld/mysqld.sock
    name: glance
    user: glance
    password: "{{ glance_database_password }}"

- name: Grant no more than Glance needs, to two controllers, with TLS
  osops.glance.database:
    login_host: db.example.com
    login_user: root
    login_password: "{{ database_root_password }}"
    login_ca_cert: /etc/ssl/certs/ca-certificates.crt
    name: glance
    user: glance
    password: "{{ glance_database_password }}"
    hosts: [10.0.0.11, 10.0.0.12]
    privileges: [SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES]
    tls: true

- name: Remove the accounts, and keep the data
  become: true
  osops.glance.database:
    login_unix_socket: /run/mysqld/mysqld.sock
    name: glance
    user: glance
    state: absent
"""

RETURN = r"""
actions:
  description: What was changed, or in check mode would be - V(create), V(update) or V(remove) for each thing.
  returned: success
  type: dict
  sample: {"database glance": create, "account glance@localhost": update}
accounts:
  description: The accounts of O(user) that are as the options say.
  returned: when O(state=present)
  type: list
  elements: str
  sample: ["glance@localhost", "glance@%"]
dump:
  description: The file with what was in the database; null where none was written.
  returned: success
  type: str
  sample: /var/backups/glance/glance-20261121T123456.sql.gz
server:
  description: The version of the server.
  returned: success
  type: str
  sample: 10.11.6-MariaDB-0+deb12u1
"""

import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import Plan
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._core.wait_report import reported
from ansible_collections.osops.glance.plugins.module_utils._mysql import accounts as _database
from ansible_collections.osops.glance.plugins.module_utils._mysql.accounts import Current, Desired, Server
from ansible_collections.osops.glance.plugins.module_utils._mysql.dump import dump
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import PLUGINS, Statement
from ansible_collections.osops.glance.plugins.module_utils._mysql.session import Session

OPTIONS: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str", "required": True},
    "encoding": {"type": "str"},
    "collation": {"type": "str"},
    "user": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "hosts": {"type": "list", "elements": "str", "default": ["localhost", "%"]},
    "privileges": {"type": "list", "elements": "str", "default": ["ALL"]},
    "tls": {"type": "bool"},
    "remove_data": {"type": "bool", "default": False},
    "dump_directory": {"type": "path"},
    "login_host": {"type": "str"},
    "login_port": {"type": "int", "default": 3306},
    "login_unix_socket": {"type": "list", "elements": "path"},
    "login_user": {"type": "str"},
    "login_password": {"type": "str", "no_log": True},
    "login_ca_cert": {"type": "path"},
    "config_file": {"type": "path", "default": "~/.my.cnf"},
    "connect_timeout": {"type": "int", "default": 30},
    "lock_timeout": {"type": "int", "default": 60},
    "timeout": {"type": "int", "default": 300},
}

VARIABLES = ("lower_case_table_names", "read_only", "strict_password_validation", "version", "wsrep_on")
CLUSTER = ("wsrep_cluster_status", "wsrep_local_state_comment", "wsrep_ready")


def socket_of(places: list[str] | None) -> str | None:
    """Return the socket that is there, or the first place where it may be."""
    return next(filter(os.path.exists, places or []), places[0] if places else None)


class Database:
    """A database, the accounts of its service and their grants."""

    def __init__(self, module: AnsibleModule) -> None:
        self._wanted: Desired = {**module.params, "login_unix_socket": socket_of(module.params["login_unix_socket"])}
        _database.check(self._wanted)
        self._found = Current(Server(""))
        self._dump: str | None = None
        self._log_in()

    @classmethod
    def blind(cls, module: AnsibleModule) -> Database:
        return PredictedImages(module)

    def _log_in(self) -> None:
        self._session = Session(self._wanted)

    def plan(self) -> Plan:
        server = server_of(self._session)
        self._found = read(self._session, self._wanted, server)
        plan = _database.plan(self._wanted, self._found)
        _database.check_writable(server, plan, self._session.where)
        return plan

    def apply(self, plan: Plan) -> None:
        name = self._wanted["name"]
        with reported() as progress:
            if self._wanted["dump_directory"] and plan.actions().get(f"database {name}") == "remove":
                with progress.during(f"database {name}", "writing a dump"):
                    self._dump = dump(self._wanted, self._session.holders)
            self._session.progress = progress
            for step in plan.steps:
                self._session.carry_out(step)

    def result(self, plan: Plan) -> dict[str, Any]:
        outcome = _database.outcome(self._wanted, self._found)
        warnings = _database.warnings(self._wanted, self._found)
        return {"actions": plan.actions(), "dump": self._dump, "warnings": [*warnings, *self._noticed()], **outcome}

    def _noticed(self) -> list[str]:
        return self._session.warnings


class PredictedImages(Database):
    """What is predicted where the server cannot be asked, as the host has no PyMySQL yet."""

    def _log_in(self) -> None: ...

    def _noticed(self) -> list[str]:
        return []

    def plan(self) -> Plan:
        self._found = _database.predicted(self._wanted)
        return _database.plan(self._wanted, self._found)


def server_of(session: Session) -> Server:
    """Look at the server, and refuse one that this cannot work with."""
    settings = pairs(session, "VARIABLES", VARIABLES)
    server = Server(
        version=settings["version"],
        folds_case=settings["lower_case_table_names"] != "0",
        is_read_only=settings["read_only"] not in ("OFF", "0"),
        cluster=pairs(session, "STATUS", CLUSTER) if settings.get("wsrep_on") == "ON" else None,
        checks_passwords=settings.get("strict_password_validation") == "ON" and bool(session.rows(PLUGINS)),
    )
    _database.check_server(server, session.where)
    return server._replace(utf8=encoding_of(session, "utf8"))


def pairs(session: Session, kind: str, names: tuple[str, ...]) -> dict[str, str]:
    """Return some of the server's variables or counters."""
    rows = session.rows(f"SHOW GLOBAL {kind} WHERE Variable_name IN %s", (names,))
    return {row["Variable_name"].lower(): row["Value"] for row in rows}


def encoding_of(session: Session, encoding: str) -> str:
    """Return the server's own name of an encoding."""
    (row,) = session.rows(*_database.encoding_question(encoding), about=f"the encoding {encoding}")
    return str(next(iter(row.values())))


def read(session: Session, wanted: Desired, server: Server) -> Current:
    """Ask the server for what the options speak of, and for nothing else."""
    encoding = encoding_of(session, wanted["encoding"] or _database.NEW_ENCODING)
    return Current(
        server,
        wanted_encoding=encoding,
        **read_database(session, _database.name_on(server, wanted)),
        **(read_accounts(session, wanted, server) if wanted["user"] is not None else {}),
    )


def read_database(session: Session, name: str) -> dict[str, Any]:
    question = (
        "SELECT SCHEMA_NAME AS name, DEFAULT_CHARACTER_SET_NAME AS encoding, DEFAULT_COLLATION_NAME AS collation "
        "FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s"
    )
    # The server compares without regard to case here, and may keep databases that differ in nothing else.
    same = [row for row in session.rows(question, (name,), about=f"the database {name}") if row["name"] == name]
    return {key: same[0][key] for key in ("encoding", "collation")} if same else {}


def read_accounts(session: Session, wanted: Desired, server: Server) -> dict[str, Any]:
    user = wanted["user"]
    questions = grants_questions(wanted, _database.name_on(server, wanted))
    accounts = map(_database.account_of, session.rows(*_database.accounts_question(server, user), about="the accounts"))
    columns = session.rows("SHOW COLUMNS FROM mysql.db", about="the privileges")
    return {
        "accounts": [account for account in accounts if account],
        "grants": _database.grants_of(*(session.rows(*each, about="the grants") for each in questions)),
        "known": _database.known_privileges(row["Field"] for row in columns),
    }


def grants_questions(wanted: Desired, name: str) -> list[Statement]:
    """Return what asks for the grants on databases, and for those on the tables of this one."""
    return [
        ("SELECT * FROM mysql.db WHERE User = %s", (wanted["user"],)),
        ("SELECT * FROM mysql.tables_priv WHERE User = %s AND Db = %s", (wanted["user"], name)),
    ]


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), Database)


if __name__ == "__main__":
    main()
