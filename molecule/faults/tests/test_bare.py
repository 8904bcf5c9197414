"""Check mode on a host without the service: it predicts the changes and writes nothing."""

from __future__ import annotations

from typing import Any, Callable, Iterator

import pytest
from controllers import differences, host_state

LIBRARIES = "/usr/lib/python3/dist-packages"


@pytest.fixture
def bare(controller: Any) -> Iterator[Any]:
    """Remove the libraries with which the modules reach the database and the cloud from the prepared host."""
    names = "pymysql openstack"
    controller.host.check_output(f"mkdir /root/away && cd {LIBRARIES} && mv {names} /root/away/")
    yield controller
    controller.host.check_output(f"cd /root/away && mv {names} {LIBRARIES}/ && rmdir /root/away")


def test_check_mode_on_a_bare_host_predicts_and_writes_nothing(boot: Callable[[str], Any], bare: Any) -> None:
    before = host_state(bare.host)
    run = bare.play("site", "--check", "--diff")
    assert run.rc == 0, run.output[-3000:]
    assert not differences(before, host_state(bare.host))
    for words in (
        "database glance",
        "endpoint public",
        "connection = VALUE HIDDEN",
        "unit glance-api",
        "image small-disk",
    ):
        assert words in run.words
    assert "is not installed yet" in run.words


def test_check_mode_with_many_changes_writes_nothing(converged: Any) -> None:
    before = host_state(converged.host)
    run = converged.play(
        "site",
        "--check",
        "--diff",
        glance_public_url="http://controller:9292/elsewhere",
        glance_identity_user_description="renamed",
        glance_database_password="another-secret",
        glance_service_password="one-more-secret",
        glance_database_account_hosts=["localhost", "%", "192.0.2.1"],
        glance_config={"DEFAULT": {"image_size_cap": 1000000000}},
        glance_images=[{"name": "small-disk", "src": "/var/lib/sandbox-disk.qcow2", "min_disk": 2}],
    )
    assert run.rc == 0, run.output[-3000:]
    assert not differences(before, host_state(converged.host))
    for words in ("elsewhere", "renamed", "192.0.2.1", "+image_size_cap = 1000000000", "min_disk: 2"):
        assert words in run.words
    assert run.changed >= 5


def test_check_mode_on_a_converged_host_reports_no_change_and_writes_nothing(converged: Any) -> None:
    before = host_state(converged.host)
    run = converged.play("site", "--check", "--diff")
    assert (run.rc, run.changed) == (0, 0), run.output[-3000:]
    assert not differences(before, host_state(converged.host))
