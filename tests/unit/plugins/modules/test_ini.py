# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module in process, with real files, and what oslo.config, configparser and PasteDeploy read in them.

The tests bear the numbers of the cases that the module was specified with: A1 to A28 are what other editors of such
files do wrong, C1 to C60 are the tricky ones.
"""

from __future__ import annotations

import configparser
import contextlib
import errno
import hashlib
import io
import itertools
import json
import multiprocessing
import os
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._core import atomic_file
from ansible_collections.osops.glance.plugins.modules import ini
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by

cfg = pytest.importorskip("oslo_config.cfg")
iniparser = pytest.importorskip("oslo_config.iniparser")
types = pytest.importorskip("oslo_config.types")
loadwsgi = pytest.importorskip("paste.deploy.loadwsgi")

Values = Dict[Tuple[str, str], List[Optional[str]]]

# Where it shows up, something was given away. The dollar and the percent sign are written in another way than given.
CANARY = "Canary-Zq9$w%rd"
CANARY_IN_ANY_FORM = re.compile("canary-zq9", re.IGNORECASE)
HIDDEN = "VALUE HIDDEN"
NOBODY = 65534
PROCESSES = multiprocessing.get_context("fork")
MANY = {f"option_{number}": f"value {number}" for number in range(1000)}

VALIDATOR = Path(sys.executable).with_name("oslo-config-validator")

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do that")
row = pytest.param

# The module -----------------------------------------------------------------------------------------------------------

# What the module said to the log of the host in this test, and the warnings of its last run.
logged: list[str] = []
warned: list[str] = []


@pytest.fixture(autouse=True)
def edges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take what leaves the module beside its result; give back what it takes until its process ends."""
    locks: list[int] = []
    lock = atomic_file.lock

    def locked(path: str) -> int | None:
        locks.append(lock(path) or -1)
        return locks[-1]

    def print_formatted(module: Any, arguments: Any) -> None:
        for descriptor in locks:
            with contextlib.suppress(OSError):
                os.close(descriptor)
        locks.clear()
        record(module, arguments)

    record = basic.AnsibleModule._return_formatted
    monkeypatch.setattr(basic.AnsibleModule, "_return_formatted", print_formatted)
    monkeypatch.setattr(basic.AnsibleModule, "_log_to_syslog", lambda _module, message: logged.append(message))
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _module, message: warned.append(message))
    monkeypatch.setattr(basic, "has_journal", False)
    monkeypatch.setattr(atomic_file, "lock", locked)
    logged.clear()


def run(path: Path | str, check: bool = False, **params: Any) -> Any:
    """Run the module, and return its result with its warnings in it."""
    warned.clear()
    printed = printed_by(ini, check, path=str(path), **params)
    told = printed + "".join(warned) + "".join(logged)
    assert not CANARY_IN_ANY_FORM.search(told), told
    return {"warnings": list(warned), **json.loads(printed)}


def fails(path: Path | str, **params: Any) -> str:
    """Run the module, in check mode and then for real, let it fail, change nothing, and return what it says."""
    before = [state(each) for each in around(path)]
    told = [run(path, check=check, **params) for check in (True, False)]
    assert [result.get("failed") for result in told] == [True, True], told
    assert [state(each) for each in around(path)] == before
    assert told[0]["msg"] == told[1]["msg"]
    assert "\n" not in told[1]["msg"]
    return str(told[1]["msg"])


def predicted(result: dict[str, Any]) -> dict[str, Any]:
    """Return what check mode must say as well: all but how the file stands there now, and the path of the copy."""
    names = [
        *("changed", "path", "changes", "unchanged", "sections_added", "sections_removed", "deduplicated", "shadowed"),
        *(
            "repaired",
            "restart_needed",
            "reload_only",
            "created",
            "checksum_before",
            "checksum_after",
            "diff",
            "warnings",
        ),
    ]
    return {name: result[name] for name in names}


def state(path: Path | str) -> Any:
    """Return all there is to know about a file, by which it is seen to be untouched."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return None
    content = Path(path).read_bytes() if stat.S_ISREG(found.st_mode) else b""
    return content, found.st_ino, found.st_mtime_ns, found.st_ctime_ns, found.st_mode


def around(path: Path | str) -> list[Path]:
    """Return a file and all that is beside it."""
    folder = Path(path).parent
    return [Path(path), *sorted(folder.iterdir())] if folder.is_dir() else [Path(path)]


def bring(path: Path | str, **params: Any) -> Any:
    """Bring a file to its options, and return the result: predicted in check mode, done, and not done once more."""
    real = os.path.realpath(path) if params.get("follow", True) else path
    before = [state(each) for each in around(real)]
    foretold = run(path, check=True, **params)
    assert not foretold.get("failed"), foretold
    assert [state(each) for each in around(real)] == before

    result = run(path, **params)
    assert not result.get("failed"), result
    assert predicted(foretold) == predicted(result)
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


# What the programs read -----------------------------------------------------------------------------------------------


class _Oslo(iniparser.BaseParser):  # type: ignore[misc, name-defined]
    """The very parser of oslo.config, but for what it does with what it found."""

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
    """Return what a ConfigParser reads that keeps each option apart, with a header for those that have none."""
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
    """Return what the program reads in a file; nothing where it cannot."""
    return READERS[dialect]((content or b"").decode("utf-8", "surrogateescape"))


def asked_values(options: Any) -> dict[str, Any]:
    """Return the values that were asked for, where they are given as strings."""
    return {
        f"{section}/{option}": value for section, wanted in options.items() for option, value in (wanted or {}).items()
    }


def expected(before: Values, values: dict[str, Any], options: Any) -> Values:
    """Return what must be read: what was there, but for what was asked for."""
    gone = {section.lower() for section, wanted in options.items() if wanted is None}
    result = {place: value for place, value in before.items() if place[0] not in gone}
    for name, value in values.items():
        section, _slash, option = name.rpartition("/")
        place = (section if section == "DEFAULT" else section.lower(), option)
        result.pop(place, None)
        if value is not None and value != []:
            result[place] = value if isinstance(value, list) else [value]
    return result


# Edits: before, options, after, and what is beside that ---------------------------------------------------------------


def edit(
    name: str,
    before: str | bytes | None,
    options: Any,
    after: str | bytes | None,
    values: dict[str, Any] | None = None,
    warns: tuple[str, ...] = (),
    told: dict[str, Any] | None = None,
    **params: Any,
) -> Any:
    """Return a row of the table.

    after: None where the file stays as it is.
    values: what its program reads, where that is not what the options say.
    told: what must be in the result.
    """
    return pytest.param(before, options, after, values, warns, told or {}, params, id=name)


DOCUMENTED = """\
# A sample. Possible values:
#   * http://controller:9292/v2 = the URL
# See also: nothing.

[DEFAULT]

# Whether to log more: true or false (boolean value)
# Note: This option can be changed without restarting.
#debug = false

; workers: how many = 4
x = a ; b
#
# From glance.api: the end.

