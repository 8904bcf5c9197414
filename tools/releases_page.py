"""Make docs/releases.md, what runs where, and its short form in README.md.

The sources are the tables of releases and platforms, and the scenarios that test the roles.

    python -m tools.releases_page             write both

A scenario says in molecule/*/molecule.yml, for each of its platforms, its `suite`, which `release` it runs and by which
`server`; where it does not name the release, it runs the one that its suite brings.
"""

from __future__ import annotations

from typing import Any, Iterable, Iterator

import yaml

from tools import samples
from tools.tables import PLATFORMS, RELEASES, TABLE, TOP

PAGE = TOP / "docs" / "releases.md"
README = TOP / "README.md"
BEGIN, END = "<!-- made by tools/releases_page.py -->\n", "<!-- end -->\n"
DISTRIBUTIONS: dict[str, str] = PLATFORMS["distributions"]
# What molecule/create.yml boots where a platform names no suite, and what a suite calls itself.
SUITE = "bookworm"
SUITES = {"bullseye": "debian 11", "bookworm": "debian 12", "trixie": "debian 13"}

# What the short form shows, of the releases that a distribution brings or that scenarios run.
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

# What an operator notices when a fact becomes this.
NOTICED = {
    ("metadefs", True): "`glance-manage db_load_metadefs` brings the definitions of metadata",
    ("stores", "glance_store"): "the stores are described in `[glance_store]`, no longer in `[DEFAULT]`",
    ("stores", "enabled_backends"): "each of the `enabled_backends` has a section of its own, and two are reserved",
    ("authtoken", "auth_plugin"): "an `auth_plugin` takes the account of the service, as `username` and `password`",
    ("authtoken", "auth_uri"): "`auth_plugin` is called `auth_type`",
    ("authtoken", "www_authenticate_uri"): "`auth_uri` is called `www_authenticate_uri`",
    ("locks", "oslo_concurrency"): "`lock_path` stands in `[oslo_concurrency]`",
    ("public_endpoint", True): "`public_endpoint` says what clients are told of the service's own URL",
    ("proxy_headers", True): "behind a proxy, `enable_proxy_headers_parsing` lets the service see what was asked",
    ("service_tokens", True): "`service_token_roles_required` is there, and warned about until it is set",
    (
        "data_files",
        True,
    ): "the wheel contains the paste and policy files, which until then only the source distribution did",
    ("schema_check", "command"): "`glance-manage db check` says whether the schema is behind",
    ("import_filters", True): "`[import_filtering_opts]` says where images may be imported from",
    ("v1", False): "version 1 of the images API is gone, with `--copy-from`, `--is-public` and `--location`",
    ("hashing", True): "images get a hash that can be trusted (`hashing_algorithm`)",
    ("upgrade_check", "works"): "`glance-status upgrade check` is there",
    ("upgrade_check", "broken"): "`glance-status upgrade check` fails whatever is asked",
    ("validator", True): "`oslo-config-validator` checks a configuration before it is used",
    ("registry", False): "`glance-registry` and all options about it are gone",
    ("wsgi", "script"): "uWSGI can serve everything, tasks and imports too, with `/usr/bin/glance-wsgi-api`",
    ("wsgi", "module"): "uWSGI loads the module `glance.wsgi.api:application`",
    ("standalone", False): "the server `glance-api` only says that it is gone, and its options are: uWSGI serves",
    ("worker_url", True): "`worker_self_reference_url` tells the other hosts where this one is reached",
    ("rbac_switches", True): "`enforce_secure_rbac` and `[oslo_policy] enforce_new_defaults` must be equal",
    ("rbac_switches", False): "`enforce_secure_rbac` is gone, its rules are the default",
    ("vmdk_types", True): "`vmdk_allowed_types` is there in every version",
    ("location_hash", True): "locations that are added are hashed (`do_secure_hash`)",
    ("format_match", True): "what is uploaded must be of the format that was said (`require_image_format_match`)",
}

INTRODUCTION = """\
# What runs where

Made by `python -m tools.releases_page` from the tables of releases and platforms (`plugins/plugin_utils/data`), in
which each fact has its source, and from the scenarios in `molecule/`.

One playbook deploys all of them. *Glance* is the last version on the Python package index, or how the versions begin
where it has none; *Identity* is the option that this generation of `[keystone_authtoken]` is known by; *Schema* is what
`glance-manage db version` prints; *Tests* are the suites of Debian on which scenarios run the release.
"""
CHANGES = """
## What changes

What an operator notices, release by release; what a release does not mention is as in the one before it.
"""


def page() -> str:
    """Return the page."""
    news = {title(release): "; ".join(noticed(release)) for release in RELEASES[1:]}
    changes = "\n".join(f"- **{name}**: {text}." for name, text in news.items() if text)
    return f"{INTRODUCTION}\n{table(COLUMNS, map(row, RELEASES))}{CHANGES}\n{changes}\n"


def readme(text: str) -> str:
    """Return the text of the README with the short form in its place."""
    before, _begin, rest = text.partition(BEGIN)
    rows = [dict(zip(COLUMNS, row(release))) for release in RELEASES]
    shown = [
        tuple(cells[column] for column in SHORT_COLUMNS) for cells in rows if cells["Distribution"] or cells["Tests"]
    ]
    return f"{before}{BEGIN}\n{table(SHORT_COLUMNS, shown)}\n{END}{rest.partition(END)[2]}"


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (columns, ("---",) * len(columns), *rows))


def row(release: str) -> tuple[str, ...]:
    """Return the cells of a release."""
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
        ", ".join(title(name) for name, brought in DISTRIBUTIONS.items() if brought == release),
        "; ".join(tested_on(release)),
    )


def title(name: str) -> str:
    return name.title()


def noticed(release: str) -> list[str]:
    """Return what an operator notices of a release, in the order of the table."""
    changes = TABLE[release].items()
    python = [f"needs Python {value}" for fact, value in changes if fact == "python"]
    return [NOTICED[change] for change in changes if change in NOTICED] + python


def tested_on(release: str) -> list[str]:
    """Return the suites of the hosts on which the release is tested, each with its scenarios."""
    found: dict[str, list[str]] = {}
    for scenario, platform in platforms():
        suite = platform.get("suite", SUITE)
        if str(platform.get("release") or DISTRIBUTIONS.get(SUITES.get(suite, ""))) == release:
            server = f" ({platform['server']})" if "server" in platform else ""
            found.setdefault(suite, []).append(f"`{scenario}`{server}")
    return [f"{suite}: {', '.join(scenarios)}" for suite, scenarios in found.items()]


def platforms() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the hosts of every scenario."""
    for path in sorted(TOP.glob("molecule/*/molecule.yml")):
        for platform in yaml.safe_load(path.read_text())["platforms"]:
            yield path.parent.name, platform


def main() -> None:
    PAGE.write_text(page())
    README.write_text(readme(README.read_text()))


if __name__ == "__main__":
    main()
