#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service
short_description: The Image service runs with its configuration, and answers
version_added: "0.2.0"
description:
  - Enables and starts the units of the service, and restarts those whose configuration is newer than their processes,
    also when an earlier run wrote it and was ended then.
  - Then asks the service, as a client with a token does, until it answers.
  - Where it does not answer after a start or a restart, puts back the files that it ran with before, as far as there
    are copies of them, restarts it with those, and fails with the lines of the service's log that matter.
  - A service that has to do nothing of this is asked all the same, and nothing is changed then.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes
options:
  units:
    description: The units of systemd, in the order in which they are to be started.
    type: list
    elements: str
    required: true
  files:
    description:
      - The configuration files that the units read when they start.
      - Copies of them are those that M(osops.glance.ini) and other modules make with C(backup), which have the name of
        the file, something unique, and C(~) at the end.
    type: list
    elements: path
    default: []
  restart:
    description:
      - Whether a restart is due in any case, as after a task that has changed one of O(files).
      - In check mode, this alone tells that the files would be newer.
    type: bool
    default: false
  keep_copies:
    description:
      - Whether the copies stay that were made of O(files) since the service was started last. They hold the secrets of
        the files.
      - With V(false) they are removed as soon as the service answers.
    type: bool
    default: true
  logs:
    description: Patterns of the files that the service logs to. What it logs to the journal is looked at in any case.
    type: list
    elements: str
    default: []
  endpoint:
    description:
      - The URL of the API on this host, such as V(http://127.0.0.1:9292).
      - Left out, the one of the catalog is asked, behind which there may be other hosts.
    type: str
  timeout:
    description: Seconds to wait until the service answers.
    type: int
    default: 60
requirements:
  - systemd on the host
"""

EXAMPLES = r"""
- name: Let the Image service run with its configuration
  become: true
  osops.glance.service:
    units: [glance-api]
    files: [/etc/glance/glance-api.conf]
    logs: [/var/log/glance/*.log]
    cloud: sandbox
    endpoint: http://127.0.0.1:9292
"""

RETURN = r"""
units:
  description: What was done with each unit.
  type: dict
  returned: success
  sample: {"unit glance-api": restart}
endpoints:
  description: The URLs that the catalog has of the service in the region, by interface.
  type: dict
  returned: when the service was asked
  sample: {public: "http://controller:9292", internal: "http://controller:9292", admin: "http://controller:9292"}
versions:
  description: The versions of the API that the service tells.
  type: list
  elements: str
  returned: when the service was asked
  sample: [v2.15, v2.13]
images:
  description: Whether the credentials see any image.
  type: bool
  returned: when the service was asked
"""

import glob
import os
import time
from typing import Any, Iterable

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils import _unit
from ansible_collections.osops.glance.plugins.module_utils._cloud import CLOUD_OPTIONS, CloudModule, connect
from ansible_collections.osops.glance.plugins.module_utils._journal import LOG_OPTIONS, Journal
from ansible_collections.osops.glance.plugins.module_utils._module import Missing, run
from ansible_collections.osops.glance.plugins.module_utils._plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._proof import Api

# Seconds in which one unit may answer 500 because another one, such as the registry, still starts.
SETTLE = 20
OPTIONS: dict[str, Any] = {
    **LOG_OPTIONS,
    "restart": {"type": "bool", "default": False},
    "keep_copies": {"type": "bool", "default": True},
    "endpoint": {"type": "str"},
    "timeout": {"type": "int", "default": 60},
}


class Running:
    """The units of the service, and its answer."""

    @classmethod
    def blind(cls, module: AnsibleModule) -> Running:
        return Unseen(module)

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.names: list[str] = module.params["units"]
        self.files: list[str] = module.params["files"]
        self.units: list[_unit.Unit] = []
        self.answer: dict[str, Any] = {}
        self.journal = Journal(module, since=time.time())

    def plan(self) -> Plan:
        self.units = self.look()
        absent = [unit.name for unit in self.units if not unit.exists]
        if absent:
            what = f"The unit {' and '.join(absent)}"
            raise Missing(what, f"{what} is not on this host: install the Image service first.")
        self.cloud = connect(self.module)
        plan = _unit.plan(self.units, changed(self.files), time.time(), self.module.params["restart"])
        if not plan.steps:
            self.cloud.authenticate()
            self.ask()
        return plan

    def apply(self, plan: Plan) -> None:
        # What the Identity service refuses is told now; later it would look as if the service were to blame.
        self.cloud.authenticate()
        since = min((unit.started for unit in self.units if unit.started), default=None)
        if any(unit.stale or _unit.unread_files(unit, changed(self.files)) for unit in self.units):
            self.systemctl("daemon-reload")
        failed = [unit.name for unit in self.units if unit.state == "failed"]
        if failed:
            self.forget_failures(failed)
        calls = [step.arguments or {} for step in plan.steps]
        try:
            self.ask(*([call["verb"], call["unit"]] for call in calls))
        except GlanceError as error:
            raise GlanceError(f"{error} {self.rolled_back(since)}") from error
        self.remove_copies(since)

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"units": plan.actions(), **self.answer}

    def look(self) -> list[_unit.Unit]:
        """Return the units as they are now."""
        show = self.systemctl("show", f"--property={','.join(_unit.PROPERTIES)}", "--", *self.names)
        return _unit.units_of(show, self.names, booted())

    def ask(self, *commands: list[str]) -> None:
        """Run commands of systemctl, and wait for the answer; GlanceError with what the log says when there is none."""
        settle = SETTLE if len(self.names) > 1 else 0
        api = Api(self.cloud, self.module.params["endpoint"], self.module.params["timeout"], self.refuse_failed, settle)
        try:
            for command in commands:
                self.systemctl(*command)
            self.answer = api.answers()
        except GlanceError as error:
            told = str(error).rstrip(".")
            raise GlanceError(f"The Image service does not work: {told}. {self.journal.told(told)}") from error

    def refuse_failed(self) -> None:
        """Raise when systemd has given a unit up: to wait for it is useless."""
        failed = [unit.name for unit in self.look() if unit.state == "failed"]
        if failed:
            raise GlanceError(f"The unit {' and '.join(failed)} has failed")

    def rolled_back(self, since: float | None) -> str:
        """Put back the files that the service ran with before, and return the sentence that tells of it."""
        copies = {path: copies_of(path, since) for path in self.files if since}
        before = {path: made[0] for path, made in copies.items() if made}
        own = _unit.unit_files(self.names, changed(self.files, since)) if since else []
        new = [path for path in own if path not in before]
        if not before and not new:
            return "There is no earlier configuration to go back to."
        for path, copy in before.items():
            self.module.atomic_move(copy, path)
        # A unit file that was not there before stands before the one of the package.
        for path in new:
            os.unlink(path)
        if _unit.unit_files(self.names, [*before, *new]):
            self.systemctl("daemon-reload")
        self.forget_failures(self.names)
        names = " and ".join([*before, *(f"unit instead of {path}" for path in new)])
        try:
            self.ask(["restart", *self.names])
        except GlanceError as error:
            return f"The previous {names} is back, but the service does not work with it either: {error}"
        self.remove_copies(since)
        return f"The previous {names} is back, and the service works with it again."

    def forget_failures(self, names: list[str]) -> None:
        """Let systemd start again what failed several times in a short while; what it forgot has no failures."""
        for name in names:
            self.module.run_command(["systemctl", "reset-failed", name])

    def remove_copies(self, since: float | None) -> None:
        """Remove the copies that were made for this; where nothing ran yet, an earlier attempt may have left some."""
        if self.module.params["keep_copies"]:
            return
        for path in self.files:
            for copy in copies_of(path, booted() if since is None else since):
                os.unlink(copy)

    def systemctl(self, *arguments: str) -> str:
        status, out, err = self.module.run_command(["systemctl", *arguments])
        if status:
            raise GlanceError(f"`systemctl {' '.join(arguments)}` ended with {status}: {(err or out).strip()}")
        return str(out)


class Unseen(Running):
    """What is predicted for a host that has nothing of the service yet."""

    def plan(self) -> Plan:
        units = [_unit.Unit(name, enabled=False, state="inactive") for name in self.names]
        return _unit.plan(units, {}, time.time())


def booted() -> float:
    """Return when the monotonic clock stood at 0, in seconds of the wall clock."""
    return time.time() - time.clock_gettime(time.CLOCK_MONOTONIC)


def changed(files: Iterable[str], since: float | None = None) -> dict[str, float]:
    """Return when each file was changed, in seconds of the wall clock; what is not there is left out.

    since: leave out what was changed before; None where that is not known, and then nothing was.
    """
    times = {path: os.path.getmtime(path) for path in files if os.path.exists(path)}
    return {path: at for path, at in times.items() if since is None or at >= since}


def copies_of(path: str, since: float) -> list[str]:
    """Return the copies that were made of a file since then; the first is what a process read at that time."""
    made = sorted((os.stat(copy).st_ctime, copy) for copy in glob.glob(f"{glob.escape(path)}.*~"))
    return [copy for changed_at, copy in made if changed_at >= since]


def main() -> None:
    module = CloudModule(argument_spec={**CLOUD_OPTIONS, **OPTIONS}, supports_check_mode=True)
    run(module, Running)


if __name__ == "__main__":
    main()
