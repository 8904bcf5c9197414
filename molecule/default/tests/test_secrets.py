"""No secret is anywhere but in the inventory and in the files that need it, whatever a run does and however it ends."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from controllers import TOP, Controller, spellings

WRONG = "wr0ng$ecret/of@the:admin"
# Writes down every command line that it sees, each once.
WATCHER = """
import glob, signal, sys, time
seen = set()
def told(*_):
    open('/root/command-lines', 'w').write('\\n'.join(seen)); sys.exit()
signal.signal(signal.SIGTERM, told)
while True:
    for path in glob.glob('/proc/[0-9]*/cmdline'):
        try:
            seen.add(open(path, errors='replace').read().replace('\\0', ' '))
        except OSError:
            pass
    time.sleep(0.05)
"""
ACCOUNT = {
    "auth_url": "http://controller:5000/v3",
    "username": "admin",
    "password": WRONG,
    "project_name": "admin",
    "user_domain_name": "Default",
    "project_domain_name": "Default",
}
FAILING: list[Any] = [
    pytest.param("site", {"glance_cloud": {"auth": ACCOUNT}}, "401", id="administrator-is-refused"),
    pytest.param("verify", {"glance_cloud": {"auth": ACCOUNT}}, "401", id="verifier-is-refused"),
    pytest.param("images", {"glance_cloud": {"auth": ACCOUNT}}, "401", id="uploader-is-refused"),
    pytest.param("remove", {"glance_cloud": {"auth": ACCOUNT}}, "401", id="remover-is-refused"),
    pytest.param(
        "site",
        {"glance_database_login_host": "controller", "glance_database_login_password": WRONG},
        "Access denied",
        id="database-administrator-is-refused",
    ),
    pytest.param(
        "site", {"glance_config": {"keystone_authtoken": {"password": WRONG}}}, "was restored", id="service-is-refused"
    ),
    pytest.param(
        "site",
        {"glance_database_password": WRONG, "glance_config": {"database": {"connection": f"mysql://g:{WRONG}@x/g"}}},
        "connection",
        id="configuration-is-refused",
    ),
]


@pytest.fixture
def everything_shown(host: Any, controller: Controller, secrets: list[str]) -> Iterator[list[str]]:
    """A list for what is shown; at the end, no secret is in it, nor left anywhere on the host."""
    shown: list[str] = []
    host.check_output("rm -rf /root/.ansible/tmp; journalctl --rotate --quiet; journalctl --vacuum-time=1s --quiet")
    host.check_output(f"cat > /root/watcher.py <<'E'\n{WATCHER}\nE")
    watcher = subprocess.Popen(["podman", "exec", controller.name, "python3", "/root/watcher.py"])
    yield shown
    host.check_output("pkill -TERM -f '/root/[w]atcher.py'")
    watcher.wait(30)
    shown += [
        host.run(command).stdout_bytes.decode("utf-8", "replace")
        for command in (
            "cat /root/command-lines",
            "journalctl --quiet --no-pager",
            "find /tmp /var/tmp /root/.ansible -type f -exec cat {} +",
        )
    ]
    host.check_output("rm /root/watcher.py /root/command-lines")
    forms = {form for secret in [*secrets, WRONG] for form in spellings(secret)}
    assert not [form for form in forms if any(form in text for text in shown)]


@pytest.mark.parametrize(
    ("playbook", "options"),
    [("sandbox", ()), ("site", ()), ("images", ()), ("verify", ()), ("remove", ("--check",))],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_secret_is_shown_by_what_succeeds(
    play: Callable[..., Any], everything_shown: list[str], playbook: str, options: tuple[str, ...]
) -> None:
    run = play(playbook, "--diff", "-vvv", *options)
    everything_shown.append(run.output)
    assert run.rc == 0, run.output[-3000:]


@pytest.mark.parametrize(("playbook", "extra", "words"), FAILING)
def test_no_secret_is_shown_by_what_fails(
    play: Callable[..., Any], everything_shown: list[str], playbook: str, extra: dict[str, Any], words: str, host: Any
) -> None:
    run = play(playbook, "--diff", "-vvv", **extra)
    # Ansible repeats the command line at its beginning, with what -e says.
    everything_shown.append(run.output)
    assert run.rc != 0, run.output[-3000:]
    assert words in run.words
    assert host.service("glance-api").is_running


def test_both_passwords_are_rotated_in_one_run(
    play: Callable[..., Any], host: Any, everything_shown: list[str], secrets: list[str]
) -> None:
    new = {"glance_database_password": "n3w$db:p@ss/w%rd é\\", "glance_service_password": "n3w$$svc%{p}w'\"#"}
    secrets_before = list(secrets)
    there = play("site", "--diff", "-vvv", **new)
    again = play("site", "--diff", "-vvv", **new)
    verified = play("verify", **new)
    back = play("site", "--diff", "-vvv")
    everything_shown += [there.output, again.output, back.output]
    assert there.rc == 0, there.output[-3000:]
    assert there.changed >= 4
    assert (again.rc, again.changed, verified.rc) == (0, 0, 0), again.output[-3000:]
    assert back.rc == 0, back.output[-3000:]
    shown = there.output + again.output + back.output
    assert not [form for secret in [*secrets_before, *new.values()] for form in spellings(secret) if form in shown]


@pytest.mark.parametrize("extra", [{}, {"glance_cloud": {"auth": ACCOUNT}}], ids=["success", "failure"])
def test_runner_keeps_no_secret(
    controller: Controller, everything_shown: list[str], tmp_path: Path, extra: dict[str, Any]
) -> None:
    """What AWX keeps of a job: its output, its events, its facts."""
    for folder in ("inventory", "project", "env"):
        (tmp_path / folder).mkdir()
    shutil.copytree(controller.inventory, tmp_path / "inventory", dirs_exist_ok=True)
    (tmp_path / "env/extravars").write_text(json.dumps(extra))
    command = ["ansible-runner", "run", str(tmp_path), "-p", str(TOP / "playbooks/site.yml"), "-vvv", "--ident", "job"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(TOP / "ansible.cfg")}
    done = subprocess.run([*command, "--cmdline=--diff"], env=environment, capture_output=True, text=True, check=False)
    artifacts = [path.read_text(errors="replace") for path in (tmp_path / "artifacts").rglob("*") if path.is_file()]
    assert len(artifacts) > 20, done.stdout + done.stderr
    everything_shown += [done.stdout, done.stderr, *artifacts]
    assert (done.returncode == 0) is not bool(extra), done.stdout[-3000:]
