# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.osops.glance.plugins.module_utils._ini import kept_options
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import parse
from ansible_collections.osops.glance.plugins.module_utils._ini.oslo_validator import (
    Generator,
    ReleaseOptions,
    diagnosis_of,
    is_accepted,
)


def option(name: str, kind: str = "string value", **other: Any) -> dict[str, Any]:
    about = {"choices": [], "min": None, "max": None, "secret": False, "namespace": "glance.api"}
    return {"name": name, "dest": name, "type": kind, **about, **other}


SCHEMA = {
    "options": {
        "DEFAULT": {
            "opts": [
                option("enabled_import_methods", "list value"),
                option("workers", "integer value", min=1),
                option("admin_password", "integer value"),
            ]
        },
        "keystone_authtoken": {"opts": [option("auth_version")]},
        "glance_store": {"opts": [option("filesystem_store_chunk_size", "integer value", min=1)]},
        "glance.store.rbd.store": {"opts": [option("rbd_store_pool", namespace="glance.multi_store")]},
    },
    "deprecated_options": {},
}


def refusal(place: str) -> str:
    return f"ERROR:root:{place} is not part of the sample config\n"


@pytest.fixture
def validator(tmp_path: Path) -> list[str]:
    """Return the command of a validator, with a generator in its directory that prints SCHEMA."""
    generator = tmp_path / "oslo-config-generator"
    generator.write_text(f"#!/bin/sh\necho noise >&2\ncat <<'END'\n{json.dumps(SCHEMA)}\nEND\n")
    generator.chmod(0o755)
    return [str(tmp_path / "oslo-config-validator"), "--namespace=glance.api", "--exclude-group", "fast"]


def faults(validator: list[str], text: str, *refused: str) -> list[str]:
    return Generator(validator).faults(text.encode(), "".join(map(refusal, refused)))


@pytest.mark.parametrize(
    ("text", "refused", "expected"),
    [
        pytest.param(
            "[DEFAULT]\nenable_import_methods = x\n",
            "DEFAULT/enable_import_methods",
            "[DEFAULT] enable_import_methods is not an option of the installed release; "
            "did you mean enabled_import_methods?",
            id="misspelt",
        ),
        pytest.param(
            "[DEFAULT]\nauth_version = 3\n",
            "DEFAULT/auth_version",
            "[DEFAULT] auth_version is not an option of the installed release; it belongs in [keystone_authtoken].",
            id="in another section",
        ),
        pytest.param(
            "[default]\nworker = 3\n",
            "default/worker",
            "[default] worker is not an option of the installed release; did you mean workers in [DEFAULT]?",
            id="misspelt, in another section",
        ),
        pytest.param(
            "[x]\nzzz = 3\n", "x/zzz", "[x] zzz is not an option of the installed release.", id="nothing like it"
        ),
    ],
)
def test_unknown_option_is_reported_with_a_suggestion(
    validator: list[str], text: str, refused: str, expected: str
) -> None:
    assert faults(validator, text, refused) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[DEFAULT]\nworkers = many\n", "[DEFAULT] workers must be an integer, not 'many'.", id="type"),
        pytest.param("[DEFAULT]\nworkers = 0\n", "[DEFAULT] workers must be at least 1, not '0'.", id="range"),
        pytest.param(
            "[DEFAULT]\nadmin_password = S3cret\n", "[DEFAULT] admin_password must be an integer.", id="secret"
        ),
        pytest.param(
            "[fast]\nfilesystem_store_chunk_size = big\n",
            "[fast] filesystem_store_chunk_size must be an integer, not 'big'.",
            id="of a store",
        ),
        pytest.param(
            "[fast]\nrbd_store_pol = images\n",
            "[fast] rbd_store_pol is not an option of a store in the installed release; did you mean rbd_store_pool?",
            id="misspelt option of a store",
        ),
    ],
)
def test_fault_that_the_validator_does_not_report_is_reported(validator: list[str], text: str, expected: str) -> None:
    assert faults(validator, text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "[DEFAULT]\nworkers = 3\nenabled_import_methods = [a,b]\n",
        "[fast]\nrbd_store_pool = images\nstore_description = Fast\nown_option_of_a_driver = x\n",
        "[other]\nworkers = many\n",
        "no document",
    ],
)
def test_file_without_a_fault_has_no_problems(validator: list[str], text: str) -> None:
    assert faults(validator, text) == []


