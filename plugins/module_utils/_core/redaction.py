# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Redact secrets in the output of other programs.

Programs print a secret as written in a file, as parsed, or encoded for a URL, a string literal or a header.
A parser that fails also prints the part of the value at which it failed.
"""

from __future__ import annotations

import os
import re
from base64 import b64encode
from html import escape
from typing import Callable, Collection, Iterable, Iterator
from urllib.parse import unquote

from ansible_collections.osops.glance.plugins.module_utils._core.plan import SECRET, SECRET_NAME

MIN_LENGTH = 4  # characters; a shorter text is redacted only where a parser quotes it
LONG_SECRET = 8  # characters; a shorter secret is redacted only as a whole word, since it may be part of another word

# Files are read line by line, since the failure may be that the file cannot be parsed.
_OPTION = re.compile(r"\s*([\w.-]+)\s*[=:][ \t]*(.+?)\s*$")
# Options with a public value, although their name contains a word such as `key` or `token`.
_PUBLIC_NAME = re.compile(r"(?:file|path|dir|roles|required|time)$", re.IGNORECASE)
# The password of each host of a URL; and everything up to the last @, which an unencoded password may contain.
_URL_PASSWORDS = (re.compile(r"(?:://|,)[^:@/\s,]*:([^@\s]+)@"), re.compile(r"://[^:@/\s]*:(\S+)@"))
_URL_QUERY = re.compile(r"[?&]([\w.-]+)=([^&\s]+)")

# Messages that quote a part of a value: oslo.config, urllib, SQLAlchemy, and the resolver for an invalid host name.
_QUOTING_MESSAGE = re.compile(
    r"substitut|no such option|pars(?:e|ing)|invalid|not valid|could not be cast|\bport\b|\burl\b|unknown scheme|"
    r"can't connect|cannot connect|could not connect|not known|getaddrinfo|resolv|unreachable",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[$@:/%#?]")
_REFERENCE = re.compile(r"\$\{?((?:\w+\.)?[A-Za-z_]\w*)")
_QUOTED = re.compile(r"(?<=')[^'\s]+(?=')|(?<=\")[^\"\s]+(?=\")")


def secrets_in_files(paths: Iterable[str]) -> set[str]:
    """Return the secrets in configuration files. Paths that are not readable files are ignored."""
    return {secret for path in paths for secret in secrets_in_text(_read(path))}


def _read(path: str) -> str:
    try:
        # Opening a pipe would wait for a writer.
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                return file.read()
    except OSError:
        pass
    return ""


def secrets_in_text(text: str) -> set[str]:
    """Return the secrets in the text of a configuration file, as written and as a program parses them.

    Secrets are the values of options that have the name of a secret, and the passwords of URLs in any option.
    """
    secrets: set[str] = set()
    public: set[str] = set()
    for name, value in _assignments(text):
        passwords = list(_url_passwords(value))
        is_secret = SECRET_NAME.search(name) and not _PUBLIC_NAME.search(name)
        written = passwords if passwords or not is_secret else [value]
        secrets.update(form for secret in written for form in _parsed_forms(secret))
        if passwords or not is_secret:
            public.update(re.findall(r"\w+", _remove_passwords(value, passwords)))
    # A short word that is also a public value, such as `glance`, cannot be hidden: redacting it would reveal it.
    return {secret for secret in secrets if len(secret) >= LONG_SECRET or secret not in public}


def redact(text: str, secrets: Collection[str]) -> str:
    """Return the text with SECRET in place of each secret and of each URL that contains a password.

    secrets: as written or as parsed. Every encoded form is recognized.
    """
    ordered = sorted((secret for secret in secrets if secret.strip()), key=len, reverse=True)
    for secret in ordered:
        if len(secret) >= MIN_LENGTH:
            text = _pattern(secret).sub(SECRET, text)
    redact_parts = _part_redactor(ordered)
    return "\n".join(_redact_urls(redact_parts(line)) for line in text.split("\n"))


def has_url_password(word: str) -> bool:
    """Return whether a word contains a URL with a password: user:password@host."""
    account, at, _host = word.rpartition("@")
    _user, colon, password = account.split("://", 1)[-1].partition(":")
    return bool(at and colon and password)


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and value of each option, and the name with each continuation line of the value."""
    name = ""
    for line in text.splitlines():
        option = _OPTION.match(line)
        if line[:1] in (" ", "\t") and name and line.strip():
            yield name, line.strip()
        if option:
            yield option[1], option[2]
        if line[:1] not in (" ", "\t"):
            name = option[1] if option else ""


