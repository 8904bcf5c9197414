# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Published vulnerabilities of Glance, and how to mitigate them in a version without the fix."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Tuple

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.plugin_utils.release_of import upstream_version

ACCEPTED_ADVISORIES = "glance_api_accepted_advisories"
_TRUE = frozenset({"true", "yes", "on", "1"})


@dataclass(frozen=True)
class Exposure:
    """An option that exposes the service to a vulnerability.

    option: the name of the option, as section/option.
    values: the values that expose the service.
    by_default: whether the default of the option exposes the service.
    """

    option: str
    values: frozenset[str]
    by_default: bool = True


@dataclass(frozen=True)
class Advisory:
    """A published vulnerability of Glance.

    summary: the vulnerability, in one sentence without full stop.
    since: the first vulnerable version.
    fixed: the first fixed version of each series; series after the last one are not vulnerable.
    packages: the versions of Debian packages that contain the fix although their upstream version does not.
    workaround: what the operator can set in a version without the fix.
    exposed_by: the option that exposes the service; None if every configuration is vulnerable.
    mitigation: the effect of what the role glance_api writes for a version without the fix; empty if it writes nothing.
    policy_rule: the policy rule that removes the vulnerability; empty if none does.
    """

    id: str
    summary: str
    since: str
    fixed: tuple[str, ...]
    packages: tuple[str, ...]
    workaround: str
    exposed_by: Exposure | None = None
    mitigation: str = ""
    policy_rule: str = ""


DOWNLOADS = Exposure("DEFAULT/enabled_import_methods", frozenset({"web-download", "glance-download"}))
_DISABLE_DOWNLOADS = "set glance_config: {DEFAULT: {enabled_import_methods: [glance-direct]}} to disable such imports"
_DOWNLOADS_DISABLED = "imports from a URL or from another cloud are disabled"
_CONVERSION = Exposure("image_import_opts/image_import_plugins", frozenset({"image_conversion"}), by_default=False)
_DISABLE_CONVERSION = "set glance_config: {image_import_opts: {image_import_plugins: []}} to disable conversion"

# Sources: the advisories (https://security.openstack.org), the tags of Glance, the changelogs of the Debian packages.
ADVISORIES = (
    Advisory(
        id="OSSA-2026-004",
        summary="an import from a URL can be redirected into the internal network of the service (CVE-2026-34881)",
        since="16",
        fixed=("29.2.0", "30.2.0", "31.1.0", "32.0.0"),
        packages=("25.1.0-2+deb12u2", "30.0.0-3+deb13u1"),
        workaround=_DISABLE_DOWNLOADS,
        exposed_by=DOWNLOADS,
        mitigation=_DOWNLOADS_DISABLED,
    ),
    Advisory(
        id="CVE-2026-71196",
        summary="an import from a URL whose host name resolves to the host itself passes the import filters, which "
        "check only the name (also CVE-2026-71197 and CVE-2026-71198)",
        since="16",
        fixed=("33.0.0",),
        packages=("25.1.0-2+deb12u5",),
        workaround=_DISABLE_DOWNLOADS,
        exposed_by=DOWNLOADS,
        mitigation=_DOWNLOADS_DISABLED,
    ),
    Advisory(
        id="OSSN-0105",
        summary="a task of an administrator imports from any URL, regardless of import_filtering_opts",
        since="16",
        fixed=("30.3.0", "31.1.1", "32.0.1", "33.0.0"),
        packages=("25.1.0-2+deb12u4",),
        workaround='set glance_api_policy: {tasks_api_access: "!"} to disable the tasks API',
        mitigation="the tasks API is disabled for all users",
        policy_rule="tasks_api_access",
    ),
    Advisory(
        id="OSSA-2024-001",
        summary="the conversion of a crafted qcow2 image reads files of the host (CVE-2024-32498)",
        since="17",
        fixed=("26.1.0", "27.1.0", "28.1.0", "29.0.0"),
        packages=("25.1.0-2+deb12u1",),
        workaround=_DISABLE_CONVERSION,
        exposed_by=_CONVERSION,
    ),
    Advisory(
        id="OSSA-2023-002",
        summary="the conversion of a crafted vmdk image reads files of the host (CVE-2022-47951)",
        since="17",
        fixed=("23.1.0", "24.2.0", "25.1.0", "26.0.0"),
        packages=("21.0.0-2+deb11u1",),
        workaround=_DISABLE_CONVERSION,
        exposed_by=_CONVERSION,
    ),
    Advisory(
        id="OSSN-0078",
        summary="version 1 of the API copies an image from any URL, and so can scan the ports of the internal network",
        since="0",
        fixed=("17.0.0",),
        packages=(),
        workaround="set glance_config: {DEFAULT: {enable_v1_api: false}} if no client needs version 1, or "
        '"copy_from": "role:admin" in the policy file to restrict it to administrators',
        exposed_by=Exposure("DEFAULT/enable_v1_api", _TRUE),
        mitigation="copying from a URL is restricted to administrators",
        policy_rule="copy_from",
    ),
    Advisory(
        id="OSSA-2016-006",
        summary="this and older advisories have no published fix for this version",
        since="0",
        fixed=("11.0.2", "12.0.0"),
        packages=(),
        workaround="isolate the service in a network of its own",
    ),
    Advisory(
        id="OSSN-0015",
        summary="every user can make an image public",
        since="0",
        fixed=("2014.2",),
        packages=(),
        workaround='set "publicize_image": "role:admin" in the policy file of the service',
    ),
)

