"""The files of extensions/awx, as data."""

from __future__ import annotations

import sysconfig
from pathlib import Path
from typing import Any

import yaml

TOP = Path(__file__).resolve().parents[3]
AWX = TOP / "extensions/awx"
# The collection awx.awx, which the package ansible contains.
MODULES = Path(sysconfig.get_path("purelib")) / "ansible_collections/awx/awx/plugins/modules"


class Loader(yaml.SafeLoader):
    """A loader that reads the values with the tag !unsafe of Ansible as text."""


Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def load(path: Path) -> Any:
    return yaml.load(path.read_text(), Loader)


def public_variables() -> dict[str, dict[str, Any]]:
    """Return the options of all roles by name."""
    specs = [load(path)["argument_specs"] for path in TOP.glob("roles/*/meta/argument_specs.yml")]
    return {
        name: option for spec in specs for entry in spec.values() for name, option in entry.get("options", {}).items()
    }


def module_options(name: str) -> dict[str, dict[str, Any]]:
    """Return the documented options of a module of awx.awx; those for the connection come from the environment."""
    text = (MODULES / f"{name}.py").read_text().split("DOCUMENTATION = '''")[1].split("'''")[0]
    options: dict[str, dict[str, Any]] = yaml.safe_load(text)["options"]
    return options


SURVEYS = {path.stem: load(path) for path in sorted((AWX / "surveys").glob("*.yml"))}
TEMPLATES = load(AWX / "data/job_templates.yml")["awx_job_templates"]
VARIABLES = load(AWX / "variables.yml")
TASKS = {
    f"{path.stem}-{number}": task
    for path in sorted((AWX / "tasks").glob("*.yml"))
    for number, task in enumerate(load(path))
}
