# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart a module with the interpreter that the distribution installs Python libraries for."""

from __future__ import annotations

import json
import os
import sys

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.respawn import has_respawned, respawn_module

# The interpreters of the supported distributions.
SYSTEM_INTERPRETERS = ("/usr/bin/python3", "/usr/libexec/platform-python")
# Only interpreters that can run these modules are accepted; importing the library does not compile any of them.
IMPORT_CHECK = "import sys; assert sys.version_info >= (3, 9); import {}"
# respawn_module() writes the arguments into a pipe before the new process reads it, and a pipe on Linux holds 64 KiB.
MAX_ARGUMENT_BYTES = 40_000


def respawn_with(module: AnsibleModule, library: str) -> None:
    """Restart the module with an interpreter that has a library, and exit; return if there is none.

    library: its import name.
    """
    if has_respawned() or len(json.dumps(module.params, default=str)) > MAX_ARGUMENT_BYTES:
        return
    for interpreter in SYSTEM_INTERPRETERS:
        if os.path.exists(interpreter) and not is_current(interpreter) and _has_library(module, interpreter, library):
            respawn_module(interpreter)


def is_current(interpreter: str) -> bool:
    """Return whether this process uses the interpreter; a virtual environment of it is a different interpreter."""
    return sys.prefix == sys.base_prefix and os.path.realpath(interpreter) == os.path.realpath(sys.executable)


def _has_library(module: AnsibleModule, interpreter: str, library: str) -> bool:
    status, _out, _err = module.run_command([interpreter, "-c", IMPORT_CHECK.format(library)])
    return bool(status == 0)
