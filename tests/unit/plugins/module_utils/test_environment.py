"""What virtual environments are made of, and which of them stay."""

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.filter.environment_name import environment_name
from ansible_collections.osops.glance.plugins.module_utils._environment import (
    Content,
    Found,
    complaint,
    normal,
    plan,
    superfluous,
)

CONTENT = Content("python3", ("glance==33.0.0",))
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
        pytest.param(Found(False, None), {f"environment {PATH}": "create", f"link {LINK}": "create"}, id="a bare host"),
        pytest.param(Found(True, PATH), {}, id="all is there"),
        pytest.param(Found(True, None), {f"link {LINK}": "create"}, id="ended before the link"),
        pytest.param(
            Found(False, "/opt/glance/a", ["/opt/glance/a"]),
            {f"environment {PATH}": "create", f"link {LINK}": "update"},
            id="an upgrade keeps the one before",
        ),
        pytest.param(
            Found(True, "/opt/glance/c", ["/opt/glance/c"]), {f"link {LINK}": "update"}, id="back to the one before"
        ),
        pytest.param(
            Found(False, "/opt/glance/a", ["/opt/glance/0", "/opt/glance/a"]),
            {
                f"environment {PATH}": "create",
                f"link {LINK}": "update",
                "environment /opt/glance/0": "remove",
            },
            id="the running one stays, though it is not the youngest",
        ),
    ],
)
def test_plan(found: Found, actions: dict[str, str]) -> None:
    assert plan(PATH, LINK, CONTENT, 1, found).actions() == actions


@pytest.mark.parametrize(
    ("keep", "gone"),
    [(0, ["/o/2", "/o/1"]), (1, ["/o/2", "/o/1"]), (2, ["/o/1"]), (3, [])],
)
def test_how_many_stay(keep: int, gone: list[str]) -> None:
    assert superfluous(Found(False, "/o/3", ["/o/3", "/o/2", "/o/1"]), "/o/new", keep) == gone


def test_pip_is_quoted_by_its_errors() -> None:
    output = "Collecting glance\nERROR: No matching distribution found for glance==99\nhint: look around\n"
    assert complaint(output) == "ERROR: No matching distribution found for glance==99"
    assert complaint("one\ntwo\n") == "one two"