@pytest.mark.parametrize("printed", ["", "[]", "{}", '{"options": {"DEFAULT": {"opts": [{}]}}}'])
def test_definitions_are_not_required(validator: list[str], tmp_path: Path, printed: str) -> None:
    (tmp_path / "oslo-config-generator").write_text(f"#!/bin/sh\necho '{printed}'\n")
    assert faults(validator, "[DEFAULT]\nx = 1\n", "DEFAULT/x") == [
        "[DEFAULT] x is not an option of the installed release."
    ]
    (tmp_path / "oslo-config-generator").unlink()
    assert len(faults(validator, "[DEFAULT]\nx = 1\n", "DEFAULT/x")) == 1


def test_generator_is_stopped(validator: list[str], tmp_path: Path) -> None:
    (tmp_path / "oslo-config-generator").write_text("#!/bin/sh\nexec sleep 1000\n")
    generator = Generator(validator)
    generator.stop()
    assert generator.process
    assert generator.process.returncode


@pytest.mark.parametrize(
    "name", ["oslo-config-validator", "/opt/bin/oslo-config-validator", "{0}/oslo-config-validator"]
)
def test_output_of_the_validator_is_explained(tmp_path: Path, name: str) -> None:
    (tmp_path / "new.conf").write_text("[DEFAULT]\nx = 1\n")
    with diagnosis_of([name.format(tmp_path), "--input-file", "x"]) as diagnosis:
        problems = diagnosis(str(tmp_path / "new.conf"), refusal("DEFAULT/x"))
    assert problems == ["[DEFAULT] x is not an option of the installed release."]


def test_output_of_other_commands_is_not_explained(tmp_path: Path) -> None:
    (tmp_path / "new.conf").write_text("[DEFAULT]\nx = 1\n")
    with diagnosis_of(["test", "-f", "x"]) as diagnosis:
        assert diagnosis(str(tmp_path / "new.conf"), refusal("DEFAULT/x")) == []


def test_release_without_stores_has_no_store_faults() -> None:
    release = ReleaseOptions({"options": {"DEFAULT": {"opts": [option("x")]}}, "deprecated_options": {}}, ["fast"])
    assert list(release.faults(parse("[fast]\ny = 1\n", DIALECTS["oslo"]))) == []


@pytest.fixture
def kept(validator: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the command of a validator whose definitions were kept by an earlier run."""
    monkeypatch.setattr(kept_options, "DIRECTORY", str(tmp_path / "cache"))
    monkeypatch.setattr(kept_options, "interpreter_of", lambda _program: str(tmp_path / "bin/python3"))
    (tmp_path / "lib/python3.11/site-packages/glance-33.0.0.dist-info").mkdir(parents=True)
    new = tmp_path / "new.conf"
    new.write_text("[DEFAULT]\nworkers = 2\n")
    assert not is_accepted(validator, str(new)), "nothing is kept yet"
    with diagnosis_of(validator, keep=False) as diagnosis:
        diagnosis(str(new), "")
    assert not is_accepted(validator, str(new)), "in check mode"
    with diagnosis_of(validator, keep=True) as diagnosis:
        diagnosis(str(new), "")
    return validator


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("[DEFAULT]\nworkers = 3\n", True, id="known option"),
        pytest.param("[DEFAULT]\nworkers = many\n", False, id="invalid value"),
        pytest.param("[DEFAULT]\nworker = 3\n", False, id="unknown option"),
        pytest.param("[other]\nworkers = 3\n", False, id="unknown section"),
        pytest.param("[keystone_authtoken]\nauth_url = x\n", True, id="section that no release defines completely"),
        pytest.param("[fast]\nrbd_store_pool = images\nown = x\n", True, id="section that is not checked"),
        pytest.param("[fast]\nrbd_store_pol = images\n", False, id="misspelt option of a store"),
        pytest.param("no document", False, id="no document"),
    ],
)
def test_kept_definitions_replace_the_validator_for_known_options(
    kept: list[str], tmp_path: Path, text: str, expected: bool
) -> None:
    (tmp_path / "new.conf").write_text(text)
    assert is_accepted(kept, str(tmp_path / "new.conf")) is expected


def test_other_commands_and_other_packages_need_the_validator(kept: list[str], tmp_path: Path) -> None:
    new = str(tmp_path / "new.conf")
    assert is_accepted(kept, new)
    assert not is_accepted(["test", "-f", new], new)
    assert not is_accepted(kept[:1], new)
    (tmp_path / "lib/python3.11/site-packages/glance-34.0.0.dist-info").mkdir()
    assert not is_accepted(kept, new)
