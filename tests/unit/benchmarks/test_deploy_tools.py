"""The results that the tools of the deployments report."""

from __future__ import annotations

import deploy_tools

OUTPUT = """\
PLAY RECAP *********************************************************************
controller                 : ok=20   changed=1    unreachable=0    failed=0    skipped=9
controller2                : ok=11   changed=2    unreachable=0    failed=0    skipped=9

Saturday 28 November 2026  08:00:00 +0000 (0:00:01.000)       0:00:12.000 ******
===============================================================================
osops.glance.glance_api : schema | Populate the database ------------------------ 7.25s
Gathering Facts ------------------------------------------------------------------ 0.50s
"""


def test_recap_counts_tasks_of_one_host_and_changes_of_all() -> None:
    outcome = deploy_tools.parse_output(OUTPUT, "controller2", ["controller", "controller2"])
    assert (outcome.executed, outcome.changed) == (11, 3)


def test_times_of_tasks_are_read() -> None:
    outcome = deploy_tools.parse_output(OUTPUT, "controller", ["controller"])
    assert outcome.profile == (
        ("osops.glance.glance_api : schema | Populate the database", 7.25),
        ("Gathering Facts", 0.5),
    )
