# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.osops.glance.plugins.module_utils._comparison.resources import RESOURCES
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_resource_can_be_loaded(name: str) -> None:
    make, spec = RESOURCES[name]()
    assert {"plan", "apply", "result"} <= set(dir(getattr(make, "func", make)))
    assert all(option["type"] for option in spec.values() if "type" in option)


def test_values_of_a_file_are_not_secrets_of_the_comparison(tmp_path: Path) -> None:
    """The resource masks the secrets by their place, also if it fails: an equal word elsewhere is no secret."""
    make, spec = RESOURCES["ini"]()
    options = {"path": str(tmp_path / "missing/glance-api.conf"), "options": {"DEFAULT": {"user": "glance"}}}
    module: Any = SimpleNamespace(params=ArgumentSpecValidator(spec).validate(options).validated_parameters)
    module.no_log_values = {"glance"}
    with pytest.raises(MissingRequirement):
        make(module)
    assert module.no_log_values == set()
