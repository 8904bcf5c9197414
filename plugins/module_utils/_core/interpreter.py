# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module again under the interpreter for which the distribution installs its libraries."""

from __future__ import annotations

import json
import os
import sys

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.respawn import has_respawned, respawn_module

# The interpreters of the supported distributions.
SYSTEM_INTERPRETERS = ("/usr/bin/python3", "/usr/libexec/platform-python")
# The oldest Python that can compile these modules; a probe of another interpreter compiles none of them.
PROBE = "import sys; assert sys.version_info >= (3, 9); import {}"
# respawn_module() writes the arguments into a pipe before anything reads it, and a pipe of Linux holds 64 KiB.
MOST_BYTES = 40_000


def respawn_with(module: AnsibleModule, library: str) -> None:
    """Run the module again under an interpreter that has a library, and exit; return where there is none."""
    if has_respawned() or len(json.dumps(module.params, default=str)) > MOST_BYTES:
        return
    for interpreter in SYSTEM_INTERPRETERS:
        if os.path.exists(interpreter) and not is_own(interpreter) and _has(module, interpreter, library):
            respawn_module(interpreter)


def is_own(interpreter: str) -> bool:
    """Return whether this process runs under the interpreter; a virtual environment of it is another one."""
    return sys.prefix == sys.base_prefix and os.path.realpath(interpreter) == os.path.realpath(sys.executable)


def _has(module: AnsibleModule, interpreter: str, library: str) -> bool:
    status, _out, _err = module.run_command([interpreter, "-c", PROBE.format(library)])
    return bool(status == 0)
