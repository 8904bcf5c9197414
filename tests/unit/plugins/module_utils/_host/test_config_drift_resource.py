# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests of the module config_drift with real files and a fake database."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

import pytest
from ansible.module_utils import basic

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host import config_drift_resource, store_drift
from ansible_collections.osops.glance.plugins.modules import config_drift
from ansible_collections.osops.glance.tests.unit.plugins.modules.fakes import printed_by

CANARY = "canary-Zq9w"
NOTICE = "# Written by Ansible (osops.glance).\n"
URL = "mysql+pymysql://glance:{}@db/glance"
DESIRED: dict[str, dict[str, Any]] = {
    "DEFAULT": {"enabled_backends": "fs:file", "debug": None, "workers": 2},
    "database": {"connection": URL.format(f"{CANARY}-new")},
    "keystone_authtoken": {"username": "glance", "password": f"{CANARY}-$$new"},
    "glance_store": {"default_backend": "fs"},
    "fs": {"filesystem_store_datadir": "/var/lib/glance/images/"},
}


def text_of(sections: dict[str, dict[str, Any]]) -> str:
    lines = []
    for section, options in sections.items():
        lines += [f"[{section}]", *(f"{name} = {value}" for name, value in options.items() if value is not None)]
    return "\n".join(lines) + "\n"


class Host:
    """A host with configuration files, and a database with the locations of images."""

    def __init__(self, folder: Path) -> None:
        self.conf = folder / "glance-api.conf"
        self.policies = folder / "policy.d"
        self.policies.mkdir()
        self.images: list[tuple[str, str]] | None = []
        self.queries = 0
        self.packaged: list[str] = []

    @contextmanager
    def log_in(self, _target: Any, _path: str) -> Iterator[Any]:
        self.queries += 1
        if self.images is None:
            raise GlanceError("Cannot log in to the database db:3306/glance: access denied.")
        yield self

    def rows(self, sql: str) -> list[Any]:
        return ["image_locations"] if sql.startswith("SHOW") else self.images or []

    def run(self, **options: Any) -> dict[str, Any]:
        arguments = {
            "host": "controller",
            "managed_marker": "(osops.glance)",
            "files": {str(self.conf): DESIRED},
            **options,
        }
        before = sorted((path, path.read_bytes()) for path in self.conf.parent.rglob("*") if path.is_file())
        printed = printed_by(config_drift, **arguments)
        assert CANARY not in printed
        assert sorted((path, path.read_bytes()) for path in self.conf.parent.rglob("*") if path.is_file()) == before
        result: dict[str, Any] = json.loads(printed)
        assert not result.get("changed")
        return result

    def lost(self, **options: Any) -> str:
        result = self.run(**options)
        assert not result.get("failed"), result["msg"]
        return "\n".join(result["lost"]).replace(str(self.conf.parent), "")

    def refusal(self, **options: Any) -> str:
        result = self.run(**options)
        assert result["failed"]
        return str(result["msg"])


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    fake = Host(tmp_path)
    monkeypatch.setattr(store_drift, "log_in", fake.log_in)
    monkeypatch.setattr(config_drift_resource, "is_as_installed", lambda _module, path, _content: path in fake.packaged)
    monkeypatch.setattr(basic.AnsibleModule, "log", lambda *_arguments, **_keywords: None)
    return fake


def by_hand(**sections: dict[str, Any]) -> str:
    """Return the desired file as an operator may have written it, with other options."""
    return text_of({name: {**DESIRED.get(name, {}), **sections.get(name, {})} for name in {**DESIRED, **sections}})


def test_absent_or_desired_file_loses_nothing(host: Host) -> None:
    assert host.lost() == ""
    host.conf.write_text(NOTICE + text_of(DESIRED))
    assert (host.lost(), host.lost(mode="merge")) == ("", "")
    assert host.queries == 0


def test_lost_options_of_a_file_written_by_hand_are_reported(host: Host) -> None:
    host.conf.write_text(by_hand(DEFAULT={"workers": 8, "image_size_cap": 5}, cors={"allowed_origin": CANARY}))
    assert host.lost() == (
        "controller: /glance-api.conf was not written by this collection and is replaced. A copy is kept as "
        "/glance-api.conf.before-osops-*. Options that are removed: DEFAULT/image_size_cap, cors/allowed_origin. "
        "Options whose value changes: DEFAULT/workers. To keep options, add them to glance_config or "
        "glance_registry_config, or set glance_api_config_mode: merge."
    )
    assert host.lost(mode="merge") == ""
    host.packaged = [str(host.conf)]
    assert host.lost() == ""


