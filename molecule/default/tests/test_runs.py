"""Messages of runs with invalid inputs, and secrets that must not be printed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest
from controllers import differences, encodings, host_state

Play = Callable[..., Any]
FIRST_CHANGE = "Install the packages"

WRONG_ADMINISTRATOR = {
    "auth_url": "http://controller:5000/v3",
    "username": "admin",
    "password": "wr0ng$ecret/of@the:admin",
    "project_name": "admin",
    "user_domain_name": "Default",
    "project_domain_name": "Default",
}
BAD_INPUT: list[Any] = [
    pytest.param(
        {"glance_config": "debug"},
        "glance_config must be a dictionary",
        id="wrong-type",
    ),
    pytest.param(
        {"glance_database_password": ""},
        "glance_database_password is not set",
        id="missing-password",
    ),
    pytest.param(
        {"glance_config": {"DEFAULT": {"enable_import_methods": ["x"]}}},
        "glance_config: DEFAULT/enable_import_methods is not an option of Glance; did you mean "
        "DEFAULT/enabled_import_methods?",
        id="unknown-option",
    ),
    pytest.param(
        {"glance_database_password": "GLANCE_DBPASS"},
        "glance_database_password still contains a placeholder",
        id="placeholder",
    ),
    pytest.param(
        {"glance_stroes": []},
        "glance_stroes is not a variable of this collection; did you mean glance_stores?",
        id="misspelt-variable",
    ),
    pytest.param(
        {"glance_database_port": 3399},
        "glance_database_host: cannot connect to controller:3399 (Connection refused)",
        id="unreachable-database",
    ),
    pytest.param(
        {"glance_identity_url": "http://controller:5999"},
        "glance_identity_url: cannot get http://controller:5999 from controller:5999 (Connection refused)",
        id="unreachable-identity",
    ),
    pytest.param(
        {"glance_public_url": "http://no-such-host.invalid:9292"},
        "glance_admin_url: cannot resolve no-such-host.invalid",
        id="unresolvable-name",
    ),
    pytest.param(
        {"glance_images": [{"name": "lost", "src": "/no/such/file.qcow2"}]},
        "glance_images[0].src: cannot read /no/such/file.qcow2 (No such file or directory)",
        id="missing-image",
    ),
    pytest.param(
        {"glance_images": [{"name": "page", "src": "/root/page.img"}]},
        "glance_images[0].src: /root/page.img is a web page",
        id="image-is-a-web-page",
    ),
    pytest.param(
        {"glance_service_password": "s3cretPass\n"},
        "glance_service_password ends with a newline",
        id="newline-in-a-password",
    ),
    pytest.param(
        {"glance_public_url": "http://controller:9292/v2"},
        "write http://controller:9292",
        id="version-in-a-url",
    ),
    pytest.param(
        {"glance_remove_data": "maybe", "glance_api_bind_port": "http"},
        "glance_remove_data must be true or false, not a string",
        id="text-that-is-not-boolean",
    ),
    pytest.param(
        {"glance_cloud": {"auth": WRONG_ADMINISTRATOR}},
        "The request you have made requires authentication",
        id="administrator-of-the-cloud",
    ),
    pytest.param(
        {"glance_database_login_host": "controller", "glance_database_login_password": "wr0ng-of-r00t"},
        "Cannot log in to the server at controller:3306 as 'root'",
        id="administrator-of-the-database",
    ),
]


@pytest.fixture(scope="module")
def page(host: Any) -> Any:
    host.check_output("printf '<!DOCTYPE html><html><body>404</body></html>' > /root/page.img")
    yield
    host.check_output("rm /root/page.img")


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(("extra", "words"), BAD_INPUT)
def test_invalid_input_is_refused_before_any_change(play: Play, host: Any, extra: dict[str, Any], words: str) -> None:
    before = host_state(host)
    run = play("site", **extra)
    assert words in run.words
    assert run.rc != 0
    assert run.changed == 0
    assert f"PLAY [{FIRST_CHANGE}]" not in run.output
    assert differences(before, host_state(host)) == []


def test_inventory_without_controllers_is_refused(play: Play, tmp_path: Path) -> None:
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("all: {hosts: {other: {ansible_connection: local}}}\n")
    run = play("site", inventory=inventory)
    assert run.rc != 0
    assert "The inventory has no host in the group glance_api" in run.words
    assert f"PLAY [{FIRST_CHANGE}]" not in run.output


def test_option_of_another_release_is_refused_before_any_change(play: Play) -> None:
    run = play("site", glance_config={"DEFAULT": {"cert_file": "/root/tls.crt"}})
    assert run.rc != 0
    assert "DEFAULT/cert_file is not an option of Glance Zed: it was removed in Ussuri" in run.words
    assert run.changed == 0
    assert f"PLAY [{FIRST_CHANGE}]" not in run.output


def test_file_that_the_release_refuses_is_not_written(play: Play, host: Any) -> None:
    """Set another release than installed, so that only the option definitions of the host detect the option."""
    before = host.file("/etc/glance/glance-api.conf").sha256sum
    run = play("site", glance_release="victoria", glance_config={"DEFAULT": {"admin_role": "x"}})
    assert run.rc != 0
    assert "[DEFAULT] admin_role is not an option of the installed release" in run.words
    assert "Nothing was changed." in run.words
    assert host.file("/etc/glance/glance-api.conf").sha256sum == before
    assert host.service("glance-api").is_running


def test_changed_option_is_deployed_and_reverted(play: Play, host: Any, secrets: list[str]) -> None:
    changed = play("site", "--diff", "-vvv", glance_config={"DEFAULT": {"image_size_cap": 123456789012}})
    assert (changed.rc, changed.changed) == (0, 2), changed.output[-3000:]
    assert "+image_size_cap = 123456789012" in changed.output
    assert "image_size_cap = 123456789012" in host.file("/etc/glance/glance-api.conf").content_string
    reverted = play("site", "--diff", "-vvv", glance_config={"DEFAULT": {"image_size_cap": None}})
    assert (reverted.rc, reverted.changed) == (0, 2), reverted.output[-3000:]
    assert "-image_size_cap = 123456789012" in reverted.output
    output = changed.output + reverted.output
    assert not [form for secret in secrets for form in encodings(secret) if form in output]


def test_wrong_secret_is_not_printed(play: Play) -> None:
    wrong = WRONG_ADMINISTRATOR["password"]
    run = play("verify", "-vvv", "--diff", glance_cloud={"auth": WRONG_ADMINISTRATOR})
    assert run.rc != 0
    assert "401" in run.output
    # ansible-playbook does not print the values of -e, so the output contains only the output of modules.
    assert not [form for form in encodings(wrong) if form in run.output]
