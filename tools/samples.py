"""Read the options, policies and properties of a Glance release from its package on the Python package index.

    python tools/samples.py get VERSION [VERSION ...]    download packages and unpack them in .cache/glance
    python tools/samples.py show VERSION                 list the options of the release, with their older names

The tool downloads a wheel and runs no code of Glance. The wheel contains the sample configuration files, which are
generated manually from time to time and can be outdated, and the source with the definitions of Glance's own options,
which is current. Options of libraries are only in the samples, below a line `# From <namespace>`.
"""

from __future__ import annotations

import argparse
import ast
import configparser
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Iterator, Mapping

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "glance"

# The last version of each release. The index has neither Queens nor any release before Pike.
LAST = {
    **{"pike": "15.0.2", "rocky": "17.0.1", "stein": "18.0.1", "train": "19.0.4", "ussuri": "20.2.0"},
    **{"victoria": "21.1.0", "wallaby": "22.1.1", "xena": "23.1.0", "yoga": "24.2.1", "zed": "25.1.0"},
    **{"2023.1": "26.1.0", "2023.2": "27.1.1", "2024.1": "28.2.0", "2024.2": "29.2.1"},
    **{"2025.1": "30.2.0", "2025.2": "31.1.0", "2026.1": "32.0.0", "2026.2": "33.0.0"},
}

# The lists in glance/opts.py with the options of each file. The service also reads the options of
# glance-image-import.conf from glance-api.conf.
DEFINED = {
    "glance-api.conf": ("_api_opts", "_image_import_opts", "PLUGIN_OPTS"),
    "glance-registry.conf": ("_registry_opts",),
}
# The namespaces of Glance's own options in a sample. They include the profiler's options, which a library defines.
OWN = re.compile(r"glance(\.api|\.registry)?")
PROFILER = "profiler"

_SECTION = re.compile(r"\[(?P<section>[^]]+)]")
_NAMESPACE = re.compile(r"# From (?P<namespace>[\w.]+)")
_ALIAS = re.compile(r"# Deprecated group/name - \[(?P<section>[^]]+)]/(?P<name>\S+)")
_OPTION = re.compile(r"#?(?P<name>[A-Za-z][\w-]*) *=")
_RULE = re.compile(r"RuleDefault\(\s*name=['\"](\w+)")
_REVISION = re.compile(r"^(?P<name>revision|down_revision|depends_on) = ['\"](?P<value>\w+)", re.MULTILINE)


class SampleError(Exception):
    """A package that cannot be downloaded or read. The message is for the user."""


@dataclass(frozen=True)
class Option:
    """An option of a release, with the older names under which the release reads it."""

    section: str
    name: str
    namespace: str
    aliases: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.section}/{self.name}"


# The package ----------------------------------------------------------------------------------------------------------