def test_option_that_was_added_to_a_managed_file_is_reported(host: Host) -> None:
    host.conf.write_text(NOTICE + by_hand(DEFAULT={"workers": 8, "image_size_cap": 5}))
    assert host.lost().startswith(
        "controller: /glance-api.conf has options that the variables do not contain: DEFAULT/image_size_cap. They are "
    )


def test_file_that_cannot_be_parsed_is_reported(host: Host) -> None:
    host.conf.write_text(f"{CANARY}\n")
    assert "cannot be parsed" in host.lost()


@pytest.mark.parametrize("mode", ["replace", "merge"])
@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"database": {"connection": URL.format(f"{CANARY}-old")}},
            "the database account glance than glance_database_",
        ),
        ({"keystone_authtoken": {"password": f"{CANARY}-old"}}, "the service user glance than glance_service_password"),
        (
            {"keystone_authtoken": {"username": "", "password": "", "admin_user": "glance", "admin_password": CANARY}},
            "the service user glance than glance_service_password. This run sets the password in Keystone",
        ),
        (
            {"database": {"connection": ""}, "DEFAULT": {"sql_connection": URL.format(CANARY)}},
            "the database account glance than glance_database_password. This run sets the password in MariaDB",
        ),
        (
            {"database": {"connection": f"mysql+pymysql://other:{CANARY}@10.0.0.5/images"}},
            "uses the database 10.0.0.5:3306/images, and this run uses db:3306/glance",
        ),
    ],
)
def test_another_password_or_database_is_reported(host: Host, mode: str, sections: Any, message: str) -> None:
    host.conf.write_text(by_hand(**sections))
    assert message in host.lost(mode=mode)


@pytest.mark.parametrize(
    "sections",
    [
        {"database": {"connection": URL.format(f"{CANARY[:-1]}%77-new")}},
        {"keystone_authtoken": {"password": f"{CANARY}-\\$new"}},
        {"keystone_authtoken": {"username": "another", "password": CANARY}},
        {"database": {"connection": "sqlite:////var/lib/glance/glance.sqlite"}},
    ],
)
def test_same_password_or_another_account_is_not_reported(host: Host, sections: Any) -> None:
    host.conf.write_text(by_hand(**sections))
    assert "password" not in host.lost(mode="merge")


SINGLE = {"DEFAULT": {"enabled_backends": ""}, "glance_store": {"stores": "file,http"}}
MOVED = {"fs": {"filesystem_store_datadir": "/srv/images"}}


def test_images_that_would_be_unreadable_fail_the_task(host: Host) -> None:
    host.conf.write_text(by_hand(**SINGLE))
    host.images = [("1", "http"), ("2", "https"), ("3", "file:///var/lib/glance/images/")]
    message = host.refusal()
    assert "2 images have their data only in the store kind http" in message
    assert "Add {name: http, type: http} to glance_stores" in message
    assert message.endswith("Nothing was changed.")


@pytest.mark.parametrize("mode", ["replace", "merge"])
def test_store_that_no_image_needs_is_a_warning(host: Host, mode: str) -> None:
    sections = dict(SINGLE)
    if mode == "merge":
        # The desired options are set in the file, so that the stores in [glance_store] are not used.
        sections = {"DEFAULT": {"enabled_backends": "fs:file,web:http"}}
    host.conf.write_text(by_hand(**sections))
    host.images = [("3", "file:///var/lib/glance/images/")]
    assert "/glance-api.conf: This run removes the store kind http. The stores are set in glance_stores." in host.lost(
        mode=mode
    )


@pytest.mark.parametrize("mode", ["replace", "merge"])
def test_directory_of_images_that_was_set_by_hand_is_not_replaced(host: Host, mode: str) -> None:
    host.conf.write_text(by_hand(**MOVED))
    host.images = [("1", "file:///srv/images/")]
    message = host.refusal(mode=mode)
    assert "1 image has its data in /srv/images" in message
    assert "stores images in /var/lib/glance/images instead" in message
    host.images = []
    assert "stores images in /var/lib/glance/images instead of /srv/images" in host.lost(mode=mode)


def test_directory_that_came_from_glance_stores_may_be_replaced(host: Host) -> None:
    host.conf.write_text(NOTICE + by_hand(**MOVED))
    host.images = [("1", "file:///srv/images/")]
    assert "1 image has its data in /srv/images" in host.lost()


