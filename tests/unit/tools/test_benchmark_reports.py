"""The reports of the benchmarks, and the page that contains them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TOP / "benchmarks"))

import deploy_report
import report
import upload_report

PAGE = (TOP / "docs/benchmarks.md").read_text()
INI_TOOLS = (report.FLOOR, report.COLLECTION, report.TEMPLATE, report.INI_FILE)


def ini_rows() -> list[report.Row]:
    """Return the medians of two rounds, in which each tool takes longer than the one before it."""
    return report.summary(
        [
            report.Run(
                tool, options, lines, turn, number, 1.0 + place + lines / 1e5, place * (options + lines), place == 3
            )
            for options, lines in ((40, 100), (1000, 100), (40, 1000))
            for place, tool in enumerate(INI_TOOLS)
            for turn in report.TURNS
            for number in range(2)
        ]
    )


def deployments() -> list[deploy_report.Run]:
    seconds = {deploy_report.COLLECTION: 10.0, deploy_report.PLAYBOOK: 60.0, deploy_report.PUPPET: 30.0}
    runs = [
        deploy_report.Run(tool, turn, 0, wall, wall, 20, 0, (("Install | packages", wall / 2),))
        for tool, wall in seconds.items()
        for turn in deploy_report.TURNS
    ]
    return [*runs, deploy_report.Run(deploy_report.GUIDE, deploy_report.FIRST, 0, failure="no network")]


def uploads() -> list[upload_report.Run]:
    tools = (upload_report.COLLECTION, upload_report.PLAYBOOK, upload_report.CURL)
    return [
        upload_report.Run(tool, work, 0, wall=10.0 + place, peak_mib=50.0, put=8.0 + place)
        for work in ("64 MiB", "1 GiB", upload_report.TWENTY)
        for place, tool in enumerate(tools)
    ]


def test_times_are_relative_to_floor_and_collection() -> None:
    lines = report.times_table(ini_rows()).splitlines()
    cells = {line.split(" | ")[2]: line.split(" | ") for line in lines if line.startswith("| 40 | 100 |")}
    assert cells[report.COLLECTION][6:8] == ["+1.000", "1"]
    assert cells[report.INI_FILE][6:8] == ["+3.000", "3.0"]
    assert cells[report.INI_FILE][-1] == "changed |"


def test_targets_of_deployments_are_compared() -> None:
    results = {text: is_met for text, _measured, is_met in deploy_report.targets(deployments())}
    assert results["no change: at most 1/5 of the time of conventional playbook"] is True
    assert results["no change: at most 1/4 of the time of puppet apply"] is False
    assert results["first deployment: at most 1.3 times the time of the installation guide"] is None


def test_targets_of_uploads_are_compared() -> None:
    results = {text: is_met for text, _measured, is_met in upload_report.targets(uploads())}
    assert results["1 GiB: at least 0.95 of curl's rate"] is True
    assert results["1 GiB: faster than all other tools"] is True
    assert results["4 GiB: at least 0.95 of curl's rate"] is None


def test_failure_is_reported() -> None:
    text = deploy_report.section(deployments(), "a machine")
    assert "installation guide, first deployment, failed:\n\n```\nno network\n```" in text


@pytest.mark.parametrize(
    "section",
    [
        report.section(ini_rows(), 100, "plot.svg", "a machine"),
        deploy_report.section(deployments(), "a machine"),
        upload_report.section(uploads(), 64, "a machine"),
    ],
    ids=["ini", "deploy", "upload"],
)
def test_page_has_headings_and_columns_of_generator(section: str) -> None:
    lines = section.splitlines()
    fixed = [line for line in lines if line.startswith("#")]
    fixed += [above for above, line in zip(lines, lines[1:]) if line.startswith("| --- |")]
    assert [line for line in fixed if line not in PAGE] == []


def test_section_is_replaced_on_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Benchmarks\n\nText.\n")
    for text in ("first", "second"):
        report.write_section(page, text, "benchmarks/ini.py")
    assert page.read_text().count("second") == 1
    assert "first" not in page.read_text()
    assert page.read_text().startswith("# Benchmarks\n\nText.\n")
