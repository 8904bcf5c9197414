"""What virtual environments are made of, and which of them stay."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv import (
    Content,
    Current,
    SourceFiles,
    complaint,
    extract,
    normal,
    plan,
    superfluous,
)
from ansible_collections.osops.glance.plugins.plugin_utils.deployment.service import virtualenv_name as environment_name

CONTENT = Content("python3", ("glance==33.0.0",))
FILES = SourceFiles("glance==15.0.2", "etc", "etc/glance")
PATH, LINK = "/opt/glance/b", "/opt/glance/current"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(["a==1", "b"], ("a==1", "b"), id="one by one"),
        pytest.param(["a==1\nb==2\n"], ("a==1", "b==2"), id="the text of a file"),
        pytest.param(["# of 2026.2\n\na==1  # pinned\n"], ("a==1",), id="comments and blank lines"),
        pytest.param(["a @ https://host/a.whl#sha256=1"], ("a @ https://host/a.whl#sha256=1",), id="a fragment"),
        pytest.param([], (), id="nothing"),
    ],
)
def test_lines(given: list[str], expected: tuple[str, ...]) -> None:
    assert normal(given) == expected


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"python": "python3.11"}, id="another Python"),
        pytest.param({"packages": ["glance==32.0.0"]}, id="another version"),
        pytest.param({"packages": ["glance==33.0.0", "pyuwsgi"]}, id="one package more"),
        pytest.param({"constraints": ["oslo.config===10.0.0"]}, id="another constraint"),
        pytest.param({"source_files": FILES._asdict()}, id="files of the source distribution"),
    ],
)
def test_no_two_contents_have_the_same_name(other: dict[str, object]) -> None:
    content = {"python": "python3", "packages": ["glance==33.0.0"], "constraints": []}
    assert environment_name(content, "33.0.0") == environment_name(dict(content), "33.0.0")
    assert environment_name(content, "33.0.0") != environment_name({**content, **other}, "33.0.0")
    assert environment_name(content, "33.0.0").startswith("33.0.0-")


@pytest.mark.parametrize("place", ["https://host/upper", "http://host/upper", "file:///srv/upper", "/srv/upper.txt"])
def test_a_file_of_constraints_is_opened_by_pip_and_a_pin_stands_by_itself(place: str) -> None:
    content = Content("python3", ("glance==33.0.0",), (place, "oslo.config===10.0.0"))
    assert content.requirements() == f"--constraint {place}\nglance==33.0.0\n"
    assert content.pins() == "oslo.config===10.0.0\n"


@pytest.mark.parametrize(
    ("found", "actions"),
    [
        pytest.param(
            Current(False, None), {f"environment {PATH}": "create", f"link {LINK}": "create"}, id="a bare host"
        ),
        pytest.param(Current(True, PATH), {}, id="all is there"),
        pytest.param(Current(True, None), {f"link {LINK}": "create"}, id="ended before the link"),
        pytest.param(
            Current(False, "/opt/glance/a", ["/opt/glance/a"]),
            {f"environment {PATH}": "create", f"link {LINK}": "update"},
            id="an upgrade keeps the one before",
        ),
        pytest.param(
            Current(True, "/opt/glance/c", ["/opt/glance/c"]), {f"link {LINK}": "update"}, id="back to the one before"
        ),
        pytest.param(
            Current(False, "/opt/glance/a", ["/opt/glance/0", "/opt/glance/a"]),
            {
                f"environment {PATH}": "create",
                f"link {LINK}": "update",
                "environment /opt/glance/0": "remove",
            },
            id="the running one stays, though it is not the youngest",
        ),
    ],
)
def test_plan(found: Current, actions: dict[str, str]) -> None:
    assert plan(PATH, LINK, CONTENT, 1, found).actions() == actions


@pytest.mark.parametrize(
    ("keep", "gone"),
    [(0, ["/o/2", "/o/1"]), (1, ["/o/2", "/o/1"]), (2, ["/o/1"]), (3, [])],
)
def test_how_many_stay(keep: int, gone: list[str]) -> None:
    assert superfluous(Current(False, "/o/3", ["/o/3", "/o/2", "/o/1"]), "/o/new", keep) == gone


def test_pip_is_quoted_by_its_errors() -> None:
    output = "Collecting glance\nERROR: No matching distribution found for glance==99\nhint: look around\n"
    assert complaint(output) == "ERROR: No matching distribution found for glance==99"
    assert complaint("one\ntwo\n") == "one two"


def test_content_is_read_back_from_its_record() -> None:
    for content in (CONTENT, Content("python2.7", ("glance==15.0.2",), ("pbr==3.1.1",), FILES)):
        assert Content.read(json.loads(json.dumps(content.record()))) == content


def test_empty_source_files_do_not_change_the_name() -> None:
    content = {"python": "python3", "packages": ["glance==33.0.0"], "constraints": []}
    assert environment_name({**content, "source_files": {}}, "33.0.0") == environment_name(content, "33.0.0")


def packed(folder: Path, *members: tarfile.TarInfo) -> str:
    """Make an archive with these members; a file contains its name."""
    with tarfile.open(folder / "a-1.tar.gz", "w:gz") as archive:
        for member in members:
            content = member.name.encode() if member.isfile() else b""
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return str(folder / "a-1.tar.gz")


def link_to(target: str, name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


def test_only_files_below_the_directory_are_extracted(tmp_path: Path) -> None:
    names = ["a-1/etc/x.ini", "a-1/etc/defs/y.json", "a-1/etc/../../../out", "a-1/etcetera/z", "a-1/etc/../up"]
    archive = packed(tmp_path, *map(tarfile.TarInfo, names), link_to("/etc/passwd", "a-1/etc/link"))
    extract(archive, "etc", str(tmp_path / "there/etc"))
    there = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert there == ["a-1.tar.gz", "there/etc/defs/y.json", "there/etc/x.ini"]


def test_archive_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "a-1.zip").write_bytes(b"PK")
    with pytest.raises(GlanceError, match=r"Cannot extract etc from .*a-1\.zip"):
        extract(str(tmp_path / "a-1.zip"), "etc", str(tmp_path / "there"))
