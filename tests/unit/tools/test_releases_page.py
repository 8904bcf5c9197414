from __future__ import annotations

from typing import Any

import pytest

from tools import releases_page
from tools.tables import RELEASES, TABLE

BARE: dict[str, Any] = {"name": "one"}


def test_page_is_made_of_the_data_that_there_is() -> None:
    """Run `python -m tools.releases_page` when this fails."""
    assert releases_page.PAGE.read_text() == releases_page.page()
    text = releases_page.README.read_text()
    assert text == releases_page.readme(text)
    assert "| Zed | 25.1.0 |" in text


@pytest.mark.parametrize(
    ("release", "cells"),
    [
        ("icehouse", {"Server": "`glance-api`", "Registry": "yes", "Stores": "`[DEFAULT]`", "Schema": "`34`"}),
        ("zed", {"Server": "`glance-api` or uWSGI", "Registry": "", "Glance": "25.1.0", "Distribution": "Debian 12"}),
        ("2026.2", {"Server": "uWSGI", "Python": "3.11", "Stores": "`enabled_backends`"}),
    ],
)
def test_row_says_how_a_release_runs(release: str, cells: dict[str, str]) -> None:
    row = dict(zip(releases_page.COLUMNS, releases_page.row(release)))
    assert cells.items() <= row.items()


@pytest.mark.parametrize(
    ("platform", "release", "expected"),
    [
        (BARE, "zed", ["bookworm: `some`"]),
        ({**BARE, "suite": "trixie"}, "2025.1", ["trixie: `some`"]),
        ({**BARE, "suite": "sid", "release": "2026.2", "server": "uwsgi"}, "2026.2", ["sid: `some` (uwsgi)"]),
        ({**BARE, "suite": "sid"}, "2026.2", []),
        ({**BARE, "release": "train"}, "zed", []),
    ],
    ids=["suite-by-default", "suite", "release", "suite-that-brings-none-for-sure", "another-release"],
)
def test_scenarios_say_what_they_run(
    monkeypatch: pytest.MonkeyPatch, platform: dict[str, Any], release: str, expected: list[str]
) -> None:
    monkeypatch.setattr(releases_page, "platforms", lambda: [("some", platform)])
    assert releases_page.tested_on(release) == expected


def test_what_is_noticed_is_what_the_table_changes() -> None:
    changes = {change for release in RELEASES[1:] for change in TABLE[release].items()}
    assert [change for change in releases_page.NOTICED if change not in changes] == []
