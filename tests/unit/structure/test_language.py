"""The texts that a user or a contributor reads: plain technical English, in the terms of the field."""

from __future__ import annotations

import ast
import re
import tokenize
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
# Words and phrases that a reader has to interpret, each with the plain form.
PLAIN = {
    r"nobody|somebody|whoever|whichever": "no user, any user, the operator",
    r"whatever": "any value",
    r"shall|would rather|had better|may it be": "must, will, should",
    r"beside": "in addition to, next to",
    r"but for|save for": "except",
    r"anew": "again",
    r"of ours|ours": "managed by this collection",
    r"at hand": "available",
    r"on the way": "during, in transit",
    r"tell|tells|told|telling": "report, print, specify",
    r"says?|said|saying": "report, specify",
    r"speaks?|spoken": "use, support",
    r"lies|lie": "is located",
    r"stands|stood": "is located, is written",
    r"does it not|is it not|be it": "If it does not ...",
    r"blame[sd]?": "cause, name",
    r"wants|wanted": "requires, desired",
    r"knows|knew|known to": "has, supports, recognizes",
    r"looks|looked": "check, search",
    r"things?": "name the object",
}
PATTERN = re.compile("|".join(rf"\b(?:{words})\b" for words in PLAIN), re.IGNORECASE)
DOCUMENTS = sorted([*TOP.glob("*.md"), *TOP.glob("docs/*.md"), *TOP.glob("roles/*/README.md")])
CODE = sorted(path for part in ("plugins", "tools", "benchmarks") for path in TOP.glob(f"{part}/**/*.py"))
YAML = sorted(
    path
    for part in ("roles", "playbooks", "molecule", "plugins", "changelogs", "extensions", "meta", "inventories")
    for path in TOP.glob(f"{part}/**/*.yml")
    if "collections" not in path.relative_to(TOP).parts
)
PROSE_KEYS = {
    *("name", "msg", "fail_msg", "description", "short_description", "notes", "title"),
    *("question_name", "question_description"),
}


class Loader(yaml.SafeLoader):
    """Reads the tag of Ansible for text that is not a template."""


Loader.add_constructor("!unsafe", Loader.construct_scalar)


def name(path: Path) -> str:
    return str(path.relative_to(TOP))


def hits(texts: Iterator[str]) -> list[str]:
    """Return the phrases of texts that have a plain form, each with its surroundings."""
    found = []
    for text in texts:
        # Names of options, commands and messages of other programs are not ours to choose.
        prose = re.sub(r"``[^`]*``|`[^`]*`|[A-Z]\([^)]*\)|\"[^\"\n]*\"", " ", text)
        found += [prose[max(0, hit.start() - 40) : hit.end() + 20] for hit in PATTERN.finditer(prose)]
    return found


def prose_of(path: Path) -> str:
    return re.sub(r"^```.*?^```", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)


def strings_of(path: Path) -> Iterator[str]:
    """Yield the docstrings, messages and comments of a Python file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.value
    with path.open("rb") as file:
        yield from (token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT)


def texts_of(path: Path) -> Iterator[str]:
    """Yield the comments of a YAML file, and its names, messages and descriptions."""
    text = path.read_text()
    yield from re.findall(r"^\s*#.*$", text, re.MULTILINE)
    for document in yaml.load_all(text, Loader):
        yield from described(document)


def described(value: Any, is_prose: bool = False) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from described(inner, key in PROSE_KEYS)
    elif isinstance(value, list):
        for inner in value:
            yield from described(inner, is_prose or isinstance(inner, str))
    elif is_prose and isinstance(value, str) and " " in value:
        yield value


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_documents_are_plain(path: Path) -> None:
    assert hits(iter([prose_of(path)])) == []


@pytest.mark.parametrize("path", CODE, ids=name)
def test_docstrings_messages_and_comments_are_plain(path: Path) -> None:
    assert hits(strings_of(path)) == []


@pytest.mark.parametrize("path", YAML, ids=name)
def test_task_names_and_descriptions_are_plain(path: Path) -> None:
    assert hits(texts_of(path)) == []
