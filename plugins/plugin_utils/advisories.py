# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The advisories of which a version of Glance has no fix, and what helps until it has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Iterable, Iterator, Mapping, Tuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.release_of import upstream_version

KNOWN = "glance_api_accepted_advisories"
TRUE = frozenset({"true", "yes", "on", "1"})


@dataclass(frozen=True)
class Exposure:
    """An option that lets a weakness matter.

    option: its name, as section/option.
    words: the values of it that do.
    default: whether its default does.
    """

    option: str
    words: frozenset[str]
    default: bool = True


@dataclass(frozen=True)
class Advisory:
    """A published weakness of Glance.

    since: the first version that has it.
    fixed: for each series with a fix the first version that has it; later series have it from the beginning.
    packages: versions of Debian packages that have the fix before their upstream version has.
    way_out: what helps a version without the fix.
    exposed_by: the option without which the weakness does not matter; none where it always does.
    written: what is written for a version without the fix, where the variables say nothing of it; the roles know how.
    rule: the rule of the policies that does away with the weakness, where one does.
    """

    id: str
    about: str
    since: str
    fixed: tuple[str, ...]
    packages: tuple[str, ...]
    way_out: str
    exposed_by: Exposure | None = None
    written: str = ""
    rule: str = ""


DOWNLOADS = Exposure("DEFAULT/enabled_import_methods", frozenset({"web-download", "glance-download"}))
WITHOUT_DOWNLOADS = "glance_config: {DEFAULT: {enabled_import_methods: [glance-direct]}} does without such imports"
NO_DOWNLOADS = "the service imports nothing from a URL, or from another cloud"
CONVERSION = Exposure("image_import_opts/image_import_plugins", frozenset({"image_conversion"}), default=False)
WITHOUT_CONVERSION = "glance_config: {image_import_opts: {image_import_plugins: []}} does without conversion"

# Sources: the advisories (https://security.openstack.org), the tags of Glance, the changelogs of the Debian packages.
ADVISORIES = (
    Advisory(
        id="OSSA-2026-004",
        about="an import from a URL can be led into the network of the service (CVE-2026-34881)",
        since="16",
        fixed=("29.2.0", "30.2.0", "31.1.0", "32.0.0"),
        packages=("25.1.0-2+deb12u2", "30.0.0-3+deb13u1"),
        way_out=WITHOUT_DOWNLOADS,
        exposed_by=DOWNLOADS,
        written=NO_DOWNLOADS,
    ),
    Advisory(
        id="CVE-2026-71196",
        about="an import from a URL whose name leads to the host itself passes the filters, which look at the name "
        "alone (also CVE-2026-71197 and CVE-2026-71198)",
        since="16",
        fixed=("33.0.0",),
        packages=("25.1.0-2+deb12u5",),
        way_out=WITHOUT_DOWNLOADS,
        exposed_by=DOWNLOADS,
        written=NO_DOWNLOADS,
    ),
    Advisory(
        id="OSSN-0105",
        about="a task of an administrator imports from any URL, whatever import_filtering_opts say",
        since="16",
        fixed=("30.3.0", "31.1.1", "32.0.1", "33.0.0"),
        packages=("25.1.0-2+deb12u4",),
        way_out='"tasks_api_access": "!" in glance_api_policy takes the tasks away',
        written="nobody is let to the tasks",
        rule="tasks_api_access",
    ),
    Advisory(
        id="OSSA-2024-001",
        about="the conversion of a prepared qcow2 image reads files of the host (CVE-2024-32498)",
        since="17",
        fixed=("26.1.0", "27.1.0", "28.1.0", "29.0.0"),
        packages=("25.1.0-2+deb12u1",),
        way_out=WITHOUT_CONVERSION,
        exposed_by=CONVERSION,
    ),
    Advisory(
        id="OSSA-2023-002",
        about="the conversion of a prepared vmdk image reads files of the host (CVE-2022-47951)",
        since="17",
        fixed=("23.1.0", "24.2.0", "25.1.0", "26.0.0"),
        packages=("21.0.0-2+deb11u1",),
        way_out=WITHOUT_CONVERSION,
        exposed_by=CONVERSION,
    ),
    Advisory(
        id="OSSN-0078",
        about="version 1 of the API copies an image from any URL, and so finds the open ports of a network",
        since="0",
        fixed=("17.0.0",),
        packages=(),
        way_out="glance_config: {DEFAULT: {enable_v1_api: false}} does without it, where no client needs it; "
        '"copy_from": "role:admin" in the policy file leaves it to administrators',
        exposed_by=Exposure("DEFAULT/enable_v1_api", TRUE),
        written="only administrators are let to it",
        rule="copy_from",
    ),
    Advisory(
        id="OSSA-2016-006",
        about="this and older advisories, of which no fix was published for this version",
        since="0",
        fixed=("11.0.2", "12.0.0"),
        packages=(),
        way_out="keep such a service to a network of its own",
    ),
    Advisory(
        id="OSSN-0015",
        about="every user may make an image public",
        since="0",
        fixed=("2014.2",),
        packages=(),
        way_out='"publicize_image": "role:admin" in the policy file of the service leaves it to administrators',
    ),
)

