"""Generate docs/releases.md and the table of releases in README.md.

The sources are the tables of releases and platforms, and the scenarios of Molecule.

    python -m tools.releases_page             write both

Each platform in molecule/*/molecule.yml names its `suite`, its `release` and its `server`. Without `release`, the
scenario runs the release that its suite provides.
"""

from __future__ import annotations

from typing import Any, Iterable, Iterator

import yaml

from tools import samples
from tools.rendering import RELEASES, TABLE, TOP

PAGE = TOP / "docs" / "releases.md"
README = TOP / "README.md"
BEGIN_MARK, END_MARK = "<!-- made by tools/releases_page.py -->\n", "<!-- end -->\n"
PLATFORMS = yaml.safe_load((TOP / "roles/glance/vars/main/platforms.yml").read_text())
DISTRIBUTIONS: dict[str, str] = PLATFORMS["__glance_distributions"]
# The suite that molecule/create.yml boots by default, and the distribution of each stable suite.
SUITE = "bookworm"
SUITES = {"bullseye": "debian 11", "bookworm": "debian 12", "trixie": "debian 13"}

# Columns of the table in README.md, which lists only releases that a distribution provides or a scenario runs.
SHORT_COLUMNS = ("Release", "Glance", "Server", "Registry", "Distribution", "Tests")
COLUMNS = (
    *("Release", "Glance", "Python", "Server", "Registry", "Stores", "Identity", "Schema", "Distribution", "Tests"),
)
SERVERS = {
    (True, False): "`glance-api`",
    (True, True): "`glance-api` or uWSGI",
    (False, True): "uWSGI",
}
STORES = {"DEFAULT": "`[DEFAULT]`", "glance_store": "`[glance_store]`", "enabled_backends": "`enabled_backends`"}

# The change that an operator notices when a fact gets this value.
NOTABLE_CHANGES = {
    ("metadefs", True): "`glance-manage db_load_metadefs` loads the metadata definitions",
    ("stores", "glance_store"): "stores are configured in `[glance_store]` instead of `[DEFAULT]`",
    ("stores", "enabled_backends"): "each of the `enabled_backends` has its own section, and two stores are reserved",
    ("authtoken", "auth_plugin"): "`auth_plugin` with `username` and `password` configures the service account",
    ("authtoken", "auth_uri"): "`auth_plugin` is renamed to `auth_type`",
    ("authtoken", "www_authenticate_uri"): "`auth_uri` is renamed to `www_authenticate_uri`",
    ("locks", "oslo_concurrency"): "`lock_path` is in `[oslo_concurrency]`",
    ("public_endpoint", True): "`public_endpoint` sets the URL of the service in responses",
    ("proxy_headers", True): "`enable_proxy_headers_parsing` provides the requested URL behind a proxy",
    ("service_tokens", True): "`service_token_roles_required` is available; the service logs a warning until it is set",
    ("data_files", True): "the wheel contains the paste and policy files, previously only in the source distribution",
    ("schema_check", "command"): "`glance-manage db check` reports whether the schema is up to date",
    ("import_filters", True): "`[import_filtering_opts]` restricts the sources of image imports",
    ("v1", False): "version 1 of the Image API is removed, with `--copy-from`, `--is-public` and `--location`",
    ("hashing", True): "images have a secure hash (`hashing_algorithm`)",
    ("upgrade_check", "works"): "`glance-status upgrade check` is available",
    ("upgrade_check", "broken"): "`glance-status upgrade check` always fails",
    ("validator", True): "`oslo-config-validator` can check a configuration before it is used",
    ("registry", False): "`glance-registry` and its options are removed",
    ("wsgi", "script"): "uWSGI supports all features, including tasks and imports, with `/usr/bin/glance-wsgi-api`",
    ("wsgi", "module"): "uWSGI loads the module `glance.wsgi.api:application`",
    ("standalone", False): "`glance-api` only reports its removal, and its options are removed: uWSGI is required",
    ("worker_url", True): "`worker_self_reference_url` is the URL of this host for the other hosts",
    ("rbac_switches", True): "`enforce_secure_rbac` and `[oslo_policy] enforce_new_defaults` must be equal",
    ("rbac_switches", False): "`enforce_secure_rbac` is removed, its rules are the default",
    ("vmdk_types", True): "`vmdk_allowed_types` is available in every version",
    ("location_hash", True): "added locations are hashed (`do_secure_hash`)",
    ("format_match", True): "an upload must have the declared format (`require_image_format_match`)",
}