[b]
y = 1
"""

# There must be the same beside the options, and the options must be the ones that were asked for.
EDITS = [
    edit("C1 A1 colon stays a colon", "[a]\nx: 1\n", {"a": {"x": "2"}}, "[a]\nx: 2\n"),
    edit(
        "C2 A2 value of many lines is replaced whole",
        "[a]\nx = 1\n  2\n\t3\ny = 4\n",
        {"a": {"x": "9"}},
        "[a]\nx = 9\ny = 4\n",
    ),
    edit(
        "C3 A3 value of many lines is removed whole",
        "[a]\nx = 1\n  2\n  3\ny = 4\n",
        {"a": {"x": None}},
        "[a]\ny = 4\n",
    ),
    edit(
        "C4 A4 line of another value that looks like the option is none",
        "[a]\nz = 1\n  x = b\ny = 2\n",
        {"a": {"x": "c"}},
        "[a]\nz = 1\n  x = b\ny = 2\nx = c\n",
    ),
    edit("C5 A5 multi-line value set twice", "[a]\nx = 1\n", {"a": {"x": "1\n2\n3"}}, "[a]\nx = 1\n    2\n    3\n"),
    edit(
        "C5 multi-line value keeps its own indentation",
        "[a]\nx = 1\n\t2\ny = 3\n",
        {"a": {"x": "4\n5\n6"}},
        "[a]\nx = 4\n\t5\n\t6\ny = 3\n",
    ),
    edit(
        "C6 A6 duplicate section, key in the second",
        "[a]\ny = 1\n\n[b]\nz = 1\n\n[a]\nx = 1\n",
        {"a": {"x": "2"}},
        "[a]\ny = 1\n\n[b]\nz = 1\n\n[a]\nx = 2\n",
    ),
    edit(
        "C7 key in both duplicate sections: the last one holds, the others go",
        "[a]\nx = 1\n[b]\n[a]\nx = 2\n",
        {"a": {"x": "3"}},
        "[a]\n[b]\n[a]\nx = 3\n",
        told={"deduplicated": ["a/x"], "actions": {"a/x": "updated"}},
    ),
    edit(
        "C7 key in both duplicate sections, right in the last one",
        "[a]\nx = 1\n[b]\n[a]\nx = 2\n",
        {"a": {"x": "2"}},
        "[a]\n[b]\n[a]\nx = 2\n",
        told={"deduplicated": ["a/x"], "actions": {"a/x": "deduplicated"}},
    ),
    edit(
        "C8 A7 option given three times becomes one",
        "[a]\nx = 1\ny = 0\nx = 2\nx = 3\n",
        {"a": {"x": "9"}},
        "[a]\ny = 0\nx = 9\n",
        told={"deduplicated": ["a/x"]},
    ),
    edit("C9 repeated option, from 3 to 1", "[a]\nx = 1\nx = 2\nx = 3\n", {"a": {"x": ["2"]}}, "[a]\nx = 2\n"),
    edit(
        "C9 repeated option, from 1 to 3",
        "[a]\nx = 2\ny = 0\n",
        {"a": {"x": ["1", "2", "3"]}},
        "[a]\nx = 1\nx = 2\nx = 3\ny = 0\n",
        told={"actions": {"a/x": "updated"}},
    ),
    edit(
        "C9 A9 repeated option in another order",
        "[a]\nx = 2\n# c\nx = 1\n",
        {"a": {"x": ["1", "2"]}},
        None,
        told={"actions": {"a/x": "reordered"}, "restart_needed": True},
    ),
    edit("C9 repeated option, the same value twice", "[a]\nx = a\n", {"a": {"x": ["a", "a"]}}, "[a]\nx = a\nx = a\n"),
    edit("C9 repeated option that is right", "[a]\nx = b\ny = 1\nx=a\n", {"a": {"x": ["b", "a"]}}, None),
    edit(
        "C9 repeated option, added to",
        "[a]\nx = b\nx = a\n",
        {"a": {"x": ["a", "c"]}},
        "[a]\nx = b\nx = a\nx = c\n",
        {"a/x": ["b", "a", "c"]},
        append=True,
    ),
    edit("C9 repeated option, an empty list", "[a]\nx = b\nx = a\ny = 1\n", {"a": {"x": []}}, "[a]\ny = 1\n"),
    edit(
        "C10 A8 untouched repeated option survives",
        "[a]\nx = b\nx = a\nx = b\ny = 1\n",
        {"a": {"y": "2"}},
        "[a]\nx = b\nx = a\nx = b\ny = 2\n",
    ),
    edit(
        "C11 A10 commented default stays, the option below it",
        "[a]\n#x = 1\n\n#y = 2\n",
        {"a": {"x": "2"}},
        "[a]\n#x = 1\nx = 2\n\n#y = 2\n",
    ),
    edit(
        "C11 commented default gives way where that is asked",
        "[a]\n#x = 1\n\n#y = 2\n",
        {"a": {"x": "2"}},
        "[a]\nx = 2\n\n#y = 2\n",
        commented_default="replace",
    ),
    edit("C12 commented default without blanks", "[a]\n#x=1\ny = 2\n", {"a": {"x": "5"}}, "[a]\n#x=1\nx=5\ny = 2\n"),
    edit(
        "C12 commented default behind a semicolon",
        "[a]\n; x = 1\ny = 2\n",
        {"a": {"x": "5"}},
        "[a]\n; x = 1\nx = 5\ny = 2\n",
    ),
    edit("C12 commented default with a colon", "[a]\n# x: 1\ny = 2\n", {"a": {"x": "5"}}, "[a]\n# x: 1\nx: 5\ny = 2\n"),
    edit("C12 commented default without a value", "[a]\n#x =\ny=2\n", {"a": {"x": "5"}}, "[a]\n#x =\nx=5\ny=2\n"),
    edit(
        "C13 A11 prose that begins like the option stays",
        "[a]\n# x = foo means bar\nx = 1\n",
        {"a": {"x": "2"}},
        "[a]\n# x = foo means bar\nx = 2\n",
    ),
    edit(
        "C13 prose that begins like the option is no commented default",
        "[a]\n# x = foo means bar\ny = 1\n",
        {"a": {"x": "2"}},
        "[a]\n# x = foo means bar\ny = 1\nx = 2\n",
        commented_default="replace",
    ),
    edit(
        "C14 of two commented candidates it is the surer one",
        "[a]\n# es_scroll_time=2m),\n# more\n#es_scroll_time = 2m\n# (e.g.\n# es_scroll_time=3m),\n",
        {"a": {"es_scroll_time": "5m"}},
        "[a]\n# es_scroll_time=2m),\n# more\n#es_scroll_time = 2m\n"
        "es_scroll_time = 5m\n# (e.g.\n# es_scroll_time=3m),\n",
    ),
    edit(
        "C15 A12 comments with colons, equals signs and URLs stay",
        DOCUMENTED,
        {"DEFAULT": {"debug": "true"}, "b": {"y": "2"}},
        DOCUMENTED.replace("#debug = false\n", "#debug = false\ndebug = true\n").replace("y = 1", "y = 2"),
    ),
    edit(
        "C16 A13 comment signs within values belong to them",
        "[a]\nx = a ; b\ny = 1 # c\nz = 1\n",
        {"a": {"z": "2", "x": "a ; b"}},
        "[a]\nx = a ; b\ny = 1 # c\nz = 2\n",
    ),
    edit("C16 1 in place of 1 # c is a change", "[a]\ny = 1 # c\n", {"a": {"y": "1"}}, "[a]\ny = 1\n"),
    edit("C17 A18 blanks at the end", "[a]\nx = 1  \t\n", {"a": {"x": "1"}}, None),
    edit("C17 A18 tabs around the equals sign", "[a]\nx\t=\t1\n", {"a": {"x": "1"}}, None),
    edit("C17 A18 no blanks around the equals sign", "[a]\nx=1\n", {"a": {"x": "1"}}, None),
    edit("C17 tabs around the equals sign stay in a change", "[a]\nx\t=\t1\n", {"a": {"x": "2"}}, "[a]\nx\t=\t2\n"),
    edit("C17 new option is spaced as the file", "[a]\nx=1\ny=2\n", {"a": {"z": "3"}}, "[a]\nx=1\ny=2\nz=3\n"),
    edit("C17 new option with blanks", "[a]\nx=1\ny=2\n", {"a": {"z": "3"}}, "[a]\nx=1\ny=2\nz = 3\n", style="spaces"),
    edit("C17 new option without blanks", "[a]\nx = 1\n", {"a": {"z": "3"}}, "[a]\nx = 1\nz=3\n", style="nospaces"),
    edit(
        "C17 spacing is enforced where that is asked, and needs no restart",
        '[a]\nx=1\ny: 2\nz   =   "3"\nother=1\n',
        {"a": {"x": "1", "y": "2", "z": "3"}},
        "[a]\nx = 1\ny = 2\nz = 3\nother=1\n",
        style="enforce",
        told={"actions": {"a/x": "restyled", "a/y": "restyled", "a/z": "restyled"}, "restart_needed": False},
    ),
    edit(
        "C18 A18 quotes around the value that is asked for",
        "[a]\nx = \"1\"\ny = '1'\n",
        {"a": {"x": "1", "y": "1"}},
        None,
    ),
    edit("C18 quotes that belong to the value", '[a]\nx = "1"\n', {"a": {"x": '"1"'}}, '[a]\nx = ""1""\n'),
    edit("C19 blanks around a value are quoted", "[a]\nx = 1\n", {"a": {"x": " sp "}}, '[a]\nx = " sp "\n'),
    edit("C19 blanks around a value, right already", "[a]\nx = ' sp '\n", {"a": {"x": " sp "}}, None),
    edit("C20 a single quote mark", "[a]\n", {"a": {"x": '"'}}, '[a]\nx = """\n'),
    edit("C20 a quote mark at the beginning", "[a]\n", {"a": {"x": "'a"}}, "[a]\nx = 'a\n"),
    edit("C20 two quoted words", "[a]\n", {"a": {"x": '"a" "b"'}}, '[a]\nx = ""a" "b""\n'),
    edit("C21 empty string is a value", "[a]\nx = 1\n", {"a": {"x": ""}}, "[a]\nx =\n"),
    edit("C21 empty string, there already in quotes", '[a]\nx = ""\ny =\n', {"a": {"x": "", "y": ""}}, None),
    edit("C21 empty string where there was no option", "[a]\ny = 1\n", {"a": {"x": ""}}, "[a]\ny = 1\nx =\n"),
    edit("C21 A25 null removes the option", "[a]\nx =\ny = 1\n", {"a": {"x": None}}, "[a]\ny = 1\n"),
    edit("C21 A25 null where there was no option", "[a]\n#x = 1\ny = 1\n", {"a": {"x": None}, "c": {"z": None}}, None),
    edit("C21 value instead of the empty one", "[a]\nx =\ny=\n", {"a": {"x": "1", "y": "1"}}, "[a]\nx = 1\ny=1\n"),
    edit(
        "C22 reference to an option of the file",
        "[DEFAULT]\nmy_ip = 10.0.0.1\n[g]\nb = 1\n",
        {"DEFAULT": {"url": "$my_ip:9292", "other": "${g.b}"}},
        "[DEFAULT]\nmy_ip = 10.0.0.1\nurl = $my_ip:9292\nother = ${g.b}\n[g]\nb = 1\n",
    ),
    edit(
        "C22 reference to what is not in the file",
        "[DEFAULT]\n",
        {"DEFAULT": {"url": "$nothing:9292"}},
        "[DEFAULT]\nurl = $nothing:9292\n",
        warns=(r"DEFAULT/url refers to \$nothing",),
    ),
    edit(
        "C22 dollar sign that is meant so",
        "[a]\n",
        {"a": {"x": "pa$w0rd", "y": "a\\$b"}},
        "[a]\nx = pa$$w0rd\ny = a\\\\$b\n",
        {"a/x": "pa$$w0rd", "a/y": "a\\\\$b"},
        literal=True,
    ),
    edit(
        "C23 percent signs and braces",
        "[a]\n",
        {"a": {"x": "p%40s%(z)s%%", "y": "{{ z }}{% raw %}"}},
        "[a]\nx = p%40s%(z)s%%\ny = {{ z }}{% raw %}\n",
    ),
    edit(
        "C23 percent signs that are meant so, for configparser",
        "[a]\n",
        {"a": {"x": "%(asctime)s 5%"}},
        "[a]\nx = %%(asctime)s 5%%\n",
        {"a/x": "%%(asctime)s 5%%"},
        dialect="ini",
        literal=True,
    ),
    edit("C24 A19 no final line end, the same value", "[a]\nx = 1", {"a": {"x": "1"}}, None),
    edit("C24 no final line end, another value", "[a]\nx = 1", {"a": {"x": "2"}}, "[a]\nx = 2"),
    edit("C24 no final line end, an option behind it", "[a]\nx = 1", {"a": {"y": "2"}}, "[a]\nx = 1\ny = 2\n"),
    edit("C24 no final line end, a section behind it", "[a]\nx = 1", {"b": {"y": "2"}}, "[a]\nx = 1\n\n[b]\ny = 2\n"),
    edit(
        "C25 A20 CRLF stays, and new lines have it",
        "[a]\r\nx = 1\r\ny = 2\r\n",
        {"a": {"x": "3\n4", "z": "5"}, "b": {"q": "1"}},
        "[a]\r\nx = 3\r\n    4\r\ny = 2\r\nz = 5\r\n\r\n[b]\r\nq = 1\r\n",
    ),
    edit("C25 CRLF, the same value", "[a]\r\nx = 1\r\n", {"a": {"x": "1"}}, None),
    edit(
        "C25 mixed line ends: each line keeps its own, new lines have the usual one",
        "[a]\nx = 1\r\ny = 2\n",
        {"a": {"x": "3", "z": "4"}},
        "[a]\nx = 3\r\ny = 2\nz = 4\n",
    ),
    edit("C25 bare CR", "[a]\rx = 1\ry = 2\r", {"a": {"y": "3", "z": "4"}}, "[a]\rx = 1\ry = 3\rz = 4\r"),
    edit(
        "C26 A21 byte order mark goes, for oslo.config cannot read it",
        "\ufeff[a]\nx = 1\n",
        {"a": {"x": "1"}},
        "[a]\nx = 1\n",
        warns=("the byte order mark is removed",),
    ),
    edit(
        "C26 byte order mark stays where the program reads over it",
        "\ufeff[a]\nx = 1\n",
        {"a": {"x": "2"}},
        "\ufeff[a]\nx = 2\n",
        dialect="ini",
    ),
    edit(
        "C27 A22 bytes of Latin-1 in a comment survive, with a warning",
        b"[a]\n# caf\xe9\nx = 1\n",
        {"a": {"x": "2"}},
        b"[a]\n# caf\xe9\nx = 2\n",
        warns=("line 2: there are bytes that are not UTF-8: oslo.config cannot read this file",),
    ),
    edit(
        "C27 blank that does not break is no indentation",
        "[a]\n\xa0x = 1\ny = 2\n",
        {"a": {"y": "3"}},
        "[a]\n\xa0x = 1\ny = 3\n",
    ),
    edit("C27 blank that does not break, at the end of a value", "[a]\n", {"a": {"x": "v\xa0"}}, '[a]\nx = "v\xa0"\n'),
    edit(
        "C27 separators of Unicode and form feeds end no line",
        "[a]\ny = 1\u2028z = 2\x0c\x85\n\x0c\nq = 1\n",
        {"a": {"q": "1\u20282\x0b3"}},
        "[a]\ny = 1\u2028z = 2\x0c\x85\n\x0c\nq = 1\u20282\x0b3\n",
    ),
    edit("C28 A24 empty file gets no blank line first", "", {"a": {"x": "1"}}, "[a]\nx = 1\n", told={"created": False}),
    edit("C28 file of nothing but blanks", "\n  \n\n", {"a": {"x": "1"}}, "\n  \n\n[a]\nx = 1\n"),
    edit(
        "C28 missing file is created",
        None,
        {"b": {"x": "1"}, "DEFAULT": {"y": "2"}},
        "[DEFAULT]\ny = 2\n\n[b]\nx = 1\n",
        told={"created": True, "sections_added": ["DEFAULT", "b"], "checksum_before": None},
    ),
    edit(
        "C28 missing file is created with nothing in it", None, {}, "", told={"created": True, "restart_needed": False}
    ),
    edit(
        "C29 A15 section default is not DEFAULT",
        "[default]\ndebug = 1\n",
        {"DEFAULT": {"debug": "true"}},
        "[DEFAULT]\ndebug = true\n\n[default]\ndebug = 1\n",
        warns=(r"oslo.config ignores \[default\]",),
    ),
    edit(
        "C30 sections that differ in case are one",
        "[Glance_Store]\na = 1\n\n[glance_store]\nb = 2\n",
        {"glance_Store": {"a": "3", "b": "4", "c": "5"}},
        "[Glance_Store]\na = 3\nc = 5\n\n[glance_store]\nb = 4\n",
        told={"sections_added": []},
    ),
    edit(
        "C31 A16 section with blanks in its name is another one",
        "[ A ]\nx = 1\n",
        {"A": {"x": "2"}},
        "[ A ]\nx = 1\n\n[A]\nx = 2\n",
    ),
    edit(
        "C31 indented header continues the value before it",
        "[a]\nx = 1\n  [b]\n",
        {"b": {"x": "2"}},
        "[a]\nx = 1\n  [b]\n\n[b]\nx = 2\n",
    ),
    edit(
        "C31 A17 header with something behind it is mended where that is asked",
        "[A] # c\nx = 1\n[b] ; d\ny = 2",
        {"a": {"x": "3"}},
        "[A]\nx = 3\n[b]\ny = 2\n",
        {"a/x": "3", "b/y": "2"},
        repair=True,
    ),
    edit(
        "C32 A23 option before the first section",
        "# top\nx = 1\n[b]\ny = 2\n",
        {"": {"x": "3", "z": "4"}, "b": {"y": "5"}},
        "# top\nx = 3\nz = 4\n[b]\ny = 5\n",
        dialect="generic",
    ),
    edit(
        "C32 first option before the first section",
        "# top\n\n# about b\n[b]\ny = 2\n",
        {"": {"x": "3"}},
        "# top\n\nx = 3\n\n# about b\n[b]\ny = 2\n",
        dialect="generic",
    ),
    edit(
        "C33 options without a value stay",
        "[mysqld]\nskip-name-resolve\nuser = mysql\n",
        {"mysqld": {"user": "root"}},
        "[mysqld]\nskip-name-resolve\nuser = root\n",
        dialect="generic",
    ),
    edit(
        "C33 option without a value, and the one that had none gets one",
        "[mysqld]\nuser = mysql\nquick\n",
        {"mysqld": {"quick": "1"}},
        "[mysqld]\nuser = mysql\nquick = 1\nskip-name-resolve\n",
        {"mysqld/quick": "1", "mysqld/skip-name-resolve": [None]},
        dialect="generic",
        settings=[{"section": "mysqld", "option": "skip-name-resolve", "bare": True}],
    ),
    edit("C35 A14 options that differ in case are two", "[a]\nX = 1\n", {"a": {"x": "2"}}, "[a]\nX = 1\nx = 2\n"),
    edit(
        "C35 options that differ in case are one to configparser",
        "[a]\nX = 1\n",
        {"a": {"x": "2"}},
        "[a]\nX = 2\n",
        dialect="ini",
    ),
    edit(
        "C36 name with a dash means the one with an underscore",
        "[a]\nlog_file = 1\n",
        {"a": {"log-file": "2"}},
        "[a]\nlog_file = 2\n",
        {"a/log_file": "2"},
        warns=("oslo.config reads log_file and ignores log-file",),
    ),
    edit(
        "C36 name with a dash means the commented default with an underscore",
        "[a]\n#log_file = 1\n",
        {"a": {"log-file": "2"}},
        "[a]\n#log_file = 1\nlog_file = 2\n",
        {"a/log_file": "2"},
        warns=("oslo.config reads log_file and ignores log-file",),
    ),
    edit(
        "C36 name with a dash is written where that is asked",
        "[a]\nlog_file = 1\n",
        {"a": {"log-file": "2"}},
        "[a]\nlog_file = 1\nlog-file = 2\n",
        allow_dash=True,
    ),
    edit("C36 name with a dash where nobody knows another", "[a]\n", {"a": {"log-file": "2"}}, "[a]\nlog-file = 2\n"),
    edit(
        "C46 A26 removed section leaves the comment on the next one",
        "[a]\nx = 1\n\n# about b, and y = 2\n[b]\ny = 2\n",
        {"a": None},
        "# about b, and y = 2\n[b]\ny = 2\n",
        told={"sections_removed": ["a"]},
    ),
    edit(
        "C46 removed section at the end leaves no blank lines",
        "[a]\nx = 1\n\n[b]\ny = 2\n",
        {"b": None},
        "[a]\nx = 1\n",
    ),
    edit(
        "C46 removed section that is there twice", "[b]\nx = 1\n[a]\nq = 1\n[B]\ny = 2\n", {"b": None}, "[a]\nq = 1\n"
    ),
    edit("C46 section that is not there", "[a]\nx = 1\n", {"b": None}, None),
    edit(
        "C47 last option goes, its section stays",
        "[a]\nx = 1\n\n[b]\ny = 2\n",
        {"a": {"x": None}},
        "[a]\n\n[b]\ny = 2\n",
    ),
    edit(
        "C47 last option goes, and its section where that is asked",
        "[a]\nx = 1\n\n[b]\ny = 2\n",
        {"a": {"x": None}},
        "[b]\ny = 2\n",
        remove_empty=True,
        told={"sections_removed": ["a"]},
    ),
    edit(
        "C47 last option goes, its section stays for the comment in it",
        "[a]\n# why\nx = 1\n\n[b]\ny = 2\n",
        {"a": {"x": None}},
        "[a]\n# why\n\n[b]\ny = 2\n",
        remove_empty=True,
    ),
    edit(
        "C48 section of comments gets its first option",
        "[a]\n# about a\n\n[b]\ny = 1\n",
        {"a": {"x": "1"}},
        "[a]\n# about a\nx = 1\n\n[b]\ny = 1\n",
    ),
    edit(
        "C48 comment on the next section stays with it",
        "[a]\n\n# about b\n[b]\ny = 1\n",
        {"a": {"x": "1"}},
        "[a]\nx = 1\n\n# about b\n[b]\ny = 1\n",
    ),
    edit(
        "C49 list in brackets",
        "[a]\n",
        {"a": {"x": [80, 443]}},
        "[a]\nx = [80,443]\n",
        {"a/x": "[80,443]"},
        list_style="bracket",
    ),
    edit(
        "C49 list with commas", "[a]\n", {"a": {"x": ["b", "c"]}}, "[a]\nx = b,c\n", {"a/x": "b,c"}, list_style="comma"
    ),
    edit(
        "C49 list with one item to a line",
        "[a]\n",
        {"a": {"x": ["b", "c"], "y": []}},
        "[a]\nx = b,\n    c\ny =\n",
        {"a/x": "b,\nc", "a/y": ""},
        list_style="lines",
    ),
    edit("C49 empty list in brackets", "[a]\n", {"a": {"x": []}}, "[a]\nx = []\n", {"a/x": "[]"}, list_style="bracket"),
    edit(
        "C50 values of other types",
        "[a]\n",
        {
            "a": {
                "map": {"k": "v", "n": 1},
                "yes": True,
                "no": False,
                "jinja": "True",
                "zero": 0,
                "one": 1.0,
                "huge": 2**70,
            }
        },
        f"[a]\nmap = k:v,n:1\nyes = true\nno = false\njinja = True\nzero = 0\none = 1.0\nhuge = {2**70}\n",
        {
            "a/map": "k:v,n:1",
            "a/yes": "true",
            "a/no": "false",
            "a/jinja": "True",
            "a/zero": "0",
            "a/one": "1.0",
            "a/huge": str(2**70),
        },
    ),
    edit(
        "C51 a thousand options",
        "[a]\n",
        {"a": MANY},
        "[a]\n" + "".join(f"{name} = {value}\n" for name, value in MANY.items()),
    ),
    edit(
        "C55 section that holds nothing else keeps its comments",
        "[a]\n# about x\nx = 1\n# about y\ny = 2\n  3\n#z = 4\n\n[b]\nq = 1\n",
        {"a": {"x": "1"}},
        "[a]\n# about x\nx = 1\n# about y\n#z = 4\n\n[b]\nq = 1\n",
        {"a/x": "1", "a/y": None},
        exclusive="sections",
    ),
    edit(
        "C55 section that holds nothing else but what is kept",
        "[a]\nx = 1\npolicy_a = 2\ny = 3\n",
        {"a": {"x": "2"}},
        "[a]\nx = 2\npolicy_a = 2\n",
        {"a/x": "2", "a/y": None},
        exclusive="sections",
        keep=["a/policy_?"],
    ),
    edit(
        "C55 file that holds nothing else",
        "# top\n[a]\nx = 1\ny = 2\n\n# about b\n[b]\nq = 1\n[c]\nz = 1\n",
        {"a": {"x": "1"}},
        "# top\n[a]\nx = 1\n\n# about b\n[c]\nz = 1\n",
        {"a/x": "1", "a/y": None, "b/q": None},
        exclusive="file",
        keep=["c/*"],
        told={"sections_removed": ["b"]},
    ),
    edit("C57 value of the commented default is written", "[a]\n#x = 1\n", {"a": {"x": "1"}}, "[a]\n#x = 1\nx = 1\n"),
    edit(
        "value of PasteDeploy is changed, names are exact",
        "[pipeline:api]\npipeline = a\n  b\n[DEFAULT]\nX = 1\n",
        {"pipeline:api": {"pipeline": "b a"}, "DEFAULT": {"x": "2"}},
        "[pipeline:api]\npipeline = b a\n[DEFAULT]\nX = 1\nx = 2\n",
        dialect="paste",
    ),
    edit(
        "file is made anew from its base",
        "# by hand\n[a]\nx = 1\n[b]\ny = 1\n",
        {"a": {"x": "1", "z": "2"}},
        "# Written by Ansible.\n[a]\nx = 1\nz = 2\n",
        {"a/x": "1", "a/z": "2", "b/y": None},
        base="# Written by Ansible.\n[a]\nx = 0\n",
        told={"sections_removed": ["b"], "actions": {"b/y": "removed", "a/z": "added"}, "unchanged": 1},
    ),
    edit(
        "file is made anew from nothing, comments in it are lost",
        "# by hand\n[a]\nx = 1\n",
        {"a": {"x": "1"}},
        "[a]\nx = 1\n",
        base="",
    ),
    edit("file that no program can read is made anew", "[a\nx = 1\n", {"a": {"x": "1"}}, "[a]\nx = 1\n", base=""),
]