def test_skipped_check_is_reported(host: Host) -> None:
    host.conf.write_text(by_hand(**SINGLE))
    host.images = None
    assert "could not be checked: Cannot log in to the database" in host.lost()
    host.images = [("1", "")]
    assert "The locations of 1 images are encrypted" in host.lost()
    host.conf.write_text(by_hand(**SINGLE, database={"connection": "sqlite:////var/lib/glance/glance.sqlite"}))
    assert "is not a MySQL or MariaDB database" in host.lost()


def test_default_kinds_that_no_image_needs_are_not_reported(host: Host) -> None:
    host.conf.write_text(by_hand(DEFAULT={"enabled_backends": ""}))
    assert "store kind" not in host.lost()
    host.images = None
    assert "store kind" not in host.lost()
    host.images = [("1", "http")]
    assert "store kind http" in host.refusal()


def test_files_in_the_default_directories_are_reported(host: Host, tmp_path: Path) -> None:
    host.conf.write_text(NOTICE + text_of(DESIRED))
    files = {
        "glance-api.conf.d/local.conf": f"[DEFAULT]\nworkers = 9\n[a]\nx = {CANARY}\n",
        "glance-api.conf.d/notes.txt": "[DEFAULT]\nworkers = 9\n",
        "glance-api.conf.d/commented.conf": "[DEFAULT]\n# workers = 9\n",
        "glance.conf.d/packaged.conf": "[DEFAULT]\nworkers = 9\n",
        "glance.conf.d/unreadable.conf": f"{CANARY}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    host.packaged = [str(tmp_path / "glance.conf.d/packaged.conf")]
    warnings = [line.split(". Move")[0] for line in host.lost().splitlines()]
    head = "is in force and not managed by this collection. It sets these options:"
    assert warnings == [
        f"controller: /glance-api.conf.d/local.conf {head} DEFAULT/workers, a/x",
        f"controller: /glance.conf.d/unreadable.conf {head} (the file cannot be parsed)",
    ]


def test_unit_that_is_not_managed_is_reported(host: Host, tmp_path: Path) -> None:
    names = ["own.service", "foreign.service", "packaged.ini", "absent.service", "masked.service"]
    units = [str(tmp_path / name) for name in names]
    Path(units[0]).write_text(f"{NOTICE}[Service]\n")
    Path(units[1]).write_text("[Service]\nExecStart=/opt/glance\n")
    Path(units[2]).write_text("[uwsgi]\n")
    Path(units[4]).symlink_to("/dev/null")
    host.packaged = [units[2]]
    warning = host.lost(unit_files=units)
    assert warning.startswith(
        "controller: /foreign.service was not written by this collection and is replaced. A copy is"
    )
    assert "\n" not in warning


def test_policy_files_in_force_are_reported(host: Host, tmp_path: Path) -> None:
    old, own = tmp_path / "policy.json", host.policies / "osops-glance.json"
    old.write_text(json.dumps({"publicize_image": "role:admin", "add_image": ""}))
    own.write_text(json.dumps({"add_image": "!", "delete_image": "!"}))
    (host.policies / "00_default_policy.yaml").write_text('"add_image": ""\n')
    (host.policies / "10-local.yaml").write_text('# comment: x\n"get_images": "role:admin"\n\nadd_member: "!"\n')
    (host.policies / "zz-local.yaml").write_text('"add_image": ""\n')
    (host.policies / ".hidden.yaml").write_text('"add_image": ""\n')
    (host.policies / "commented.yaml").write_text('#"add_image": ""\n')
    host.packaged = [str(host.policies / "00_default_policy.yaml")]
    policy = {"path": str(own), "rules": {"add_image": "!"}, "files": [str(tmp_path / "policy.yaml"), str(old)]}
    warnings = host.lost(policy=policy).splitlines()
    ending = "Move the rules that you need to glance_api_policy and remove the file."
    head = "is in force and not managed by this collection. It sets these rules:"
    assert warnings == [
        "controller: /policy.d/osops-glance.json has rules that glance_api_policy does not contain: delete_image. "
        "They are removed.",
        f"controller: /policy.json {head} publicize_image, add_image. {ending}",
        f"controller: /policy.d/10-local.yaml {head} get_images, add_member. {ending}",
        f"controller: /policy.d/zz-local.yaml {head} add_image. It overrides these rules of glance_api_policy: "
        f"add_image. {ending}",
    ]
