# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._openstack.imports import fast_imports, stable_search_path


@pytest.fixture(autouse=True)
def not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pkg_resources", raising=False)


def test_version_is_read_without_pkg_resources() -> None:
    """This is what munch does when it is imported."""
    with fast_imports():
        import pkg_resources

        assert pkg_resources.get_distribution("pytest").version == pytest.__version__
    assert "pkg_resources" not in sys.modules


def test_other_attributes_are_those_of_pkg_resources(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "pkg_resources.py").write_text("def iter_entry_points(group): return [group]\n")
    monkeypatch.syspath_prepend(tmp_path)
    with fast_imports():
        from pkg_resources import iter_entry_points
    assert iter_entry_points("plugins") == ["plugins"]
    assert sys.modules["pkg_resources"].__file__ == str(tmp_path / "pkg_resources.py")


def test_inspection_does_not_import_pkg_resources() -> None:
    with fast_imports():
        assert not hasattr(sys.modules["pkg_resources"], "__path__")
        assert not hasattr(sys.modules["pkg_resources"], "__file__")


def test_imported_pkg_resources_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "pkg_resources", real)
    with fast_imports():
        assert sys.modules["pkg_resources"] is real
    assert sys.modules["pkg_resources"] is real


def test_host_without_openstacksdk_is_an_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openstack", None)
    with pytest.raises(ImportError), fast_imports():
        pass
    assert "pkg_resources" not in sys.modules


def test_archive_of_the_module_is_not_searched_for_plugins(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    archive = tmp_path / "payload.zip"
    archive.touch()
    monkeypatch.setattr(sys, "path", [str(archive), str(tmp_path), "/nowhere/python.zip"])
    with stable_search_path():
        assert sys.path == [str(tmp_path), "/nowhere/python.zip"]
    assert sys.path[0] == str(archive)
