# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What MariaDB must be told so that a service has its database, its accounts and their grants."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Mapping, NamedTuple, Sequence

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._mysql import password as _password
from ansible_collections.osops.glance.plugins.module_utils._mysql.driver import hash_of
from ansible_collections.osops.glance.plugins.module_utils._mysql.password import NATIVE, Statement

Desired = Mapping[str, Any]  # the options of the module
Row = Mapping[str, Any]  # a row as PyMySQL's DictCursor returns it

ALL = "ALL"
GRANT_OPTION = "GRANT OPTION"
OLDEST = (10, 2)
# From here on, mysql.user is a view, and does not show all that mysql.global_priv says.
GLOBAL_PRIV = (10, 4)
NEW_ENCODING = "utf8"

_NEVER_EMPTY = ("name", "encoding", "collation", "user", "password", "hosts")
_OF_THE_SERVER = ("information_schema", "mysql", "performance_schema", "sys")
_WORD = re.compile(r"[A-Za-z0-9_]+")
# Columns and members of the grant tables that are not called as GRANT calls the privilege.
_PRIVILEGES = {
    "CREATE TMP TABLE": "CREATE TEMPORARY TABLES",
    "DELETE VERSIONING ROWS": "DELETE HISTORY",
    "GRANT": GRANT_OPTION,
}
# Levels of TLS in mysql.global_priv, as mysql.user calls them.
_TLS = ("", "ANY", "X509", "SPECIFIED")
_TLS_WORDS = {"": "not required", "ANY": "required", "X509": "with a certificate", "SPECIFIED": "as specified"}


class Server(NamedTuple):
    """The server, and what of its settings matters here.

    utf8: the encoding that the server takes `utf8` for.
    cluster: what a node of a Galera cluster says of itself; None elsewhere.
    checks_passwords: whether the server has to get passwords as text, since a plugin checks them.
    """

    version: str
    utf8: str = "utf8mb3"
    folds_case: bool = False
    is_read_only: bool = False
    cluster: Mapping[str, str] | None = None
    checks_passwords: bool = False

    @property
    def release(self) -> tuple[int, ...]:
        # Behind a proxy, and to old clients, MariaDB 10 calls itself 5.5.5-10.
        found = re.match(r"(?:5\.5\.5-)?(\d+)\.(\d+)", self.version)
        return tuple(int(number) for number in found.groups()) if found else ()


class Account(NamedTuple):
    """An account, as the server keeps it.

    logins: the ways in which it logs in.
    tls: what it must do of TLS, in the words of mysql.user.
    rules_all: whether it has privileges on all databases at once.
    """

    user: str
    host: str
    logins: tuple[str, ...] = (NATIVE,)
    hash: str = ""
    tls: str = ""
    locked: bool = False
    expired: bool = False
    rules_all: bool = False

    def __str__(self) -> str:
        return f"{self.user}@{self.host}"


class Grant(NamedTuple):
    """Privileges of an account; on a table, or on what a pattern says of the names of databases."""

    host: str
    database: str
    table: str | None
    privileges: frozenset[str]


@dataclass(frozen=True)
class Current:
    """What the server has of what is wanted.

    encoding, collation: of the database; None where there is no database of this name.
    accounts: those of the user, from whatever host, and the anonymous ones.
    grants: those of the user on the database.
    known: all privileges that can be granted on a database.
    wanted_encoding: what the server calls the encoding that is wanted.
    """

    server: Server
    encoding: str | None = None
    collation: str | None = None
    accounts: Sequence[Account] = ()
    grants: Sequence[Grant] = ()
    known: frozenset[str] = frozenset()
    wanted_encoding: str | None = None


def predicted(wanted: Desired) -> Current:
    """Return what is found where there is nothing, and the server cannot be asked which privileges it has."""
    named = {_privilege(name) for name in wanted["privileges"]} - {ALL}
    return Current(Server(""), known=frozenset({*named, "OTHERS"}), wanted_encoding=wanted["encoding"] or NEW_ENCODING)


def check(wanted: Desired) -> None:
    """Raise GlanceError where an option says nothing that the server could be told."""
    for option in _NEVER_EMPTY:
        if wanted[option] == "" or (option == "hosts" and "" in wanted[option]):
            raise GlanceError(f"`{option}` holds an empty string: give it a value, or leave it out.")
    if wanted["name"].lower() in _OF_THE_SERVER:
        raise GlanceError(f"`name` is {wanted['name']!r}, a database of the server itself: give the service its own.")
    for option in ("encoding", "collation"):
        if wanted[option] and not _WORD.fullmatch(wanted[option]):
            raise GlanceError(f"`{option}` is {wanted[option]!r}: it can hold letters, digits and underscores only.")
    if wanted["password"] is not None:
        _hash(wanted)


