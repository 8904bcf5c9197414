# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time

import pytest

from ansible_collections.osops.glance.plugins.module_utils._host import log_analysis

REQUEST = "req-4afa0488-ca49-401d-9721-5e8161417fc0"
DATED = "2026-11-21 11:45:06.433 9045"
# In the format of Glance: lines of the SQLAlchemy message have no prefix, lines of the traceback have the level.
REFUSED = f"""\
{DATED} INFO eventlet.wsgi.server [-] (9045) wsgi starting up on http://0.0.0.0:9292
{DATED} ERROR glance.common.wsgi [None {REQUEST} c6d3 de35 - - default default] Caught error: (pymysql.err.OperationalError) (1045, "Access denied for user 'glance'@'controller' (using password: YES)")
[SQL: SELECT images.id AS id
FROM images
WHERE images.deleted = false ORDER BY images.created_at
 LIMIT %(param_1)s]
[parameters: {{'param_1': 1}}]
(Background on this error at: https://sqlalche.me/e/14/e3q8)
{DATED} ERROR glance.common.wsgi Traceback (most recent call last):
{DATED} ERROR glance.common.wsgi   File "/usr/lib/python3/dist-packages/pymysql/connections.py", line 644, in connect
{DATED} ERROR glance.common.wsgi     raise errorclass(errno, errval)
{DATED} ERROR glance.common.wsgi     ^^^^^^^^^^^^^^^^^^^^^^^^^^
{DATED} ERROR glance.common.wsgi pymysql.err.OperationalError: (1045, "Access denied for user 'glance'@'controller' (using password: YES)")
{DATED} ERROR glance.common.wsgi {""}
{DATED} ERROR glance.common.wsgi The above exception was the direct cause of the following exception:
{DATED} ERROR glance.common.wsgi [SQL: SELECT images.id AS id
{DATED} ERROR glance.common.wsgi FROM images
{DATED} ERROR glance.common.wsgi WHERE images.deleted = false]
{DATED} ERROR glance.common.wsgi (Background on this error at: https://sqlalche.me/e/14/e3q8)
{DATED} INFO eventlet.wsgi.server [None {REQUEST} c6d3 de35 - - default default] 10.89.0.2 "GET /v2/images HTTP/1.1" 500
"""  # noqa: E501
JOURNAL = """\
Started glance-api.service - OpenStack Glance Service API (glance-api).
Traceback (most recent call last):
  File "/usr/bin/glance-api", line 10, in <module>
    sys.exit(main())
             ^^^^^^
ModuleNotFoundError: No module named 'pymysql'

During handling of the above exception, another exception occurred:

ERROR: Could not bind to 0.0.0.0:9292 after trying for 30 seconds
glance-api.service: Main process exited, code=exited, status=99/n/a
glance-api.service: Failed with result 'exit-code'.
glance-api.service: Consumed 2.134s CPU time.
Stopped glance-api.service - OpenStack Glance Service API (glance-api).
glance-api.service: Deactivated successfully.
"""
WEB_SERVER = """\
*** Starting uWSGI 2.0.28-debian (64bit) on [Sat Nov 21 11:45:00 2026] ***
spawned uWSGI worker 1 (pid: 812, cores: 1)
[pid: 812|app: 0|req: 1/1] 10.89.0.2 () {30 vars in 400 bytes} [Sat Nov 21 11:45:01 2026] GET / => generated 1740 bytes
"""


@pytest.mark.parametrize(
    ("line", "record"),
    [
        pytest.param(
            f"{DATED} ERROR glance.common.wsgi [None {REQUEST} c6d3 - -] Caught error: no",
            ("ERROR", f"None {REQUEST} c6d3 - -", "Caught error: no"),
            id="request",
        ),
        pytest.param(f"{DATED} INFO glance.common.wsgi [-] Starting", ("INFO", "-", "Starting"), id="no request"),
        pytest.param(f"{DATED} ERROR glance.common.wsgi   File x", ("ERROR", "", "  File x"), id="traceback"),
        pytest.param("CRITICAL glance [-] Unhandled error", ("CRITICAL", "-", "Unhandled error"), id="undated"),
        pytest.param(
            f"{DATED} \x1b[01;31mERROR glance [\x1b[00m-\x1b[01;31m] \x1b[01;35mno\x1b[00m",
            ("ERROR", "-", "no"),
            id="colours",
        ),
        pytest.param("ValueError: no \n", (None, "", "ValueError: no"), id="no format"),
    ],
)
def test_line_is_parsed(line: str, record: tuple[str | None, str, str]) -> None:
    assert tuple(log_analysis.record_of(line)) == record


