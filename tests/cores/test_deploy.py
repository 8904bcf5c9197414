"""A deployment with the oldest and the newest ansible-core: it converges, and the hosts get the same files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Iterator

import controllers
import pytest

from tests.cores.conftest import Core
from tools.cores import NEWEST, OLDEST, TOP, NoInterpreter

FILES = "/etc/glance/glance-api.conf /etc/glance/policy.d/*.json /etc/systemd/system/*glance*"
# The times of a run are no part of what it writes.
CONTENT = f"for file in $(ls -d {FILES} 2>/dev/null); do stat -c '%n %a %U:%G' $file; test -d $file || cat $file; done"


@pytest.fixture(params=[OLDEST, NEWEST])
def deployed_by(request: pytest.FixtureRequest) -> Core:
    try:
        return Core(request.param)
    except NoInterpreter as error:
        pytest.skip(str(error))


@pytest.fixture
def host(deployed_by: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[controllers.Controller]:
    """A host with MariaDB, memcached and Keystone, whose playbooks run with a version of ansible-core."""
    # The connection to the containers is in the collections of the environment that runs the tests.
    collections = [TOP / "playbooks/collections", *Path(sys.prefix).glob("lib/python*/site-packages")]
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", ":".join(map(str, collections)))
    monkeypatch.setenv("PATH", f"{deployed_by.python.parent}:{os.environ['PATH']}")
    # Some options hold the name of the host: it must be the same.
    name = "glance-core"
    controllers.run_hosts_tool("up", name, "--prepared", "--suite", "bookworm")
    yield controllers.create_controller(name, tmp_path)
    controllers.run_hosts_tool("down", name)


@pytest.fixture(scope="session")
def written() -> dict[str, str]:
    """The files of the host of each version so far."""
    return {}


def test_host_is_deployed_and_converges(
    deployed_by: Core, host: controllers.Controller, written: dict[str, str]
) -> None:
    version = subprocess.run(["ansible", "--version"], text=True, capture_output=True, check=True).stdout
    assert f"core {deployed_by.version}." in version
    for playbook in ("sandbox", "site"):
        run = host.play(playbook)
        assert run.rc == 0, run.output
    again = host.play("site")
    assert (again.rc, again.changed) == (0, 0), again.output
    verified = host.play("verify")
    assert (verified.rc, verified.changed) == (0, 0), verified.output
    written[deployed_by.version] = host.host.check_output("sh -c %s", CONTENT)
    assert "[keystone_authtoken]" in written[deployed_by.version]
    assert len(set(written.values())) == 1