class Package:
    """An unpacked wheel of Glance."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def text(self, name: str) -> str:
        """Return the text of a source file, or an empty string if the release does not have it."""
        path = self.root / name
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def options(self, file: str) -> dict[str, Option]:
        """Return the options of a file: those of Glance from its source, those of libraries from the sample."""
        libraries = [option for option in self.sample(file) if option.section == PROFILER or not _is_own(option)]
        own = [option for name in DEFINED[file] for option in self.defined(name)]
        return {str(option): option for option in [*libraries, *own]}

    def sample(self, file: str) -> list[Option]:
        """Return the options in the sample of a configuration file. The wheel of Pike contains no samples."""
        found = sorted(self.root.glob(f"*.data/data/etc/glance/{file}"))
        return list(parse_sample(found[0].read_text(encoding="utf-8"))) if found else []

    def defined(self, name: str) -> list[Option]:
        """Return the options of a list in glance/opts.py."""
        source = Source(self.root)
        module = "glance/opts.py"
        if name == "PLUGIN_OPTS":
            module = next((str(path) for path in self.root.glob("glance/*/flows/plugins/plugin_opts.py")), "")
        return list(source.groups(self.root / module, name)) if module else []

    @cached_property
    def policies(self) -> frozenset[str]:
        """Return the policy rules: up to Train from a file, later from the code. The wheel of Pike has neither."""
        files = [path.read_text(encoding="utf-8") for path in self.root.glob("*.data/data/etc/glance/policy.json")]
        code = [path.read_text(encoding="utf-8") for path in self.root.glob("glance/policies/*.py")]
        return frozenset(name for text in files for name in json.loads(text)) | frozenset(
            name for text in code for name in _RULE.findall(text)
        )

    @cached_property
    def scripts(self) -> frozenset[str]:
        """Return the programs that the package installs."""
        entries = configparser.ConfigParser(delimiters=("=",), interpolation=None)
        entries.read_string(self._metadata("entry_points.txt"))
        groups = [group for group in ("console_scripts", "wsgi_scripts") if group in entries]
        return frozenset(name for group in groups for name in entries[group])

    @cached_property
    def python(self) -> str:
        """Return the lowest Python version that the package requires, or else the first one in its classifiers."""
        metadata = self._metadata("METADATA")
        required = re.search(r"^Requires-Python: >= ?([\d.]+)", metadata, re.MULTILINE)
        named = re.findall(r"^Classifier: Programming Language :: Python :: (\d+\.\d+)$", metadata, re.MULTILINE)
        return required[1] if required else named[0]

    @cached_property
    def database_heads(self) -> frozenset[str]:
        """Return the migrations on which no other migration depends."""
        found = [
            {match["name"]: match["value"] for match in _REVISION.finditer(path.read_text(encoding="utf-8"))}
            for path in self.root.glob("glance/db/sqlalchemy/alembic_migrations/versions/*.py")
        ]
        dependencies = {value for names in found for name, value in names.items() if name != "revision"}
        return frozenset(names["revision"] for names in found if "revision" in names) - dependencies

    def _metadata(self, name: str) -> str:
        return next(self.root.glob(f"glance-*.dist-info/{name}")).read_text(encoding="utf-8")


def _is_own(option: Option) -> bool:
    return bool(OWN.fullmatch(option.namespace))


def parse_sample(text: str) -> Iterator[Option]:
    """Yield the options of a generated sample file, commented out or not."""
    section, namespace = "", ""
    aliases: list[str] = []
    for line in text.splitlines():
        heading, origin, alias = _SECTION.fullmatch(line), _NAMESPACE.fullmatch(line), _ALIAS.fullmatch(line)
        option = _OPTION.match(line)
        if heading:
            section, namespace, aliases = heading["section"], "", []
        elif origin:
            namespace = origin["namespace"]
        elif alias:
            aliases.append(f"{alias['section']}/{alias['name']}")
        elif option:
            yield Option(section, option["name"], namespace, tuple(aliases))
            aliases = []


# The definitions in the source ----------------------------------------------------------------------------------------


class Source:
    """The source of a package, parsed without running it, to find lists of options by name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # The package was renamed when its name became a keyword of Python.
        self.asynchronous = "async_" if (root / "glance/async_").is_dir() else "async"

    def groups(self, path: Path, name: str) -> Iterator[Option]:
        """Yield the options of a list of groups [(section, options), ...], without those of libraries."""
        value = _assigned(path).get(name)
        for item in value.elts if isinstance(value, ast.List) else []:
            if isinstance(item, ast.Tuple):
                section = _literal(item.elts[0]) or "DEFAULT"
                yield from (self.option(section, *found) for found in self.calls(path, item.elts[1]))

    def calls(self, path: Path, node: ast.expr | None) -> Iterator[tuple[Path, ast.Call]]:
        """Yield each cfg.*Opt(...) with its module, from a list, a name, a sum or itertools.chain(...)."""
        if isinstance(node, ast.List):
            yield from (found for item in node.elts for found in self.calls(path, item))
        elif isinstance(node, ast.BinOp):
            yield from (found for item in (node.left, node.right) for found in self.calls(path, item))
        elif isinstance(node, ast.Name):
            yield from self.calls(path, _assigned(path)[node.id])
        elif isinstance(node, ast.Attribute):
            module = self.module(ast.unparse(node.value))
            yield from self.calls(module, _assigned(module)[node.attr])
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Opt"):
            yield path, node
        elif isinstance(node, ast.Call):
            yield from (found for item in node.args for found in self.calls(path, item))

    def module(self, name: str) -> Path:
        """Return the file of a module."""
        path = self.root / name.replace(".", "/").replace("/async_/", f"/{self.asynchronous}/")
        return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")

    def option(self, section: str, path: Path, call: ast.Call) -> Option:
        """Return the option that a call cfg.*Opt(...) defines."""
        arguments = {keyword.arg: keyword.value for keyword in call.keywords}
        name = _literal(call.args[0] if call.args else arguments["name"]) or ""
        old = [_named(call) for _, call in self.calls(path, arguments.get("deprecated_opts"))]
        if {"deprecated_name", "deprecated_group"} & arguments.keys():
            old.append((_literal(arguments.get("deprecated_group")), _literal(arguments.get("deprecated_name"))))
        aliases = tuple(f"{group or section}/{former or name}" for group, former in old)
        return Option(section, name.replace("-", "_"), "glance", aliases)


@lru_cache(maxsize=None)
def _assigned(path: Path) -> Mapping[str, ast.expr]:
    """Return the values that a module assigns to its names."""
    tree = ast.parse(re.sub(r"\bglance\.async\b", "glance.async_", path.read_text(encoding="utf-8")))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    return {target.id: node.value for node in assigned for target in node.targets if isinstance(target, ast.Name)}


def _named(call: ast.Call) -> tuple[str | None, str | None]:
    """Return the section and the name of a call cfg.DeprecatedOpt(name, group=section)."""
    arguments = {keyword.arg: keyword.value for keyword in call.keywords}
    return _literal(arguments.get("group")), _literal(call.args[0] if call.args else arguments.get("name"))


def _literal(node: ast.expr | None) -> str | None:
    value: str | None = ast.literal_eval(node) if node else None
    return value


# The index ------------------------------------------------------------------------------------------------------------


def package(version: str) -> Package:
    """Return the package of a version. It is downloaded once."""
    root = CACHE / version
    if not root.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            wheel = _download(version, Path(work))
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(Path(work, "unpacked"))
            shutil.move(str(Path(work, "unpacked")), root)
    return Package(root)


def _download(version: str, directory: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary=:all:", "--ignore-requires-python"]
    command += [f"--dest={directory}", f"glance=={version}"]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    if done.returncode:
        raise SampleError(f"Cannot download Glance {version} from the Python package index:\n{done.stderr.strip()}")
    return next(directory.glob("glance-*.whl"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["get", "show"])
    parser.add_argument("versions", nargs="+", metavar="VERSION")
    arguments = parser.parse_args()
    try:
        for version in arguments.versions:
            found = package(version)
            if arguments.action == "show":
                show(found)
    except SampleError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def show(found: Package) -> None:
    """Print the options of a release."""
    for file in DEFINED:
        for option in sorted(found.options(file).values(), key=str):
            print(file, option, *option.aliases, sep="\t")


if __name__ == "__main__":
    sys.exit(main())
