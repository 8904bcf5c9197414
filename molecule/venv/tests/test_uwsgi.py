"""uWSGI options, rollback and changes of the virtual environment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable

Play = Callable[..., Any]
CHUNKS = Path(__file__).with_name("chunks.py").read_text()
CURRENT = "readlink -f /opt/glance/current"


def test_large_chunks_are_accepted(host: Any) -> None:
    answer = json.loads(host.check_output("python3 -c %s 2048 16", CHUNKS))
    assert answer == {"answer": 204, "status": "active", "size": 2048 * 2**20, "whole": True}


def test_application_that_cannot_be_loaded_is_rolled_back(host: Any, play: Play) -> None:
    run = play("site", glance_api_uwsgi={"module": "glance.wsgi.nothing:application"})
    assert run.rc != 0
    assert "glance.wsgi.nothing" in run.output
    assert "The previous configuration was restored and the service responds" in run.output
    answer = host.check_output("openstack --os-cloud sandbox image list -f value -c Name")
    assert answer.split() == ["small-disk"]
    again = play("site")
    assert (again.rc, again.changed) == (0, 0), again.output


def test_other_content_creates_new_environment_and_old_one_is_reused(host: Any, play: Play) -> None:
    before = host.check_output(CURRENT)
    changed = play("site", glance_api_python_packages=["PyMySQL", "python-memcached", "colorama"])
    assert changed.rc == 0, changed.output
    assert host.check_output(CURRENT) != before
    assert host.file(before).exists
    reverted = play("site")
    assert reverted.rc == 0, reverted.output
    assert host.check_output(CURRENT) == before
    assert before in host.check_output("systemctl show --property=ExecStart glance-api")