def test_end_of_a_traceback_is_relevant() -> None:
    denied = "(1045, \"Access denied for user 'glance'@'controller' (using password: YES)\")"
    assert log_analysis.relevant_lines(REFUSED) == [
        f"Caught error: (pymysql.err.OperationalError) {denied}",
        f"pymysql.err.OperationalError: {denied}",
    ]


def test_start_messages_of_systemd_are_ignored() -> None:
    assert log_analysis.relevant_lines(JOURNAL) == [
        "ModuleNotFoundError: No module named 'pymysql'",
        "ERROR: Could not bind to 0.0.0.0:9292 after trying for 30 seconds",
        "glance-api.service: Main process exited, code=exited, status=99/n/a",
        "glance-api.service: Failed with result 'exit-code'.",
    ]


@pytest.mark.parametrize("text", ["", WEB_SERVER, f"{DATED} INFO a [-] well\n{DATED} DEBUG a [-] well"])
def test_log_without_errors_has_no_relevant_lines(text: str) -> None:
    assert log_analysis.relevant_lines(text) == []


def test_lines_of_the_request_are_preferred() -> None:
    other = f"{DATED} ERROR glance.api [None req-other c6d3 - -] Another failure\n"
    assert log_analysis.relevant_lines(REFUSED + other)[-1] == "Another failure"
    (line,) = log_analysis.relevant_lines(REFUSED + other, REQUEST)
    assert line.startswith("Caught error")


@pytest.mark.parametrize("request_id", ["req-nowhere", None])
def test_all_lines_are_considered_if_the_request_has_none(request_id: str | None) -> None:
    assert len(log_analysis.relevant_lines(REFUSED, request_id)) == 2


def test_warnings_are_relevant_if_there_are_no_errors() -> None:
    warning = f"{DATED} WARNING oslo_db.sqlalchemy.engines [-] SQL connection failed. 10 attempts left.\n"
    assert log_analysis.relevant_lines(warning) == ["SQL connection failed. 10 attempts left."]
    assert "SQL connection failed" not in str(log_analysis.relevant_lines(warning + REFUSED))


def test_last_lines_are_returned_once_and_truncated() -> None:
    text = "\n".join(f"{DATED} ERROR a [-] {number % 9}{'x' * 900}" for number in range(18))
    lines = log_analysis.relevant_lines(text)
    assert [line[0] for line in lines] == ["3", "4", "5", "6", "7", "8"]
    assert {len(line) for line in lines} == {log_analysis.MAX_WIDTH}