def check_server(server: Server, where: str) -> None:
    """Raise GlanceError where the server is none that this can work with."""
    if "mariadb" not in server.version.lower():
        raise GlanceError(
            f"The server at {where} is not MariaDB, it says {server.version!r}: MySQL keeps its accounts in another "
            "way. Make the database and its accounts by hand, or use MariaDB."
        )
    if server.release < OLDEST:
        raise GlanceError(
            f"The server at {where} is {server.version}: this needs MariaDB {'.'.join(map(str, OLDEST))} or later."
        )
    cluster = server.cluster
    if cluster and (cluster.get("wsrep_ready") != "ON" or cluster.get("wsrep_cluster_status") != "Primary"):
        said = ", ".join(f"{name} is {cluster[name]!r}" for name in sorted(cluster))
        raise GlanceError(
            f"The server at {where} is a node of a Galera cluster that cannot be worked on now ({said}): "
            "address a node that is Primary and Synced, or look at the log of this one."
        )


def check_writable(server: Server, plan: Plan, where: str) -> None:
    """Raise GlanceError where there is something to change and the server is not the one to change it on."""
    if plan.steps and server.is_read_only:
        things = ", ".join(step.resource for step in plan.steps)
        raise GlanceError(
            f"The server at {where} is read-only (read_only=ON), and there is something to change on it ({things}): "
            "use the address of the primary server."
        )


def plan(wanted: Desired, found: Current) -> Plan:
    """Return the steps from what the server has to what is wanted."""
    if wanted["state"] == "absent":
        return Plan((*_account_removal(wanted, found), *_database_removal(wanted, found)))
    return Plan((*_database(wanted, found), *_accounts(wanted, found), *_grants(wanted, found)))


def outcome(wanted: Desired, found: Current) -> dict[str, Any]:
    """Return what is there when the plan was carried out."""
    told: dict[str, Any] = {"server": found.server.version}
    if wanted["state"] == "present":
        told["accounts"] = [f"{wanted['user']}@{host}" for host in _hosts(wanted)]
    return told


def warnings(wanted: Desired, found: Current) -> list[str]:
    """Return what is left as it is, and yet may be a slip."""
    if wanted["state"] == "absent" or wanted["user"] is None:
        return []
    return [*_shadows(wanted, found), *_powers(wanted, found)]


# What the server says, read.


def encoding_question(encoding: str) -> Statement:
    """Return what asks the server for its own name of an encoding, which may be an alias."""
    return f"SELECT CHARSET(CONVERT('' USING {encoding}))", ()


def accounts_question(server: Server, user: str) -> Statement:
    """Return what asks for the accounts of a user and for the anonymous ones, in the tables that this server has."""
    table = "user" if server.release < GLOBAL_PRIV else "global_priv"
    return f"SELECT * FROM mysql.{table} WHERE User IN (%s, '')", (user,)


def account_of(row: Row) -> Account | None:
    """Return the account of a row of mysql.global_priv or mysql.user; None for a role."""
    if "Priv" not in row:
        return None if row.get("is_role") == "Y" else _account_of_old(row)
    facts = json.loads(row["Priv"])
    if facts.get("is_role"):
        return None
    first = facts.get("plugin") or NATIVE
    return Account(
        user=row["User"],
        host=row["Host"],
        # The empty one stands for the plugin that is named outside.
        logins=tuple(each.get("plugin", first) for each in facts.get("auth_or", ({},))),
        hash=facts.get("authentication_string") or "",
        tls=_TLS[facts.get("ssl_type", 0)],
        locked=bool(facts.get("account_locked")),
        expired=facts.get("password_last_changed") == 0,
        rules_all=bool(facts.get("access")),
    )


def _account_of_old(row: Row) -> Account:
    return Account(
        user=row["User"],
        host=row["Host"],
        logins=(row["plugin"] or NATIVE,),
        hash=row["Password"] or row["authentication_string"] or "",
        tls=row["ssl_type"],
    )


