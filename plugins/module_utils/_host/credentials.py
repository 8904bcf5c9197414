# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the accounts in configuration files of OpenStack services, and replace their passwords."""

from __future__ import annotations

import re
from typing import Any, Callable, Collection, Iterable, Iterator, Mapping, NamedTuple
from urllib.parse import unquote

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, Option, document_of

# The names of one setting, the newest first. keystoneauth1 and keystonemiddleware still read the older ones.
USERNAMES = ("username", "user_name", "admin_user")
PASSWORDS = ("password", "admin_password")
ADDRESSES = ("auth_url", "identity_uri", "auth_host", "auth_uri", "www_authenticate_uri")
USER_DOMAINS = ("user_domain_name", "user_domain_id")
PROJECTS = ("project_name", "tenant_name", "admin_tenant_name")
PROJECT_DOMAINS = ("project_domain_name", "project_domain_id")
DEFAULT_DOMAIN = "default"
SERVICE_SECTION = "keystone_authtoken"
KINDS = ("database", "identity")

_DATABASE_URL = re.compile(
    r"(?P<scheme>[\w+]+)://(?P<user>[^:@/]*):(?P<password>.*)@(?P<host>\[[^\]]*\]|[^:/@?]*)(?::\d+)?/(?P<name>[^?]*)"
)
_HOST = re.compile(r"(?:\w+://)?(?:[^@/]*@)?(?P<host>\[[^\]]*\]|[^:/]+)")


class Account(NamedTuple):
    """The identity of an account.

    kind: "database" or "identity".
    realm: the name of the database, or the domain of the user; None if the file contains only the ID of the domain.
    host: the server that manages the account.
    """

    kind: str
    user: str
    realm: str | None
    host: str


class Credential(NamedTuple):
    """The password of an account in a file.

    option: the option that contains it.
    start, end: its position in the value of the option.
    """

    account: Account
    option: Option
    start: int
    end: int

    @property
    def password(self) -> str:
        """The password, as the file contains it."""
        return (self.option.value or "")[self.start : self.end]


SameHost = Callable[[str, str], bool]


def same_name(first: str, second: str) -> bool:
    """Return whether two names are equal, without regard to case."""
    return first.lower() == second.lower()


def with_current_passwords(
    before: Mapping[str, bytes],
    current: Mapping[str, bytes],
    same_host: SameHost = same_name,
    kinds: Collection[str] = KINDS,
) -> dict[str, bytes]:
    """Return files with the passwords that their accounts have in the current files, otherwise byte for byte.

    An account that is not in the current files keeps its password. A file that cannot be parsed is not changed.
    same_host: returns whether two host names mean the same server.
    kinds: the kinds of accounts that have the passwords of the current files.
    """
    found = [credential for path, content in current.items() for credential in _credentials(path, content)]
    valid = [credential for credential in found if credential.account.kind in kinds]
    return {path: _updated(path, content, valid, same_host) for path, content in before.items()}


def identity_account(content: bytes, path: str, section: str = SERVICE_SECTION) -> dict[str, Any] | None:
    """Return the service's own account in a file, in the format of the option `cloud`; None if it has none."""
    document = _parsed(path, content)
    settings = _settings(document, section) if document else {}
    auth = {
        "auth_url": _first(settings, ADDRESSES),
        "username": _first(settings, USERNAMES),
        "password": _first(settings, PASSWORDS),
        "project_name": _first(settings, PROJECTS),
        **_domain(settings, USER_DOMAINS),
        **_domain(settings, PROJECT_DOMAINS),
    }
    if not (auth["auth_url"] and auth["username"] and auth["password"]):
        return None
    cloud: dict[str, Any] = {"auth": auth, "region_name": settings.get("region_name"), "cacert": settings.get("cafile")}
    return {name: value for name, value in cloud.items() if value}


def _domain(settings: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    found = next((name for name in names if settings.get(name)), None)
    return {found: settings[found]} if found else {names[0]: "Default"}


def _updated(path: str, content: bytes, current: Iterable[Credential], same_host: SameHost) -> bytes:
    document = _parsed(path, content)
    for old in _credentials_of(document) if document else ():
        new = next((one for one in current if _is_same(old.account, one.account, same_host)), None)
        if document and new and new.password != old.password:
            _replace(document, old, new.password)
    return document.text().encode("utf-8", "surrogateescape") if document else content


def _replace(document: Document, credential: Credential, password: str) -> None:
    """Replace a password in the line that contains it."""
    line = document.lines[credential.option.start]
    value = credential.option.value or ""
    at = line.index(value, len(credential.option.name))
    document.lines[credential.option.start] = line[: at + credential.start] + password + line[at + credential.end :]


def _is_same(first: Account, second: Account, same_host: SameHost) -> bool:
    """Return whether two accounts are the same; a domain of which only the ID is given matches any domain."""
    known_realms = {realm.lower() for realm in (first.realm, second.realm) if realm is not None}
    return (
        (first.kind, first.user) == (second.kind, second.user)
        and len(known_realms) < 2
        and (same_name(first.host, second.host) or same_host(first.host, second.host))
    )


def _credentials(path: str, content: bytes) -> list[Credential]:
    document = _parsed(path, content)
    return list(_credentials_of(document)) if document else []


def _parsed(path: str, content: bytes) -> Document | None:
    try:
        return document_of(content, path, DIALECTS["oslo"])
    except GlanceError:
        return None


def _credentials_of(document: Document) -> Iterator[Credential]:
    """Yield the credential in the last value of each option; values of several lines are ignored."""
    for options in document.places.values():
        option = options[-1]
        found = _DATABASE_URL.match(option.value or "") if option.end == option.start + 1 else None
        if found and found["scheme"].startswith(("mysql", "postgresql")):
            account = Account("database", unquote(found["user"]), found["name"], found["host"])
            yield Credential(account, option, *found.span("password"))
    for section in document.sections[1:]:
        yield from _identity_credentials(document, section.key)


def _identity_credentials(document: Document, section: str) -> Iterator[Credential]:
    settings = _settings(document, section)
    user, address = _first(settings, USERNAMES), _first(settings, ADDRESSES)
    if not user or not address:
        return
    realm: str | None = settings.get("user_domain_name", DEFAULT_DOMAIN)
    if "user_domain_name" not in settings and settings.get("user_domain_id", DEFAULT_DOMAIN) != DEFAULT_DOMAIN:
        realm = None
    found = _HOST.match(address)
    account = Account("identity", user, realm, found["host"] if found else address)
    for name in PASSWORDS:
        options = document.places.get(document.place(section, name))
        if options and options[-1].value and options[-1].end == options[-1].start + 1:
            yield Credential(account, options[-1], 0, len(options[-1].value))


def _settings(document: Document, section: str) -> dict[str, str]:
    """Return the options of a section, as oslo.config reads values without references."""
    key = document.dialect.section(section)
    return {
        place.option: (options[-1].value or "").replace("$$", "$").replace("\\$", "$")
        for place, options in document.places.items()
        if place.section == key and options[-1].value
    }


def _first(settings: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((settings[name] for name in names if settings.get(name)), None)
