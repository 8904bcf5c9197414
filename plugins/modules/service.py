#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service
short_description: Start the Image service and verify that it responds
version_added: "0.2.0"
description:
  - Enables and starts the units of the service, and restarts those whose configuration is newer than their processes,
    also if an interrupted run wrote it.
  - Then requests the image list with a token until the service responds.
  - If a start, a restart or the verification fails, the previous files are restored from their copies and the service
    is restarted and verified with them. The task fails with the relevant lines of the service's log.
  - The previous files are restored with the current passwords of their accounts, since a run that changes a password
    changes the account first. An account is the same if the user, the database or domain, and the server are the same.
    If the service does not respond with them, the previous files are restored as they were.
  - A unit that systemd restarts in a loop, and workers that end in a loop, are recognized before O(timeout) is over.
  - A service that needs no change is verified, too.
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
  state:
    description:
      - V(started) starts the service and verifies it.
      - V(restored) restores the previous files, for a run that failed before it started the service with the new ones.
        The service is restarted only if an account of these files has another password now.
    type: str
    choices: [started, restored]
    default: started
  current_accounts:
    description: With O(state=restored), the accounts that have the passwords of the present files already.
    type: list
    elements: str
    choices: [database, identity]
    default: [database, identity]
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
    description:
      - Seconds to wait until the service responds after a start or a restart.
      - After a failure, the previous files are verified with the same limit, at most twice.
    type: int
    default: 60
  command_timeout:
    description:
      - Seconds that one call of C(systemctl) may take.
      - The unit has limits of its own for its start and its stop, which must fit into this one.
    type: int
    default: 300
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
restored:
  description: What was restored, in sentences.
  type: str
  returned: when O(state=restored)
  sample: There is no earlier configuration to restore.
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

import os
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any, Iterable, cast

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement, run
from ansible_collections.osops.glance.plugins.module_utils._core.wait_report import reported
from ansible_collections.osops.glance.plugins.module_utils._host import units as _unit
from ansible_collections.osops.glance.plugins.module_utils._host.credentials import KINDS
from ansible_collections.osops.glance.plugins.module_utils._host.proxy import environment_of, proxy_for
from ansible_collections.osops.glance.plugins.module_utils._host.rollback import (
    PendingChange,
    PreviousFiles,
    Rollback,
    account_in,
    changed,
    copies_of,
    real_path,
)
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import LOG_OPTIONS, ServiceLog
from ansible_collections.osops.glance.plugins.module_utils._host.systemd import Systemd, booted
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud, connect
from ansible_collections.osops.glance.plugins.module_utils._openstack.health import ApiCheck
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS, CloudModule

# Seconds in which one unit may answer 500 because another one, such as the registry, still starts.
SETTLE = 20
# Keeps the time of the last proven start during a change; a reboot removes it.
STATE_DIRECTORY = "/run/osops.glance"
OPTIONS: dict[str, Any] = {
    **LOG_OPTIONS,
    "state": {"type": "str", "choices": ["started", "restored"], "default": "started"},
    "current_accounts": {"type": "list", "elements": "str", "choices": [*KINDS], "default": [*KINDS]},
    "restart": {"type": "bool", "default": False},
    "keep_copies": {"type": "bool", "default": True},
    "endpoint": {"type": "str"},
    "timeout": {"type": "int", "default": 60},
    "command_timeout": {"type": "int", "default": 300},
}


