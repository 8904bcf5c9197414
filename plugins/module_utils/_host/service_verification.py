# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the units of a service and verify that it responds."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any, Iterator, Sequence, cast

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._core.wait_report import reported
from ansible_collections.osops.glance.plugins.module_utils._host.previous_files import PreviousFiles, account_in
from ansible_collections.osops.glance.plugins.module_utils._host.proxy import environment_of, proxy_for
from ansible_collections.osops.glance.plugins.module_utils._host.service_log import ServiceLog
from ansible_collections.osops.glance.plugins.module_utils._host.systemd import Systemd
from ansible_collections.osops.glance.plugins.module_utils._host.units import unit_files
from ansible_collections.osops.glance.plugins.module_utils._openstack.client import Cloud, connect
from ansible_collections.osops.glance.plugins.module_utils._openstack.health import ApiCheck

# Seconds during which one unit may respond with 500 because another one, such as the registry, is still starting.
SETTLE_SECONDS = 20


class ServiceVerification:
    """The verification of a service with requests to its API.

    response: what the service returned: its endpoints, its versions, and whether there are images.
    restarted: whether a command was run that starts or restarts a unit.
    """

    def __init__(self, module: AnsibleModule, systemd: Systemd) -> None:
        self._module = module
        self._systemd = systemd
        self._files: list[str] = module.params["files"]
        self._log = ServiceLog(module, since=time.time())
        self._cloud: Cloud | None = None
        self._phase = "waiting for a response"
        self.response: dict[str, Any] = {}
        self.restarted = False

    def connect(self) -> Cloud:
        """Return the cloud of the task; no request is sent yet."""
        if self._cloud is None:
            self._cloud = connect(self._module)
        return self._cloud

    def redacted(self, error: Exception) -> str:
        """Return the message of an error, without secrets and without a full stop."""
        return self._log.redact(str(error)).rstrip(".")

    def run(self, *commands: list[str]) -> None:
        """Run commands of systemctl and verify the service; raise GlanceError with the relevant lines of the log."""
        settle = SETTLE_SECONDS if len(self._systemd.names) > 1 else 0
        try:
            for command in commands:
                self.restarted = True
                self._systemd.call(*command)
            watch, params = self._systemd.watch(self._log), self._module.params
            api = ApiCheck(self.connect(), params["endpoint"], params["timeout"], watch, settle)
            with self._shown(self._phase):
                self.response = api.run()
        except GlanceError as error:
            reason = self.redacted(error)
            sentences = [f"{reason}.", *self._proxy_sentences(), self._log.summary(reason)]
            raise GlanceError(f"The Image service does not work: {' '.join(sentences)}") from error

    @contextmanager
    def _shown(self, phase: str) -> Iterator[None]:
        """Show during the block what the task waits for."""
        with reported() as progress, progress.during(" and ".join(self._systemd.names), phase):
            yield

    def store_problem(self, required: Sequence[str]) -> str | None:
        """Upload to each store, download, compare and remove the image; return why a store does not work, or None.

        required: the names of stores that the service must have.
        """
        from ansible_collections.osops.glance.plugins.module_utils._image.store_check import (
            check_upload,
            writable_stores,
        )

        params, cloud = self._module.params, self.connect()
        service = cloud.service("image", endpoint=params["endpoint"])
        try:
            with cloud.within(params["timeout"]):
                stores = writable_stores(service, required)
            for store in stores:
                phase = f"uploading to the store {store}" if store else "uploading to the store"
                with self._shown(phase), cloud.within(params["timeout"]):
                    check_upload(service, store)
        except GlanceError as error:
            reason = self.redacted(error)
            return f"{reason}. {self._log.summary(reason)}".rstrip(".")
        return None

    def import_check(self) -> None:
        """Import the code of store_problem(), while Keystone responds."""
        if self._module.params["check_stores"]:
            from ansible_collections.osops.glance.plugins.module_utils._image import store_check  # noqa: F401

    def run_previous(self, previous: PreviousFiles, restart: bool) -> str | None:
        """Verify the service with the restored files; return why it does not respond, or None if it does.

        restart: whether to restart the units first.
        """
        self._log = self._log.from_now_on()
        self._phase = "waiting for a response with the previous configuration"
        try:
            if restart:
                self._systemd.restart(daemon_reload=bool(unit_files(self._systemd.names, self._files)))
            self._authenticate(previous)
            self.run()
        except GlanceError as error:
            return self._log.redact(str(error))
        return None

    def _authenticate(self, previous: PreviousFiles) -> None:
        """Request a token with the account of the task or, if that is refused, with the service's own account."""
        try:
            self.connect().authenticate()
        except GlanceError:
            account = previous.service_account()
            if account is None:
                raise
            params = {**self._module.params, "auth": None, "auth_type": None, "cloud": account}
            cloud = connect(cast(AnsibleModule, SimpleNamespace(params=params)))
            cloud.authenticate()
            self._cloud = cloud

    def _proxy_sentences(self) -> list[str]:
        """Return sentences about the proxies between the service and the Identity service."""
        with suppress(GlanceError):
            urls = {account["auth"]["auth_url"] for account in map(account_in, self._files) if account}
            environments = {unit.name: environment_of(unit.pid, unit.environment) for unit in self._systemd.units()}
            found = [(name, url, proxy_for(url, environments[name])) for name in environments for url in sorted(urls)]
            return [
                f"{name} sends its requests to {url} through the proxy {proxy.address}, since the environment of its "
                f"process has {proxy.variable} and no_proxy does not exempt the host."
                for name, url, proxy in found
                if proxy
            ]
        return []
