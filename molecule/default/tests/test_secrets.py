"""Secrets occur only in the inventory and in files that need them, for successful and failed runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest
from controllers import TOP, Controller, encodings

WRONG = "wr0ng$ecret/of@the:admin"
# Records every command line on the host.
WATCHER = """
import glob, signal, sys, time
seen = set()
def write(*_):
    open('/root/command-lines', 'w').write('\\n'.join(seen)); sys.exit()
signal.signal(signal.SIGTERM, write)
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
def recorded_output(host: Any, controller: Controller, secrets: list[str]) -> Iterator[list[str]]:
    """Collect output in a list. Check at the end that neither the list nor the host contains a secret."""
    output: list[str] = []
    host.check_output("rm -rf /root/.ansible/tmp; journalctl --rotate --quiet; journalctl --vacuum-time=1s --quiet")
    host.check_output(f"cat > /root/watcher.py <<'E'\n{WATCHER}\nE")
    watcher = subprocess.Popen(["podman", "exec", controller.name, "python3", "/root/watcher.py"])
    yield output
    host.check_output("pkill -TERM -f '/root/[w]atcher.py'")
    watcher.wait(30)
    output += [
        host.run(command).stdout_bytes.decode("utf-8", "replace")
        for command in (
            "cat /root/command-lines",
            "journalctl --quiet --no-pager",
            "find /tmp /var/tmp /root/.ansible -type f -exec cat {} +",
        )
    ]
    host.check_output("rm /root/watcher.py /root/command-lines")
    forms = {form for secret in [*secrets, WRONG] for form in encodings(secret)}
    assert not [form for form in forms if any(form in text for text in output)]


@pytest.mark.parametrize(
    ("playbook", "options"),
    [("sandbox", ()), ("site", ()), ("images", ()), ("verify", ()), ("remove", ("--check",))],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_successful_run_prints_no_secret(
    play: Callable[..., Any], recorded_output: list[str], playbook: str, options: tuple[str, ...]
) -> None:
    run = play(playbook, "--diff", "-vvv", *options)
    recorded_output.append(run.output)
    assert run.rc == 0, run.output[-3000:]


@pytest.mark.parametrize(("playbook", "extra", "words"), FAILING)
def test_failed_run_prints_no_secret(
    play: Callable[..., Any], recorded_output: list[str], playbook: str, extra: dict[str, Any], words: str, host: Any
) -> None:
    run = play(playbook, "--diff", "-vvv", **extra)
    # The output of Ansible starts with the command line, including -e.
    recorded_output.append(run.output)
    assert run.rc != 0, run.output[-3000:]
    assert words in run.words
    assert host.service("glance-api").is_running


def test_both_passwords_are_rotated_in_one_run(
    play: Callable[..., Any], host: Any, recorded_output: list[str], secrets: list[str]
) -> None:
    new = {"glance_database_password": "n3w$db:p@ss/w%rd é\\", "glance_service_password": "n3w$$svc%{p}w'\"#"}
    secrets_before = list(secrets)
    rotated = play("site", "--diff", "-vvv", **new)
    again = play("site", "--diff", "-vvv", **new)
    verified = play("verify", **new)
    reverted = play("site", "--diff", "-vvv")
    recorded_output += [rotated.output, again.output, reverted.output]
    assert rotated.rc == 0, rotated.output[-3000:]
    assert rotated.changed >= 4
    assert (again.rc, again.changed, verified.rc) == (0, 0, 0), again.output[-3000:]
    assert reverted.rc == 0, reverted.output[-3000:]
    output = rotated.output + again.output + reverted.output
    assert not [form for secret in [*secrets_before, *new.values()] for form in encodings(secret) if form in output]


@pytest.mark.parametrize("extra", [{}, {"glance_cloud": {"auth": ACCOUNT}}], ids=["success", "failure"])
def test_runner_artifacts_contain_no_secret(
    controller: Controller, recorded_output: list[str], tmp_path: Path, extra: dict[str, Any]
) -> None:
    """Check the artifacts that AWX stores for a job: output, events and facts."""
    for folder in ("inventory", "project", "env"):
        (tmp_path / folder).mkdir()
    shutil.copytree(controller.inventory, tmp_path / "inventory", dirs_exist_ok=True)
    (tmp_path / "env/extravars").write_text(json.dumps(extra))
    command = ["ansible-runner", "run", str(tmp_path), "-p", str(TOP / "playbooks/site.yml"), "-vvv", "--ident", "job"]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(TOP / "ansible.cfg")}
    done = subprocess.run([*command, "--cmdline=--diff"], env=environment, capture_output=True, text=True, check=False)
    artifacts = [path.read_text(errors="replace") for path in (tmp_path / "artifacts").rglob("*") if path.is_file()]
    assert len(artifacts) > 20, done.stdout + done.stderr
    recorded_output += [done.stdout, done.stderr, *artifacts]
    assert (done.returncode == 0) is not bool(extra), done.stdout[-3000:]
