"""Compare the table of options with the packages."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import Iterator

import pytest

from ansible_collections.osops.glance.plugins.plugin_utils.options import table as oslo_options
from tools import samples
from tools.tables import RELEASES

FILES = {"glance-api.conf": "api", "glance-registry.conf": "registry"}
ORDER = oslo_options.RELEASES.index
# The oldest packages on the index; Pike's wheel does not contain the options of libraries.
OLDEST = {"pike", "rocky"}

# Differences between the packages and the table, and their reasons:
# Glance 25 to 30 list the options of this section under a name that they never read.
MISNAMED = {"glance_download_opts": "glance_download_properties"}
# The first was brought to the branches of older releases (OSSA-2023-002), from which distributions have it. The second
# is read since Train (glance/common/wsgi.py), and listed in Yoga alone.
OLDER = {"image_format/vmdk_allowed_types", "DEFAULT/cache_prefetcher_interval"}
# glance_store had no S3 store from Newton to Train.
GONE_FOR_A_TIME = "glance_store/s3_store_"

TABLE = oslo_options.load()


@lru_cache(maxsize=None)
def shown(release: str, file: str) -> dict[str, samples.Option]:
    """Return the options of a release under the names that the table has for them."""
    options = samples.package(samples.LAST[release]).options(file).values()
    return {f"{section(option)}/{option.name.replace('-', '_')}": option for option in options}


def section(option: samples.Option) -> str:
    """Return the section in the table: the samples have one for each type of store."""
    is_of_a_store = option.namespace == "glance.multi_store" and option.section != "glance_store"
    return oslo_options.STORE if is_of_a_store else MISNAMED.get(option.section, option.section)


def rows(name: str, file: str) -> list[oslo_options.Name]:
    """Return what the table has under a name; a store may have what is in [glance_store], which described it before."""
    place, _, option = name.partition("/")
    found = oslo_options.find(TABLE, [place], option)
    if place == oslo_options.STORE and not found:
        found = oslo_options.find(TABLE, oslo_options.STORE_PLACES, option)
    return [row for row in found if row.file in (FILES[file], "both")]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("release", samples.LAST)
def test_every_option_of_a_release_is_in_the_table(release: str, file: str) -> None:
    lacking = [
        name
        for name in shown(release, file)
        if not any(oslo_options.covers(row, release, tolerance=1) and not row.now for row in rows(name, file))
    ]
    assert lacking == []


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("release", samples.LAST)
def test_every_older_name_of_a_release_is_in_the_table(release: str, file: str) -> None:
    lacking = [(name, alias) for name, alias in older_names(release, file) if not rows(alias, file)]
    assert lacking == []


def older_names(release: str, file: str) -> Iterator[tuple[str, str]]:
    for name, option in shown(release, file).items():
        for alias in option.aliases:
            place, _, old = alias.partition("/")
            here = place == option.section
            yield name, f"{section(option) if here else place if place == 'DEFAULT' else place.lower()}/{old}"


def seen(file: str) -> dict[str, list[str]]:
    """Return the releases whose packages show an option, for every option."""
    found: dict[str, list[str]] = defaultdict(list)
    for release in samples.LAST:
        for name in shown(release, file):
            found[name].append(release)
    return found


@pytest.mark.parametrize("file", FILES)
def test_table_ends_where_the_packages_end(file: str) -> None:
    """The table can be wrong by one release, as documented in it. A registry ends with its last release."""
    newest = "ussuri" if file == "glance-registry.conf" else list(RELEASES)[-1]
    wrong = [
        (name, row.last, releases[-1])
        for name, releases in seen(file).items()
        for row in rows(name, file)
        if not row.now and distance(min(row.last, newest, key=ORDER), releases[-1]) > 1
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES)
def test_table_begins_where_the_packages_begin(file: str) -> None:
    """Options of the oldest packages can be older."""
    wrong = [
        (name, row.first, releases[0])
        for name, releases in seen(file).items()
        if releases[0] not in OLDEST and name not in OLDER and not name.startswith(GONE_FOR_A_TIME)
        for row in rows(name, file)
        if not row.now and distance(row.first, releases[0]) > 1
    ]
    assert wrong == []


@pytest.mark.parametrize("file", FILES)
def test_option_stays_until_it_is_removed(file: str) -> None:
    holes = [
        (name, release)
        for name, releases in seen(file).items()
        for release in samples.LAST
        if ORDER(releases[0]) < ORDER(release) < ORDER(releases[-1]) and release not in releases
    ]
    assert holes == []


def distance(one: str, other: str) -> int:
    return abs(ORDER(one) - ORDER(other))