@pytest.mark.parametrize(("before", "options", "after", "values", "warns", "told", "params"), EDITS)
def test_file_is_brought_to_its_options(
    tmp_path: Path,
    before: str | bytes | None,
    options: Any,
    after: str | bytes | None,
    values: dict[str, Any] | None,
    warns: tuple[str, ...],
    told: dict[str, Any],
    params: dict[str, Any],
) -> None:
    conf = written(tmp_path, before)
    dialect = params.get("dialect", "oslo")
    old = conf.read_bytes() if before is not None else None
    result = bring(conf, options=options, **params)

    if after is not None:
        assert conf.read_bytes() == (after if isinstance(after, bytes) else after.encode())
    elif not told:
        assert not result["changed"]
    readable = not params.get("repair") and "base" not in params and (old or b"")[:3] != b"\xef\xbb\xbf"
    was = read(old, dialect) if readable else {}
    if not readable and values is None:
        values = asked_values(options)
    assert read(conf.read_bytes(), dialect) == expected(
        was, asked_values(options) if values is None else values, options
    )

    assert len(result["warnings"]) == len(warns), result["warnings"]
    assert all(re.search(words, said) for words, said in zip(warns, result["warnings"])), result["warnings"]
    result["actions"] = {f"{change['section']}/{change['option']}": change["action"] for change in result["changes"]}
    assert {name: result[name] for name in told} == told