def _url_passwords(value: str) -> Iterator[str]:
    for pattern in _URL_PASSWORDS:
        yield from pattern.findall(value)
    if "://" in value:
        yield from (part for name, part in _URL_QUERY.findall(value) if SECRET_NAME.search(name) and part[0] != "/")


def _remove_passwords(value: str, passwords: Iterable[str]) -> str:
    for password in passwords:
        value = value.replace(f":{password}@", " ").replace(f"={password}", " ")
    return value


def _parsed_forms(secret: str) -> Iterator[str]:
    """Yield a secret as written, and as oslo.config and a URL parser return it."""
    plain = secret.replace("$$", "$").replace("\\$", "$")
    for form in (secret, plain, plain.strip("'\"")):
        yield from (form, unquote(form))


def _pattern(secret: str) -> re.Pattern[str]:
    """Return a pattern for every form in which a library prints a secret."""
    forms = ["".join(map(_character_pattern, secret)), *map(re.escape, _base64_forms(secret))]
    pattern = "|".join(forms)
    return re.compile(pattern if len(secret) >= LONG_SECRET else rf"(?<!\w)(?:{pattern})(?!\w)")


_ESCAPES = {"\t": "t", "\n": "n", "\r": "r"}


def _character_pattern(character: str) -> str:
    """Return a pattern for a character: literal, percent-encoded, doubled, escaped, or as an HTML entity."""
    if character.isascii() and character.isalnum():
        return character
    code, encoded = ord(character), "".join(f"%(?:25)*{byte:02x}" for byte in character.encode("utf-8", "replace"))
    plain = re.escape(character)
    forms = [rf"\\*{plain}{{1,2}}" if character in "$%\\" else rf"\\*{plain}", rf"(?i:{encoded})"]
    forms.append(rf"(?i:\\+(?:x{code:02x}|u{code:04x}))")
    forms += [r"\+"] if character == " " else []
    forms += [re.escape(escape(character))] if escape(character) != character else []
    forms += [rf"\\+{_ESCAPES[character]}"] if character in _ESCAPES else []
    return f"(?:{'|'.join(forms)})"


def _base64_forms(secret: str) -> Iterator[str]:
    """Yield the parts that the Base64 encoding of any text with the secret contains, for example of user:secret."""
    content = secret.encode("utf-8", "replace")
    # The secret starts at any of three offsets; the first characters also depend on the text before it.
    for offset, skipped in enumerate((0, 2, 3)):
        coded = b64encode(b"\0" * offset + content).decode()[skipped : (offset + len(content)) * 8 // 6]
        if len(coded) >= LONG_SECRET:
            yield from {coded, coded.replace("+", "-").replace("/", "_")}


def _part_redactor(secrets: Collection[str]) -> Callable[[str], str]:
    """Return a function that redacts parts of secrets in a line in which a parser may quote one."""
    parts = sorted({part for secret in secrets for part in _parts(secret)}, key=len, reverse=True)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, parts))})(?!\w)" if parts else r"(?!)")

    def redact_quoted(match: re.Match[str]) -> str:
        return SECRET if any(match[0] in secret for secret in secrets) else match[0]

    def redact_line(line: str) -> str:
        if not _QUOTING_MESSAGE.search(line):
            return line
        return _QUOTED.sub(redact_quoted, pattern.sub(SECRET, line))

    return redact_line


def _parts(secret: str) -> set[str]:
    """Return the parts that a parser makes of a secret if it treats a character of it as a separator."""
    words = {part for part in _SEPARATORS.split(secret) if len(part) >= MIN_LENGTH}
    references = {name for reference in _REFERENCE.findall(secret) for name in (reference, *reference.split("."))}
    # The text after an @ in a password is parsed as the host.
    hosts = {secret[position + 1 :] for position, character in enumerate(secret) if character == "@"}
    return {*words, *references, *hosts} - {""}


def _redact_urls(line: str) -> str:
    return re.sub(r"\S+", lambda word: SECRET if has_url_password(word[0]) else word[0], line)
