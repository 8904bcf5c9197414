"""The packages of the collection: their size, the direction of their imports, and what each module ships to a host."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path
from typing import Iterator

import pytest
import yaml

TOP = Path(__file__).resolve().parents[3]
PLUGINS = TOP / "plugins"
SOURCES = sorted(path for part in ("plugins", "tools", "benchmarks") for path in TOP.glob(f"{part}/**/*.py"))
MODULES = sorted(path.stem for path in PLUGINS.glob("modules/*.py"))
PREFIX = "ansible_collections.osops.glance.plugins."
MAX_LINES = 400
MAX_CLASS_LINES = 150
MAX_FUNCTION_LINES = 40
# The documentation of a module is read as a table, and is as long as its options are many.
DOCUMENTATION = ("DOCUMENTATION", "EXAMPLES", "RETURN")
# The packages that each package of module_utils may import, in addition to itself.
MAY_IMPORT = {
    "_core": set(),
    "_ini": {"_core"},
    "_openstack": {"_core"},
    "_content": {"_core"},
    "_mysql": {"_core"},
    "_schema": {"_core", "_ini", "_mysql"},
    "_image": {"_core", "_openstack", "_content"},
    "_host": {"_core", "_image", "_ini", "_openstack", "_schema"},
    "_comparison": {"_core", "_host", "_image", "_ini", "_mysql", "_openstack", "_schema"},
}
SHIPPED = yaml.safe_load((Path(__file__).parent / "shipped.yml").read_text())


@lru_cache(maxsize=None)
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def name(path: Path) -> str:
    return str(path.relative_to(TOP))


def code_lines(path: Path) -> int:
    """Return the number of lines of a file without the documentation of a module."""
    documented = [
        node.end_lineno - node.lineno + 1
        for node in tree(path).body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in DOCUMENTATION and node.end_lineno
    ]
    return len(path.read_text().splitlines()) - sum(documented)


def imports(path: Path) -> Iterator[Path]:
    """Yield the files of the collection that a file imports, also in the bodies of its functions, as Ansible does."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PREFIX):
            target = PLUGINS / str(node.module)[len(PREFIX) :].replace(".", "/")
            yield from (
                [target / f"{alias.name}.py" for alias in node.names]
                if target.is_dir()
                else [target.with_suffix(".py")]
            )


def shipped(path: Path) -> set[Path]:
    """Return the files that Ansible copies to a host with a file."""
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        new = set(imports(waiting.pop())) - found
        found |= new
        waiting += new
    return found


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_file_has_one_subject(path: Path) -> None:
    assert code_lines(path) <= MAX_LINES
    definitions = [node for node in ast.walk(tree(path)) if isinstance(node, (ast.ClassDef, ast.FunctionDef))]
    sizes = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in definitions}
    limits = {
        node.name: MAX_CLASS_LINES if isinstance(node, ast.ClassDef) else MAX_FUNCTION_LINES for node in definitions
    }
    assert {each: size for each, size in sizes.items() if size > limits[each]} == {}


@pytest.mark.parametrize("path", sorted(PLUGINS.glob("module_utils/**/*.py")), ids=name)
def test_imports_go_in_one_direction(path: Path) -> None:
    package = path.parent.name
    parts = [target.relative_to(PLUGINS).parts for target in imports(path)]
    assert {part[0] for part in parts} <= {"module_utils"}, "code of the hosts imports code of the control node"
    assert {part[1] for part in parts} - {package} <= MAY_IMPORT[package]


@pytest.mark.parametrize("file", ["client", "response", "retry", "service", "shared_tokens", "transport"])
def test_request_for_a_token_imports_no_code_of_the_collection(file: str) -> None:
    """Another thread imports code meanwhile, see Cloud.authenticate()."""
    module = tree(PLUGINS / f"module_utils/_openstack/{file}.py")
    found = [node for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and node not in module.body]
    assert [node.module for node in found if str(node.module).startswith(PREFIX)] == []


def test_packages_do_not_import_each_other() -> None:
    order: list[str] = []
    while len(order) < len(MAY_IMPORT):
        ready = [each for each, needed in MAY_IMPORT.items() if each not in order and needed <= set(order)]
        assert ready, "a cycle"
        order += ready
    assert sorted(path.name for path in PLUGINS.glob("module_utils/_*")) == sorted(order)


@pytest.mark.parametrize("module", MODULES)
def test_module_is_documentation_options_and_one_call(module: str) -> None:
    """All else is code of its subject, with unit tests of its own."""
    body = tree(PLUGINS / f"modules/{module}.py").body
    functions = [node.name for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    assert functions in (["main"], [])


@pytest.mark.parametrize("module", MODULES)
def test_module_ships_what_it_needs(module: str) -> None:
    """A longer list makes every task slower: each file is packed, copied, and read by an interpreter."""
    found = sorted(
        str(path.relative_to(PLUGINS / "module_utils")) for path in shipped(PLUGINS / f"modules/{module}.py")
    )
    assert found == SHIPPED[module]
