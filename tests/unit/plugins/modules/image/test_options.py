# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import yaml

from ansible_collections.osops.glance.plugins.module_utils._image import batch
from ansible_collections.osops.glance.plugins.modules import image
from ansible_collections.osops.glance.plugins.plugin_utils.inputs.reader import argument_specs
from ansible_collections.osops.glance.tests.unit.plugins.module_utils._image.fake_glance import (
    FakeGlance,
)
from ansible_collections.osops.glance.tests.unit.plugins.modules.image.runs import module, run


def test_min_disk_is_a_number_or_auto(glance: FakeGlance) -> None:
    assert "neither a number of GiB nor 'auto'" in run(min_disk="much")["msg"]


def test_password_of_the_url_is_not_logged(glance: FakeGlance) -> None:
    options = module(url="http://user:s3cret@host/x")
    batch.ImageBatch(options)  # type: ignore[arg-type]
    assert options.no_log_values == {"s3cret"}


def test_role_has_the_options_of_the_module() -> None:
    taken = argument_specs()["glance"]["glance_images"]["options"]
    assert taken.keys() == image.IMAGE_OPTIONS.keys()
    for name, option in image.IMAGE_OPTIONS.items():
        for part in ("type", "choices", "elements"):
            assert sorted(taken[name].get(part, "")) == sorted(option.get(part, "")), name


def test_documentation_has_every_option() -> None:
    documented = yaml.safe_load(image.DOCUMENTATION)["options"]
    assert documented.keys() == image.OPTIONS.keys()
    assert documented["images"]["suboptions"].keys() == image.IMAGE_OPTIONS.keys()