@pytest.mark.parametrize(
    ("since", "begins"),
    [
        ("10:00:00", "2026-11-21 10:30:00"),
        ("10:30:00", "2026-11-21 10:30:00"),
        ("10:30:01", "2026-11-21 10:31"),
        ("11", ""),
    ],
    ids=["before", "same second", "between", "later"],
)
def test_older_entries_are_ignored(since: str, begins: str) -> None:
    text = "of a traceback\n2026-11-21 10:30:00.1 1 INFO a\nof it\n2026-11-21 10:31:00.1 1 INFO b\n"
    moment = (
        time.mktime(time.strptime(f"2026-11-21 {since}"[:19].ljust(19), "%Y-%m-%d %H:%M:%S")) if ":" in since else 2e9
    )
    assert log_analysis.recent(text, moment).startswith(begins)
    assert bool(log_analysis.recent(text, moment)) is bool(begins)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("(1045, \"Access denied for user 'glance'@'c' (using password: YES)\")", "rejects the login"),
        ("(1049, \"Unknown database 'glanse'\")", "database glanse does not exist"),
        ("(1146, \"Table 'glance.images' doesn't exist\")", "table glance.images does not exist"),
        ("(2003, \"Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)\")", "database on db cannot"),
        ("(2013, 'Lost connection to MySQL server during query')", "closes the connection"),
        ("(2006, \"MySQL server has gone away (BrokenPipeError(32, 'Broken pipe'))\")", "closes the connection"),
        ("internal endpoint for identity service in RegionTwo region not found", "is RegionTwo, which"),
        (
            "Unable to validate token: Identity server rejected authorization necessary to fetch token data",
            "rejects the account",
        ),
        (
            'Identity response: {"error":{"code":401,"message":"The request you have made requires authentication."}}',
            "rejects the account",
        ),
        (
            "Unable to validate token: Unable to establish connection to http://k:5000/v3/auth/tokens: "
            "HTTPConnectionPool(host='k', port=5000): Max retries exceeded",
            "Identity service at http://k:5000/v3/auth/tokens cannot",
        ),
        (
            "Request to http://k:5000/v3/auth/tokens timed out",
            "Identity service at http://k:5000/v3/auth/tokens cannot",
        ),
        (
            "Failed to discover available identity versions when contacting http://k:5000. Attempting to parse "
            "version from URL.",
            "Identity service at http://k:5000 cannot",
        ),
        ("OSError: [Errno 98] Address already in use", "another program listens"),
        ("ERROR: Could not bind to 0.0.0.0:9292 after trying for 30 seconds", "another program listens"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("There is not enough disk space on the image storage media.", "disk is full"),
        ("There is no enough disk space left on the image storage media. requested=9", "disk is full"),
        ("OSError: [Errno 30] Read-only file system: '/srv/a'", "read-only"),
        ("PermissionError: [Errno 13] Permission denied: '/srv/images/a'", "no permission to use /srv/images/a:"),
        ("Permission to write in /srv/images denied", "no permission to use /srv/images:"),
        ("Permission to write image storage media denied.", "no permission to use its store:"),
        ("Unable to create datadir: /srv/images", "no permission to use /srv/images:"),
        ("ERROR: Failed to open some config files: /etc/glance/a.conf", "no permission to use /etc/glance/a.conf:"),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/srv/a'", "/srv/a does not exist"),
        ("ERROR: Failed to find some config files: /etc/glance/a.conf", "/etc/glance/a.conf does not exist"),
        (
            "ERROR: Value for option bind_port from LocationInfo(...) is not valid: invalid literal for int()",
            "value of the option bind_port is not valid",
        ),
        (
            "oslo_config.cfg.ConfigFileValueError: Value for option workers is not valid: x",
            "option workers is not valid",
        ),
        (
            "ERROR: Failed to parse /etc/glance/glance-api.conf: at /etc/glance/glance-api.conf:3, No ':' or '=' found",
            "file cannot be parsed",
        ),
        ("ERROR: no such option VALUE HIDDEN in group [DEFAULT]", "write a literal one as $$"),
        ("ERROR: template substitution error: substituting group g not supported", "write a literal one as $$"),
        ("ModuleNotFoundError: No module named 'rados'", "library rados is not"),
        (
            "glance_store.exceptions.UnknownScheme: Unknown scheme 'rbd' found in URI",
            "a store is not configured",
        ),
        ("ERROR: Store for identifier fs not found", "a store is not configured"),
        (
            "Failed to load driver ['x', ImportError()]. The driver will be disabled",
            "a store is not configured",
        ),
        ("Store filesystem could not be configured correctly. Reason: x", "a store is not configured"),
    ],
)
def test_likely_cause_is_recognized(line: str, cause: str) -> None:
    assert cause in str(log_analysis.likely_cause(["An unknown line", line]))


def test_every_cause_can_be_formatted() -> None:
    assert all(cause.format("x") for _pattern, cause in log_analysis.CAUSES)


def test_first_line_with_a_known_cause_decides() -> None:
    lines = ["Image not found in any configured backend", "No module named 'a'", "[Errno 28] No space left on device"]
    assert log_analysis.likely_cause(lines) == "the Python library a is not installed"
    assert log_analysis.likely_cause(lines[:1]) is None


@pytest.mark.parametrize(
    ("lines", "summary"),
    [
        ([], "The log (here) contains no errors or warnings."),
        (["strange", "odd"], "Log (here): strange | odd"),
        (["[Errno 28] No space left"], "Log (here): [Errno 28] No space left"),
        (["No space left on device"], "Likely cause: the disk is full. Log (here): No space left on device"),
    ],
)
def test_summary_has_the_likely_cause_and_the_lines(lines: list[str], summary: str) -> None:
    assert log_analysis.summary(lines, "here") == summary


def test_line_with_the_cause_is_kept_before_many_consequences() -> None:
    attempts = [f"glance-api.service: Scheduled restart job, restart counter is at {number}." for number in range(9)]
    lines = ["your memory page size is 4096 bytes", "ModuleNotFoundError: No module named 'glance.wsgi'", *attempts]
    assert log_analysis.relevant_lines("\n".join(lines), limit=3) == [lines[1], *attempts[-2:]]
