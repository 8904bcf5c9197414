# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module ini in process on real files, and read them with oslo.config, configparser and PasteDeploy."""

from __future__ import annotations

import configparser
import hashlib
import io
import itertools
import json
import multiprocessing
import os
import re
import stat
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import pytest

from ansible_collections.osops.glance.plugins.modules import ini
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by

cfg = pytest.importorskip("oslo_config.cfg")
iniparser = pytest.importorskip("oslo_config.iniparser")
loadwsgi = pytest.importorskip("paste.deploy.loadwsgi")

Values = Dict[Tuple[str, str], List[Optional[str]]]

# A secret in the tests, which no output may contain. The dollar and the percent sign are escaped in the file.
CANARY = "Canary-Zq9$w%rd"
CANARY_IN_ANY_FORM = re.compile("canary-zq9", re.IGNORECASE)
UNPRIVILEGED_ID = 65534
PROCESSES = multiprocessing.get_context("fork")
OPTIONS = {"a": {"x": "2"}}

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="requires root")
row = pytest.param

# The log messages of the module in the current test, and the warnings of its last run.
log_messages: list[str] = []
warnings: list[str] = []


def run(path: Path | str, check: bool = False, **params: Any) -> Any:
    """Run the module, and return its result with its warnings. Fail if any output contains the canary."""
    warnings.clear()
    printed = printed_by(ini, check, path=str(path), **params)
    output = printed + "".join(warnings) + "".join(log_messages)
    assert not CANARY_IN_ANY_FORM.search(output), output
    return {"warnings": list(warnings), **json.loads(printed)}


def fails(path: Path | str, **params: Any) -> str:
    """Run the module, which must fail in check mode and otherwise, and change nothing; return the message."""
    before = [state(each) for each in files_near(path)]
    results = [run(path, check=check, **params) for check in (True, False)]
    assert [result.get("failed") for result in results] == [True, True], results
    assert [state(each) for each in files_near(path)] == before
    assert results[0]["msg"] == results[1]["msg"]
    assert "\n" not in results[1]["msg"]
    return str(results[1]["msg"])