def written(folder: Path, content: str | bytes | None, name: str = "glance-api.conf") -> Path:
    path = folder / name
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o640)
    return path


# Requests that are refused, and files that are: before, options, and what is said -------------------------------------


def refusal(name: str, before: str | bytes | None, options: Any, says: str, **params: Any) -> Any:
    return pytest.param(before, options, says, params, id=name)


def bad_names(names: list[str], says: str, ask: Callable[[str], Any], **params: Any) -> list[Any]:
    return [
        refusal(f"C34 A27 A28 {says} {name!r}", "[a]\nx = 1\n", ask(name), re.escape(says), **params) for name in names
    ]


REFUSALS = [
    refusal(
        "C28 missing file that is not to be created",
        None,
        {"a": {"x": "1"}},
        "There is no file .*`create: false`",
        create=False,
    ),
    refusal(
        "C31 A17 something behind a header", "[a]\nx = 1\n[A] # c\n", {}, r"x\.conf:3: a section header must end with"
    ),
    refusal("C31 indented header with nothing to continue", "\n [A]\nx = 1\n", {}, r"x\.conf:2: it is indented"),
    refusal("C31 header without a name", "# c\n[]\n", {}, r"x\.conf:2: the section has no name"),
    refusal("C2 value that continues behind a comment", "[a]\nx = 1\n# c\n  2\n", {}, r"x\.conf:4: it is indented"),
    refusal("C2 value that continues behind a blank line", "[a]\nx = 1\n\n  2\n", {}, r"x\.conf:4: it is indented"),
    refusal(
        "C32 A23 option before the first section",
        "x = 1\n[a]\n",
        {"a": {"x": "1"}},
        r"x\.conf:1: there is an option before",
    ),
    refusal(
        "C33 option without an equals sign", "[a]\nx\n", {"a": {"x": "1"}}, r"x\.conf:2: there is neither = nor : in it"
    ),
    refusal("C33 option without a name", "[a]\n= 1\n", {"a": {"x": "1"}}, r"x\.conf:2: the option has no name"),
    refusal(
        "C33 option without a value",
        "[a]\n",
        {},
        "'x' cannot stand without a value",
        settings=[{"section": "a", "option": "x", "bare": True}],
    ),
    refusal(
        "C33 option with and without a value",
        "[a]\n",
        {},
        r"settings\[0\]: a/x cannot be bare and have a value",
        settings=[{"section": "a", "option": "x", "bare": True, "value": "1"}],
        dialect="generic",
    ),
    refusal(
        "C32 option without a section",
        "[a]\n",
        {"": {"x": "1"}},
        "'x' has no section, and oslo.config reads no option without one",
    ),
    *bad_names(
        ["a\nb", "a]", "[a", "#a", ";a", " a", "a "], "cannot be the name of a section", lambda name: {name: {"x": "1"}}
    ),
    *bad_names(
        ["x\ny = 5", "x=y", "x:y", "#x", ";x", " x", "x\t", "", "[x"],
        "cannot be the name of an option",
        lambda name: {"a": {name: "1"}},
    ),
    refusal(
        "C34 A27 all faults at once",
        "[a]\n",
        {"a]": {"x": "1"}, "a": {"#x": "1"}},
        "name of a section; .*name of an option. Nothing was changed",
    ),
    refusal(
        "C36 name with a dash beside the one with an underscore",
        "[a]\nlog_file = 1\n",
        {"a": {"log-file": "1", "log_file": "2"}},
        "both given",
    ),
    refusal(
        "C5 value with an empty line",
        "[a]\n",
        {"a": {"x": "1\n\n2"}},
        "value of x has lines that oslo.config cannot read back",
    ),
    refusal(
        "C5 value with an indented line",
        "[a]\n",
        {"a": {"x": "1\n  2"}},
        "value of x has lines that oslo.config cannot read back",
    ),
    refusal(
        "C5 value with a line break", "[a]\n", {"a": {"x": "1\n2"}}, "value of x has a line break", dialect="generic"
    ),
    refusal(
        "C5 line of a value that is a comment to configparser",
        "[a]\n",
        {"a": {"x": "1\n# 2"}},
        "cannot read back",
        dialect="ini",
    ),
    refusal(
        "C19 value with blanks at its ends",
        "[a]\n",
        {"a": {"x": " 1"}},
        "value of x has blanks at its ends",
        dialect="ini",
    ),
    refusal(
        "C9 list for a program that reads the last item only",
        "[a]\n",
        {"a": {"x": ["1", "2"]}},
        "given 2 values",
        dialect="ini",
    ),
    refusal(
        "C49 item with a comma",
        "[a]\n",
        {"a": {"x": ["1,2"]}},
        "has an item that is empty, or has a comma",
        list_style="comma",
    ),
    refusal("C50 key with a colon", "[a]\n", {"a": {"x": {"a:b": "c"}}}, "has a key with a colon"),
    refusal("C50 lists within lists", "[a]\n", {"a": {"x": [["1"]]}}, "must hold plain values, not a list inside"),
    refusal(
        "C50 section that is no dictionary",
        "[a]\n",
        {"a": ["x"]},
        r"options: \[a\] must be a dictionary of options, not a list",
    ),
    refusal(
        "C56 same option in options and secrets",
        "[a]\n",
        {"a": {"x": "1"}},
        "A/x is given twice, in options and in secrets",
        secrets={"A": {"x": "2"}},
    ),
    refusal(
        "C56 same option twice in settings",
        "[a]\n",
        {},
        "a/x is given twice",
        settings=[{"section": "a", "option": "x", "value": "1"}] * 2,
    ),
    refusal(
        "C46 removed section that is to have an option",
        "[a]\n",
        {"a": None},
        r"\[A\] is to be removed, and A/x is to be in it",
        secrets={"A": {"x": "2"}},
    ),
    refusal("C58 file of another encoding", "[a]\nx = 1\n".encode("utf-16"), {"a": {"x": "1"}}, "is not a text file"),
    refusal(
        "C58 file that is no text",
        b"\x7fELF\x02\xff\xfe",
        {"a": {"x": "1"}},
        r"x\.conf:1: there is an option before|neither",
    ),
    refusal(
        "C52 validator without a place for the file",
        "[a]\n",
        {"a": {"x": "1"}},
        "`validate` has no %s",
        validate="true",
    ),
    refusal(
        "section twice, for PasteDeploy",
        "[a]\n[b]\n[a]\n",
        {},
        r"x\.conf:3: the section is there already, from line 1 on",
        dialect="paste",
    ),
    refusal(
        "option twice, for PasteDeploy",
        "[a]\nx = 1\nx = 2\n",
        {},
        r"x\.conf:3: the option is there already, in line 2",
        dialect="paste",
    ),
    refusal("base that cannot be read", "[a]\n", {}, "`base`, line 1: there is an option before", base="x = 1\n"),
    refusal(
        "pattern that is none",
        "[a]\n",
        {"a": {"x": "e"}},
        "`redact` holds something that is no regular expression",
        redact=["("],
    ),
]


