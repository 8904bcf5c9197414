# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redaction of secrets in the output of other programs.

Programs print a secret as it is written in a file, as they read it, or encoded for a URL, a string literal or a header.
A parser that fails also prints the piece at which it failed.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from html import escape
from typing import Callable, Collection, Iterable, Iterator
from urllib.parse import unquote

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, SECRET_NAME

SHORTEST = 4  # characters; a shorter text is redacted only where a parser quotes it
LONG = 8  # characters; a shorter secret is redacted only as a whole word, since it may be a part of any other word

# By lines, since a file that cannot be parsed may be the failure.
_OPTION = re.compile(r"\s*([\w.-]+)\s*[=:][ \t]*(.+?)\s*$")
# The value of such an option is no secret, though the name of the option has a word like `key` or `token`.
_PUBLIC_NAME = re.compile(r"(?:file|path|dir|roles|required|time)$", re.IGNORECASE)
# The password of each host of a URL; and all up to the last @, since a password that is not encoded may have one too.
_URL_PASSWORDS = (re.compile(r"(?:://|,)[^:@/\s,]*:([^@\s]+)@"), re.compile(r"://[^:@/\s]*:(\S+)@"))
_URL_QUERY = re.compile(r"[?&]([\w.-]+)=([^&\s]+)")

