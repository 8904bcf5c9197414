# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._schema.revisions import (
    CONTRACT,
    DISK_FULL,
    DONE,
    EXPAND,
    HALF_DONE,
    METADEFS,
    MIGRATE,
    SCHEMA,
    Leftover,
    Release,
    State,
    advice,
    are_ours,
    can_check,
    complaint,
    connection_in,
    did_nothing,
    is_pending,
    leftover_in,
    plan,
    prediction,
    refuse_absent,
    refuse_newer,
    refuse_out_of_order,
    refuse_unfinished,
    release_of,
    revisions_in,
    target_of,
    trips_over_itself,
    was_cut_off,
)

CONFIG = "/etc/glance/glance-api.conf"
URL = "mysql+pymysql://glance:p%40s%24@controller/glance"
TARGET = target_of(URL, CONFIG)


def script(revision: str, *before: str) -> str:
    down, depends_on = [*before, None, None][:2]
    return f'"""Text."""\nrevision = {revision!r}\ndown_revision = {down!r}\ndepends_on = {depends_on!r}\n'


def scripts(**before: tuple[str, ...]) -> dict[str, str]:
    return {f"{revision}_text.py": script(revision, *ones) for revision, ones in before.items()}


WALLABY = scripts(
    liberty=(),
    mitaka02=("liberty",),
    pike_expand01=("mitaka02",),
    pike_contract01=("mitaka02", "pike_expand01"),
    wallaby_expand01=("pike_expand01",),
    wallaby_contract01=("pike_contract01", "wallaby_expand01"),
)
PIKE = scripts(
    mitaka02=("liberty",),
    pike01=("mitaka02",),
    pike_expand01=("mitaka02",),
    pike_contract01=("mitaka02", "pike_expand01"),
    liberty=(),
)
LIBERTY = {"001_add_images_table.py": "", "042_add_changes.py": "", "006_mysql_upgrade.sql": "", "__init__.py": ""}


@pytest.mark.parametrize(
    ("text", "connection"),
    [
        pytest.param(f"[database]\nconnection = {URL}\n", URL, id="plain"),
        pytest.param(f"[database]\nconnection: {URL}\n", URL, id="colon"),
        pytest.param(f"[database]\nconnection='{URL}'\n", URL, id="quoted"),
        pytest.param(f"[database]\nconnection = old\n[x]\ny = 1\n[database]\nconnection = {URL}", URL, id="last wins"),
        pytest.param("[database]\nconnection = mysql://g:a$$b@c/d", "mysql://g:a$b@c/d", id="doubled dollar"),
        pytest.param("[DEFAULT]\nconnection = x\n[database]\n", "", id="other section"),
        pytest.param("[database]\n#connection = x\n# connection = y\n", "", id="comments"),
        pytest.param("[database]\nslave_connection = x\n", "", id="other option"),
        pytest.param("[database]\nconnection =\n", "", id="empty"),
        pytest.param("", "", id="empty file"),
    ],
)
def test_connection_is_read_as_oslo_config_reads_it(text: str, connection: str) -> None:
    assert connection_in(parse(text, DIALECTS["oslo"])) == connection


@pytest.mark.parametrize(
    ("url", "place", "user", "password"),
    [
        pytest.param(URL, "controller:3306/glance", "glance", "p@s$", id="encoded password"),
        pytest.param("mysql://g:x@10.0.0.1:3307/g", "10.0.0.1:3307/g", "g", "x", id="port"),
        pytest.param("mysql://g:a/b:c@h/g", "h:3306/g", "g", "a/b:c", id="slash and colon as SQLAlchemy takes them"),
        pytest.param("mysql://g:x@[fd00::1]:3307/g", "fd00::1:3307/g", "g", "x", id="IPv6"),
        pytest.param("mysql+pymysql://g:x@h/g?charset=utf8", "h:3306/g", "g", "x", id="options"),
        pytest.param("mysql://g@h/g", "h:3306/g", "g", "", id="no password"),
        pytest.param("mysql:///g?unix_socket=/run/m.sock", "/run/m.sock/g", "", "", id="socket"),
        pytest.param("postgresql://g:x%40@h:5432/g", "postgresql://h:5432/g", "", "x@", id="PostgreSQL"),
        pytest.param("sqlite:////var/lib/g.sqlite", "sqlite:////var/lib/g.sqlite", "", "", id="SQLite"),
    ],
)
def test_url_names_a_database(url: str, place: str, user: str, password: str) -> None:
    target = target_of(url, CONFIG)
    assert (str(target), target.user, target.password) == (place, user, password)


