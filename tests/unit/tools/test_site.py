from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "tools"))

from tools import docs

SITE = {"docs/images.md": "images.md", "README.md": "get_started.md"}
PLUGINS = {"ini": "ini_module.rst"}
BLOB = f"{docs.REPOSITORY}/blob/main"


@pytest.mark.parametrize(
    ("path", "line", "expected"),
    [
        ("docs/awx.md", "See [images](images.md#uploads).", "See [images](images.md#uploads)."),
        ("docs/awx.md", "See [this](../README.md).", "See [this](get_started.md)."),
        ("README.md", "See [images](docs/images.md).", "See [images](images.md)."),
        ("README.md", "[licence](LICENSE)", f"[licence]({BLOB}/LICENSE)"),
        ("docs/awx.md", "[roles](../roles/glance/README.md#x)", f"[roles]({BLOB}/roles/glance/README.md#x)"),
        ("docs/awx.md", "[a](#b) [c](https://example.com/x.md)", "[a](#b) [c](https://example.com/x.md)"),
        ("docs/benchmarks.md", "![plot](benchmark-ini.svg)", "![plot](benchmark-ini.svg)"),
        ("docs/ini.md", "`osops.glance.ini` sets", "[`osops.glance.ini`](reference/ini_module.rst) sets"),
        ("docs/ini.md", "[`osops.glance.ini`](x.md)", f"[`osops.glance.ini`]({BLOB}/docs/x.md)"),
        ("docs/ini.md", "## The module `osops.glance.ini`", "## The module `osops.glance.ini`"),
        ("docs/ini.md", "`osops.glance.site`", "`osops.glance.site`"),
    ],
)
def test_links_work_on_the_site(path: str, line: str, expected: str) -> None:
    assert docs.site_text(line, path, SITE, PLUGINS) == f"{expected}\n"


def test_code_is_not_changed() -> None:
    text = "```yaml\n- `osops.glance.ini` [a](images.md)\n```\n"
    assert docs.site_text(text, "README.md", SITE, PLUGINS) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            ":ref:`here <common_return_values>`",
            f"`here <{docs.ANSIBLE}/reference_appendices/common_return_values.html>`__",
        ),
        (
            ":ref:`pip <ansible_collections.ansible.builtin.pip_module>`",
            f"`pip <{docs.ANSIBLE}/collections/ansible/builtin/pip_module.html>`__",
        ),
        (
            ":ref:`ansible_configuration_settings`",
            f"`ansible configuration settings <{docs.ANSIBLE}/reference_appendices/config.html>`__",
        ),
        (
            ":ref:`ini <ansible_collections.osops.glance.ini_module>`",
            ":ref:`ini <ansible_collections.osops.glance.ini_module>`",
        ),
        (".. contents::\n   :local:\n   :depth: 1\n\nText", "\nText"),
        ("    ini_module\n", "    ini <ini_module>\n"),
    ],
)
def test_reference_fits_the_site(text: str, expected: str) -> None:
    assert docs.reference_text(text) == expected


def test_module_has_precedence_over_a_plugin_with_its_name(tmp_path: Path) -> None:
    for name in ("plan_lookup", "plan_module", "glance_role", "index"):
        (tmp_path / f"{name}.rst").touch()
    assert docs.reference_pages(tmp_path) == {"plan": "plan_module.rst", "glance": "glance_role.rst"}


def test_every_guide_is_in_the_table_of_contents() -> None:
    index = (docs.TOP / "docs/index.md").read_text()
    names = [Path(name).stem for name in docs.pages().values() if name != "index.md"]
    assert [name for name in names if f"\n{name}\n" not in index and f"<{name}>" not in index] == []
