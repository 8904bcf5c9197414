from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.osops.glance.plugins.filter.release_facts import release_facts

TABLE = {"queens": {"version": "16", "registry": True}, "rocky": {"version": "17"}, "victoria": {"registry": False}}


def test_release_has_what_the_ones_before_it_had() -> None:
    assert release_facts(TABLE, "rocky") == {"version": "17", "registry": True}


def test_later_releases_do_not_count() -> None:
    assert release_facts(TABLE, "queens") == {"version": "16", "registry": True}


def test_unknown_release_is_named_with_the_known_ones() -> None:
    with pytest.raises(AnsibleFilterError, match="'rockey' is none of queens, rocky, victoria"):
        release_facts(TABLE, "rockey")