INTRODUCTION = """\
# Supported releases

This page lists the releases that the collection deploys, with the properties that affect a deployment.
`python -m tools.releases_page` generates it from the tables of releases and platforms, which contain the source of
each fact, and from the scenarios in `molecule/`.

| column | content |
| --- | --- |
| Glance | last version on the Python package index, or the prefix of the versions if the index has none |
| Python | oldest supported Python |
| Server | WSGI servers |
| Registry | whether `glance-registry` exists |
| Stores | section or option that configures the stores |
| Identity | option that identifies the generation of `[keystone_authtoken]` |
| Schema | output of `glance-manage db version` |
| Distribution | distributions that provide the release |
| Tests | Debian suites on which scenarios run the release |

"""
CHANGES = """
## Changes by release

This list contains the changes that an operator notices. A fact that a release does not mention is unchanged.
"""


def page_text() -> str:
    """Return the text of docs/releases.md."""
    changes_by_release = {title(release): "; ".join(notable_changes(release)) for release in RELEASES[1:]}
    changes = "\n".join(f"- **{name}**: {text}." for name, text in changes_by_release.items() if text)
    return f"{INTRODUCTION}{table(COLUMNS, map(row, RELEASES))}{CHANGES}\n{changes}\n"


def readme_text(text: str) -> str:
    """Return the text of README.md with the current table of releases."""
    before, _mark, rest = text.partition(BEGIN_MARK)
    rows = [dict(zip(COLUMNS, row(release))) for release in RELEASES]
    shown = [
        tuple(cells[column] for column in SHORT_COLUMNS) for cells in rows if cells["Distribution"] or cells["Tests"]
    ]
    return f"{before}{BEGIN_MARK}\n{table(SHORT_COLUMNS, shown)}\n{END_MARK}{rest.partition(END_MARK)[2]}"


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (columns, ("---",) * len(columns), *rows))


def row(release: str) -> tuple[str, ...]:
    """Return the table cells of a release."""
    facts = {fact: value for name in RELEASES[: RELEASES.index(release) + 1] for fact, value in TABLE[name].items()}
    return (
        title(release),
        samples.LAST.get(release, facts["version"]),
        facts["python"],
        SERVERS[facts["standalone"], facts["wsgi"] != "none"],
        "yes" if facts["registry"] else "",
        STORES[facts["stores"]],
        f"`{facts['authtoken']}`",
        f"`{facts['database_head']}`",
        ", ".join(title(name) for name, provided in DISTRIBUTIONS.items() if provided == release),
        "; ".join(tested_on(release)),
    )


def title(name: str) -> str:
    return name.title()


def notable_changes(release: str) -> list[str]:
    """Return the changes of a release that an operator notices, in the order of the table."""
    changes = TABLE[release].items()
    python = [f"requires Python {value}" for fact, value in changes if fact == "python"]
    return [NOTABLE_CHANGES[change] for change in changes if change in NOTABLE_CHANGES] + python


def tested_on(release: str) -> list[str]:
    """Return the suites on which the release is tested, each with its scenarios."""
    found: dict[str, list[str]] = {}
    for scenario, platform in platforms():
        suite = platform.get("suite", SUITE)
        if str(platform.get("release") or DISTRIBUTIONS.get(SUITES.get(suite, ""))) == release:
            server = f" ({platform['server']})" if "server" in platform else ""
            found.setdefault(suite, []).append(f"`{scenario}`{server}")
    return [f"{suite}: {', '.join(scenarios)}" for suite, scenarios in found.items()]


def platforms() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name of each scenario with each of its platforms."""
    for path in sorted(TOP.glob("molecule/*/molecule.yml")):
        for platform in yaml.safe_load(path.read_text())["platforms"]:
            yield path.parent.name, platform


def main() -> None:
    PAGE.write_text(page_text())
    README.write_text(readme_text(README.read_text()))


if __name__ == "__main__":
    main()