@pytest.mark.parametrize("url", ["mysql://g:S3cr@t@h/g", "mysql://g:S3c@r/t@h/g", "mysql://g:S3crt@h", "S3cr:t@h/g"])
def test_refusal_of_a_url_shows_nothing_of_the_password(url: str) -> None:
    with pytest.raises(GlanceError, match="Percent-encode") as refused:
        target_of(url, CONFIG)
    assert "S3c" not in str(refused.value)


def test_password_is_not_in_the_text_of_a_target() -> None:
    assert "p@s" not in repr(TARGET)


@pytest.mark.parametrize(
    ("found", "heads"),
    [
        pytest.param(WALLABY, ("wallaby_contract01",), id="Wallaby"),
        pytest.param(PIKE, ("pike01", "pike_contract01"), id="Pike"),
        pytest.param(LIBERTY, ("42",), id="Liberty"),
        pytest.param({}, (), id="nothing found"),
    ],
)
def test_head_of_the_installed_release(found: dict[str, str], heads: tuple[str, ...]) -> None:
    assert release_of(found).heads == heads


@pytest.mark.parametrize(
    ("found", "revisions", "at_head"),
    [
        pytest.param(WALLABY, ("wallaby_contract01",), True, id="at head"),
        pytest.param(WALLABY, ("pike_contract01", "wallaby_expand01"), False, id="in the middle"),
        pytest.param(WALLABY, ("pike01",), False, id="older"),
        pytest.param(WALLABY, (), False, id="empty"),
        pytest.param(PIKE, ("pike01",), True, id="Pike by db_sync"),
        pytest.param(PIKE, ("pike_contract01",), True, id="Pike by branches"),
        pytest.param(LIBERTY, ("42",), True, id="numbered"),
        pytest.param(LIBERTY, ("34",), False, id="numbered, older"),
    ],
)
def test_schema_at_head_is_known(found: dict[str, str], revisions: tuple[str, ...], at_head: bool) -> None:
    assert release_of(found).is_at_head(State(revisions)) is at_head


@pytest.mark.parametrize(
    ("found", "revision"),
    [
        pytest.param(WALLABY, "2024_1_contract01", id="newer"),
        pytest.param(LIBERTY, "44", id="newer number"),
        pytest.param(LIBERTY, "pike01", id="a name where there are numbers"),
    ],
)
def test_schema_of_a_newer_release_is_refused(found: dict[str, str], revision: str) -> None:
    with pytest.raises(GlanceError, match=f"{revision}.*does not know.*cannot be downgraded") as refused:
        refuse_newer(State((revision,)), release_of(found), TARGET)
    assert "controller:3306/glance" in str(refused.value)


@pytest.mark.parametrize(
    ("found", "revision"),
    [
        pytest.param(WALLABY, "mitaka02", id="older"),
        pytest.param(WALLABY, "pike01", id="older, of a branch that is gone"),
        pytest.param(WALLABY, "44", id="older, numbered"),
        pytest.param({}, "anything", id="release not found"),
    ],
)
def test_schema_of_an_older_release_is_accepted(found: dict[str, str], revision: str) -> None:
    refuse_newer(State((revision,)), release_of(found), TARGET)


@pytest.mark.parametrize(
    ("found", "revisions", "phase", "stage"),
    [
        pytest.param(WALLABY, ("wallaby_contract01",), "migrate", DONE, id="done"),
        pytest.param(WALLABY, ("pike_contract01",), "contract", EXPAND, id="to expand"),
        pytest.param(WALLABY, ("pike_contract01", "wallaby_expand01"), "migrate", MIGRATE, id="perhaps to migrate"),
        pytest.param(WALLABY, ("pike_contract01", "wallaby_expand01"), "contract", CONTRACT, id="to contract"),
        pytest.param(LIBERTY, ("34",), "all", EXPAND, id="numbered"),
    ],
)
def test_stage_by_revision(found: dict[str, str], revisions: tuple[str, ...], phase: str, stage: int) -> None:
    assert release_of(found).stage(State(revisions), phase) == stage