Parts = Tuple[int, ...]
# Since Kilo, the service reads a directory of policies in addition to its policy file: [oslo_policy] policy_dirs.
POLICY_DIRECTORY: Parts = (0, 2015, 1)
_STABLE_UPDATE = re.compile(r"(?:\d+:)?(?P<base>.+)\+deb(?P<suite>\d+)u(?P<update>\d+)")


def advisory_warnings(
    version: str, config: Mapping[str, Any], accepted: Iterable[str] = (), policy: Iterable[str] = ()
) -> Iterator[str]:
    """Yield a warning for each vulnerability of a version of the package, with its mitigation or a workaround.

    config: the sections of glance_config. accepted: the advisories not to report.
    policy: the names of the policy rules that the operator set.
    """
    mitigated = set(mitigations(version, accepted))
    for advisory in effective(version, config, accepted, policy):
        yield _warning(advisory, version, advisory.id in mitigated and not is_overridden(advisory, config))


def effective(
    version: str, config: Mapping[str, Any], accepted: Iterable[str] = (), policy: Iterable[str] = ()
) -> list[Advisory]:
    """Return the advisories that a version has no fix for, and that no option and no policy rule prevents."""
    return [
        advisory
        for advisory in unfixed(version, accepted)
        if advisory.policy_rule not in set(policy) and is_exposed(advisory, config)
    ]


def mitigations(version: str, accepted: Iterable[str] = ()) -> list[str]:
    """Return the IDs of the advisories for which the role glance_api writes a mitigation."""
    return [
        advisory.id
        for advisory in unfixed(version, accepted)
        if advisory.mitigation
        and (not advisory.policy_rule or upstream_parts(upstream_version(version)) >= POLICY_DIRECTORY)
    ]


def unfixed(version: str, accepted: Iterable[str] = ()) -> list[Advisory]:
    """Return the advisories that a version of the package has no fix for; none if the version is not known."""
    try:
        upstream = upstream_parts(upstream_version(version))
    except GlanceError:
        return []
    # Ubuntu adds fixes to packages without a new upstream version; the table does not contain these packages.
    if "ubuntu" in version:
        return []
    ignored = set(accepted)
    return [
        advisory
        for advisory in ADVISORIES
        if upstream >= upstream_parts(advisory.since) and not is_fixed(advisory, version) and advisory.id not in ignored
    ]


def is_fixed(advisory: Advisory, version: str) -> bool:
    """Return whether a version of the package contains the fix of an advisory."""
    upstream, fixed = upstream_parts(upstream_version(version)), [upstream_parts(first) for first in advisory.fixed]
    in_series = any(first[0] == upstream[0] and upstream >= first for first in fixed)
    return in_series or upstream[0] > max(fixed)[0] or any(_has_update(version, first) for first in advisory.packages)


def upstream_parts(version: str) -> Parts:
    """Return the numbers of a version of Glance, in the order of the releases."""
    parts = tuple(map(int, version.split(".")))
    # Until Kilo, a version began with the year.
    return (0, *parts) if parts[0] > 2000 else parts


def _has_update(version: str, first: str) -> bool:
    """Return whether two package versions are of the same suite, and the first one is not older."""
    installed, required = _STABLE_UPDATE.fullmatch(version), _STABLE_UPDATE.fullmatch(first)
    if not installed or not required or installed.group("base", "suite") != required.group("base", "suite"):
        return False
    return int(installed["update"]) >= int(required["update"])


def is_exposed(advisory: Advisory, config: Mapping[str, Any]) -> bool:
    """Return whether these options expose the service to an advisory."""
    exposure = advisory.exposed_by
    if exposure is None:
        return True
    section, _slash, option = exposure.option.partition("/")
    value = (config.get(section) or {}).get(option)
    return exposure.by_default if value is None else not exposure.values.isdisjoint(_items(value))


def is_overridden(advisory: Advisory, config: Mapping[str, Any]) -> bool:
    """Return whether these options replace the mitigation of an advisory; null removes it, too."""
    if advisory.exposed_by is None or advisory.policy_rule:
        return False
    section, _slash, option = advisory.exposed_by.option.partition("/")
    return option in (config.get(section) or {})


def _items(value: Any) -> set[str]:
    items = value if isinstance(value, (list, tuple)) else str(value).strip("[] ").split(",")
    return {str(item).strip().lower() for item in items}


def _warning(advisory: Advisory, version: str, is_mitigated: bool) -> str:
    fixed = ", ".join([*advisory.fixed, *(f"Debian's {package}" for package in advisory.packages)])
    measure = f"Mitigation: {advisory.mitigation}" if is_mitigated else f"Workaround: {advisory.workaround}"
    effect = "removes the mitigation" if is_mitigated else "hides this warning"
    return (
        f"{advisory.id} is not fixed in Glance {version}: {advisory.summary}. Fixed in {fixed}. "
        f"{measure}. {ACCEPTED_ADVISORIES}: [{advisory.id}] {effect}."
    )