# Lines that quote a piece of a value: oslo.config, urllib, SQLAlchemy, and the resolver for a host that is none.
_QUOTES_PIECE = re.compile(
    r"substitut|no such option|pars(?:e|ing)|invalid|not valid|could not be cast|\bport\b|\burl\b|unknown scheme|"
    r"can't connect|cannot connect|could not connect|not known|getaddrinfo|resolv|unreachable",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[$@:/%#?]")
_REFERENCE = re.compile(r"\$\{?((?:\w+\.)?[A-Za-z_]\w*)")
_QUOTED = re.compile(r"(?<=')[^'\s]+(?=')|(?<=\")[^\"\s]+(?=\")")


def secrets_of_files(paths: Iterable[str]) -> set[str]:
    """Return the secrets of configuration files; what is no file, or cannot be read, has none."""
    return {secret for path in paths for secret in secrets_of_text(_content(path))}


def _content(path: str) -> str:
    try:
        # Opening a pipe would wait for a writer.
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
    except OSError:
        pass
    return ""


def secrets_of_text(text: str) -> set[str]:
    """Return the secrets of a configuration file, as they are written and as a program reads them.

    These are the values of options with the name of a secret, and the passwords of URLs in any option.
    """
    secrets: set[str] = set()
    public: set[str] = set()
    for name, value in _assignments(text):
        passwords = list(_url_passwords(value))
        is_secret = SECRET_NAME.search(name) and not _PUBLIC_NAME.search(name)
        found = passwords if passwords or not is_secret else [value]
        secrets.update(form for secret in found for form in _as_read(secret))
        if passwords or not is_secret:
            public.update(re.findall(r"\w+", _without(value, passwords)))
    # A short word that is also a public value, such as `glance`, cannot be hidden; to redact it would give it away.
    return {secret for secret in secrets if len(secret) >= LONG or secret not in public}


def redact(text: str, secrets: Collection[str]) -> str:
    """Return the text with SECRET in place of the secrets and of every account of a URL.

    secrets: as they are read or as they are written. Every encoded form of them is recognized.
    """
    ordered = sorted((secret for secret in secrets if secret.strip()), key=len, reverse=True)
    for secret in ordered:
        if len(secret) >= SHORTEST:
            text = _pattern(secret).sub(SECRET, text)
    hide = _piece_filter(ordered)
    return "\n".join(_without_accounts(hide(line)) for line in text.split("\n"))


def has_account(word: str) -> bool:
    """Return whether a word is or contains a URL with a password: user:password@host."""
    account, at, _host = word.rpartition("@")
    _user, colon, password = account.split("://", 1)[-1].partition(":")
    return bool(at and colon and password)


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """Yield each name with its value, and with each line that continues the value."""
    name = ""
    for line in text.splitlines():
        found = _OPTION.match(line)
        if line[:1] in (" ", "\t") and name and line.strip():
            yield name, line.strip()
        if found:
            yield found[1], found[2]
        if line[:1] not in (" ", "\t"):
            name = found[1] if found else ""


def _url_passwords(value: str) -> Iterator[str]:
    for pattern in _URL_PASSWORDS:
        yield from pattern.findall(value)
    if "://" in value:
        yield from (part for name, part in _URL_QUERY.findall(value) if SECRET_NAME.search(name) and part[0] != "/")


def _without(value: str, passwords: Iterable[str]) -> str:
    for password in passwords:
        value = value.replace(f":{password}@", " ").replace(f"={password}", " ")
    return value


def _as_read(secret: str) -> Iterator[str]:
    """Yield a secret as it is written, and as oslo.config and a parser of URLs read it."""
    plain = secret.replace("$$", "$").replace("\\$", "$")
    for one in (secret, plain, plain.strip("'\"")):
        yield from (one, unquote(one))


def _pattern(secret: str) -> re.Pattern[str]:
    """Return the pattern of every form in which a library prints a secret."""
    forms = ["".join(map(_character, secret)), *map(re.escape, _base64_forms(secret))]
    either = "|".join(forms)
    return re.compile(either if len(secret) >= LONG else rf"(?<!\w)(?:{either})(?!\w)")


def _character(character: str) -> str:
    """Return the pattern of one character: as it is, percent-encoded, doubled, escaped, or as an entity of HTML."""
    if character.isascii() and character.isalnum():
        return character
    code, encoded = ord(character), "".join(f"%(?:25)*{byte:02x}" for byte in character.encode("utf-8", "replace"))
    plain = re.escape(character)
    forms = [rf"\\*{plain}{{1,2}}" if character in "$%\\" else rf"\\*{plain}", rf"(?i:{encoded})"]
    forms.append(rf"(?i:\\+(?:x{code:02x}|u{code:04x}))")
    forms += [r"\+"] if character == " " else []
    forms += [re.escape(escape(character))] if escape(character) != character else []
    forms += [rf"\\+{ {9: 't', 10: 'n', 13: 'r'}[code] }"] if code in (9, 10, 13) else []
    return f"(?:{'|'.join(forms)})"


def _base64_forms(secret: str) -> Iterator[str]:
    """Yield what is the same in the Base64 of any text that contains the secret, such as user:secret."""
    content = secret.encode("utf-8", "replace")
    for before, unsure in enumerate((0, 2, 3)):
        coded = b64encode(b"\0" * before + content).decode()[unsure : (before + len(content)) * 8 // 6]
        if len(coded) >= LONG:
            yield from {coded, coded.replace("+", "-").replace("/", "_")}


def _piece_filter(secrets: Collection[str]) -> Callable[[str], str]:
    """Return what removes the pieces of secrets from a line in which a parser may quote one."""
    pieces = sorted({piece for secret in secrets for piece in _pieces(secret)}, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, pieces))})(?!\w)" if pieces else r"(?!)")

    def quoted(found: re.Match[str]) -> str:
        return SECRET if any(found[0] in secret for secret in secrets) else found[0]

    def hide(line: str) -> str:
        return _QUOTED.sub(quoted, pattern.sub(SECRET, line)) if _QUOTES_PIECE.search(line) else line

    return hide


def _pieces(secret: str) -> set[str]:
    """Return the pieces that parsers make of a secret, which take a character of it for one with a meaning."""
    long = {piece for piece in _SEPARATORS.split(secret) if len(piece) >= SHORTEST}
    references = {name for whole in _REFERENCE.findall(secret) for name in (whole, *whole.split("."))}
    # What follows an @ in a password is taken for the host.
    hosts = {secret[position + 1 :] for position, mark in enumerate(secret) if mark == "@"}
    return {*long, *references, *hosts} - {""}


def _without_accounts(line: str) -> str:
    return re.sub(r"\S+", lambda word: SECRET if has_account(word[0]) else word[0], line)
