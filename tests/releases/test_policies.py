"""The table of policies, held against the rules in the packages."""

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.module_utils import _policies
from tools import samples

# Pike's wheel has no policies.
SHOWN = [release for release in samples.LAST if release != "pike"]


@pytest.mark.parametrize("release", SHOWN)
def test_table_has_the_rules_of_the_release(release: str) -> None:
    table = {rule for rule, span in _policies.load().items() if _policies.covers(span, release)}
    assert table == samples.package(samples.LAST[release]).policies
