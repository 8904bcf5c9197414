"""Runs of all parts of the benchmark."""

from __future__ import annotations

import deploy_report
import growth_report
import ini_report
import parallel_report
import upload_report

INI_TOOLS = (ini_report.FLOOR, ini_report.COLLECTION, ini_report.TEMPLATE, ini_report.INI_FILE)


def ini_runs() -> list[ini_report.Run]:
    """Return two rounds, in which each tool takes longer than the one before it."""
    return [
        ini_report.Run(
            tool, options, lines, turn, number, 1.0 + place + lines / 1e5, place * (options + lines), place == 3
        )
        for options, lines in ((40, 5785), (1000, 5785), (40, 10000))
        for place, tool in enumerate(INI_TOOLS)
        for turn in ini_report.TURNS
        for number in range(2)
    ]


def deployments() -> list[deploy_report.Run]:
    seconds = {deploy_report.COLLECTION: 10.0, deploy_report.PLAYBOOK: 90.0, deploy_report.PUPPET: 30.0}
    runs = [
        deploy_report.Run(tool, turn, 0, wall, wall, 20, 0, 4.0, (("Install | packages", wall / 2),))
        for tool, wall in seconds.items()
        for turn in (deploy_report.FIRST, deploy_report.NO_CHANGE, deploy_report.CHANGE)
    ]
    return [*runs, deploy_report.Run(deploy_report.GUIDE, deploy_report.FIRST, 0, failure="no network")]


def growth() -> list[growth_report.Run]:
    """Return runs in which the first host takes 4 s of CPU time, and each further one a second."""
    return [
        growth_report.Run(count, number, wall=5.0 + count, cpu=3.0 + count, executed=20 - count, changed=0)
        for count in growth_report.HOSTS
        for number in range(3)
    ]


def uploads() -> list[upload_report.Run]:
    tools = (upload_report.COLLECTION, upload_report.PLAYBOOK, upload_report.GLANCE, upload_report.CURL)
    return [
        upload_report.Run(tool, work, 0, wall=10.0 + place, cpu=12.0, peak_mib=50.0, put=8.0 + place)
        for work in ("64 MiB", "1 GiB", "4 GiB", upload_report.TWENTY)
        for place, tool in enumerate(tools)
    ] + [upload_report.Run(upload_report.HASH, "4 GiB", 0, wall=8.0, cpu=7.5)]


def parallel() -> list[parallel_report.Run]:
    return [
        parallel_report.Run(
            at_once, 0, wall=10.0 / at_once if at_once else 0.0, cpu=8.0, responses=(0.1, 0.2 * at_once)
        )
        for at_once in (0, *parallel_report.AT_ONCE)
    ]