def grants_of(database_rows: Iterable[Row], table_rows: Iterable[Row]) -> list[Grant]:
    """Return the grants in rows of mysql.db and mysql.tables_priv."""
    on_databases = [Grant(row["Host"], row["Db"], None, _granted(row)) for row in database_rows]
    on_tables = [
        Grant(row["Host"], row["Db"], row["Table_name"], _members(f"{row['Table_priv']},{row['Column_priv']}"))
        for row in table_rows
    ]
    return on_databases + on_tables


def known_privileges(columns: Iterable[str]) -> frozenset[str]:
    """Return the privileges for which mysql.db has columns."""
    named = (column[: -len("_priv")] for column in columns if column.endswith("_priv"))
    return frozenset(_privilege(name) for name in named)


def _granted(row: Row) -> frozenset[str]:
    return known_privileges(column for column, value in row.items() if value == "Y")


def _members(names: str) -> frozenset[str]:
    return frozenset(_privilege(name) for name in names.split(",") if name)


def _privilege(name: str) -> str:
    plain = " ".join(name.replace("_", " ").upper().split())
    return _PRIVILEGES.get(plain, plain)


# What is wanted, in the server's terms.


def name_on(server: Server, wanted: Desired) -> str:
    """Return the name of the database, as the server keeps it."""
    name: str = wanted["name"]
    return name.lower() if server.folds_case else name


def _hosts(wanted: Desired) -> list[str]:
    """Return the hosts as the server keeps them, each once."""
    return list(dict.fromkeys(host.lower() for host in wanted["hosts"])) if wanted["user"] is not None else []


def _hash(wanted: Desired) -> str:
    try:
        return hash_of(wanted["password"])
    except GlanceError as error:
        raise GlanceError(f"`password` {error}.") from None


def _privileges(wanted: Desired, found: Current) -> frozenset[str]:
    """Return the privileges by the names that the server has for them."""
    grantable = found.known - {GRANT_OPTION}
    named = {_privilege(name) for name in wanted["privileges"]}
    if named & {ALL, "ALL PRIVILEGES"}:
        return grantable
    unknown = sorted(named - grantable)
    if unknown:
        raise GlanceError(
            f"`privileges` holds {', '.join(unknown)}: on a database, MariaDB {found.server.version} grants ALL, or of "
            f"{', '.join(sorted(grantable))}."
        )
    return frozenset(named)


def _pattern(name: str) -> str:
    """Return the name of a database as GRANT takes it, where _ and % stand for other letters."""
    return re.sub(r"([\\_%])", r"\\\1", name)


