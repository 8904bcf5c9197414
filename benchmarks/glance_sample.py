"""The input of the benchmark: Glance's sample of glance-api.conf, and the options to set in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Iterator, NamedTuple

from oslo_config.cfg import ConfigParser

HERE = Path(__file__).resolve().parent
TOP = HERE.parent
CACHE = TOP / ".cache/benchmark"
BIN = CACHE / "venv/bin"
SAMPLE = CACHE / "glance-api.conf"
# An empty configuration of Ansible.
EMPTY = CACHE / "ansible.cfg"
GLANCE = "33.0.0"
SAMPLE_LINES, SAMPLE_OPTIONS = 5785, 491

Options = dict[str, dict[str, str]]


class BenchmarkError(Exception):
    """A command failed, or had an unexpected result."""


class Option(NamedTuple):
    section: str
    name: str
    value: str


def call(*command: str) -> str:
    """Run a command without the Ansible settings of this machine, and return its output."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    isolated = {"ANSIBLE_CONFIG": str(EMPTY), "ANSIBLE_COLLECTIONS_PATH": str(TOP / "playbooks/collections")}
    done = subprocess.run(command, env={**clean, **isolated}, text=True, capture_output=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"`{' '.join(command)[:300]}` failed:\n{end_of_output(done)}")
    return done.stdout


def end_of_output(done: subprocess.CompletedProcess[str]) -> str:
    """Return the end of the output of a failed command, without the warnings of Ansible, which can be all of it."""
    errors = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("[WARNING]"))
    return f"{done.stdout[-2500:]}\n{errors[-1500:]}".strip()


def prepare() -> None:
    """Create the Python environment and the sample, unless they exist."""
    CACHE.mkdir(parents=True, exist_ok=True)
    EMPTY.touch()
    requirements = (HERE / "requirements.txt").read_text() + (HERE / "constraints.txt").read_text()
    stamp = CACHE / "installed"
    if stamp.exists() and stamp.read_text() == requirements:
        return
    print("==> Creating the Python environment of the benchmark in .cache/benchmark (about a minute, once)", flush=True)
    call(sys.executable, "-m", "venv", "--clear", str(CACHE / "venv"))
    pins = ("--constraint", str(HERE / "constraints.txt"), "--requirement", str(HERE / "requirements.txt"))
    call(str(BIN / "pip"), "install", "--quiet", *pins)
    generate_sample()
    stamp.write_text(requirements)


def plot(script: str, points: Any, figure: Path) -> None:
    """Draw points with a script of this directory. Its library is only in the environment of the benchmark."""
    prepare()
    measured = CACHE / f"{figure.stem}.json"
    measured.write_text(json.dumps(points))
    call(str(BIN / "python"), str(HERE / script), str(measured), str(figure))


def generate_sample() -> None:
    """Generate the sample with the settings of Glance's source distribution."""
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
        raise BenchmarkError(
            f"{SAMPLE} has {found[0]} lines and {found[1]} options, not {SAMPLE_LINES} and {SAMPLE_OPTIONS}. "
            "Check the versions of the installed packages."
        )


def sample_options() -> Iterator[Option]:
    """Yield the options in the sample with their defaults."""
    section = ""
    for line in SAMPLE.read_text().splitlines():
        if line.startswith("["):
            section = line[1:-1]
        elif found := re.match(r"#([\w-]+) =(.*)", line):
            yield Option(section, found[1], found[2].strip())


def choose_options(count: int) -> Options:
    """Return options from all parts of the sample with their defaults, and additional ones if it has too few."""
    known = list(sample_options())
    plain = [option for option in known if re.fullmatch(r"\w[\w.,:/ -]*", option.value)]
    # Their default cannot be written: it is <None>, empty, quoted, or has a character that some tool interprets.
    other = [option._replace(value="benchmark") for option in known if option not in plain]
    additional = [Option(f"benchmark_{n // 10}", f"option_{n}", str(n)) for n in range(count)]
    spread = [plain[n * len(plain) // count] for n in range(min(count, len(plain)))]
    options: Options = {}
    for option in spread if count <= len(plain) else [*plain, *other, *additional][:count]:
        options.setdefault(option.section, {})[option.name] = option.value
    return options


def sample_of(lines: int) -> str:
    """Return the sample, repeated with other section names up to a number of lines."""
    sample = SAMPLE.read_text()
    copies = (re.sub(r"(?m)^\[", f"[copy{number}_", sample) for number in range(1, -(-lines // SAMPLE_LINES)))
    return "".join((sample + "".join(copies)).splitlines(keepends=True)[:lines])


def effective(path: Path) -> Options:
    """Return the options that Glance reads in a file, with all their values."""
    parser = ConfigParser(str(path), {})
    parser.parse()
    read = {
        section: {name: "\n".join(values) for name, values in found.items()}
        for section, found in parser.sections.items()
    }
    return {section: values for section, values in read.items() if values}
