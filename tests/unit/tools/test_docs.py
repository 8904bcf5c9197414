"""The documentation names only variables, files, headings and plugins that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
GLOBS = ("*.md", "docs/*.md", "roles/*/README.md", "benchmarks/README.md")
PAGES = sorted(path for pattern in GLOBS for path in TOP.glob(pattern))
# Names with the prefix of variables: groups of the inventory, the section of stores, roles.
OTHER_NAMES = {"glance_admin", "glance_store", *(path.name for path in (TOP / "roles").iterdir())}
VARIABLE = re.compile(r"(?<![\w./-])glance_[a-z0-9_]+(?!\w|\*)")
FIRST_COLUMN = re.compile(r"^\|[^|]*\|", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")


def page_id(path: Path) -> str:
    return str(path.relative_to(TOP))


def public_variables() -> set[str]:
    specs = [yaml.safe_load(path.read_text()) for path in TOP.glob("roles/*/meta/argument_specs.yml")]
    return {name for spec in specs for entry in spec["argument_specs"].values() for name in entry.get("options", {})}


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub creates for the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_variables_exist(page: Path) -> None:
    text = page.read_text()
    if page.name == "coming-from.md":
        text = FIRST_COLUMN.sub("|", text)  # the names in other tools
    named = set(VARIABLE.findall(text))
    assert named - public_variables() - OTHER_NAMES == set()


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for path, anchor in LINK.findall(page.read_text()):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("path", sorted(TOP.glob("inventories/*/group_vars/all/main.yml")), ids=page_id)
def test_variables_of_example_inventories_exist(path: Path) -> None:
    assert set(yaml.safe_load(path.read_text())) <= public_variables()


@pytest.mark.parametrize(
    ("pattern", "row"),
    [("playbooks/*.yml", "`osops.glance.{}`"), ("roles/*", "`{}`"), ("plugins/modules/*.py", "`{}`")],
    ids=["playbooks", "roles", "modules"],
)
def test_overview_lists_content(pattern: str, row: str) -> None:
    content = TOP.joinpath("docs/overview.md").read_text().partition("\n## Content\n")[2]
    # The roles use check_inputs; playbooks of operators do not.
    names = {path.stem for path in TOP.glob(pattern)} - {"__init__", "check_inputs"}
    assert [name for name in sorted(names) if row.format(name) not in content] == []