EXPANDED = ("pike_contract01", "wallaby_expand01")
BOTH = ["wallaby_expand01", "wallaby_contract01"]


@pytest.mark.parametrize(
    ("found", "revisions", "phase", "end", "path"),
    [
        pytest.param(WALLABY, ("pike_contract01",), "all", BOTH[1:], BOTH, id="all"),
        pytest.param(WALLABY, ("pike_contract01",), "expand", EXPANDED, BOTH[:1], id="expand"),
        pytest.param(WALLABY, EXPANDED, "migrate", EXPANDED, [], id="migrate"),
        pytest.param(WALLABY, EXPANDED, "contract", BOTH[1:], BOTH[1:], id="contract"),
        pytest.param(
            WALLABY,
            (),
            "all",
            BOTH[1:],
            ["liberty", "mitaka02", "pike_expand01", "wallaby_expand01", "pike_contract01", "wallaby_contract01"],
            id="from nothing",
        ),
        pytest.param(WALLABY, ("pike01",), "all", BOTH[1:], BOTH, id="from a revision that is gone"),
        pytest.param(WALLABY, ("44",), "all", BOTH[1:], [], id="from a number"),
        pytest.param(PIKE, ("mitaka02",), "all", ["pike01"], ["pike01"], id="Pike by db_sync"),
        pytest.param(LIBERTY, ("40",), "all", ["42"], ["41", "42"], id="numbered"),
        pytest.param({}, ("40",), "all", [], [], id="unknown"),
    ],
)
def test_way_to_the_end_of_a_phase(
    found: dict[str, str], revisions: tuple[str, ...], phase: str, end: Any, path: list[str]
) -> None:
    release, state = release_of(found), State(revisions)
    assert release.end(state, phase).revisions == tuple(end)
    assert release.path(state, phase) == path


def test_empty_database_is_created_and_filled() -> None:
    made = plan(State(), release_of(WALLABY), "all", EXPAND, "/m", ["A", "B"])
    assert made.actions() == {SCHEMA: "create", METADEFS: "load"}
    schema = made.diff()["after"][SCHEMA]
    assert (schema["revision"], schema["phase"], len(schema["migrations"])) == ("wallaby_contract01", "all", 6)
    assert made.diff()["after"][METADEFS] == {"directory": "/m", "namespaces": ["A", "B"]}


@pytest.mark.parametrize(
    ("phase", "stage", "action"),
    [
        ("all", EXPAND, "migrate"),
        ("all", CONTRACT, "migrate"),
        ("all", DONE, None),
        ("expand", EXPAND, "expand"),
        ("expand", MIGRATE, None),
        ("migrate", MIGRATE, "migrate"),
        ("migrate", CONTRACT, None),
        ("contract", CONTRACT, "contract"),
        ("contract", DONE, None),
    ],
)
def test_phase_is_done_when_it_is_its_turn(phase: str, stage: int, action: str | None) -> None:
    made = plan(State(("pike_contract01",)), release_of(WALLABY), phase, stage)
    assert made.actions() == ({SCHEMA: action} if action else {})
    assert is_pending(stage, phase) is bool(action)


@pytest.mark.parametrize(
    ("phase", "stage", "first"),
    [("migrate", EXPAND, "expand"), ("contract", EXPAND, "expand"), ("contract", MIGRATE, "migrate")],
)
def test_phase_out_of_order_is_refused(phase: str, stage: int, first: str) -> None:
    with pytest.raises(GlanceError, match=f"`phase: {phase}` comes after {first}.*run `phase: {first}` first"):
        refuse_out_of_order(stage, phase, State(("a",)), TARGET)


@pytest.mark.parametrize(
    ("phase", "stage"),
    [("all", EXPAND), ("none", EXPAND), ("expand", EXPAND), ("contract", CONTRACT), ("expand", DONE)],
)
def test_phase_in_its_turn_is_not_refused(phase: str, stage: int) -> None:
    refuse_out_of_order(stage, phase, State(("a",)), TARGET)


TABLES = frozenset({"images", "alembic_version"})