@pytest.mark.parametrize(("before", "options", "says", "params"), REFUSALS)
def test_what_cannot_be_done_is_refused(
    tmp_path: Path, before: str | bytes | None, options: Any, says: str, params: dict[str, Any]
) -> None:
    conf = written(tmp_path, before, "x.conf")
    path = tmp_path / params.get("path", conf.name)
    beside = {name: value for name, value in params.items() if name != "path"}
    assert re.search(says, fails(path, options=options, **beside))


def test_missing_directory_is_refused_and_predicted_in_check_mode(tmp_path: Path) -> None:
    """There, a task before would have made it, as the package of a service does with its own."""
    path = tmp_path / "missing" / "x.conf"
    desired = {"options": {"a": {"x": "1"}}, "owner": "root", "group": "no-such-group", "mode": "0640"}
    for_real, in_check_mode = run(path, **desired), run(path, check=True, **desired)
    assert re.search("there is no directory .*/missing. Create it first", for_real["msg"])
    assert (in_check_mode["changed"], in_check_mode["created"]) == (True, True)
    assert "is not installed yet" in in_check_mode["warnings"][0]
    assert "+x = 1" in in_check_mode["diff"][0]["prepared"]
    assert not path.parent.exists()


# What the services get ------------------------------------------------------------------------------------------------

OSLO_VALUES = [
    row("pa$w0rd", {"literal": True}, cfg.StrOpt("x"), "pa$w0rd", id="C22 dollar sign"),
    row("$$x $", {"literal": True}, cfg.StrOpt("x"), "$$x $", id="C22 two dollar signs"),
    row("a\\$b\\\\$", {"literal": True}, cfg.StrOpt("x"), "a\\$b\\\\$", id="C22 backslash and dollar sign"),
    row("$y:${g.z}", {}, cfg.StrOpt("x"), "1:2", id="C22 references"),
    row("%40 %% {{ }}", {}, cfg.StrOpt("x"), "%40 %% {{ }}", id="C23 percent signs and braces"),
    row(" sp ", {}, cfg.StrOpt("x"), " sp ", id="C19 blanks around it"),
    row('"', {}, cfg.StrOpt("x"), '"', id="C20 quote mark"),
    row('"a" "b"', {}, cfg.StrOpt("x"), '"a" "b"', id="C20 quoted words"),
    row("", {}, cfg.StrOpt("x", default="d"), "", id="C21 empty string"),
    row("1\n2", {}, cfg.StrOpt("x"), "1\n2", id="C5 two lines"),
    row(["b", "a", "b"], {}, cfg.MultiStrOpt("x"), ["b", "a", "b"], id="C9 repeated option"),
    row(["b", "a"], {"list_style": "comma"}, cfg.ListOpt("x"), ["b", "a"], id="C49 commas"),
    row(["b", "a"], {"list_style": "lines"}, cfg.ListOpt("x"), ["b", "a"], id="C49 lines"),
    row(
        [80, 443],
        {"list_style": "bracket"},
        cfg.ListOpt("x", types.Integer(), bounds=True),
        [80, 443],
        id="C49 brackets",
    ),
    row([], {"list_style": "bracket"}, cfg.ListOpt("x", bounds=True), [], id="C49 brackets with nothing in them"),
    row({"k": "v", "n": 1}, {}, cfg.DictOpt("x"), {"k": "v", "n": "1"}, id="C50 dictionary"),
    row(True, {}, cfg.BoolOpt("x"), True, id="C50 true"),
    row("True", {}, cfg.BoolOpt("x"), True, id="C50 true, from a template"),
    row(0, {}, cfg.IntOpt("x"), 0, id="C50 zero"),
    row(1.0, {}, cfg.FloatOpt("x"), 1.0, id="C50 number with a point"),
    row(2**70, {}, cfg.IntOpt("x"), 2**70, id="C50 huge number"),
]


@pytest.mark.parametrize(("value", "params", "option", "gets"), OSLO_VALUES)
def test_service_gets_the_value(tmp_path: Path, value: Any, params: dict[str, Any], option: Any, gets: Any) -> None:
    conf = written(tmp_path, "[a]\ny = 1\n[g]\nz = 2\n")
    bring(conf, options={"a": {"x": value}}, **params)
    assert oslo_reads(conf, option) == gets


def oslo_reads(path: Path, option: Any) -> Any:
    """Return what a service gets for an option in section a, beside which it knows a/y and g/z."""
    conf = cfg.ConfigOpts()
    conf.register_opts([option, cfg.StrOpt("y")], "a")
    conf.register_opt(cfg.StrOpt("z"), "g")
    conf([], project="x", default_config_files=[str(path)], default_config_dirs=[])
    return conf.a.x


@pytest.mark.parametrize("where", ["secrets", "settings", "settings with another idea"])
def test_c22_secret_is_literal_by_itself(tmp_path: Path, where: str) -> None:
    conf = written(tmp_path, "[a]\ny = 1\n")
    setting = {"section": "a", "option": "x", "value": "pa$y", "secret": True}
    asked: dict[str, dict[str, Any]] = {
        "secrets": {"secrets": {"a": {"x": "pa$y"}}},
        "settings": {"settings": [setting]},
        "settings with another idea": {"settings": [{**setting, "literal": False}]},
    }
    bring(conf, **asked[where])
    assert oslo_reads(conf, cfg.StrOpt("x")) == ("pa1" if "another" in where else "pa$y")


# What is told of a change ---------------------------------------------------------------------------------------------


def test_c13_result_tells_what_changed_and_where(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\n#n = 0\nx = 1\nm = 1\nm = 2\ngone = 1\nsame = 1\n")
    result = bring(
        conf, options={"a": {"x": "2", "n": "1", "m": ["2", "1"], "gone": None, "same": "1"}, "b": {"y": "1"}}
    )
    assert result["changes"] == [
        {"section": "a", "option": "x", "action": "updated", "before": "1", "after": "2", "line": 4},
        {"section": "a", "option": "n", "action": "added", "before": None, "after": "1", "line": 3},
        {"section": "a", "option": "m", "action": "reordered", "before": ["1", "2"], "after": ["2", "1"], "line": 5},
        {"section": "a", "option": "gone", "action": "removed", "before": "1", "after": None, "line": 6},
        {"section": "b", "option": "y", "action": "added", "before": None, "after": "1", "line": 10},
    ]
    assert (result["unchanged"], result["sections_added"], result["path"]) == (1, ["b"], str(conf))


def test_c13_difference_shows_the_changed_lines_and_their_section(tmp_path: Path) -> None:
    far = "".join(f"o{number} = {number}\n" for number in range(20))
    conf = written(tmp_path, f"[a]\n#x = 1\n{far}[b]\ny = 1\n# end\n")
    (shown,) = bring(conf, options={"a": {"x": "2"}, "b": {"y": "2"}})["diff"]
    assert shown == {
        "prepared": (
            f"--- {conf}\n+++ {conf}\n"
            "@@ -2,2 +2,3 @@ [a]\n #x = 1\n+x = 2\n o0 = 0\n"
            "@@ -23,3 +24,3 @@ [b]\n [b]\n-y = 1\n+y = 2\n # end\n"
        )
    }


def test_c13_difference_of_forty_options_is_small(tmp_path: Path) -> None:
    help_text = "# What this is good for, and what it may be, in a line that is not so short.\n"
    conf = written(tmp_path, "[a]\n" + "".join(f"{help_text * 9}#option_{n} = 0\n\n" for n in range(500)))
    (shown,) = bring(conf, options={"a": {f"option_{n * 12}": n for n in range(40)}})["diff"]
    assert len(shown["prepared"]) <= 4096


def test_difference_can_be_applied(tmp_path: Path) -> None:
    conf = written(tmp_path, DOCUMENTED)
    (tmp_path / "old").write_text(DOCUMENTED)
    (shown,) = bring(
        conf, options={"b": {"y": "2", "z": "3"}, "DEFAULT": {"debug": "true", "x": None}, "c": {"q": "1"}}
    )["diff"]
    subprocess.run(["patch", "--quiet", tmp_path / "old"], input=shown["prepared"].encode(), check=True)
    assert (tmp_path / "old").read_text() == conf.read_text()


def test_what_repair_mends_is_shown(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a] # c\nx = 1\n")
    result = bring(conf, repair=True)
    assert result["changed"]
    assert result["restart_needed"]
    assert result["repaired"]
    assert "-[a] # c\n+[a]\n" in result["diff"][0]["prepared"]


@pytest.mark.parametrize(
    ("mutable", "restart_needed", "reload_only"),
    [([], True, False), (["a/x"], True, False), (["a/x", "a/y"], False, True)],
)
def test_service_need_not_be_restarted_for_what_it_takes_up_by_itself(
    tmp_path: Path, mutable: list[str], restart_needed: bool, reload_only: bool
) -> None:
    conf = written(tmp_path, "[a]\n")
    result = bring(conf, options={"a": {"x": "1", "y": "1"}}, mutable=mutable)
    assert (result["restart_needed"], result["reload_only"]) == (restart_needed, reload_only)


# Links, and what is no file -------------------------------------------------------------------------------------------

OPTIONS = {"a": {"x": "2"}}


@pytest.mark.parametrize("target", ["glance-api.conf", "new.conf"], ids=["C37 link", "C37 dangling link"])
def test_link_stays_and_its_end_is_changed(tmp_path: Path, target: str) -> None:
    written(tmp_path, "[a]\nx = 1\n")
    link = tmp_path / "link"
    link.symlink_to(target)
    result = bring(link, options=OPTIONS)
    assert os.readlink(link) == target
    assert result["path"] == str(tmp_path / target)
    assert (tmp_path / target).read_text() == "[a]\nx = 2\n"


def test_c37_dangling_link_is_no_file_where_none_is_to_be_created(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("new.conf")
    assert "There is no file" in fails(tmp_path / "link", options=OPTIONS, create=False)


@pytest.mark.parametrize("options", [OPTIONS, {"a": {"x": "1"}}], ids=["changed", "right already"])
def test_c37_link_that_is_not_followed_becomes_a_file(tmp_path: Path, options: Any) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    link = tmp_path / "link"
    link.symlink_to(conf.name)
    assert bring(link, options=options, follow=False)["changed"]
    assert (link.is_symlink(), read(link.read_bytes())) == (False, {("a", "x"): [options["a"]["x"]]})
    assert conf.read_text() == "[a]\nx = 1\n"


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        row("loop", "is a link that leads back to itself", id="C37 loop of links"),
        row("folder", "is a directory: give the path of a file", id="C37 directory"),
        row("pipe", "is a pipe, a socket or a device: give the path of a file", id="C37 pipe"),
    ],
)
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str, says: str) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert says in fails(tmp_path / kind, options=OPTIONS)


