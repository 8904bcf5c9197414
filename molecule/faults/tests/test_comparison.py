"""Differences that arise between two runs are found and repaired, and a failed comparison is an error."""

from __future__ import annotations

from typing import Any

import pytest

COMPARED = "preflight | Show the parts that differ from the deployment plan"
ENDPOINT = "$(openstack --os-cloud sandbox endpoint list --service image --interface admin -f value -c ID)"
# By the part of the deployment: a command that makes it differ, and the play that repairs it.
DRIFT = {
    "configure": ("sed -i '/^\\[paste_deploy\\]/,/^\\[/s/^flavor.*/flavor = caching/' {file}", "Configure the service"),
    "database": ("mysql -e 'REVOKE ALL PRIVILEGES ON glance.* FROM glance@localhost'", "Create the database"),
    "identity": (f"openstack --os-cloud sandbox endpoint delete {ENDPOINT}", "Create the service credentials"),
    "service": ("systemctl disable glance-api", "Populate the database and start the service"),
    "images": ("openstack --os-cloud sandbox image set --property os_distro=other small-disk", "Manage the images"),
}


def parts(output: str) -> dict[str, str]:
    """Return the states that the comparison displays, by part."""
    _before, _task, rest = output.partition(COMPARED)
    lines = rest.partition("\n\n")[0].splitlines()
    pairs = [line.strip().partition(": ") for line in lines if line.startswith("        ") and ": " in line]
    return {name: state for name, _colon, state in pairs if name in (*DRIFT, "install", "schema")}


def test_part_that_differs_is_repaired_and_the_others_are_left(converged: Any) -> None:
    """Every part differs in one run, and then no part does."""
    for command, _play in DRIFT.values():
        converged.host.check_output(command.format(file="/etc/glance/glance-api.conf"))
    run, again = converged.play("site"), converged.play("site")
    assert run.rc == 0, run.output[-3000:]
    assert {name for name, state in parts(run.output).items() if state != "in sync"} == {*DRIFT}
    assert (again.rc, again.changed) == (0, 0), again.output[-3000:]
    assert set(parts(again.output).values()) == {"in sync"}
    converged.host.check_output("systemctl is-enabled glance-api")


@pytest.mark.parametrize(
    ("part", "others"),
    [("configure", ["service"]), ("identity", []), ("images", [])],
    ids=["file", "identity", "images"],
)
def test_one_difference_runs_its_play(converged: Any, part: str, others: list[str]) -> None:
    """A service that started before its file was changed must restart."""
    command, play = DRIFT[part]
    converged.host.check_output(command.format(file="/etc/glance/glance-api.conf"))
    run = converged.play("site")
    assert run.rc == 0, run.output[-3000:]
    assert {name for name, state in parts(run.output).items() if state != "in sync"} == {part, *others}
    ran = [text for text in run.output.split("PLAY [") if "skipping: no hosts matched" not in text]
    assert any(text.startswith(play) for text in ran)
    assert not any(text.startswith("Install the packages") for text in ran)


def test_failed_comparison_is_an_error(converged: Any) -> None:
    """Keystone lists its versions, and cannot issue a token."""
    converged.host.check_output("mv /etc/keystone/fernet-keys /etc/keystone/moved-keys")
    try:
        run = converged.play("site")
    finally:
        converged.host.check_output("mv /etc/keystone/moved-keys /etc/keystone/fernet-keys")
    assert run.rc != 0
    assert "Cannot get a token from the Identity service" in run.words
    assert run.changed == 0
    assert parts(run.output) == {}
    assert "PLAY [Install the packages]" not in run.output


def test_check_predicts_the_difference(converged: Any) -> None:
    command, _play = DRIFT["configure"]
    converged.host.check_output(command.format(file="/etc/glance/glance-api.conf"))
    predicted = converged.play("site", "--check", "--diff")
    run = converged.play("site")
    assert predicted.rc == 0, predicted.output[-3000:]
    assert "flavor = keystone" in predicted.output
    assert predicted.changed == run.changed == 2