# SQL. All statements have arguments, so that a percent sign in a name is always doubled.


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``").replace("%", "%%") + "`"


def _listed(privileges: frozenset[str], found: Current) -> str:
    return "ALL PRIVILEGES" if privileges == found.known - {GRANT_OPTION} else ", ".join(sorted(privileges))


def _shown(privileges: frozenset[str], found: Current) -> list[str]:
    """Return privileges for a person: all but one kind of them are ALL."""
    everything = found.known - {GRANT_OPTION}
    return [ALL, *sorted(privileges - everything)] if everything <= privileges else sorted(privileges)


# The database.


def _database(wanted: Desired, found: Current) -> Iterator[Step]:
    name = name_on(found.server, wanted)
    resource = f"database {name}"
    if found.encoding is None:
        after = {"encoding": found.wanted_encoding, "collation": _collation(wanted["collation"], found)}
        # The encoding belongs to the collation, where only that is given.
        if wanted["collation"] and not wanted["encoding"]:
            del after["encoding"]
        yield Step(resource, "create", None, _given(after), _call(_database_statement("CREATE", name, after)))
        return
    before = {"encoding": found.encoding, "collation": found.collation}
    after = {
        "encoding": found.wanted_encoding if wanted["encoding"] else None,
        "collation": _collation(wanted["collation"], found),
    }
    changes = {key: value for key, value in _given(after).items() if value != before[key]}
    if changes:
        # Without the collation that was given beside it, the encoding would bring its own.
        statement = _database_statement("ALTER", name, after)
        yield Step(resource, "update", {key: before[key] for key in changes}, changes, _call(statement))


def _database_statement(verb: str, name: str, attributes: Mapping[str, Any]) -> Statement:
    words = {"encoding": "CHARACTER SET", "collation": "COLLATE"}
    given = "".join(f" {words[key]} {value}" for key, value in _given(attributes).items())
    return f"{verb} DATABASE {'IF NOT EXISTS ' if verb == 'CREATE' else ''}{_quoted(name)}{given}", ()


def _collation(name: str | None, found: Current) -> str | None:
    """Return the server's own name of a collation."""
    return re.sub("^utf8_", f"{found.server.utf8}_", name.lower()) if name else None


def _database_removal(wanted: Desired, found: Current) -> Iterator[Step]:
    if wanted["remove_data"] and found.encoding is not None:
        name = name_on(found.server, wanted)
        statement = (f"DROP DATABASE IF EXISTS {_quoted(name)}", ())
        yield Step(f"database {name}", "remove", {"encoding": found.encoding}, None, _call(statement))


# The accounts.


def _accounts(wanted: Desired, found: Current) -> Iterator[Step]:
    for host in _hosts(wanted):
        account = _account_at(wanted, found, host)
        if account is None:
            yield _new_account(wanted, found, host)
        else:
            yield from _changed_account(wanted, found, account)


def _account_at(wanted: Desired, found: Current, host: str) -> Account | None:
    same = (each for each in found.accounts if (each.user, each.host.lower()) == (wanted["user"], host))
    return next(same, None)


def _new_account(wanted: Desired, found: Current, host: str) -> Step:
    account = Account(wanted["user"], host)
    if wanted["password"] is None:
        raise GlanceError(f"There is no account {account}, and `password` is left out: give it to create the account.")
    after = {"password": SECRET, "tls": _TLS_WORDS["ANY" if wanted["tls"] else ""]}
    attributes = _attributes("ANY" if wanted["tls"] else None, after)
    call = _password_call(wanted, found, None, account, attributes)
    return Step(f"account {account}", "create", None, after, call)


def _changed_account(wanted: Desired, found: Current, account: Account) -> Iterator[Step]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    writes_password = wanted["password"] is not None and _says_password(wanted, account, before, after)
    tls = None if wanted["tls"] is None else "ANY" if wanted["tls"] else ""
    if tls is not None and tls != account.tls:
        before["tls"], after["tls"] = _TLS_WORDS[account.tls], _TLS_WORDS[tls]
    if account.locked:
        before["locked"], after["locked"] = True, False
    if after:
        attributes = _attributes(tls if "tls" in after else None, after)
        call = _call(*_password.hashed("ALTER", (account.user, account.host), None, attributes))
        if writes_password:
            call = _password_call(wanted, found, account, account, attributes)
        yield Step(f"account {account}", "update", before, after, call)


def _says_password(wanted: Desired, account: Account, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Say whether the password must be written, and in the diff why."""
    other_login = account.logins != (NATIVE,)
    if other_login:
        before["login"], after["login"] = " or ".join(account.logins), NATIVE
    differs = other_login or account.hash.upper() != _hash(wanted)
    if differs or account.expired:
        before["password"] = f"{SECRET} ({'another one' if differs else 'expired'})"
        after["password"] = SECRET
    return differs or account.expired


def _attributes(tls: str | None, after: Mapping[str, Any]) -> str:
    words = "" if tls is None else " REQUIRE SSL" if tls else " REQUIRE NONE"
    return words + (" ACCOUNT UNLOCK" if "locked" in after else "")


def _password_call(
    wanted: Desired, found: Current, there: Account | None, account: Account, attributes: str
) -> Mapping[str, Any]:
    """Return what sets the password of an account, which is created if it is not there."""
    name, password = (account.user, account.host), wanted["password"]
    if not found.server.checks_passwords:
        return _call(*_password.hashed("ALTER" if there else "CREATE", name, _hash(wanted), attributes))
    undo: list[Statement] = []
    if there is None:
        statements, undo = _password.created(name, password, attributes)
    elif there.logins == (NATIVE,):
        statements = _password.altered(name, password, attributes)
    else:
        statements, undo = _password.converted(name, password, attributes)
    return {"statements": statements, "undo": undo, "has_password": password}


def _account_removal(wanted: Desired, found: Current) -> Iterator[Step]:
    for host in _hosts(wanted):
        account = _account_at(wanted, found, host)
        if account is not None:
            before = {"login": " or ".join(account.logins)}
            statement = ("DROP USER IF EXISTS %s@%s", (account.user, account.host))
            yield Step(f"account {account}", "remove", before, None, _call(statement))


# The grants.


def _grants(wanted: Desired, found: Current) -> Iterator[Step]:
    for host in _hosts(wanted):
        account = _account_at(wanted, found, host) or Account(wanted["user"], host)
        yield from _grants_on_database(wanted, found, account)
        yield from _grants_on_tables(wanted, found, account)


def _grants_on_database(wanted: Desired, found: Current, account: Account) -> Iterator[Step]:
    name = name_on(found.server, wanted)
    held = {
        grant.database: grant.privileges
        for grant in found.grants
        if grant.table is None and grant.host.lower() == account.host.lower()
    }
    pattern = _pattern(name)
    there = held.get(pattern, frozenset())
    desired = _privileges(wanted, found)
    # A name with _ or % in it, granted as it is, stands for other databases too.
    loose = held.get(name, frozenset()) if pattern != name else frozenset()
    statements = [*_granting(desired, there, pattern, account, found)]
    statements += [*_revoking(there - desired, pattern, account, found)]
    statements += [*_revoking(loose, name, account, found)]
    if statements:
        before = {pattern: _shown(there, found), **({name: _shown(loose, found)} if loose else {})}
        resource = f"grants of {account} on {name}"
        yield Step(
            resource,
            "update" if there or loose else "create",
            before if there or loose else None,
            {pattern: _shown(desired, found)},
            _call(*statements),
        )


def _grants_on_tables(wanted: Desired, found: Current, account: Account) -> Iterator[Step]:
    desired = _privileges(wanted, found)
    for grant in found.grants:
        extra = grant.privileges - desired
        if grant.table is not None and grant.host.lower() == account.host.lower() and extra:
            place = f"{_quoted(grant.database)}.{_quoted(grant.table)}"
            statement = (f"REVOKE {', '.join(sorted(extra))} ON {place} FROM %s@%s", (account.user, account.host))
            kept = sorted(grant.privileges - extra)
            yield Step(
                f"grants of {account} on {grant.database}.{grant.table}",
                "update" if kept else "remove",
                {"privileges": sorted(grant.privileges)},
                {"privileges": kept} if kept else None,
                _call(statement),
            )


def _granting(
    desired: frozenset[str], there: frozenset[str], pattern: str, account: Account, found: Current
) -> Iterator[Statement]:
    if desired - there:
        given = _listed(desired, found)
        yield f"GRANT {given} ON {_quoted(pattern)}.* TO %s@%s", (account.user, account.host)


def _revoking(extra: frozenset[str], pattern: str, account: Account, found: Current) -> Iterator[Statement]:
    if extra:
        taken = ", ".join(sorted(extra))
        yield f"REVOKE {taken} ON {_quoted(pattern)}.* FROM %s@%s", (account.user, account.host)


# What is left alone, and may be in the way.


def _shadows(wanted: Desired, found: Current) -> Iterator[str]:
    """Tell of accounts that the server takes before one of ours, as it takes the most specific host first."""
    ours = _hosts(wanted)
    for account in found.accounts:
        host = account.host.lower()
        wider = next((each for each in ours if each != host and _covers(each, host)), None)
        if host in ours or wider is None or _is_like_ours(wanted, account):
            continue
        what = "an anonymous account" if not account.user else "an account with another password"
        yield (
            f"There is {what}, '{account.user}'@'{account.host}', that is left alone. From there the server takes it "
            f"before {wanted['user']}@{wider}, whose password it then refuses: add {account.host!r} to `hosts`, or "
            "remove that account."
        )


def _is_like_ours(wanted: Desired, account: Account) -> bool:
    """Say whether the account lets our password in; of a password that is left out, nothing can be said."""
    if not account.user:
        return False
    return wanted["password"] is None or (NATIVE in account.logins and account.hash.upper() == _hash(wanted))


def _covers(pattern: str, host: str) -> bool:
    """Say whether a host with wildcards stands for all that another one stands for."""
    parts = (".*" if letter == "%" else "." if letter == "_" else re.escape(letter) for letter in pattern)
    return re.fullmatch("".join(parts), host) is not None


def _powers(wanted: Desired, found: Current) -> Iterator[str]:
    for host in _hosts(wanted):
        account = _account_at(wanted, found, host)
        if account is not None and account.rules_all:
            yield (
                f"The account {account} has privileges on all databases (ON *.*), which are left alone: "
                "look whether it needs them."
            )


def _given(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}


def _call(*statements: Statement) -> Mapping[str, Any]:
    return {"statements": statements}