@pytest.mark.parametrize("unsafe_writes", [False, True])
def test_c37_hard_link_is_told_and_lasts_with_unsafe_writes_only(tmp_path: Path, unsafe_writes: bool) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    os.link(conf, tmp_path / "other")
    foretold = run(conf, check=True, options=OPTIONS, unsafe_writes=unsafe_writes)
    result = run(conf, options=OPTIONS, unsafe_writes=unsafe_writes)
    assert predicted(foretold) == predicted(result)
    assert conf.read_text() == "[a]\nx = 2\n"
    assert (tmp_path / "other").read_text() == ("[a]\nx = 2\n" if unsafe_writes else "[a]\nx = 1\n")
    told = [] if unsafe_writes else [f"{conf} has 2 names; the others keep the old content."]
    assert result["warnings"] == told


# Attributes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attributes", "drift"),
    [
        row({"mode": "0600"}, [{"mode": "0640"}, {"mode": "0600"}], id="C38 mode"),
        row({"mode": "o+r"}, [{"mode": "0640"}, {"mode": "0644"}], id="C38 symbolic mode"),
        row({"owner": "42"}, [{"owner": 0}, {"owner": 42}], id="C38 owner", marks=needs_root),
        row({"group": "42"}, [{"group": 0}, {"group": 42}], id="C38 group", marks=needs_root),
    ],
)
def test_attributes_alone_are_brought_too(tmp_path: Path, attributes: dict[str, str], drift: list[Any]) -> None:
    conf = written(tmp_path, "[a]\nx = 2\n")
    inode = conf.stat().st_ino
    result = bring(conf, options=OPTIONS, **attributes)
    assert result["diff"] == [dict(zip(("before", "after"), drift))]
    assert (result["changed"], result["changes"], result["restart_needed"]) == (True, [], False)
    assert (conf.read_text(), conf.stat().st_ino) == ("[a]\nx = 2\n", inode)


@pytest.mark.parametrize(("asked", "mode"), [({}, 0o640), ({"mode": "0600"}, 0o600)], ids=["C28 left out", "C28 given"])
def test_new_file_is_not_for_everyone(tmp_path: Path, asked: dict[str, str], mode: int) -> None:
    conf = tmp_path / "new.conf"
    bring(conf, options=OPTIONS, **asked)
    assert stat.S_IMODE(conf.stat().st_mode) == mode


def test_c39_access_list_and_attributes_of_users_stay(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    entries = [(1, 6, -1), (2, 4, 42), (4, 4, -1), (16, 4, -1), (32, 0, -1)]
    access = struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, may, who & 0xFFFFFFFF) for tag, may, who in entries
    )
    kept = {"user.origin": b"ours", "system.posix_acl_access": access}
    for name, value in kept.items():
        try:
            os.setxattr(conf, name, value)
        except OSError as error:
            pytest.skip(f"{conf} takes no {name}: {error.strerror}")
    assert bring(conf, options=OPTIONS)["changed"]
    assert {name: os.getxattr(conf, name) for name in kept} == kept