class Running:
    """The units of the service, and its answer."""

    @classmethod
    def blind(cls, module: AnsibleModule) -> Running:
        return PredictedImages(module)

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.names: list[str] = module.params["units"]
        self.files: list[str] = module.params["files"]
        self.systemd = Systemd(module, self.names, module.params["command_timeout"])
        self.units: list[_unit.Unit] = []
        self.answer: dict[str, Any] = {}
        self.restarted = False
        self.phase = "waiting for its answer"
        self.journal = ServiceLog(module, since=time.time())
        self.pending = PendingChange(f"{STATE_DIRECTORY}/{self.names[0]}.started")

    def plan(self) -> Plan:
        self.units = self.systemd.units()
        absent = [unit.name for unit in self.units if not unit.exists]
        if absent:
            what = f"The unit {' and '.join(absent)}"
            raise MissingRequirement(what, f"{what} is not on this host: install the Image service first.")
        for unit in filter(_unit.is_masked_by_hand, self.units):
            self.module.warn(mask_warning(unit))
        self.cloud = connect(self.module)
        plan = _unit.plan(self.units, changed(self.files), time.time(), self.module.params["restart"])
        if plan.steps:
            return plan
        if self.pending.exists:
            # An interrupted run restarted the service and did not verify it; apply() can still restore the files.
            self.restarted = True
            return Plan((Step("configuration of an interrupted run", "verify", is_change=False),))
        self.cloud.authenticate()
        self.verify()
        return plan

    def apply(self, plan: Plan) -> None:
        started = min((unit.started for unit in self.units if unit.started), default=None)
        since = self.pending.begin(started)
        calls = [step.arguments for step in plan.steps if step.arguments]
        try:
            # A refusal by the Identity service must not look like a failure of the service.
            self.cloud.authenticate()
            self.prepare()
            self.verify(*([call["verb"], call["unit"]] for call in calls))
        except GlanceError as error:
            reason = self.journal.redact(str(error)).rstrip(".")
            raise GlanceError(f"{reason}. {self.roll_back(since)}") from error
        self.remove_copies(since)
        self.pending.end()

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"units": plan.actions(), **self.answer}

    def prepare(self) -> None:
        """Let systemd read new unit files, and start units again that failed before."""
        if any(unit.stale or _unit.unread_files(unit, changed(self.files)) for unit in self.units):
            self.systemd.call("daemon-reload")
        self.systemd.reset_failed([unit.name for unit in self.units if unit.state == "failed"])

    def verify(self, *commands: list[str]) -> None:
        """Run commands of systemctl and verify the service; GlanceError with the relevant lines of the log."""
        settle = SETTLE if len(self.names) > 1 else 0
        try:
            for command in commands:
                self.restarted = True
                self.systemd.call(*command)
            watch = self.systemd.watch(self.journal)
            api = ApiCheck(self.cloud, self.module.params["endpoint"], self.module.params["timeout"], watch, settle)
            with reported() as progress, progress.during(" and ".join(self.names), self.phase):
                self.answer = api.run()
        except GlanceError as error:
            reason = self.journal.redact(str(error)).rstrip(".")
            sentences = [f"{reason}.", *self.proxies(), self.journal.told(reason)]
            raise GlanceError(f"The Image service does not work: {' '.join(sentences)}") from error

    def roll_back(self, since: float | None) -> str:
        """Restore the previous configuration and return the sentences that report the result."""
        try:
            rollback = Rollback(self.systemd, self.files, since)
            if rollback.is_empty:
                return f"There is no earlier configuration to restore. {self.state(since)}"
            end = rollback.run(self.verify_previous, self.restarted)
        except (GlanceError, OSError) as error:
            return f"The previous configuration was not restored: {error}. {self.state(since)}"
        if rollback.succeeded:
            self.remove_copies(since, keep=rollback.kept)
        self.pending.end()
        return end

    def verify_previous(self, previous: PreviousFiles, restart: bool) -> str | None:
        """Return why the service does not respond with the restored files, or None if it does."""
        self.journal = self.journal.later()
        self.phase = "waiting for its answer with the previous configuration"
        try:
            if restart:
                self.systemd.restart(daemon_reload=bool(_unit.unit_files(self.names, self.files)))
            self.cloud = self.authenticated(previous)
            self.verify()
        except GlanceError as error:
            return self.journal.redact(str(error))
        return None

    def authenticated(self, previous: PreviousFiles) -> Cloud:
        """Return the cloud with a token: of the task's account, or of the service's own if that one is refused."""
        try:
            self.cloud.authenticate()
        except GlanceError:
            account = previous.identity_account()
            if account is None:
                raise
            params = {**self.module.params, "auth": None, "auth_type": None, "cloud": account}
            cloud = connect(cast(AnsibleModule, SimpleNamespace(params=params)))
            cloud.authenticate()
            return cloud
        return self.cloud

    def state(self, since: float | None) -> str:
        """Return the sentences that report in which state the service is left."""
        paths = [path for path in self.files if os.path.exists(path)] if since is None else changed(self.files, since)
        stays = f"The new {' and '.join(paths)} stays. " if paths else ""
        with suppress(GlanceError):
            stays += f"State of the units: {', '.join(map(_unit.state_of, self.systemd.units()))}."
        return stays.strip()

    def proxies(self) -> list[str]:
        """Return sentences about the proxies between the service and the Identity service."""
        with suppress(GlanceError):
            urls = {account["auth"]["auth_url"] for account in map(account_in, self.files) if account}
            running = {unit.name: environment_of(unit.pid, unit.environment) for unit in self.systemd.units()}
            found = [(name, url, proxy_for(url, running[name])) for name in running for url in sorted(urls)]
            return [
                f"{name} sends its requests to {url} through the proxy {proxy.address}, since the environment of its "
                f"process has {proxy.variable} and no_proxy does not exempt the host."
                for name, url, proxy in found
                if proxy
            ]
        return []

    def remove_copies(self, since: float | None, keep: Iterable[str] = ()) -> None:
        """Remove the copies that were made for this change; before the first start, those since the boot."""
        if self.module.params["keep_copies"]:
            return
        for path in map(real_path, self.files):
            for copy in copies_of(path, booted() if since is None else since):
                if copy not in keep:
                    os.unlink(copy)


class Restoring(Running):
    """The previous files of the service, after a run that failed before it started the service with the new ones."""

    def plan(self) -> Plan:
        self.units = self.systemd.units()
        self.sentences = "There is no earlier configuration to restore."
        rollback = Rollback(self.systemd, self.files, self.since())
        return Plan(() if rollback.is_empty else (Step("configuration", "restore"),))

    def since(self) -> float | None:
        return min((unit.started for unit in self.units if unit.started), default=None)

    def apply(self, plan: Plan) -> None:
        self.cloud = connect(self.module)
        since = self.pending.begin(self.since())
        rollback = Rollback(self.systemd, self.files, since, self.module.params["current_accounts"])
        self.sentences = rollback.run(self.verify_previous, False)
        if rollback.succeeded:
            self.remove_copies(since, keep=rollback.kept)
        self.pending.end()

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"restored": self.sentences}


class PredictedImages(Running):
    """What is predicted for a host that has nothing of the service yet."""

    def plan(self) -> Plan:
        units = [_unit.Unit(name, enabled=False, state="inactive") for name in self.names]
        return _unit.plan(units, {}, time.time())


def mask_warning(unit: _unit.Unit) -> str:
    """Return the warning about a unit that an operator has masked."""
    return (
        f"{unit.name}.service was masked ({unit.path}) after it was installed, so that it could not start. "
        "It is unmasked, enabled and started."
    )


def main() -> None:
    module = CloudModule(argument_spec={**CLOUD_OPTIONS, **OPTIONS}, supports_check_mode=True)
    run(module, Restoring if module.params["state"] == "restored" else Running)


if __name__ == "__main__":
    main()
