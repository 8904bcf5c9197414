"""Tests for the content of virtual environments, and for the plan."""

from __future__ import annotations

import json

import pytest

from ansible_collections.osops.glance.plugins.filter.environment_name import environment_name
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv import (
    Content,
    Current,
    SourceFiles,
    pip_errors,
    plan_environments,
    requirement_lines,
    superfluous,
)

CONTENT = Content("python3", ("glance==33.0.0",))
FILES = SourceFiles("glance==15.0.2", "etc", "etc/glance")
PATH, LINK = "/opt/glance/b", "/opt/glance/current"


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        pytest.param(["a==1", "b"], ("a==1", "b"), id="one by one"),
        pytest.param(["a==1\nb==2\n"], ("a==1", "b==2"), id="text of a file"),
        pytest.param(["# of 2026.2\n\na==1  # pinned\n"], ("a==1",), id="comments and blank lines"),
        pytest.param(["a @ https://host/a.whl#sha256=1"], ("a @ https://host/a.whl#sha256=1",), id="fragment"),
        pytest.param([], (), id="empty"),
    ],
)
def test_requirement_lines_are_normalized(items: list[str], expected: tuple[str, ...]) -> None:
    assert requirement_lines(items) == expected


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"python": "python3.11"}, id="another Python"),
        pytest.param({"packages": ["glance==32.0.0"]}, id="another version"),
        pytest.param({"packages": ["glance==33.0.0", "pyuwsgi"]}, id="additional package"),
        pytest.param({"constraints": ["oslo.config===10.0.0"]}, id="another constraint"),
        pytest.param({"source_files": FILES._asdict()}, id="files of the source distribution"),
    ],
)
def test_each_content_has_its_own_name(other: dict[str, object]) -> None:
    content = {"python": "python3", "packages": ["glance==33.0.0"], "constraints": []}
    assert environment_name(content, "33.0.0") == environment_name(dict(content), "33.0.0")
    assert environment_name(content, "33.0.0") != environment_name({**content, **other}, "33.0.0")
    assert environment_name(content, "33.0.0").startswith("33.0.0-")


@pytest.mark.parametrize("location", ["https://host/upper", "http://host/upper", "file:///srv/upper", "/srv/upper.txt"])
def test_constraints_files_and_pins_are_passed_separately(location: str) -> None:
    content = Content("python3", ("glance==33.0.0",), (location, "oslo.config===10.0.0"))
    assert content.requirements() == f"--constraint {location}\nglance==33.0.0\n"
    assert content.pins() == "oslo.config===10.0.0\n"


@pytest.mark.parametrize(
    ("current", "actions"),
    [
        pytest.param(Current(False, None), {f"environment {PATH}": "create", f"link {LINK}": "create"}, id="new host"),
        pytest.param(Current(True, PATH), {}, id="converged"),
        pytest.param(Current(True, None), {f"link {LINK}": "create"}, id="interrupted before the link"),
        pytest.param(
            Current(False, "/opt/glance/a", ["/opt/glance/a"]),
            {f"environment {PATH}": "create", f"link {LINK}": "update"},
            id="upgrade keeps the previous one",
        ),
        pytest.param(
            Current(True, "/opt/glance/c", ["/opt/glance/c"]),
            {f"link {LINK}": "update"},
            id="rollback to the previous one",
        ),
        pytest.param(
            Current(False, "/opt/glance/a", ["/opt/glance/0", "/opt/glance/a"]),
            {
                f"environment {PATH}": "create",
                f"link {LINK}": "update",
                "environment /opt/glance/0": "remove",
            },
            id="running one is kept though it is not the newest",
        ),
    ],
)
def test_plan_converges_to_the_environment(current: Current, actions: dict[str, str]) -> None:
    assert plan_environments(PATH, LINK, CONTENT, 1, current).actions() == actions


@pytest.mark.parametrize(
    ("keep", "removed"),
    [(0, ["/o/2", "/o/1"]), (1, ["/o/2", "/o/1"]), (2, ["/o/1"]), (3, [])],
)
def test_number_of_kept_environments(keep: int, removed: list[str]) -> None:
    assert superfluous(Current(False, "/o/3", ["/o/3", "/o/2", "/o/1"]), "/o/new", keep) == removed


def test_error_lines_of_pip_are_selected() -> None:
    output = "Collecting glance\nERROR: No matching distribution found for glance==99\nhint: check the index\n"
    assert pip_errors(output) == "ERROR: No matching distribution found for glance==99"
    assert pip_errors("one\ntwo\n") == "one two"


def test_content_is_read_back_from_its_record() -> None:
    for content in (CONTENT, Content("python2.7", ("glance==15.0.2",), ("pbr==3.1.1",), FILES)):
        assert Content.read(json.loads(json.dumps(content.record()))) == content


def test_empty_source_files_do_not_change_the_name() -> None:
    content = {"python": "python3", "packages": ["glance==33.0.0"], "constraints": []}
    assert environment_name({**content, "source_files": {}}, "33.0.0") == environment_name(content, "33.0.0")