@needs_root
@pytest.mark.skipif(not shutil.which("chattr"), reason="there is no chattr")
def test_c39_immutable_file_is_told(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    if subprocess.run(["chattr", "+i", conf], stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("chattr cannot make a file immutable here")
    try:
        result = run(conf, options=OPTIONS)
    finally:
        subprocess.run(["chattr", "-i", conf], check=True)
    assert f"Cannot write {conf}: Operation not permitted. `lsattr -d" in result["msg"]
    assert (conf.read_text(), os.listdir(tmp_path)) == ("[a]\nx = 1\n", [conf.name])


# Backup and validation ------------------------------------------------------------------------------------------------


def test_backup_is_made_when_something_changes(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    backup = Path(bring(conf, options=OPTIONS, backup=True)["backup_file"])
    assert (backup.parent, backup.read_text()) == (tmp_path, "[a]\nx = 1\n")
    assert len(os.listdir(tmp_path)) == 2


NOTICE = "# Written by Ansible (osops.glance)."
OWNED: dict[str, Any] = {"base": NOTICE, "managed_marker": "(osops.glance)"}
BY_HAND = "[DEFAULT]\nworkers = 3\ndebug = true\n[database]\nconnection = mysql://glance:by-hand@db/glance\n"


def test_file_that_was_written_by_hand_is_kept_when_it_is_replaced(tmp_path: Path) -> None:
    conf = written(tmp_path, BY_HAND)
    os.chmod(conf, 0o644)
    result = bring(conf, options={"DEFAULT": {"workers": 4}}, **OWNED)
    copy = Path(result["kept_file"])
    assert re.fullmatch(rf"{conf.name}\.before-osops-\d{{8}}T\d{{6}}", copy.name)
    assert (copy.read_text(), stat.S_IMODE(copy.stat().st_mode)) == (BY_HAND, 0o640)
    assert result["warnings"] == [
        f"{conf} was not written by this collection and is replaced. A copy is kept as {conf}.before-osops-*. "
        "Options that are removed: DEFAULT/debug, database/connection. Options whose value changes: DEFAULT/workers."
    ]
    assert sorted(os.listdir(tmp_path)) == [conf.name, copy.name]


def test_same_original_is_kept_once(tmp_path: Path) -> None:
    conf = written(tmp_path, BY_HAND)
    first = run(conf, options=OPTIONS, **OWNED)["kept_file"]
    conf.write_text(BY_HAND)
    assert run(conf, options=OPTIONS, **OWNED)["kept_file"] == first
    conf.write_text(BY_HAND.replace("3", "5"))
    assert run(conf, options=OPTIONS, **OWNED)["kept_file"] != first
    assert len(os.listdir(tmp_path)) == 3


@pytest.mark.parametrize(
    ("before", "params"),
    [
        row(None, OWNED, id="a-new-file"),
        row(f"{NOTICE}\n\n[a]\nby_hand = 1\n", OWNED, id="a-file-with-the-marker"),
        row("# all commented\n[DEFAULT]\n# debug = true\n", OWNED, id="a-file-without-options"),
        row(BY_HAND, {}, id="options-that-are-edited-in-place"),
        row(BY_HAND, {"base": NOTICE}, id="no-marker-asked-for"),
        row(BY_HAND, {**OWNED, "package_defaults": ["packaged.conf", "absent.conf"]}, id="as-the-package-wrote-it"),
    ],
)
def test_file_that_was_not_written_by_hand_is_not_kept(tmp_path: Path, before: str | None, params: Any) -> None:
    packaged = written(tmp_path, f"# commented\n{BY_HAND}", "packaged.conf")
    conf = written(tmp_path, before)
    if "package_defaults" in params:
        params = {**params, "package_defaults": [str(tmp_path / name) for name in params["package_defaults"]]}
    result = bring(conf, options=OPTIONS, **params)
    assert "kept_file" not in result
    assert not result["warnings"]
    assert sorted(os.listdir(tmp_path)) == [conf.name, packaged.name]


def test_only_what_the_package_did_not_write_is_listed_as_lost(tmp_path: Path) -> None:
    packaged = written(tmp_path, BY_HAND, "packaged.conf")
    conf = written(tmp_path, f"{BY_HAND}[more]\nby_hand = 1\n")
    warning = run(conf, options=OPTIONS, package_defaults=[str(packaged)], **OWNED)["warnings"][0]
    assert warning.endswith("Options that are removed: more/by_hand.")


@pytest.mark.parametrize(
    ("dialect", "before"), [("generic", "[Service]\nExecStart=/opt/own\n"), ("oslo", "no option\n")]
)
def test_file_of_any_kind_is_kept(tmp_path: Path, dialect: str, before: str) -> None:
    conf = written(tmp_path, before)
    kept = run(conf, options={"Service": {"ExecStart": "/usr/bin/glance-api"}}, dialect=dialect, **OWNED)["kept_file"]
    assert Path(kept).read_text() == before


def test_original_is_not_kept_when_the_validator_refuses_the_new_file(tmp_path: Path) -> None:
    conf = written(tmp_path, BY_HAND)
    assert run(conf, options=OPTIONS, validate="false %s", **OWNED)["failed"]
    assert os.listdir(tmp_path) == [conf.name]


def test_c52_file_that_the_validator_refuses_is_not_changed_and_not_copied(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    before = state(conf)
    validate = "sh -c 'grep -q \"x = 1\" $0 || { echo $0 is bad; exit 3; }' %s"
    assert not bring(conf, options={"a": {"x": "1"}}, validate=validate, backup=True)["changed"]
    result = run(conf, options=OPTIONS, validate=validate, backup=True)
    assert result["failed"]
    assert result["msg"].endswith(f"ended with 3, so nothing was changed. It said: {conf} is bad")
    assert (state(conf), os.listdir(tmp_path)) == (before, [conf.name])


@pytest.mark.skipif(not VALIDATOR.exists(), reason="oslo.config's validator is not installed")
def test_validator_of_oslo_judges_the_new_content(tmp_path: Path) -> None:
    conf = written(tmp_path, "[DEFAULT]\n")
    validate = f"{VALIDATOR} --input-file %s --namespace oslo.log"
    result = run(conf, options={"DEFAULT": {"debgu": True}}, validate=validate)
    assert "debgu" in result["msg"]
    assert conf.read_text() == "[DEFAULT]\n"
    assert run(conf, options={"DEFAULT": {"debug": True}}, validate=validate)["changed"]


# Crashes, faults and other runs ---------------------------------------------------------------------------------------


def in_child(work: Callable[[], Any], seconds: float = 30, user: int = 0) -> Any:
    """Run this in another process, as another user where that is given; return its result, or None if it was killed."""
    ours, theirs = PROCESSES.Pipe(duplex=False)

    def child() -> None:
        if user:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        theirs.send(work())

    process = PROCESSES.Process(target=child)
    process.start()
    theirs.close()
    try:
        return ours.recv() if ours.poll(seconds) else None
    except EOFError:
        return None
    finally:
        process.kill()
        process.join()


def test_c40_run_that_is_killed_leaves_the_old_file_and_the_next_one_cleans_up(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")

    def killed() -> None:
        os.replace = lambda *_paths: os.kill(os.getpid(), signal.SIGKILL)
        run(conf, options=OPTIONS)

    assert in_child(killed) is None
    assert conf.read_text() == "[a]\nx = 1\n"
    assert len(os.listdir(tmp_path)) == 2
    bring(conf, options=OPTIONS)
    assert conf.read_text() == "[a]\nx = 2\n"
    assert os.listdir(tmp_path) == [conf.name]


@pytest.mark.parametrize(
    ("function", "error", "says"),
    [
        row((os, "fsync"), errno.ENOSPC, "No space left on device. `df -h", id="C41 full disk"),
        row((tempfile, "mkstemp"), errno.EROFS, "Read-only file system. `findmnt -T", id="C41 read-only file system"),
    ],
)
def test_fault_of_the_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: tuple[Any, str], error: int, says: str
) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    before = state(conf)

    def fail(*_arguments: Any, **_keywords: Any) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(*function, fail)
    result = run(conf, options=OPTIONS, backup=True)
    assert says in result["msg"]
    assert (state(conf), os.listdir(tmp_path)) == (before, [conf.name])


def test_c42_parallel_writers_lose_no_update(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\n")
    writers, rounds = 4, 25

    def write(writer: int) -> None:
        start.wait()
        for number in range(rounds):
            result = run(conf, options={"a": {f"w{writer}_{number}": "1"}, "last": {f"w{writer}": number}})
            assert result["changed"], result

    start = PROCESSES.Barrier(writers)
    processes = [PROCESSES.Process(target=write, args=(writer,)) for writer in range(writers)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * writers
    found = read(conf.read_bytes())
    assert {name for section, name in found if section == "a"} == {
        f"w{w}_{n}" for w in range(writers) for n in range(rounds)
    }
    assert {name: value for (section, name), value in found.items() if section == "last"} == {
        f"w{writer}": [str(rounds - 1)] for writer in range(writers)
    }
    assert os.listdir(tmp_path) == [conf.name]


@pytest.mark.parametrize("backup", [False, True])
def test_c43_change_by_somebody_else_in_between_is_not_lost(tmp_path: Path, backup: bool) -> None:
    (tmp_path / "etc").mkdir()
    conf = written(tmp_path / "etc", "[a]\nx = 1\n")
    once = f"sh -c 'test -e {tmp_path}/done || {{ touch {tmp_path}/done; printf \"[b]\\ny = 2\\n\" >>{conf}; }}' %s"
    result = run(conf, options=OPTIONS, validate=once, backup=backup)
    assert result["changed"], result
    assert conf.read_text() == "[a]\nx = 2\n[b]\ny = 2\n"
    assert len(os.listdir(conf.parent)) == 1 + backup
    assert "+x = 2" in result["diff"][0]["prepared"]
    if backup:
        assert Path(result["backup_file"]).read_text() == "[a]\nx = 1\n[b]\ny = 2\n"


def test_c43_option_set_by_somebody_else_in_between_is_no_change(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    result = run(conf, options=OPTIONS, validate=f"sed -i s/1/2/ {conf} %s")
    assert (result["changed"], result["changes"], result["diff"]) == (False, [], [])
    assert conf.read_text() == "[a]\nx = 2\n"


def test_c43_file_that_is_changed_all_the_time_is_left_alone(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    result = run(conf, options=OPTIONS, validate=f"sh -c 'echo \"# more\" >>{conf}' %s")
    assert result["msg"] == f"{conf} is changed by somebody else all the time; nothing was written."
    assert read(conf.read_bytes()) == {("a", "x"): ["1"]}
    assert os.listdir(tmp_path) == [conf.name]


# Other users ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def public() -> Iterator[Path]:
    """Return root's file in a directory that everyone reaches, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield written(folder, "[a]\nx = 1\n")
    shutil.rmtree(folder)


@needs_root
@pytest.mark.parametrize(
    ("mode", "says"),
    [
        row(
            0o600,
            "Cannot read {0}: Permission denied. `namei -l {0}` shows who may; `become: true`",
            id="C60 unreadable",
        ),
        row(
            0o644,
            "Cannot write {0}: Permission denied. `namei -l {0}` shows who may; `become: true`",
            id="C60 unwritable",
        ),
    ],
)
def test_user_who_may_not_is_told_in_one_line(public: Path, mode: int, says: str) -> None:
    public.chmod(mode)
    before = state(public)
    result = in_child(lambda: run(public, options=OPTIONS), user=NOBODY)
    assert result["msg"].startswith(says.format(public))
    assert "\n" not in result["msg"]
    assert state(public) == before


@needs_root
def test_c60_user_changes_what_is_theirs(public: Path) -> None:
    os.chown(public, NOBODY, NOBODY)
    os.chown(public.parent, NOBODY, NOBODY)
    assert in_child(lambda: bring(public, options=OPTIONS), user=NOBODY)["changed"]
    assert (public.read_text(), public.stat().st_uid) == ("[a]\nx = 2\n", NOBODY)


# Secrets --------------------------------------------------------------------------------------------------------------

# run() looks for the canary in all that the module says, each time.
URL = f"mysql+pymysql://glance:{CANARY}@controller/glance"
SECRET_FILE = f"""\
[database]
# connection = {URL}
connection = {URL}
x = 1
# see {URL} for more
y = 1
[keystone_authtoken]
password = {CANARY}
pin = {CANARY}-old
x = 1
"""
IN_PEM = f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----"
NEAR = {"database": {"x": "2", "y": "2"}, "keystone_authtoken": {"x": "2"}}

SECRETS = [
    row({"secrets": {"keystone_authtoken": {"pin": CANARY}}}, id="C44 i request, among the secrets"),
    row(
        {"settings": [{"section": "keystone_authtoken", "option": "pin", "value": CANARY, "secret": True}]},
        id="C44 i request, as a secret setting",
    ),
    row(
        {"settings": [{"section": "a", "option": "admin_token", "value": CANARY}]},
        id="C44 i request, as a setting by name",
    ),
    row({"options": {"keystone_authtoken": {"admin_password": CANARY}}}, id="C44 i request, by name"),
    row({"options": {"oslo_messaging": {"transport_url": URL}, "x": {"link": URL}}}, id="C44 i request, by its looks"),
    row({"options": {"billing": {"account": CANARY}}, "redact": ["^billing/acc"]}, id="C44 i request, as asked"),
    row(
        {"secrets": {"a": {"many": [CANARY, f"{CANARY}2"]}, "b": {"more": {"k": CANARY}}}},
        id="C44 i request, structures",
    ),
    row({"secrets": {"ssl": {"pem": IN_PEM}}}, id="C44 i request, lines"),
    row(
        {"options": {"a": {"x": f"the same as {CANARY}"}}, "secrets": {"b": {"x": CANARY}}},
        id="C44 i request, also elsewhere",
    ),
    row({"secrets": {"keystone_authtoken": {"pin": "new-secret"}}}, id="C44 ii file before, secret by request"),
    row({"secrets": {"Keystone_AuthToken": {"pin": "k9"}}}, id="C44 ii file before, section in another case"),
    row({"options": {"keystone_authtoken": {"password": "1"}}}, id="C44 ii file before, secret by name"),
    row({"options": {"keystone_authtoken": {"password": None}, "database": None}}, id="C44 ii file before, removed"),
    row({"secrets": {"keystone_authtoken": {"pin": None}}}, id="C44 ii file before, removed by request"),
    row({"options": NEAR}, id="C44 iii unrelated lines, near the change"),
    row({"options": NEAR, "exclusive": "file", "keep": ["*/pin"]}, id="C44 iii unrelated lines, removed"),
    row({"options": NEAR, "base": SECRET_FILE.replace("x = 1", "x = 0")}, id="C44 iii unrelated lines, made anew"),
    row({"base": "[a]\nx = 1\n"}, id="C44 iii unrelated lines, gone with the old file"),
    row({"options": NEAR, "backup": True}, id="C44 iv backup"),
    row(
        {"options": NEAR, "environment": {"OS_DATABASE__CONNECTION": URL, "OS_A__PASSWORD": CANARY}},
        id="C44 v environment",
    ),
]


@pytest.mark.parametrize("params", SECRETS)
def test_secret_is_shown_nowhere(tmp_path: Path, params: dict[str, Any]) -> None:
    pin = f"pin = {CANARY}-old\n" if "pin" in json.dumps(params) else ""
    conf = written(tmp_path, SECRET_FILE.replace(f"pin = {CANARY}-old\n", pin))
    result = bring(conf, **params)
    assert result["changed"]
    # vi: there is something in the log, so run() had something to look through.
    assert any("Invoked with" in line for line in logged)
    assert any(str(conf) in line and "Invoked" not in line for line in logged)


SECRET_FAILURES = [
    row(
        {"validate": "sh -c 'cat $0; exit 1' %s", "secrets": {"a": {"pin": CANARY}}},
        id="C44 vii C59 validator prints the secret",
    ),
    row({"validate": "sh -c 'cat $0 >&2; exit 1' %s", "options": NEAR}, id="C44 vii validator prints what was there"),
    row(
        {"validate": "sh -c 'cat $0; exit 1' %s", "secrets": {"ssl": {"pem": IN_PEM}}},
        id="C44 vii validator prints a secret of many lines",
    ),
    row({"secrets": CANARY}, id="C59 secrets are no dictionary"),
    row({"secrets": {"a": CANARY}}, id="C59 secrets of a section are no dictionary"),
    row({"options": {"a": {"password": [[CANARY]]}}}, id="C59 lists within lists"),
    row({"secrets": {"a": {"pin": f"{CANARY}\n\n{CANARY}"}}}, id="C59 secret that cannot be written"),
    row({"secrets": {"a": {"pin": f"{CANARY}\0"}}}, id="C59 secret that no file can hold"),
    row(
        {"options": {"a": {"password": f"{CANARY}, {CANARY}"}}, "secrets": {"a": {"password": CANARY}}},
        id="C59 secret given twice",
    ),
    row({"secrets": {"a": {"pin": CANARY}}, "redact": ["("]}, id="C59 pattern that is none"),
    row(
        {"options": {"b": {"account": CANARY}}, "redact": ["b/account", "("]},
        id="C59 pattern that is none beside one that hides",
    ),
    row({"options": {"a": {"password": CANARY}}, "style": "none"}, id="C59 choice that is none"),
    row({"options": {"a": {"password": CANARY}}, "no_such": 1}, id="C59 parameter that is none"),
    row({"base": f"[a]\n{CANARY}\n"}, id="C59 base that cannot be read"),
    row({"environment": CANARY}, id="C59 environment is no dictionary"),
    row(
        {"settings": [{"section": "a", "option": "x", "value": CANARY, "bare": True, "secret": True}]},
        id="C59 setting that contradicts itself",
    ),
    row(
        {"settings": [{"section": "a", "option": "password", "value": CANARY, "secret": "maybe"}]},
        id="C59 setting of a wrong type",
    ),
    row({"validate": "/no/validator %s", "secrets": {"a": {"pin": CANARY}}}, id="C59 validator is not there"),
    row(
        {"schema": "{dir}/schema.json", "schema_policy": "error", "secrets": {"a": {"choice": "canary-zq9"}}},
        id="C59 secret that the schema refuses",
    ),
    row({"schema": "{dir}/glance-api.conf", "options": NEAR}, id="C59 schema that is none"),
]


@pytest.mark.parametrize("params", SECRET_FAILURES)
def test_failure_shows_no_secret(tmp_path: Path, params: dict[str, Any]) -> None:
    conf = written(tmp_path, SECRET_FILE)
    written(tmp_path, json.dumps(SCHEMA), "schema.json")
    given = {name: value.format(dir=tmp_path) if name == "schema" else value for name, value in params.items()}
    before = state(conf)
    assert run(conf, **given).get("failed")
    assert state(conf) == before


@pytest.mark.parametrize("line", [CANARY, f" {CANARY} = 1", f"[{CANARY}", f"= {CANARY}"])
def test_c44_line_that_cannot_be_read_is_not_shown(tmp_path: Path, line: str) -> None:
    conf = written(tmp_path, f"{line}\n")
    assert "x.conf:1: " in fails(conf.rename(tmp_path / "x.conf"), options=OPTIONS)


def test_c44_reference_in_a_secret_is_not_shown(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\n")
    bring(conf, options={"a": {"password": "x$canary-zq9"}})


def test_c44_secret_under_a_name_with_a_dash_is_not_shown(tmp_path: Path) -> None:
    conf = written(tmp_path, f"[a]\nmy_pin = {CANARY}\n")
    result = bring(conf, secrets={"a": {"my-pin": "k9"}})
    assert [(change["before"], change["after"]) for change in result["changes"]] == [(HIDDEN, HIDDEN)]


def test_c44_secret_whose_name_has_another_case_is_not_shown(tmp_path: Path) -> None:
    conf = written(tmp_path, f"[a]\nMyPin = {CANARY}\nx = 1\n")
    bring(conf, secrets={"a": {"mypin": "k9"}}, options=OPTIONS, dialect="ini")


def test_c44_names_of_secrets_and_what_is_none_are_shown(tmp_path: Path) -> None:
    conf = written(tmp_path, f"[a]\n# password = {CANARY}\npassword = {CANARY}\nx = 1\n")
    result = bring(conf, options=OPTIONS, secrets={"a": {"password": "new"}})
    assert result["diff"][0]["prepared"].splitlines()[2:] == [
        "@@ -2,3 +2,3 @@ [a]",
        f" # password = {HIDDEN}",
        f"-password = {HIDDEN}",
        f"+password = {HIDDEN}",
        "-x = 1",
        "+x = 2",
    ]
    assert f"{conf}: a/x updated, a/password updated" in logged


ONE_LETTER = [
    row({"secrets": {"a": {"password": "e"}}, "options": OPTIONS}, id="C45 among the secrets"),
    row({"options": {"a": {"password": "e", "x": "2"}}}, id="C45 by name"),
    row(
        {"settings": [{"section": "a", "option": "password", "value": "e", "secret": True}], "options": OPTIONS},
        id="C45 as a setting",
    ),
]


@pytest.mark.parametrize("params", ONE_LETTER)
def test_secret_of_one_letter_spoils_nothing_else(tmp_path: Path, params: dict[str, Any]) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n# some more letters\n")
    result = bring(conf, **params)
    assert {(change["option"], change["before"], change["after"]) for change in result["changes"]} == {
        ("password", None, HIDDEN),
        ("x", "1", "2"),
    }
    assert "# some more letters" in result["diff"][0]["prepared"]
    assert result["path"] == str(conf)
    assert "*" not in json.dumps(result)


def test_c45_secret_of_one_letter_spoils_no_message(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx\n")
    assert "there is neither = nor : in it" in fails(conf, secrets={"a": {"password": "e"}})
    assert "`redact` holds something that is no regular" in fails(conf, secrets={"a": {"password": "e"}}, redact=["("])


# Schema, and what stands above the file -------------------------------------------------------------------------------


def schema_option(name: str, kind: str = "string value", **beside: Any) -> dict[str, Any]:
    empty: dict[str, Any] = {
        "choices": [],
        "min": None,
        "max": None,
        "secret": False,
        "deprecated_opts": [],
        "default": None,
    }
    return {"name": name, "dest": name, "type": kind, **empty, **beside}


SCHEMA: dict[str, Any] = {
    "options": {
        "a": {
            "opts": [
                schema_option("debug", "boolean value"),
                schema_option("workers", "integer value", min=1),
                schema_option("choice", choices=[["one", None], ["two", None]]),
            ]
        }
    },
    "deprecated_options": {"a": [{"name": "verbose", "replacement_group": "a", "replacement_name": "debug"}]},
}
SCHEMA_FAULTS = [
    row({"debgu": "true"}, "a/debgu is no option of the service; did you mean debug", id="C53 misspelt option"),
    row({"verbose": "true"}, "a/verbose is the old name of a/debug: use that", id="C53 deprecated name"),
    row({"choice": "three"}, "a/choice must be one of one, two, not 'three'", id="C53 wrong choice"),
    row({"workers": "0"}, "a/workers must be at least 1, not '0'", id="C53 wrong number"),
]


@pytest.mark.parametrize(("options", "says"), SCHEMA_FAULTS)
def test_schema_finds_it(tmp_path: Path, options: dict[str, str], says: str) -> None:
    conf = written(tmp_path, "[a]\n")
    schema = str(written(tmp_path, json.dumps(SCHEMA), "schema.json"))
    told = fails(conf, options={"a": options}, schema=schema, schema_policy="error")
    assert says in told
    assert told.endswith("Nothing was changed.")
    (warning,) = bring(conf, options={"a": options}, schema=schema)["warnings"]
    assert says in warning
    assert read(conf.read_bytes()) == {("a", name): [value] for name, value in options.items()}
    assert (
        bring(conf, options={"a": {**options, "more": None}}, schema=schema, schema_policy="ignore")["warnings"] == []
    )


def test_c53_options_of_the_schema_are_no_faults(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\n")
    schema = str(written(tmp_path, json.dumps(SCHEMA), "schema.json"))
    options = {"a": {"debug": True, "workers": 4, "choice": "two", "gone": None}}
    assert bring(conf, options=options, schema=schema, schema_policy="error")["warnings"] == []


@pytest.mark.parametrize("content", [None, "{}", "[a]\n"], ids=["missing", "of something else", "no JSON"])
def test_c53_schema_that_is_none_is_refused(tmp_path: Path, content: str | None) -> None:
    conf = written(tmp_path, "[a]\n")
    schema = written(tmp_path, content, "schema.json")
    told = fails(conf, options=OPTIONS, schema=str(schema))
    assert re.search("schema.* is not what `?oslo-config-generator --format json`? prints", told)


def test_c54_what_is_read_later_and_sets_it_again_is_told(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    (tmp_path / "conf.d").mkdir()
    written(tmp_path / "conf.d", "[a]\n# c\nx = 3\n", "10-first.conf")
    written(tmp_path / "conf.d", "[A]\nx = 4\nx = 5\n", "20-second.conf")
    written(tmp_path / "conf.d", "[a]\nx = 6\n", "README")
    other = written(tmp_path, "[a]\ny = 1\n", "other.conf")
    result = bring(
        conf,
        options={"a": {"x": "2", "y": None, "z": "1"}},
        also_read=[str(tmp_path / "conf.d"), str(other), str(tmp_path / "missing.conf")],
        environment={"OS_A__Z": "9", "OS_A__Q": "9"},
    )
    assert result["shadowed"] == [
        {"section": "a", "option": "x", "path": f"{tmp_path}/conf.d/10-first.conf", "line": 3},
        {"section": "a", "option": "x", "path": f"{tmp_path}/conf.d/20-second.conf", "line": 3},
        {"section": "a", "option": "z", "variable": "OS_A__Z"},
    ]
    assert len(result["warnings"]) == 3


def test_c54_file_read_later_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    conf = written(tmp_path, "[a]\nx = 1\n")
    other = written(tmp_path, "[a\n", "other.conf")
    assert f"{other}:1: " in fails(conf, options=OPTIONS, also_read=[str(other)])


# Large files ----------------------------------------------------------------------------------------------------------


def test_c51_file_of_two_hundred_thousand_lines(tmp_path: Path) -> None:
    lines = "".join(f"[s{number}]\n" + "#o = 1\n" * 99 + "x = 1\n" * 99 + "\n" for number in range(1000))
    conf = written(tmp_path, lines)
    result = in_child(lambda: run(conf, options={"s500": {"o": "2", "x": "2"}, "new": {"x": "1"}}))
    assert result["changed"]
    found = read(conf.read_bytes())
    assert (found["s500", "o"], found["s500", "x"], found["new", "x"]) == (["2"], ["2"], ["1"])


@pytest.mark.parametrize(
    ("value", "options"),
    [
        row("v" * 2**20, {"a": {"x": "2"}}, id="C51 value of a megabyte"),
        row("a:" * 2**19, {"a": {"x": "2"}}, id="C51 value of a megabyte with colons"),
        row("1", {"a": {"x": "v" * 2**20}}, id="C51 value that becomes a megabyte"),
        row(f"1{' ' * 2**20}2", {"a": {"x": "2", "y": "1"}}, id="C51 blanks of a megabyte"),
        row(f"1\n#y = 1{' ' * 2**20}2", {"a": {"y": "1"}}, id="C51 commented default with blanks of a megabyte"),
        row(f"1\nx{' ' * 2**18}= 1", {"a": {"x": "3"}}, id="C51 name with blanks of a megabyte"),
    ],
)
def test_c51_line_of_a_megabyte(tmp_path: Path, value: str, options: Any) -> None:
    conf = written(tmp_path, f"[a]\nx = {value}\n")
    result = in_child(lambda: run(conf, options=options))
    assert result, "it did not end"
    assert result["changed"]
    assert read(conf.read_bytes())["a", next(iter(options["a"]))] == [next(iter(options["a"].values()))]


# The tables -----------------------------------------------------------------------------------------------------------


def test_every_case_has_its_test() -> None:
    source = Path(__file__).read_text()
    cases = {number.upper() for number in re.findall(r"\b(?:test_)?([ACac]\d+)(?=[ _])", source)}
    assert {f"A{number}" for number in range(1, 29)} | {f"C{number}" for number in range(1, 61)} <= cases
