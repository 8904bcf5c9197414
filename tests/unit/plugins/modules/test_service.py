# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any, Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.progress import VARIABLE
from ansible_collections.osops.glance.plugins.module_utils._host.systemd import booted
from ansible_collections.osops.glance.plugins.modules import service
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import FakeModule

ANSWER = {"endpoints": {"public": "http://controller:9292"}, "versions": ["v2.15"], "images": True}
RESTORED = "The previous configuration was restored and the service responds: {}."
BROKEN = "ERROR glance [-] OSError: [Errno 98] Address already in use\n"


class FakeHost:
    """A host with systemd and a service that works with every file but those that have `broken` in them."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.loaded, self.enabled, self.state, self.stale = "loaded", "enabled", "active", "no"
        self.read = "/lib/systemd/system/glance-api.service"  # the unit file that systemd has read
        self.started: float | None = time.time() - 100
        self.fails: dict[str, str] = {}
        self.works: Callable[[], bool] = lambda: "broken" not in file.read_text()
        self.ran: list[str] = []
        self.looks = 0
        self.refusal: GlanceError | None = None
        self.restarts, self.substate, self.pid = 0, "running", 0

    def authenticate(self) -> None:
        if self.refusal:
            raise self.refusal  # pylint: disable=raising-bad-type

    def systemctl(self, verb: str, *arguments: str) -> tuple[int, str, str]:
        if verb == "show":
            return 0, self.show(), ""
        self.ran.append(" ".join([verb, *arguments]))
        if verb == "daemon-reload":
            own = self.file.with_name("glance-api.service")
            self.read = str(own) if own.exists() else "/lib/systemd/system/glance-api.service"
        if verb in self.fails:
            return 1, "", self.fails[verb]
        if verb in ("start", "restart"):
            self.state, self.started = "active", time.time()
        return 0, "", ""

    def show(self) -> str:
        monotonic = int((self.started - booted()) * 1e6) if self.started else 0
        return (
            f"ExecMainStartTimestampMonotonic={monotonic}\nLoadState={self.loaded}\nUnitFileState={self.enabled}\n"
            f"ActiveState={self.state}\nNeedDaemonReload={self.stale}\n"
            f"FragmentPath={self.read}\nNRestarts={self.restarts}\nSubState={self.substate}\nMainPID={self.pid}\n"
        )

    def copy(self, text: str) -> Path:
        """Make a copy as ansible-core does."""
        copy = Path(f"{self.file}.{len(list(self.file.parent.iterdir()))}.2026-11-21@10:00:00~")
        copy.write_text(text)
        return copy

    def copies(self) -> list[str]:
        return sorted(path.read_text() for path in self.file.parent.glob("*~"))


class FakeService(FakeModule):
    def __init__(self, host: FakeHost, check_mode: bool, **given: Any) -> None:
        super().__init__(service.OPTIONS, check_mode, **{"units": ["glance-api"], "files": [str(host.file)], **given})
        self.host = host

    def run_command(self, command: list[str]) -> tuple[int, str, str]:
        assert command[0] == "timeout"
        command = command[2:]
        if command[0] == "journalctl":
            return 0, BROKEN, ""
        return self.host.systemctl(*command[1:])

    def atomic_move(self, source: str, target: str) -> None:
        os.replace(source, target)


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    """Return a host whose service runs with its configuration."""
    file = tmp_path / "glance-api.conf"
    file.write_text("good")
    os.utime(file, (0, time.time() - 200))
    fake = FakeHost(file)

    class FakeApi:
        def __init__(
            self, cloud: Any, endpoint: str | None, timeout: float, look: Callable[[], None], settle: float
        ) -> None:
            assert cloud is fake
            self.look = look

        def run(self) -> dict[str, Any]:
            fake.looks += 1
            if not fake.works():
                self.look()
                raise GlanceError("GET / got no answer")
            return ANSWER

    monkeypatch.setattr(service, "STATE_DIRECTORY", str(tmp_path / "run"))
    monkeypatch.setattr(service, "connect", lambda _module: fake)
    monkeypatch.setattr(service, "ApiCheck", FakeApi)
    return fake


def run(host: FakeHost, check_mode: bool = False, **given: Any) -> dict[str, Any]:
    return FakeService(host, check_mode, **given).end(service.Running)


def configure(host: FakeHost, text: str = "new") -> None:
    """Write the file anew, and keep a copy of what the service runs with."""
    host.copy(host.file.read_text())
    host.file.write_text(text)


def test_service_that_runs_with_its_files_is_only_asked(host: FakeHost) -> None:
    result = run(host)
    assert (result["changed"], result["units"], result["versions"]) == (False, {}, ["v2.15"])
    assert (host.ran, host.looks) == ([], 1)


def test_service_that_does_nothing_and_does_not_answer_fails(host: FakeHost) -> None:
    host.works = lambda: False
    message = run(host)["msg"]
    assert message.startswith("The Image service does not work: GET / got no answer. Likely cause: another program")
    assert (host.ran, "earlier" in message) == ([], False)


def test_newer_file_restarts_the_service_once(host: FakeHost) -> None:
    configure(host)
    result = run(host)
    assert (result["changed"], result["units"]) == (True, {"unit glance-api": "restart"})
    assert host.ran == ["restart glance-api"]
    assert not run(host)["changed"]


@pytest.mark.parametrize(
    ("state", "ran"),
    [
        pytest.param({"state": "inactive", "started": None}, ["start glance-api"], id="stopped"),
        pytest.param({"enabled": "disabled"}, ["enable glance-api"], id="disabled"),
        pytest.param(
            {"loaded": "masked", "enabled": "masked", "state": "inactive", "started": None},
            ["unmask glance-api", "enable glance-api", "start glance-api"],
            id="masked",
        ),
        pytest.param(
            {"state": "inactive", "started": None, "stale": "yes"},
            ["daemon-reload", "start glance-api"],
            id="another unit file",
        ),
    ],
)
def test_service_is_brought_to_run(host: FakeHost, state: dict[str, Any], ran: list[str]) -> None:
    vars(host).update(state)
    assert run(host, check_mode=True)["changed"]
    assert host.ran == []
    assert run(host)["changed"]
    assert host.ran == ran


@pytest.mark.parametrize(("keep", "left"), [(True, ["good"]), (False, [])], ids=["kept", "removed"])
def test_copies_when_the_service_answers(host: FakeHost, keep: bool, left: list[str]) -> None:
    configure(host)
    assert run(host, keep_copies=keep)["changed"]
    assert host.copies() == left


def test_previous_file_comes_back_when_the_new_one_does_not_work(host: FakeHost) -> None:
    configure(host, "broken one")
    configure(host, "broken two")
    result = run(host)
    assert result["msg"].startswith("The Image service does not work: GET / got no answer. Likely cause: another")
    assert result["msg"].endswith(RESTORED.format(host.file))
    again = ["restart glance-api", "reset-failed glance-api", "restart glance-api"]
    assert (host.file.read_text(), host.ran) == ("good", again)


@pytest.mark.parametrize(("keep", "left"), [(True, ["broken one"]), (False, [])], ids=["kept", "removed"])
def test_copies_when_the_previous_file_came_back(host: FakeHost, keep: bool, left: list[str]) -> None:
    configure(host, "broken one")
    configure(host, "broken two")
    run(host, keep_copies=keep)
    assert host.copies() == left


def test_copy_from_before_the_start_is_not_what_the_service_ran_with(host: FakeHost) -> None:
    older = host.copy("older")
    host.started = older.stat().st_ctime + 0.0005
    configure(host, "broken")
    later = {*host.file.parent.iterdir()} - {older}
    while min(path.stat().st_mtime for path in later) < host.started + 0.0005:  # the file system's clock goes in steps
        for path in later:
            path.touch()
    message = run(host)["msg"]
    assert RESTORED.format(host.file) in message
    assert (host.file.read_text(), host.copies()) == ("good", ["older"])


@pytest.mark.parametrize("started", [True, False], ids=["no copies", "never started"])
def test_without_an_earlier_configuration_that_is_said(host: FakeHost, started: bool) -> None:
    host.file.write_text("broken")
    if not started:
        host.state, host.started = "inactive", None
    state = f"The new {host.file} stays. State of the units: glance-api is active (running)."
    assert run(host)["msg"].endswith(f"There is no earlier configuration to restore. {state}")
    assert len(host.ran) == 1


def test_previous_file_that_does_not_work_either_is_told(host: FakeHost) -> None:
    configure(host)
    host.works = lambda: False
    message = run(host, keep_copies=False)["msg"]
    assert f"was restored, but the service does not respond with it either: {host.file}. The Image" in message
    assert host.file.read_text() == "good"


def test_refusal_of_systemd_is_told_with_the_log(host: FakeHost) -> None:
    configure(host)
    host.fails["restart"] = "Job for glance-api.service failed."
    message = run(host)["msg"]
    assert (
        "`systemctl restart glance-api` failed with status 1: Job for glance-api.service failed. Likely cause"
        in message
    )
    assert "does not respond with it either" in message


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ({"state": "failed", "substate": "failed"}, "the unit glance-api has failed"),
        ({"state": "activating", "substate": "auto-restart", "restarts": 1}, "glance-api is in a restart loop"),
        ({"restarts": 2}, "glance-api is in a restart loop"),
    ],
    ids=["failed", "ended for the second time", "restarted for the second time"],
)
def test_unit_that_ends_again_and_again_is_not_waited_for(host: FakeHost, state: dict[str, Any], reason: str) -> None:
    configure(host, "broken")

    def works() -> bool:
        if "broken" in host.file.read_text():
            vars(host).update(state)
            return False
        vars(host).update(state="active", substate="running", restarts=0)
        return True

    host.works = works
    message = run(host)["msg"]
    assert reason in message
    assert message.endswith(RESTORED.format(host.file))


def test_absent_unit_is_refused(host: FakeHost) -> None:
    host.loaded = "not-found"
    assert run(host)["msg"] == "The unit glance-api is not on this host: install the Image service first."
    assert host.ran == []


def test_absent_unit_is_predicted_in_check_mode(host: FakeHost) -> None:
    host.loaded = "not-found"
    result = run(host, check_mode=True)
    assert result["units"] == {"unit glance-api, at boot": "enable", "unit glance-api": "start"}
    assert result["warnings"][0].startswith("The unit glance-api is not installed yet")
    assert (host.ran, host.looks) == ([], 0)


@pytest.mark.parametrize("works", [True, False], ids=["responds", "does not respond"])
def test_nothing_is_restarted_when_the_identity_service_refuses(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    host.file.write_text(OLD)
    configure(host, OLD + "# new")
    host.refusal = GlanceError("The Identity service gave no token")
    host.works = lambda: works

    def connect(module: Any) -> FakeHost:
        host.refusal = None if module.params["cloud"] else host.refusal
        return host

    monkeypatch.setattr(service, "connect", connect)
    message = run(host, cloud=None)["msg"]
    start = (
        "The Identity service gave no token. The previous configuration was restored, the service was not restarted, "
    )
    end = "and it responds: " if works else "but it does not respond: "
    assert message.startswith(f"{start}{end}{host.file}.")
    assert (host.ran, host.file.read_text(), host.looks) == ([], OLD, 1)


def test_a_new_unit_file_is_read_before_the_restart(host: FakeHost) -> None:
    own = host.file.with_name("glance-api.service")
    own.write_text("[Service]\n")
    result = run(host, files=[str(host.file), str(own)])
    assert result["units"] == {"unit glance-api": "restart"}
    assert host.ran == ["daemon-reload", "restart glance-api"]
    assert run(host, files=[str(host.file), str(own)])["changed"] is False


def test_a_new_unit_file_with_which_nothing_works_goes_away_again(host: FakeHost) -> None:
    own = host.file.with_name("glance-api.service")
    own.write_text("[Service]\n")
    host.works = lambda: host.read != str(own)
    result = run(host, files=[str(host.file), str(own)])
    assert result["msg"].endswith(RESTORED.format(f"the unit instead of {own}"))
    assert not own.exists()
    assert host.file.read_text() == "good"


def test_failures_that_systemd_has_forgotten_do_not_end_the_way_back(host: FakeHost) -> None:
    configure(host, "broken")
    host.fails["reset-failed"] = "Unit glance-api.service not loaded."
    assert run(host)["msg"].endswith(RESTORED.format(host.file))


OLD = """[database]
connection = mysql+pymysql://glance:old-%40-word@127.0.0.1/glance
[keystone_authtoken]
auth_url = http://controller:5000
username = glance
password = old-word
"""
NEW = OLD.replace("old-%40-word", "new-%40-word").replace("old-word", "new-word")


def test_previous_file_is_restored_with_the_current_passwords(host: FakeHost) -> None:
    host.file.write_text(OLD)
    configure(host, f"{NEW}# broken")
    result = run(host, keep_copies=False)
    (copy,) = host.file.parent.glob("*~")
    end = "The previous configuration was restored with the current passwords and the service responds: "
    assert result["msg"].endswith(f"{end}{host.file}. The previous file as it was is kept as {copy}.")
    assert (host.file.read_text(), copy.read_text()) == (NEW, OLD)
    assert host.ran == ["restart glance-api", "reset-failed glance-api", "restart glance-api"]


def test_previous_file_is_restored_as_it_was_where_the_new_passwords_are_wrong(host: FakeHost) -> None:
    host.file.write_text(OLD)
    configure(host, NEW)
    host.works = lambda: "new-word" not in host.file.read_text()
    assert run(host)["msg"].endswith(RESTORED.format(host.file))
    assert host.file.read_text() == OLD
    assert host.copies() == []


def test_current_passwords_stay_where_nothing_works(host: FakeHost) -> None:
    host.file.write_text(OLD)
    configure(host, f"{NEW}# broken")
    host.works = lambda: False
    assert "does not respond with it either" in run(host)["msg"]
    assert host.file.read_text() == NEW


def test_refused_account_is_replaced_by_the_one_of_the_previous_file(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.file.write_text(OLD)
    configure(host, NEW.replace("password = ", "user_domain_name = 1f\npassword = "))
    host.refusal = GlanceError("The Identity service gave no token")
    given: list[Any] = []

    def connect(module: Any) -> FakeHost:
        given.append(module.params["cloud"])
        if module.params["cloud"]:
            host.refusal = None
        return host

    monkeypatch.setattr(service, "connect", connect)
    message = run(host, cloud=None)["msg"]
    assert message.startswith("The Identity service gave no token. The previous configuration was restored")
    assert given[-1]["auth"]["username"] == "glance"
    assert (host.looks, host.ran) == (1, ["reset-failed glance-api", "restart glance-api"])


def test_run_after_an_interrupted_one_knows_what_to_restore(host: FakeHost) -> None:
    configure(host, "broken")
    host.works = lambda: sys.exit("interrupted")  # type: ignore[func-returns-value]
    with pytest.raises(SystemExit):
        FakeService(host, False).end(service.Running)
    host.works = lambda: "broken" not in host.file.read_text()
    assert run(host)["msg"].endswith(RESTORED.format(host.file))
    assert host.file.read_text() == "good"


def test_verified_service_has_no_change_under_way(host: FakeHost) -> None:
    configure(host)
    host.works = lambda: sys.exit("interrupted")  # type: ignore[func-returns-value]
    with pytest.raises(SystemExit):
        FakeService(host, False).end(service.Running)
    host.works = lambda: True
    state = Path(service.STATE_DIRECTORY) / "glance-api.started"
    run(host, check_mode=True)
    assert state.exists()
    result = run(host)
    assert (result["changed"], result["versions"], state.exists()) == (False, ["v2.15"], False)


def test_copies_of_a_file_behind_a_link_are_found(host: FakeHost, tmp_path: Path) -> None:
    link = tmp_path / "link" / "glance-api.conf"
    link.parent.mkdir()
    link.symlink_to(host.file)
    configure(host, "broken")
    assert run(host, files=[str(link)])["msg"].endswith(RESTORED.format(host.file))
    assert (link.is_symlink(), link.read_text()) == (True, "good")


def test_play_displays_what_is_waited_for(host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = tmp_path / "progress"
    seen: list[str] = []

    def works() -> bool:
        end = time.monotonic() + 20
        while not progress.exists() and time.monotonic() < end:
            time.sleep(0.05)
        seen.append(progress.read_text())
        return "broken" not in host.file.read_text()

    monkeypatch.setenv(VARIABLE, str(progress))
    configure(host, "broken")
    host.works = works
    run(host)
    assert '["glance-api", "waiting for its answer", ' in seen[0]
    assert '["glance-api", "waiting for its answer with the previous configuration", ' in seen[1]
    assert not progress.exists()


def test_systemctl_has_a_limit(host: FakeHost) -> None:
    configure(host)

    class Slow(FakeService):
        def run_command(self, command: list[str]) -> tuple[int, str, str]:
            if command[2:] == ["systemctl", "restart", "glance-api"]:
                assert command[:2] == ["timeout", "7"]
                return 124, "", ""
            return super().run_command(command)

    message = Slow(host, False, command_timeout=7).end(service.Running)["msg"]
    assert "`systemctl restart glance-api` did not end within 7 seconds" in message


def test_secret_in_an_answer_is_redacted(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    host.file.write_text(NEW)
    os.utime(host.file, (0, time.time() - 200))

    def answers(_self: object) -> None:
        raise GlanceError("GET / answered 500: cannot use 'new-word' and mysql://glance:new-@-word@127.0.0.1/glance")

    monkeypatch.setattr(service.ApiCheck, "run", answers)
    message = run(host)["msg"]
    assert "VALUE HIDDEN" in message
    assert "word" not in message


def test_proxy_of_the_process_is_named(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    host.file.write_text(NEW)
    os.utime(host.file, (0, time.time() - 200))
    host.pid = 7
    monkeypatch.setattr(
        service, "environment_of", lambda pid, _more: {"http_proxy": "http://u:pw@127.0.0.1:9"} if pid else {}
    )
    host.works = lambda: False
    message = run(host)["msg"]
    assert "glance-api sends its requests to http://controller:5000 through the proxy 127.0.0.1:9, since" in message
    assert "u:pw" not in message


@pytest.mark.parametrize("check_mode", [False, True], ids=["run", "check"])
def test_mask_of_an_operator_is_reported(
    host: FakeHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    host.read = str(tmp_path / "masked.service")
    host.loaded, host.enabled, host.state, host.started = "masked", "masked", "inactive", None
    monkeypatch.setattr(service._unit, "is_masked_by_hand", lambda unit: unit.masked)
    (warning,) = run(host, check_mode)["warnings"]
    assert warning.startswith(f"glance-api.service was masked ({host.read}) after it was installed")


def restore(host: FakeHost, **given: Any) -> dict[str, Any]:
    return FakeService(host, False, state="restored", **given).end(service.Restoring)


ACCOUNTS = """[database]
connection = mysql://glance:{}@db/glance
[keystone_authtoken]
auth_url = http://controller:5000
username = glance
password = {}
"""


def test_previous_file_is_restored_without_a_restart_where_no_account_was_changed(host: FakeHost) -> None:
    host.copy(ACCOUNTS.format("old", "old"))
    host.file.write_text(ACCOUNTS.format("new", "new"))
    result = restore(host, current_accounts=[])
    assert result["changed"]
    assert "was restored, the service was not restarted, and it responds" in result["restored"]
    assert host.file.read_text() == ACCOUNTS.format("old", "old")
    assert host.ran == []


def test_previous_file_is_restored_with_the_password_of_the_account_that_was_changed(host: FakeHost) -> None:
    host.copy(ACCOUNTS.format("old", "old"))
    host.file.write_text(ACCOUNTS.format("new", "new"))
    result = restore(host, current_accounts=["database"])
    assert "was restored with the current passwords and the service responds" in result["restored"]
    assert host.file.read_text() == ACCOUNTS.format("new", "old")
    assert host.ran[-1] == "restart glance-api"


def test_nothing_is_restored_where_nothing_was_written(host: FakeHost) -> None:
    result = restore(host)
    assert not result["changed"]
    assert result["restored"] == "There is no earlier configuration to restore."
