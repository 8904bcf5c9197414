"""The tables and targets of the benchmarks, and the page that contains them."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import bars
import deploy_report
import growth_report
import ini_report
import parallel_report
import pytest
import report
import run
import upload_report

sys.path.insert(0, str(Path(__file__).parent))
import benchmark_runs

TOP = Path(__file__).resolve().parents[3]
PAGE = (TOP / "docs/benchmarks.md").read_text()
RUNS: dict[str, list[Any]] = {
    "ini": benchmark_runs.ini_runs(),
    **dict.fromkeys(("deploy", "no-change", "change"), benchmark_runs.deployments()),
    **dict.fromkeys(("growth", "growth-deploy"), benchmark_runs.growth()),
    **dict.fromkeys(("upload", "upload-large", "unchanged"), benchmark_runs.uploads()),
    "parallel": benchmark_runs.parallel(),
}


def results(targets: Any) -> dict[str, bool | None]:
    return {target.text: target.is_met for target in targets}


def test_ini_times_are_relative_to_floor_and_collection() -> None:
    lines = ini_report.times_table(ini_report.summary(benchmark_runs.ini_runs())).splitlines()
    cells = {line.split(" | ")[2]: line.split(" | ") for line in lines if line.startswith("| 40 | 5,785 |")}
    assert cells[ini_report.COLLECTION][6:8] == ["+1.000", "1"]
    assert cells[ini_report.INI_FILE][6:8] == ["+3.000", "3.0"]
    assert cells[ini_report.INI_FILE][-1] == "changed |"


@pytest.mark.parametrize(
    ("value", "is_met", "measured"),
    [(1.3, True, "1.30 times"), (1.31, False, "1.31 times"), (None, None, "not measured")],
    ids=["met", "missed", "not measured"],
)
def test_missed_and_missing_values_are_different(value: float | None, is_met: bool | None, measured: str) -> None:
    assert report.at_most("text", 1.3, value, " times") == ("text", measured, is_met)


def test_targets_of_deployments_are_compared() -> None:
    runs = benchmark_runs.deployments()
    found = [deploy_report.first_targets, deploy_report.unchanged_targets, deploy_report.changed_targets]
    assert [list(results(targets(runs)).values()) for targets in found] == [[None], [True, False, True], [True]]


def test_change_in_a_run_without_a_change_is_missed() -> None:
    changed = deploy_report.Run(deploy_report.COLLECTION, deploy_report.NO_CHANGE, 1, 9.0, changed=1)
    found = results(deploy_report.unchanged_targets([*benchmark_runs.deployments(), changed]))
    assert found["no change: nothing changed"] is False


def test_failure_is_reported() -> None:
    text = deploy_report.first_section(benchmark_runs.deployments(), "a machine")
    assert "installation guide, first deployment, failed:\n\n```\nno network\n```" in text
    assert "| installation guide | 1 failed |" in text


def test_cost_of_further_hosts_is_the_slope() -> None:
    points = growth_report.points(benchmark_runs.growth())
    assert growth_report.cpu_of_further_host(points) == pytest.approx(1.0)
    cpu, wall, first, further = growth_report.targets(points)
    assert (cpu.measured, cpu.is_met) == ("0.25", True)
    assert (wall.measured, wall.is_met) == ("2.50 times", False)
    assert (first.measured, further.measured, further.is_met) == ("19", "18", False)


def test_first_deployments_are_compared_by_their_slope() -> None:
    found = results(growth_report.first_targets(growth_report.points(benchmark_runs.growth())))
    assert list(found.values()) == [True]


def test_host_with_failed_runs_has_no_point() -> None:
    runs = [each._replace(failure="2 tasks changed something") for each in benchmark_runs.growth()]
    assert growth_report.points(runs) == []
    assert "6 hosts, failed" in growth_report.section(runs, "a machine")


def test_targets_of_uploads_are_compared() -> None:
    runs = benchmark_runs.uploads()
    small, large = results(upload_report.small_targets(runs)), results(upload_report.large_targets(runs))
    assert small["64 MiB: at most 1.3 times the time of glance image-create"] is True
    assert small["1 GiB: at least 0.95 of curl's rate"] is True
    assert large["4 GiB: CPU time of the whole command at most 1.5 times that of one SHA-512 pass"] is False
    assert list(results(upload_report.unchanged_targets(runs)).values()) == [False, None, True]


def test_rates_and_responses_of_parallel_uploads_are_compared() -> None:
    found = list(parallel_report.targets(benchmark_runs.parallel()))
    assert (found[0].measured, found[0].is_met) == ("0.50", False)
    assert [target.is_met for target in found[1:]] == [True, True, True, False]


def test_default_number_of_uploads_is_that_of_the_module() -> None:
    spec = (TOP / "plugins/module_utils/_image/argument_spec.py").read_text()
    found = re.search(r'"parallel": \{"type": "int", "default": (\d+)\}', spec)
    assert found
    assert int(found[1]) == parallel_report.DEFAULT


def test_bars_are_the_medians_of_the_tools() -> None:
    (first, *_others) = deploy_report.panels(benchmark_runs.deployments())
    assert (first.title, first.unit) == (deploy_report.FIRST, "seconds")
    assert [name for name, _seconds in first.bars] == [
        deploy_report.COLLECTION,
        deploy_report.PLAYBOOK,
        deploy_report.PUPPET,
    ]
    large = upload_report.panels(benchmark_runs.uploads())[2]
    assert upload_report.HASH not in dict(large.bars)
    (rates,) = parallel_report.panels(benchmark_runs.parallel())
    assert [name for name, _rate in rates.bars] == ["1", "2", "4", "8"]


@pytest.mark.parametrize("name", [name for name in RUNS if name != "growth-deploy"])
def test_section_refers_to_the_plot_of_its_part(name: str) -> None:
    assert f"](benchmark-{name}.svg)" in run.PARTS[name].section(RUNS[name], "a machine")
    assert run.PARTS[name].draw


def test_missing_results_are_not_drawn(tmp_path: Path) -> None:
    bars.drawing(deploy_report.panels)([], tmp_path / "benchmark-deploy.svg")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", RUNS)
def test_page_has_headings_and_columns_of_generator(name: str) -> None:
    lines = run.PARTS[name].section(RUNS[name], "a machine").splitlines()
    fixed = [line for line in lines if line.startswith("#")]
    # The first column of the time of each task is the name of the run.
    fixed += [
        above for above, line in zip(lines, lines[1:]) if line.startswith("| --- |") and "| s | share |" not in above
    ]
    assert [line for line in fixed if line not in PAGE] == []


def test_every_part_has_its_section_and_target_of_make() -> None:
    makefile = (TOP / "Makefile").read_text()
    assert list(RUNS) == list(run.PARTS)
    assert f"BENCHMARKS := {' '.join(run.PARTS)}\n" in makefile
    assert re.findall(r"<!-- written by benchmarks/run.py (.+) -->", PAGE) == list(run.PARTS)


@pytest.mark.parametrize("name", [name for name in RUNS if name != "ini"])
def test_section_without_runs_has_its_targets(name: str) -> None:
    assert "| not measured |  |" in run.PARTS[name].section([], "a machine")


def test_section_is_replaced_on_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Benchmarks\n\nText.\n")
    for text in ("first", "second"):
        report.write_section(page, text, "benchmarks/run.py ini")
    assert page.read_text().count("second") == 1
    assert "first" not in page.read_text()
    assert page.read_text().startswith("# Benchmarks\n\nText.\n")
