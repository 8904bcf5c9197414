# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create Python virtual environments and install packages into them."""

from __future__ import annotations

import json
import os
import shutil
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._host.source_distribution import extract
from ansible_collections.osops.glance.plugins.module_utils._host.virtualenv import Content, SourceFiles, pip_errors

# Written last, with the content of the environment. An environment with only the other file was interrupted.
RECORD = "osops-glance.json"
BEGUN = "osops-glance.begun"
# The certificate authorities that the host trusts: on Debian, and in the RedHat family.
AUTHORITIES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
IMPORT_VENV = "import venv, ensurepip"


class VirtualenvBuilder:
    """The creation of one environment.

    path: the directory of the environment.
    """

    def __init__(self, module: AnsibleModule, path: str, content: Content) -> None:
        self._module = module
        self._path = path
        self._content = content

    def build(self) -> None:
        """Create the environment; its record is written last, when it is complete."""
        shutil.rmtree(self._path, ignore_errors=True)
        os.makedirs(self._path)
        _write(os.path.join(self._path, BEGUN), "")
        python = self._create()
        requirements, pins = (os.path.join(self._path, name) for name in ("requirements.txt", "constraints.txt"))
        _write(requirements, self._content.requirements())
        _write(pins, self._content.pins())
        self._install(python, "--requirement", requirements, "--constraint", pins)
        if self._content.source_files:
            self._copy_source_files(python, self._content.source_files)
        installed = self._run([python, "-m", "pip", "freeze"], "list the installed packages")
        record = {**self._content.record(), "installed": installed.split("\n")}
        _write(os.path.join(self._path, f"{RECORD}.new"), json.dumps(record, indent=2) + "\n")
        os.replace(os.path.join(self._path, f"{RECORD}.new"), os.path.join(self._path, RECORD))

    def _create(self) -> str:
        """Create an empty environment, and return its interpreter."""
        interpreter = self._program(self._content.python)
        if self._module.run_command([interpreter, "-c", IMPORT_VENV])[0] == 0:
            self._run([interpreter, "-m", "venv", self._path], f"create an environment of {interpreter}")
        else:
            self._create_with_virtualenv(interpreter)
        return os.path.join(self._path, "bin", "python")

    def _create_with_virtualenv(self, interpreter: str) -> None:
        """Create an empty environment of an interpreter that has no module venv, such as Python 2.7."""
        folder = os.path.join(self._path, ".virtualenv")
        python3 = self._program("python3")
        if self._module.run_command([python3, "-c", IMPORT_VENV])[0]:
            raise GlanceError(f"{python3} on this host cannot create environments. Install python3-venv.")
        self._run([python3, "-m", "venv", folder], f"create an environment of {python3}")
        self._install(os.path.join(folder, "bin", "python"), self._module.params["virtualenv"])
        virtualenv = [os.path.join(folder, "bin", "virtualenv"), "--quiet", "--python", interpreter, self._path]
        self._run(virtualenv, f"create an environment of {interpreter}")
        shutil.rmtree(folder)

    def _program(self, name: str) -> str:
        path = self._module.get_bin_path(name)
        if not path:
            raise GlanceError(f"{name} is not installed on this host. Install it, or set another one in `python`.")
        return str(path)

    def _install(self, python: str, *arguments: str) -> None:
        self._pip([python, "-m", "pip", "install", *arguments], f"install {' '.join(self._content.packages)}")

    def _copy_source_files(self, python: str, files: SourceFiles) -> None:
        """Download the source distribution with the files, and copy them into the environment."""
        folder = os.path.join(self._path, ".sources")
        download = ["download", "--no-deps", "--no-binary=:all:", f"--dest={folder}", files.package]
        try:
            # pip 20.3, the last for Python 2.7, fails on a download if the configuration of pip contains constraints.
            self._pip(
                [python, "-m", "pip", *download], f"download the source of {files.package}", PIP_CONSTRAINT=os.devnull
            )
        except GlanceError as error:
            raise GlanceError(
                f"{error} The wheel of {files.package} does not contain the files that the service needs. Provide its "
                "source distribution (.tar.gz) in `find_links` or in the index."
            ) from error
        (archive,) = os.listdir(folder)
        extract(os.path.join(folder, archive), files.directory, os.path.join(self._path, files.dest))
        shutil.rmtree(folder)

    def _pip(self, command: list[str], purpose: str, **settings: str) -> None:
        # The settings are environment variables and not arguments, because a URL may contain a password.
        params = self._module.params
        variables = {
            "PIP_INDEX_URL": params["index_url"],
            "PIP_FIND_LINKS": params["find_links"],
            "PIP_NO_INDEX": "1" if params["no_index"] else "",
            **trusted_authorities(),
            **settings,
        }
        quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar=off"]
        self._run([*command, *quiet], purpose, {name: value for name, value in variables.items() if value})

    def _run(self, command: list[str], purpose: str, environment: dict[str, str] | None = None) -> str:
        """Run a command and return its output; raise GlanceError with its error lines if it fails."""
        status, out, err = self._module.run_command(command, environ_update=environment or {}, cwd=self._path)
        if status:
            raise GlanceError(f"Could not {purpose} in {self._path}: {pip_errors(f'{out}{chr(10)}{err}')}")
        return str(out).strip()


def record_of(path: str) -> dict[str, Any] | None:
    """Return the record of an environment; None if it does not exist or is not complete."""
    file_path = os.path.join(path, RECORD)
    try:
        with open(file_path, encoding="utf-8") as file:
            return dict(json.load(file))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise GlanceError(f"Cannot read {file_path}: {error}") from error


def is_foreign(path: str) -> bool:
    """Return whether a path exists that this module has not created."""
    if not os.path.lexists(path) or os.path.exists(os.path.join(path, BEGUN)):
        return False
    return not os.path.isdir(path) or bool(os.listdir(path))


def trusted_authorities() -> dict[str, str]:
    """Return the variable with which pip trusts the authorities of the host; until 24.2 it trusts only its own."""
    path = next((path for path in AUTHORITIES if os.path.exists(path)), None)
    return {"REQUESTS_CA_BUNDLE": path} if path and "REQUESTS_CA_BUNDLE" not in os.environ else {}


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
