# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest

from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import AtomicFile
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._core.file_helpers import (
    NEW,
    OLD,
    backups,
    leftovers,
)


def test_validator_checks_the_new_content_before_the_replacement(make: Callable[..., AtomicFile], conf: Path) -> None:
    make(validate=f"sh -c 'grep -q true \"$0\" && grep -q false {conf}' %s").write(OLD, NEW)
    assert conf.read_bytes() == NEW


def test_refused_content_is_not_written_and_the_output_is_mrequested(
    make: Callable[..., AtomicFile], conf: Path
) -> None:
    validate = "sh -c 'echo no good: $0; cat $0; exit 3' %s"
    file = make(backup=True, validate=validate, mask=lambda text: text.replace("S3cret", "VALUE HIDDEN"))
    with pytest.raises(GlanceError) as failure:
        file.write(OLD, b"password = S3cret")
    assert str(failure.value) == (
        f"The new content of {conf} is not valid: `sh -c 'echo no good: $0; cat $0; exit 3' {conf}` failed with status "
        f"3. Nothing was changed. Output: no good: {conf}\npassword = VALUE HIDDEN"
    )
    assert (conf.read_bytes(), leftovers(conf), backups(conf)) == (OLD, [], [])


def test_path_with_a_blank_is_one_argument(make: Callable[..., AtomicFile], tmp_path: Path) -> None:
    path = tmp_path / "glance api.conf"
    make(path, validate="test -f %s").write(None, NEW)
    assert path.read_bytes() == NEW


@pytest.mark.parametrize(
    ("validate", "message"),
    [("true", "`validate` needs %s"), ("true '%s", r"`validate` is not a valid command \(No closing quotation\)")],
)
def test_invalid_command_is_refused_at_once(make: Callable[..., AtomicFile], validate: str, message: str) -> None:
    with pytest.raises(GlanceError, match=message):
        make(validate=validate)


def test_absent_validator_is_reported(make: Callable[..., AtomicFile], conf: Path) -> None:
    with pytest.raises(GlanceError, match=f"Cannot run `/no/validator {conf}` to validate .*No such file"):
        make(validate="/no/validator %s").write(OLD, NEW)
    assert (conf.read_bytes(), leftovers(conf)) == (OLD, [])
