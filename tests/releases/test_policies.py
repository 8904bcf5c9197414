"""Compare the table of policy rules with the packages."""

from __future__ import annotations

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.options import policies
from tools import samples

# Pike's wheel has no policies.
SHOWN = [release for release in samples.LAST if release != "pike"]


@pytest.mark.parametrize("release", SHOWN)
def test_table_has_the_rules_of_the_release(release: str) -> None:
    table = {rule for rule, span in policies.load().items() if policies.covers(span, release)}
    assert table == samples.package(samples.LAST[release]).policies
