from __future__ import annotations

from typing import Any

import pytest

from tools import releases_page
from tools.rendering import RELEASES, TABLE

PLATFORM: dict[str, Any] = {"name": "one"}


def test_generated_page_is_up_to_date() -> None:
    """Compare with the generated text. If this fails, run `python -m tools.releases_page`."""
    assert releases_page.PAGE.read_text() == releases_page.page_text()
    text = releases_page.README.read_text()
    assert text == releases_page.readme_text(text)
    assert "| Zed | 25.1.0 |" in text


@pytest.mark.parametrize(
    ("release", "cells"),
    [
        ("icehouse", {"Server": "`glance-api`", "Registry": "yes", "Stores": "`[DEFAULT]`", "Schema": "`34`"}),
        ("zed", {"Server": "`glance-api` or uWSGI", "Registry": "", "Glance": "25.1.0", "Distribution": "Debian 12"}),
        ("2026.2", {"Server": "uWSGI", "Python": "3.11", "Stores": "`enabled_backends`"}),
    ],
)
def test_row_contains_facts_of_release(release: str, cells: dict[str, str]) -> None:
    row = dict(zip(releases_page.COLUMNS, releases_page.row(release)))
    assert cells.items() <= row.items()


@pytest.mark.parametrize(
    ("platform", "release", "expected"),
    [
        (PLATFORM, "zed", ["bookworm: `some`"]),
        ({**PLATFORM, "suite": "trixie"}, "2025.1", ["trixie: `some`"]),
        ({**PLATFORM, "suite": "sid", "release": "2026.2", "server": "uwsgi"}, "2026.2", ["sid: `some` (uwsgi)"]),
        ({**PLATFORM, "suite": "sid"}, "2026.2", []),
        ({**PLATFORM, "release": "train"}, "zed", []),
    ],
    ids=["default-suite", "suite", "release", "suite-without-known-release", "another-release"],
)
def test_scenarios_are_listed_by_suite_and_release(
    monkeypatch: pytest.MonkeyPatch, platform: dict[str, Any], release: str, expected: list[str]
) -> None:
    monkeypatch.setattr(releases_page, "platforms", lambda: [("some", platform)])
    assert releases_page.tested_on(release) == expected


def test_notable_changes_exist_in_table() -> None:
    changes = {change for release in RELEASES[1:] for change in TABLE[release].items()}
    assert [change for change in releases_page.NOTABLE_CHANGES if change not in changes] == []