@pytest.mark.parametrize(
    ("state", "stage", "told"),
    [
        pytest.param(State((), frozenset()), EXPAND, "has no schema of the Image service. Check", id="empty"),
        pytest.param(State((), frozenset({"a", "b"})), EXPAND, "service, but 2 tables. Check", id="somebody else's"),
        pytest.param(State(("a",), frozenset({"alembic_version"})), DONE, "but 1 tables", id="no images"),
        pytest.param(State(("a",), TABLES), EXPAND, "revision a, and .* needs wallaby_contract01", id="older"),
    ],
)
def test_schema_that_the_service_cannot_use_is_told(state: State, stage: int, told: str) -> None:
    made = plan(state, release_of(WALLABY), "none", stage)
    assert made.steps
    assert not made.changed
    with pytest.raises(GlanceError, match=told):
        refuse_absent(state, release_of(WALLABY), TARGET)


@pytest.mark.parametrize("stage", [DONE, MIGRATE, CONTRACT])
def test_schema_that_the_service_can_use_is_left_alone(stage: int) -> None:
    assert not plan(State(("a",), TABLES), release_of(WALLABY), "none", stage).steps


def test_bare_host_is_predicted_to_get_everything() -> None:
    assert prediction("all", "/m").diff()["after"] == {
        SCHEMA: {"revision": "head", "phase": "all"},
        METADEFS: {"directory": "/m"},
    }
    assert prediction("all", None).actions() == {SCHEMA: "create"}


def test_bare_host_is_predicted_to_be_looked_at() -> None:
    assert not prediction("none", "/m").changed


@pytest.mark.parametrize(
    ("state", "pending"),
    [
        pytest.param(State((), frozenset()), True, id="nothing is there"),
        pytest.param(State(("h",), frozenset({"alembic_version"})), False, id="no table images"),
        pytest.param(State(("a",), frozenset({"images", "alembic_version"})), True, id="not at head"),
        pytest.param(State(()), True, id="tables not looked at, no revision"),
    ],
)
def test_success_without_a_schema_is_refused(state: State, pending: bool) -> None:
    with pytest.raises(GlanceError, match="controller:3306/glance.*It said: it did nothing"):
        refuse_unfinished(state, pending, TARGET, "it did nothing")


@pytest.mark.parametrize("tables", [None, frozenset({"images", "alembic_version"})], ids=["not looked at", "there"])
def test_schema_that_is_there_is_accepted(tables: frozenset[str] | None) -> None:
    refuse_unfinished(State(("h",), tables), False, TARGET, "")


@pytest.mark.parametrize(
    ("tables", "ours"),
    [
        pytest.param(
            {"images", "image_tags", "metadef_tags", "tasks", "task_info", "alembic_version"}, True, id="ours"
        ),
        pytest.param({"artifacts", "artifact_blobs", "migrate_version", "cached_images"}, True, id="ours, old and new"),
        pytest.param({"images", "wp_posts"}, False, id="not all"),
        pytest.param(set(), False, id="none"),
        pytest.param(None, False, id="not looked at"),
    ],
)
def test_tables_of_the_image_service_are_told_from_others(tables: set[str] | None, ours: bool) -> None:
    assert are_ours(tables if tables is None else frozenset(tables)) is ours


@pytest.mark.parametrize(
    ("url", "answers"),
    [(URL, True), ("sqlite:////x", True), ("postgresql://g:x@h/g", False), ("mariadb+pymysql://g:x@h/g", False)],
)
def test_check_command_knows_the_engine(url: str, answers: bool) -> None:
    assert can_check(target_of(url, CONFIG)) is answers


@pytest.mark.parametrize(
    ("output", "told"),
    [
        pytest.param(
            "2026-11-20 14:05:37.240 8061 INFO alembic [-] Context impl MySQLImpl.\x1b[00m\n"
            'Traceback (most recent call last):\n  File "/x.py", line 1, in x\n    raise y\n    ^^^^^\n'
            "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (1050, \"Table 'tasks' already exists\")\n"
            "[SQL: \nCREATE TABLE images (\n\tid INTEGER\n)\n]\n"
            "(Background on this error at: https://sqlalche.me/e/14)",
            "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (1050, \"Table 'tasks' already exists\")",
            id="traceback",
        ),
        pytest.param(
            "2026-11-20 14:05:41.843 8080 ERROR glance     raise exception.CantStartEngineError(\n"
            "2026-11-20 14:05:41.843 8080 ERROR glance oslo_db.exception.CantStartEngineError: No sql_connection\n"
            "2026-11-20 14:05:41.843 8080 ERROR glance \x1b[00m",
            "oslo_db.exception.CantStartEngineError: No sql_connection",
            id="traceback in the log",
        ),
        pytest.param("a\nb\nc\nFailed to sync.\n", "b c Failed to sync.", id="last lines"),
        pytest.param(
            "2026-11-20 14:05:47.7 8098 ERROR glance.db [-] Failed to parse json file x.json\x1b[00m\n"
            "2026-11-20 14:05:47.7 8098 INFO glance.db [-] Metadata loading finished\x1b[00m\n",
            "Failed to parse json file x.json",
            id="log",
        ),
        pytest.param("", "it said nothing", id="silence"),
    ],
)
def test_complaint_is_the_reason_and_nothing_else(output: str, told: str) -> None:
    assert complaint(output) == told


