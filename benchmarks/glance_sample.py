"""What the contestants work on: Glance's own sample of glance-api.conf, and the options to set in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Iterator, NamedTuple

from oslo_config.cfg import ConfigParser

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
CACHE = TOP / ".cache/benchmark"
BIN = CACHE / "venv/bin"
SAMPLE = CACHE / "glance-api.conf"
# A configuration of Ansible with nothing in it.
EMPTY = CACHE / "ansible.cfg"
GLANCE = "33.0.0"
SAMPLE_LINES, SAMPLE_OPTIONS = 5785, 491

Options = dict[str, dict[str, str]]


class BenchmarkError(Exception):
    """Something did not run, or did not do what it should."""


class Option(NamedTuple):
    section: str
    name: str
    value: str


def call(*command: str) -> str:
    """Run a command without any Ansible setting of this machine, and return its output."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    ours = {"ANSIBLE_CONFIG": str(EMPTY), "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections")}
    done = subprocess.run(command, env={**clean, **ours}, text=True, capture_output=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"`{' '.join(command)[:300]}` failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def prepare() -> None:
    """Make the benchmark's environment and Glance's sample, once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    EMPTY.touch()
    wanted = (HERE / "requirements.txt").read_text() + (HERE / "constraints.txt").read_text()
    stamp = CACHE / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("==> Making the benchmark's Python environment in .cache/benchmark (about a minute, once)", flush=True)
    call(sys.executable, "-m", "venv", "--clear", str(CACHE / "venv"))
    pins = ("--constraint", str(HERE / "constraints.txt"), "--requirement", str(HERE / "requirements.txt"))
    call(str(BIN / "pip"), "install", "--quiet", *pins)
    generate_sample()
    stamp.write_text(wanted)


def generate_sample() -> None:
    """Write the sample as Glance's source distribution says that it is generated."""
    with tempfile.TemporaryDirectory() as folder:
        call(str(BIN / "pip"), "download", "--quiet", "--no-deps", "--no-binary", "glance", "--dest", folder,
             "--constraint", str(HERE / "constraints.txt"), f"glance=={GLANCE}")  # fmt: skip
        with tarfile.open(Path(folder, f"glance-{GLANCE}.tar.gz")) as source:
            settings = source.extractfile(f"glance-{GLANCE}/etc/oslo-config-generator/glance-api.conf")
            Path(folder, "generator.conf").write_bytes(settings.read() if settings else b"")
        call(str(BIN / "oslo-config-generator"), "--config-file", f"{folder}/generator.conf",
             "--output-file", str(SAMPLE))  # fmt: skip
    found = len(SAMPLE.read_text().splitlines()), len(list(sample_options()))
    if found != (SAMPLE_LINES, SAMPLE_OPTIONS):
        raise BenchmarkError(f"{SAMPLE} has {found[0]} lines and {found[1]} options; other packages than pinned?")


def sample_options() -> Iterator[Option]:
    """Yield the options that the sample documents, with their defaults."""
    section = ""
    for line in SAMPLE.read_text().splitlines():
        if line.startswith("["):
            section = line[1:-1]
        elif found := re.match(r"#([\w-]+) =(.*)", line):
            yield Option(section, found[1], found[2].strip())


def choose_options(count: int) -> Options:
    """Take options from all over the sample, with their own defaults; add made-up ones where it has too few."""
    known = list(sample_options())
    plain = [option for option in known if re.fullmatch(r"\w[\w.,:/ -]*", option.value)]
    # No default that could be written: <None>, empty, quoted, or with a sign that some contestant would interpret.
    other = [option._replace(value="benchmark") for option in known if option not in plain]
    made_up = [Option(f"benchmark_{n // 10}", f"option_{n}", str(n)) for n in range(count)]
    spread = [plain[n * len(plain) // count] for n in range(min(count, len(plain)))]
    options: Options = {}
    for option in spread if count <= len(plain) else [*plain, *other, *made_up][:count]:
        options.setdefault(option.section, {})[option.name] = option.value
    return options


def sample_of(lines: int) -> str:
    """Return the sample, repeated under other section names until it has that many lines."""
    sample = SAMPLE.read_text()
    copies = (re.sub(r"(?m)^\[", f"[copy{number}_", sample) for number in range(1, -(-lines // SAMPLE_LINES)))
    return "".join((sample + "".join(copies)).splitlines(keepends=True)[:lines])


def effective(path: Path) -> Options:
    """Read a file as Glance does: the options that are set, with all values that they get."""
    parser = ConfigParser(str(path), {})
    parser.parse()
    read = {
        section: {name: "\n".join(values) for name, values in found.items()}
        for section, found in parser.sections.items()
    }
    return {section: values for section, values in read.items() if values}
