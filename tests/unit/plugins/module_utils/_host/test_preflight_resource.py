# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host import package_check, packages, preflight_resource
from ansible_collections.osops.glance.plugins.module_utils._host.distribution import Distribution
from ansible_collections.osops.glance.plugins.module_utils._host.package_lock import Holder, LockWait
from ansible_collections.osops.glance.plugins.module_utils._host.preflight_resource import Preflight
from ansible_collections.osops.glance.plugins.modules.preflight import OPTIONS
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.fake_packages import FakePrograms
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._host.fakes import directory_entry, entry
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule

pytestmark = pytest.mark.usefixtures("unresolvable")


class FakeHost(FakeModule):
    """A host with package programs."""

    def __init__(self, output: dict[str, str] | None = None, **params: Any) -> None:
        super().__init__(OPTIONS, **{"timeout": 1.0, **params})
        self.programs = FakePrograms(output or {})

    def get_bin_path(self, name: str) -> str | None:
        return self.programs.which(name)

    def run_command(self, command: list[str], **_arguments: Any) -> tuple[int, str, str]:
        return self.programs.run(command)


@pytest.fixture(autouse=True)
def debian(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the host be Debian, and no program use its package manager."""
    monkeypatch.setattr(preflight_resource, "read_distribution", lambda: Distribution("debian 12", "Debian"))
    monkeypatch.setattr(package_check, "lock_holder", lambda _family: None)


def preflight(output: dict[str, str] | None = None, **params: Any) -> Preflight:
    return Preflight(FakeHost(output, **params))  # type: ignore[arg-type]


def problems(output: dict[str, str] | None = None, **params: Any) -> list[str]:
    """Return the lines of the message, without the heading."""
    try:
        preflight(output, **params).plan()
    except GlanceError as error:
        return str(error).splitlines()[1:]
    return []


def result(checked: Preflight) -> dict[str, Any]:
    return checked.result(checked.plan())


def facts(checked: Preflight) -> dict[str, Any]:
    return dict(result(checked)["ansible_facts"]["osops_glance"])


def test_host_that_meets_all_requirements_has_no_problem(web_port: int, tmp_path: Path) -> None:
    (tmp_path / "image").write_bytes(b"QFI\xfb")
    assert not problems(
        reach=[entry(host="127.0.0.1", port=web_port), entry(url=f"http://127.0.0.1:{web_port}/v3")],
        resolve=[entry(host="localhost")],
        http=[entry(url=f"http://127.0.0.1:{web_port}/300")],
        files=[entry(path=str(tmp_path / "image"))],
    )


def test_empty_options_have_no_problem() -> None:
    assert not problems()


@pytest.mark.parametrize(
    ("option", "options"),
    [
        ("reach", {"host": "db.invalid", "port": 3306}),
        ("resolve", {"host": "db.invalid"}),
        ("local", {"host": "db.invalid"}),
        ("http", {"url": "http://db.invalid:5000/v3"}),
        ("ports", {"host": "db.invalid", "port": 9292}),
    ],
)
def test_problem_begins_with_the_variable(option: str, options: dict[str, Any]) -> None:
    (line,) = problems(**{option: [entry(**options)]})
    assert line.startswith("- glance_it: cannot resolve db.invalid (Name or service not known). ")


def test_empty_value_is_reported_with_its_variable() -> None:
    assert problems(resolve=[entry(host="")]) == ["- glance_it: the value is empty."]


def test_all_problems_are_reported_in_order(closed_port: int) -> None:
    lines = problems(
        files=[entry(variable="last", path="/nowhere")],
        reach=[
            entry(variable="first", host="a.invalid", port=1),
            entry(variable="second", host="127.0.0.1", port=closed_port),
        ],
    )
    assert [line.split(":")[0] for line in lines] == ["- first", "- second", "- last"]


def test_checks_run_concurrently(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check waits until all of them have begun; one after the other, the first would wait in vain."""
    barrier = threading.Barrier(10, timeout=30)
    monkeypatch.setitem(preflight_resource.CHECKS, "files", lambda _entry, _timeout: str(barrier.wait() >= 0))
    assert len(problems(files=[entry()] * 10)) == 10


def test_plan_is_empty() -> None:
    checked = preflight()
    plan = checked.plan()
    checked.apply(plan)
    assert not plan.changed


def test_facts_are_returned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "unit").touch()
    (tmp_path / "0001").touch()
    monkeypatch.setattr(packages, "DPKG_UPDATES", str(tmp_path / "0*"))
    found = facts(
        preflight(
            {"dpkg-query": "ii g 1\n"},
            packages={"Debian": ["g"], "RedHat": ["r"]},
            stat_files=[str(tmp_path / "unit"), "/nowhere"],
        )
    )
    assert found == {
        "packages": {"g": {"installed": "1", "candidate": None}},
        "unchanged_directories": [],
        "existing_files": [str(tmp_path / "unit")],
        "interrupted": True,
        "family": "Debian",
        "distribution": "debian 12",
    }


@pytest.mark.parametrize("matches", [True, False])
def test_unchanged_directory_is_a_fact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, matches: bool) -> None:
    monkeypatch.setattr(preflight_resource, "directory_matches", lambda _entry: matches)
    found = facts(preflight(directories=[directory_entry(tmp_path)]))["unchanged_directories"]
    assert found == ([str(tmp_path)] if matches else [])


def test_facts_are_omitted_on_request() -> None:
    assert "ansible_facts" not in result(preflight(gather=False))


@pytest.mark.parametrize(
    ("option", "options"), [("resolve", {"host": "a.invalid"}), ("reach", {"host": "a.invalid", "port": 1})]
)
def test_problem_that_is_not_an_error_is_a_warning(option: str, options: dict[str, Any]) -> None:
    (warning,) = result(preflight(**{option: [entry(**options, required=False)]}))["warnings"]
    assert warning.startswith("glance_it: cannot resolve a.invalid")


def test_problem_of_another_host_is_returned() -> None:
    found = result(preflight(resolve=[entry(host="a.invalid", concerns="c2"), entry(host="localhost", concerns="c3")]))
    assert not found["warnings"]
    assert found["problems_of_hosts"].keys() == {"c2"}
    assert found["problems_of_hosts"]["c2"].startswith("glance_it: cannot resolve a.invalid")


def test_failed_package_query_is_reported_after_the_other_problems() -> None:
    lines = problems({}, packages=["g"], resolve=[entry(host="a.invalid")])
    assert [line.split(":")[0] for line in lines] == ["- glance_it", "- Cannot read which packages are installed"]


def test_failed_package_query_without_checks_does_not_claim_that_nothing_was_changed() -> None:
    with pytest.raises(GlanceError, match="^Cannot read which packages are installed"):
        preflight({}, packages=["g"]).plan()


def test_packages_are_queried_again_after_a_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    host = FakeHost({"dpkg-query": ""}, packages=["g"], lock_timeout=60.0)

    def wait_for_lock(_family: str, _timeout: float) -> LockWait:
        host.programs.output["dpkg-query"] = "ii g 2\n"
        return LockWait(Holder("/var/lib/dpkg/lock-frontend", 812, "unattended-upgrade"), 42)

    monkeypatch.setattr(package_check, "wait_for_lock", wait_for_lock)
    returned = result(Preflight(host))  # type: ignore[arg-type]
    assert returned["warnings"] == [
        "Waited 42 s for unattended-upgrade (process 812), which holds /var/lib/dpkg/lock-frontend."
    ]
    assert returned["ansible_facts"]["osops_glance"]["packages"]["g"]["installed"] == "2"