def predictable(result: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a result that check mode predicts: everything except the paths of copies."""
    names = [
        *("changed", "path", "changes", "unchanged", "sections_added", "sections_removed", "deduplicated", "shadowed"),
        *("repaired", "restart_needed", "reload_only", "created", "checksum_before", "checksum_after"),
        *("diff", "warnings"),
    ]
    return {name: result[name] for name in names}


def state(path: Path | str) -> Any:
    """Return the content and the status of a file, to detect changes."""
    try:
        status = os.lstat(path)
    except FileNotFoundError:
        return None
    content = Path(path).read_bytes() if stat.S_ISREG(status.st_mode) else b""
    return content, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_mode


def files_near(path: Path | str) -> list[Path]:
    """Return a file and all files in its directory."""
    folder = Path(path).parent
    return [Path(path), *sorted(folder.iterdir())] if folder.is_dir() else [Path(path)]


def converge(path: Path | str, **params: Any) -> Any:
    """Run the module in check mode, then for real, then again in both; return the result of the real run."""
    real = os.path.realpath(path) if params.get("follow", True) else path
    before = [state(each) for each in files_near(real)]
    prediction = run(path, check=True, **params)
    assert not prediction.get("failed"), prediction
    assert [state(each) for each in files_near(real)] == before

    result = run(path, **params)
    assert not result.get("failed"), result
    assert predictable(prediction) == predictable(result)
    after = state(real)
    assert result["changed"] is (after != before[0])
    assert result["checksum_after"] == hashlib.sha256(Path(real).read_bytes()).hexdigest()

    for check in (False, True):
        again = run(path, check=check, **params)
        assert not again["changed"], again
        assert (again["changes"], again["diff"], again["restart_needed"]) == ([], [], False)
        assert again["checksum_before"] == again["checksum_after"] == result["checksum_after"]
    assert state(real) == after
    return result


def written(folder: Path, content: str | bytes | None, name: str = "glance-api.conf") -> Path:
    """Write a file, unless the content is None, and return its path."""
    path = folder / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o640)
    return path


def in_child(work: Callable[[], Any], seconds: float = 30, user: int = 0) -> Any:
    """Run a function in another process; return its result, or None if the process was killed.

    user: the uid of the process; root if it is 0.
    """
    receiver, sender = PROCESSES.Pipe(duplex=False)

    def child() -> None:
        if user:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        sender.send(work())

    process = PROCESSES.Process(target=child)
    process.start()
    sender.close()
    try:
        return receiver.recv() if receiver.poll(seconds) else None
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()


class _Oslo(iniparser.BaseParser):  # type: ignore[misc, name-defined]
    """The parser of oslo.config, which collects all values."""

    def __init__(self, text: str) -> None:
        self.values: Values = {}
        self.parse(io.StringIO(text, newline=None))

    def new_section(self, section: str) -> None:
        self.section = section if section == "DEFAULT" else section.lower()

    def assignment(self, key: str, value: list[str]) -> None:
        self.values.setdefault((self.section, key), []).append("\n".join(value))


def loaded(parser: configparser.RawConfigParser, text: str) -> Values:
    parser.read_file(io.StringIO(text.lstrip("\ufeff"), newline=None))
    own = {"DEFAULT": parser._defaults, **parser._sections}  # type: ignore[attr-defined]
    return {(section, option): [value] for section, options in own.items() for option, value in options.items()}


def in_python(text: str) -> Values:
    return loaded(configparser.ConfigParser(strict=False), text)


def in_paste(text: str) -> Values:
    parser = loadwsgi.NicerConfigParser("api-paste.ini")
    parser.optionxform = str
    return loaded(parser, text)


def in_general(text: str) -> Values:
    """Return the values that a ConfigParser reads, which numbers options to keep all of them."""
    numbers = itertools.count()
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section="\0")
    parser.optionxform = lambda option: (option, next(numbers))  # type: ignore
    values: Values = {}
    for (section, option), value in loaded(parser, "[first]\n" + text.lstrip("\ufeff")).items():
        values.setdefault(("" if section == "first" else section, option[0]), []).extend(value)
    return values


READERS: dict[str, Callable[[str], Values]] = {
    "oslo": lambda text: _Oslo(text).values,
    "ini": in_python,
    "paste": in_paste,
    "generic": in_general,
}


def read(content: bytes | None, dialect: str = "oslo") -> Values:
    """Return the values that the program reads in a file."""
    return READERS[dialect]((content or b"").decode("utf-8", "surrogateescape"))


def requested_values(options: Any) -> dict[str, Any]:
    """Return the values in options, where they are strings or lists."""
    return {
        f"{section}/{option}": value for section, names in options.items() for option, value in (names or {}).items()
    }


def expected_values(before: Values, values: dict[str, Any], options: Any) -> Values:
    """Return the values that the program must read: the old ones, with the requested changes."""
    removed = {section.lower() for section, names in options.items() if names is None}
    result = {place: value for place, value in before.items() if place[0] not in removed}
    for name, value in values.items():
        section, _slash, option = name.rpartition("/")
        place = (section if section == "DEFAULT" else section.lower(), option)
        result.pop(place, None)
        if value is not None and value != []:
            result[place] = value if isinstance(value, list) else [value]
    return result


class Edit(NamedTuple):
    """A row of a table of edits.

    after: None if the file is not changed.
    values: the values that the program reads, if they differ from the options.
    warnings: patterns of the warnings.
    expected: parts of the result.
    """

    before: str | bytes | None
    options: Any
    after: str | bytes | None
    values: dict[str, Any] | None
    warnings: tuple[str, ...]
    expected: dict[str, Any]
    params: dict[str, Any]


def edit(
    name: str,
    before: str | bytes | None,
    options: Any,
    after: str | bytes | None,
    values: dict[str, Any] | None = None,
    warnings: tuple[str, ...] = (),
    expected: dict[str, Any] | None = None,
    **params: Any,
) -> Any:
    """Return a row of a table of edits."""
    return pytest.param(Edit(before, options, after, values, warnings, expected or {}, params), id=name)


def check_edit(folder: Path, case: Edit) -> None:
    """Run the module, and compare the file, the values that the program reads, the warnings and the result."""
    conf = written(folder, case.before)
    dialect = case.params.get("dialect", "oslo")
    old = conf.read_bytes() if case.before is not None else None
    result = converge(conf, options=case.options, **case.params)

    if case.after is not None:
        assert conf.read_bytes() == (case.after if isinstance(case.after, bytes) else case.after.encode())
    elif not case.expected:
        assert not result["changed"]
    is_readable = not case.params.get("repair") and "base" not in case.params and (old or b"")[:3] != b"\xef\xbb\xbf"
    before = read(old, dialect) if is_readable else {}
    values = requested_values(case.options) if case.values is None else case.values
    assert read(conf.read_bytes(), dialect) == expected_values(before, values, case.options)

    assert len(result["warnings"]) == len(case.warnings), result["warnings"]
    assert all(map(re.search, case.warnings, result["warnings"])), result["warnings"]
    result["actions"] = {f"{change['section']}/{change['option']}": change["action"] for change in result["changes"]}
    assert {name: result[name] for name in case.expected} == case.expected