Parts = Tuple[int, ...]
# Since Kilo, the service reads a directory of policies beside its file: [oslo_policy] policy_dirs.
POLICY_DIRECTORY: Parts = (0, 2015, 1)
_STABLE_UPDATE = re.compile(r"(?:\d+:)?(?P<base>.+)\+deb(?P<suite>\d+)u(?P<update>\d+)")


def advice(
    version: str, config: Mapping[str, Any], known: Iterable[str] = (), policy: Iterable[str] = ()
) -> Iterator[str]:
    """Yield what a version of the package is open to with these options, and what helps; a line for each advisory.

    known: the advisories that are dealt with.
    policy: the rules of the policies that are said.
    """
    mitigated = set(mitigations(version, known))
    for advisory in unfixed(version, known):
        if advisory.rule not in set(policy) and matters(advisory, config):
            yield _told(advisory, version, advisory.id in mitigated and not is_set(advisory, config))


def mitigations(version: str, known: Iterable[str] = ()) -> list[str]:
    """Return the advisories for which something is written with a version of the package that has no fix of them."""
    return [
        advisory.id
        for advisory in unfixed(version, known)
        if advisory.written and (not advisory.rule or upstream_parts(upstream_version(version)) >= POLICY_DIRECTORY)
    ]


def unfixed(version: str, known: Iterable[str] = ()) -> list[Advisory]:
    """Return the advisories of which a version of the package has no fix."""
    try:
        upstream = upstream_parts(upstream_version(version))
    except GlanceError:
        return []
    # Ubuntu repairs its packages under the version that they had, and which of them is not known here.
    if "ubuntu" in version:
        return []
    apart = set(known)
    return [
        advisory
        for advisory in ADVISORIES
        if upstream >= upstream_parts(advisory.since) and not is_fixed(advisory, version) and advisory.id not in apart
    ]


def is_fixed(advisory: Advisory, version: str) -> bool:
    """Say whether a version of the package has the fix of an advisory."""
    upstream, fixed = upstream_parts(upstream_version(version)), [upstream_parts(first) for first in advisory.fixed]
    in_series = any(first[0] == upstream[0] and upstream >= first for first in fixed)
    return in_series or upstream[0] > max(fixed)[0] or any(_has_update(version, first) for first in advisory.packages)


def upstream_parts(version: str) -> Parts:
    """Return the numbers of a version of Glance, in the order of the releases."""
    parts = tuple(map(int, version.split(".")))
    # Until Kilo, a version began with the year.
    return (0, *parts) if parts[0] > 2000 else parts


def _has_update(version: str, first: str) -> bool:
    """Say whether a package is the same as another one, in the same suite and as new."""
    mine, other = _STABLE_UPDATE.fullmatch(version), _STABLE_UPDATE.fullmatch(first)
    if not mine or not other or mine.group("base", "suite") != other.group("base", "suite"):
        return False
    return int(mine["update"]) >= int(other["update"])


def matters(advisory: Advisory, config: Mapping[str, Any]) -> bool:
    """Say whether an advisory matters with these options."""
    exposure = advisory.exposed_by
    if exposure is None:
        return True
    section, _slash, option = exposure.option.partition("/")
    value = (config.get(section) or {}).get(option)
    return exposure.default if value is None else not exposure.words.isdisjoint(_words(value))


def is_set(advisory: Advisory, config: Mapping[str, Any]) -> bool:
    """Say whether these options take the place of what is written for an advisory; null does, too, and removes it."""
    if advisory.exposed_by is None or advisory.rule:
        return False
    section, _slash, option = advisory.exposed_by.option.partition("/")
    return option in (config.get(section) or {})


def _words(value: Any) -> set[str]:
    items = value if isinstance(value, (list, tuple)) else str(value).strip("[] ").split(",")
    return {str(item).strip().lower() for item in items}


def _told(advisory: Advisory, version: str, is_written: bool) -> str:
    fixed = ", ".join([*advisory.fixed, *(f"Debian's {package}" for package in advisory.packages)])
    until, then = (advisory.written, "undoes that") if is_written else (advisory.way_out, "says that this is known")
    return (
        f"{advisory.id} is not fixed in Glance {version}: {advisory.about}. Fixed in {fixed}. "
        f"Until then: {until}. {KNOWN}: [{advisory.id}] {then}."
    )
