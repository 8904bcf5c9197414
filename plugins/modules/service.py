#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: service
short_description: Start the Image service and verify that it responds
version_added: "0.1.0"
description:
  - Enables and starts the units of the service, and restarts those whose configuration is newer than their processes,
    also if an interrupted run wrote it.
  - Then requests the image list with a token until the service responds.
  - If a start, a restart or the verification fails, the previous files are restored from their copies and the service
    is restarted and verified with them. The task fails with the relevant lines of the service's log.
  - The previous files are restored with the current passwords of their accounts, since a run that changes a password
    changes the account first. An account is the same if the user, the database or domain, and the server are the same.
    If the service does not respond with them, the previous files are restored as they were.
  - A unit that systemd restarts in a loop, and workers that end in a loop, are detected before O(timeout) is over.
  - A service that needs no change is verified, too.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.cloud
  - osops.glance.attributes
options:
  units:
    description: The systemd units, in the order in which they are started.
    type: list
    elements: str
    required: true
  files:
    description:
      - The configuration files that the units read when they start.
      - The previous files are restored from copies that M(osops.glance.ini) and other modules make with C(backup). The
        name of a copy is the name of the file, a unique part, and C(~).
    type: list
    elements: path
    default: []
  state:
    description:
      - V(started) starts the service and verifies it.
      - V(stopped) takes the host out of the load balancer as O(drain) describes, and stops the service. V(started)
        returns the host.
      - V(restored) restores the previous files, for a run that failed before it started the service with the new ones.
        The service is restarted only if an account of these files has another password now.
    type: str
    choices: [started, stopped, restored]
    default: started
  current_accounts:
    description: With O(state=restored), the accounts that already have the passwords of the current files.
    type: list
    elements: str
    choices: [database, identity]
    default: [database, identity]
  restart:
    description:
      - Whether to restart the units even if no file is newer, as after a task that has changed one of O(files).
      - In check mode, the files are not written, so that only this option predicts the restart.
    type: bool
    default: false
  keep_copies:
    description:
      - Whether to keep the copies of O(files) that were made since the last start of the service. They contain the
        secrets of the files.
      - With V(false), they are removed as soon as the service responds.
    type: bool
    default: true
  logs:
    description: Patterns of the files that the service logs to. The journal is read in any case.
    type: list
    elements: str
    default: []
  endpoint:
    description:
      - The URL of the API on this host, such as V(http://127.0.0.1:9292).
      - If omitted, the endpoint in the catalog is requested, which may belong to other hosts.
    type: str
  drain:
    description:
      - How to take the host out of a load balancer that requests C(/healthcheck), before a unit is started or
        restarted.
      - The host is used again after the service has responded, with the new or with the restored files. Otherwise it
        stays out.
      - If omitted, the units are restarted at once.
    type: dict
    suboptions:
      file:
        description:
          - The file with which the service responds to C(/healthcheck) with 503.
          - One that an operator created is not removed.
        type: path
        required: true
      port:
        description: The port on which the service listens.
        type: int
        required: true
      delay:
        description: Seconds after which the load balancer has noticed the response.
        type: float
        default: 10
      timeout:
        description:
          - Seconds to wait, after O(drain.delay), until no request to the port is in progress.
          - With connections that last longer, the units are restarted with a warning.
        type: float
        default: 300
  drain_marker:
    description:
      - A file that exists while tasks of the playbook keep the host out of a load balancer.
      - As long as it exists, the load balancer does not use the host, so that the result is
        C(changed). The tasks that return the host remove the file.
    type: path
  check_stores:
    description:
      - Whether to upload an image of random bytes to each writable store after a start or a restart, to download and
        compare it, and to remove it. The service starts even if it cannot set up a store, so that only an upload shows
        the problem.
      - With a store that does not work, the task does not fail, since the service runs with its current files.
        RV(store_problem) describes the problem, and the first of O(files) that is no unit file gets a new date. So the
        next run restarts the service, which sets up its stores only when it starts, and checks them again.
      - In check mode, nothing is uploaded.
    type: bool
    default: false
    version_added: "0.1.0"
  stores:
    description:
      - With O(check_stores), the names of stores that the service must have.
      - Services before Train do not report their stores, and the option is ignored.
    type: list
    elements: str
    default: []
    version_added: "0.1.0"
  timeout:
    description:
      - Seconds to wait until the service responds after a start or a restart.
      - The same limit applies to the upload and download of each store.
      - After a failure, the previous files are verified with the same limit, at most twice.
    type: int
    default: 60
  command_timeout:
    description:
      - Limit in seconds of one call of C(systemctl).
      - It must be longer than the timeouts of the unit for its start and its stop.
    type: int
    default: 300
requirements:
  - systemd on the host
"""

EXAMPLES = r"""
- name: Start the Image service and verify that it responds
  become: true
  osops.glance.service:
    units: [glance-api]
    files: [/etc/glance/glance-api.conf]
    logs: [/var/log/glance/*.log]
    cloud: sandbox
    endpoint: http://127.0.0.1:9292
    check_stores: true

- name: Stop the Image service when its requests have ended
  become: true
  osops.glance.service:
    state: stopped
    units: [glance-api]
    drain:
      file: /etc/glance/healthcheck_disable
      port: 9292
"""

RETURN = r"""
restored:
  description: What was restored, in sentences.
  type: str
  returned: when O(state=restored)
  sample: There is no earlier configuration to restore.
units:
  description: The action for each unit.
  type: dict
  returned: success
  sample: {"unit glance-api": restart}
endpoints:
  description: The URLs of the service in the catalog for the region, by interface.
  type: dict
  returned: when the service was verified
  sample: {public: "http://controller:9292", internal: "http://controller:9292", admin: "http://controller:9292"}
versions:
  description: The API versions of the service.
  type: list
  elements: str
  returned: when the service was verified
  sample: [v2.15, v2.13]
images:
  description: Whether any image is visible to the account.
  type: bool
  returned: when the service was verified
store_problem:
  description: Why an upload to a store failed; null if each store works.
  type: str
  returned: when the stores were checked
  sample: "The store fs does not work: PUT /v2/images/... answered 503. The image of this check was removed"
"""

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host.service_resource import (
    RestoredService,
    Service,
    StoppedService,
)
from ansible_collections.osops.glance.plugins.module_utils._host.service_spec import OPTIONS
from ansible_collections.osops.glance.plugins.module_utils._openstack.options import CLOUD_OPTIONS, CloudModule

STATES = {"started": Service, "stopped": StoppedService, "restored": RestoredService}


def main() -> None:
    module = CloudModule(argument_spec={**CLOUD_OPTIONS, **OPTIONS}, supports_check_mode=True)
    run(module, STATES[module.params["state"]])


if __name__ == "__main__":
    main()
