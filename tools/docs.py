"""Build the documentation as a web site: `make docs` writes .cache/docs/html.

The pages are the guides in docs/, README.md, CONTRIBUTING.md and benchmarks/README.md, and the reference that
antsibull-docs generates from the sources of modules, plugins and roles. Names of modules in the guides become links to
the reference. Graphviz draws the diagrams. Every warning is an error.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from machine import HostError, install, missing_packages

TOP = Path(__file__).resolve().parent.parent
BUILD = TOP / ".cache/docs"
SOURCE = BUILD / "source"
REFERENCE = "reference"
COLLECTION = "osops.glance"
REPOSITORY = "https://github.com/osops/ansible-collection-glance"

# The pages that are not in docs/: the path of each, and its name on the site.
OTHER_PAGES = {
    "README.md": "get_started.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmark_method.md",
}
# Pages of Ansible's own documentation to which the generated reference refers, by label.
ANSIBLE = "https://docs.ansible.com/ansible/latest"
ANSIBLE_PAGES = {
    "action_plugins": f"{ANSIBLE}/plugins/action.html",
    "ansible_configuration_settings": f"{ANSIBLE}/reference_appendices/config.html",
    "common_return_values": f"{ANSIBLE}/reference_appendices/common_return_values.html",
}
# The theme has a table of contents on each page.
CONTENTS = re.compile(r"^\.\. contents::\n(?:[ ]+:.*\n)*", re.MULTILINE)
# An entry of a table of contents: without a title, it has the long title of the page.
ENTRY = re.compile(r"^(?P<indent> +)(?P<page>(?P<name>\w+)_(?:module|lookup|filter|role))$", re.MULTILINE)
REF = re.compile(r":ref:`(?:(?P<text>[^<`]+?)\s*<(?P<label>[\w.]+)>|(?P<bare>[\w.]+))`")
MODULE_LABEL = re.compile(r"ansible_collections\.(\w+)\.(\w+)\.(\w+_module)")
LINK = re.compile(r"(?P<text>\[[^\]]*\]\()(?P<target>[^)#\s]+)?(?P<anchor>#[^)\s]*)?\)")
PLUGIN = re.compile(rf"(?<![\[`\w])`{re.escape(COLLECTION)}\.(\w+)`(?!\])")
FENCE = re.compile(r"^\s*```")


def pages() -> dict[str, str]:
    """Return the pages of the site: the path of each in the repository, and its name on the site."""
    guides = {f"docs/{path.name}": path.name for path in sorted((TOP / "docs").glob("*.md"))}
    return {**guides, **OTHER_PAGES}


def site_text(text: str, path: str, site: Mapping[str, str], plugins: Mapping[str, str]) -> str:
    """Return a page with links that work on the site.

    path: the path of the page in the repository.
    site: the pages of the site, see pages().
    plugins: the pages of the reference, by the name of the module or plugin.
    """
    lines, is_code = [], False
    for line in text.splitlines():
        is_fence = bool(FENCE.match(line))
        is_code ^= is_fence
        lines.append(line if is_code or is_fence else _linked(line, path, site, plugins))
    return "\n".join(lines) + "\n"


def _linked(line: str, path: str, site: Mapping[str, str], plugins: Mapping[str, str]) -> str:
    def target_on_site(found: re.Match[str]) -> str:
        target, anchor = found["target"] or "", found["anchor"] or ""
        if not target or ":" in target:
            return found[0]
        inside = os.path.normpath(PurePosixPath(path).parent / target)
        if inside.endswith((".svg", ".png")):
            return found[0]
        return f"{found['text']}{site.get(inside) or f'{REPOSITORY}/blob/main/{inside}'}{anchor})"

    def reference(found: re.Match[str]) -> str:
        page = plugins.get(found[1])
        return f"[{found[0]}]({REFERENCE}/{page})" if page else found[0]

    linked = LINK.sub(target_on_site, line)
    return linked if line.startswith("#") else PLUGIN.sub(reference, linked)


def reference_text(text: str) -> str:
    """Return a page of the reference for the theme, with links to Ansible's own documentation."""

    def link(found: re.Match[str]) -> str:
        label = found["label"] or found["bare"]
        module, url = MODULE_LABEL.fullmatch(label), ANSIBLE_PAGES.get(label)
        if module and f"{module[1]}.{module[2]}" != COLLECTION:
            url = f"{ANSIBLE}/collections/{module[1]}/{module[2]}/{module[3]}.html"
        return f"`{found['text'] or label.replace('_', ' ')} <{url}>`__" if url else found[0]

    return ENTRY.sub(r"\g<indent>\g<name> <\g<page>>", CONTENTS.sub("", REF.sub(link, text)))


def reference_pages(folder: Path) -> dict[str, str]:
    """Return the pages of modules and plugins by name; a module has precedence over a plugin with its name."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.rst"), key=lambda path: not path.stem.endswith("_module")):
        name, _underscore, kind = path.stem.rpartition("_")
        if kind in ("module", "lookup", "filter", "role"):
            found.setdefault(name, path.name)
    return found


def run(*command: str) -> None:
    """Run a command; exit with its message if it fails."""
    environment = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections")}
    if subprocess.run(command, env=environment, check=False).returncode:
        sys.exit(f"docs.py: {command[0]} failed")


def main() -> None:
    try:
        install(missing_packages({"graphviz": "dot"}))
    except HostError as error:
        sys.exit(str(error))
    shutil.rmtree(BUILD, ignore_errors=True)
    (SOURCE / REFERENCE).mkdir(parents=True)
    run("antsibull-docs", "collection", "--use-current", "--squash-hierarchy", "--fail-on-error",
        "--dest-dir", str(SOURCE / REFERENCE), COLLECTION)  # fmt: skip
    for page in (SOURCE / REFERENCE).glob("*.rst"):
        page.write_text(reference_text(page.read_text(encoding="utf-8")))
    plugins, site = reference_pages(SOURCE / REFERENCE), pages()
    for path, name in site.items():
        (SOURCE / name).write_text(site_text((TOP / path).read_text(encoding="utf-8"), path, site, plugins))
    for pattern in ("conf.py", "*.svg", "*.css"):
        for file in (TOP / "docs").glob(pattern):
            shutil.copy(file, SOURCE)
    run("sphinx-build", "-W", "--keep-going", "-q", "-b", "html", str(SOURCE), str(BUILD / "html"))
    print(f"==> The documentation is in {BUILD / 'html/index.html'}")


if __name__ == "__main__":
    main()