@pytest.mark.parametrize(
    ("output", "half_done"),
    [
        ("(1050, \"Table 'images' already exists\")", True),
        ("(1060, \"Duplicate column name 'x'\")", True),
        ('(1045, "Access denied")', False),
    ],
)
def test_half_a_migration_is_recognized(output: str, half_done: bool) -> None:
    assert trips_over_itself(output) is half_done


SQL = 'OperationalError: (1060, "Duplicate")\n[SQL: {}]\n(Background on this error'


@pytest.mark.parametrize(
    ("statement", "leftover"),
    [
        ("ALTER TABLE images ADD COLUMN os_hidden BOOL NOT NULL", Leftover("column", "images", "os_hidden")),
        ("CREATE INDEX i_idx ON images (os_hidden)", Leftover("index", "images", "i_idx")),
        ("CREATE UNIQUE INDEX `i_idx` ON `images` (x)", Leftover("index", "images", "i_idx")),
        ("\nCREATE TABLE cached_images (\n\tid", Leftover("table", "cached_images", "")),
        ("ALTER TABLE images DROP COLUMN is_public", None),
    ],
)
def test_leftover_is_recognized(statement: str, leftover: Leftover | None) -> None:
    assert leftover_in(SQL.format(statement)) == leftover


@pytest.mark.parametrize(
    ("output", "told"),
    [
        pytest.param("(1060, 'Duplicate')", HALF_DONE, id="half done"),
        pytest.param("(1114, \"The table 'images' is full\")", DISK_FULL, id="full table"),
        pytest.param("OSError: [Errno 28] No space left on device", DISK_FULL, id="full disk"),
        pytest.param("Got error 28 from storage engine", DISK_FULL, id="full disk of the server"),
        pytest.param("(1045, 'Access denied')", "", id="something else"),
    ],
)
def test_advice_fits_the_reason(output: str, told: str) -> None:
    assert advice(output).strip() == told


@pytest.mark.parametrize(
    ("output", "cut_off"),
    [("(2013, 'Lost connection')", True), ("(1053, 'Server shutdown')", True), ("(1045, 'Access denied')", False)],
)
def test_server_that_went_away_is_recognized(output: str, cut_off: bool) -> None:
    assert was_cut_off(output) is cut_off


@pytest.mark.parametrize(
    ("output", "nothing"),
    [
        ("Migrated 3 rows", False),
        ("Migrated 0 rows", True),
        ("Database migration is up to date. No migration needed.", True),
        ("Database is up to date. No migrations needed.", True),
    ],
)
def test_migration_of_nothing_is_recognized(output: str, nothing: bool) -> None:
    assert did_nothing(output) is nothing


@pytest.mark.parametrize(
    ("output", "revisions"),
    [
        pytest.param("wallaby_contract01\n", ("wallaby_contract01",), id="one"),
        pytest.param("2026-11-20 14:05:47.7 8 INFO a [-] Context impl\npike_contract01\nq_expand01\n",
                     ("pike_contract01", "q_expand01"), id="two"),
        pytest.param("42\n", ("42",), id="number"),
        pytest.param("0\n", (), id="nothing yet"),
        pytest.param("Database is either not under migration control or under legacy control\n", (), id="sentence"),
    ],
)  # fmt: skip
def test_revisions_are_read_from_what_db_version_prints(output: str, revisions: tuple[str, ...]) -> None:
    assert revisions_in(output) == revisions


def test_unknown_release_is_never_at_head() -> None:
    assert not Release().is_at_head(State(("x",)))
