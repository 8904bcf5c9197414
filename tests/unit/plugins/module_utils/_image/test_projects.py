# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._image.projects import CloudProjects, PredictedProjects
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    PROJECT,
    FakeCloud,
    FakeGlance,
)


@pytest.fixture
def projects() -> CloudProjects:
    return CloudProjects(FakeCloud(FakeGlance()))  # type: ignore[arg-type]


@pytest.mark.parametrize("project", ["f" * 32, "12345678-1234-1234-1234-123456789abc"])
def test_id_is_not_looked_up(projects: CloudProjects, project: str) -> None:
    assert projects.id_of(project) == project


def test_name_is_looked_up_once(projects: CloudProjects, monkeypatch: pytest.MonkeyPatch) -> None:
    assert projects.id_of("sales") == PROJECT
    monkeypatch.setattr(projects, "_get", None)
    assert projects.id_of("sales") == PROJECT


def test_name_is_looked_up_in_its_domain(projects: CloudProjects) -> None:
    assert projects.id_of("twice", "here") == "7" * 32


@pytest.mark.parametrize(
    ("project", "domain", "message"),
    [
        ("missing", None, "There is no project missing$"),
        ("missing", "here", "There is no project missing in the domain here"),
        ("twice", None, "2 projects have the name twice: .* Set the ID of one"),
    ],
)
def test_missing_or_ambiguous_project_is_refused(
    projects: CloudProjects, project: str, domain: str | None, message: str
) -> None:
    with pytest.raises(GlanceError, match=message):
        projects.id_of(project, domain)


def test_prediction_uses_the_name() -> None:
    assert PredictedProjects().id_of("sales", "here") == "sales"
