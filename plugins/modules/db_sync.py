#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: db_sync
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Migrate the database schema of the Image service to the installed release
description:
  - Migrate the schema of the database in O(config_file) to the newest revision of the installed release, in one step
    or in phases, and load missing metadata definitions.
  - The module reports a change only if the database was changed. After a migration, it verifies that the configured
    database has the tables.
  - The module logs in with the credentials of the service and reports an unreachable server or a refused login.
  - A schema that a newer release migrated is refused.
  - If O(config_file), the URL in it, C(glance-manage) or PyMySQL does not exist yet, check mode predicts that the
    schema is created.
  - If the server refuses the login in check mode, this is a warning, since an earlier task of the run may set the
    account. The prediction then assumes that the schema is current or, if the database does not exist, that it is
    created. An unreachable server is a failure.
  - For engines other than MySQL and MariaDB, there is no login and no lock, phases are not supported, and metadata
    definitions are loaded only together with a change of the schema.
extends_documentation_fragment:
  - osops.glance.attributes
options:
  config_file:
    description: The configuration file with the database; C(glance-manage) reads only this file.
    type: path
    default: /etc/glance/glance-api.conf
  user:
    description: The user that runs C(glance-manage).
    type: str
    default: glance
  glance_manage:
    description: The name or the path of C(glance-manage).
    type: str
    default: glance-manage
  phase:
    description:
      - The phase of the migration to run.
      - V(all) runs all phases at once. The API of the old release must be stopped.
      - V(rolling) runs V(expand) and V(migrate), after which services of the old and of the new release work side by
        side. Run V(contract) when no service of the old release is left. In a new database, and for releases before
        Ocata, it runs all phases.
      - V(expand), V(migrate) and V(contract) run a single phase, in this order, for Ocata and later. The API of the old
        release works until V(contract), and the API of the new release works from V(expand) on. A phase that is done
        is not a change. A phase before its turn is refused, and only predicted in check mode, since an earlier task of
        the run may run the phases before it.
      - V(none) changes neither the schema nor the metadata definitions. It verifies that the configuration of this
        host can log in, and that the database has a schema with which the service can work.
    type: str
    choices: [all, rolling, expand, migrate, contract, none]
    default: all
  absent_hosts:
    description:
      - Hosts whose service uses the database and stays at its release in this run.
      - If O(phase=rolling) would run all phases in a database with a schema, which these services could not use any
        more, nothing is changed and the task fails.
    type: list
    elements: str
    default: []
  metadefs:
    description:
      - The directory with the metadata definitions, one JSON file per namespace, for example C(/etc/glance/metadefs).
      - Existing namespaces are not changed, except for one whose loading was interrupted; see the notes. If omitted,
        no definitions are loaded.
    type: path
  metadefs_merge:
    description:
      - Whether existing namespaces are updated from the files.
      - Definitions that are in the database only are kept.
    type: bool
    default: false
  check:
    description:
      - How to determine whether a migration is pending.
      - V(command) runs C(glance-manage db check), which Queens and later provide. It is not run if the database is at
        the newest revision of the installed code, since it checks nothing else then. If it does not support the
        engine, revisions are compared as with V(version).
      - V(version) compares the revision of the database with the newest one of the installed code. This works with
        every release. It does not show whether data was migrated, so V(migrate) of O(phase) is predicted until
        V(contract) is done.
    type: str
    choices: [command, version]
    default: command
  timeout:
    description:
      - Timeout for one run of C(glance-manage) in seconds.
      - It also limits the wait for another run of this module, and for a server that stopped during a migration.
    type: int
    default: 600
  lock_timeout:
    description:
      - Timeout in seconds for a database lock that C(glance-manage) needs, for example the lock of an open transaction.
        While it waits, the service waits as well, with every statement on the same table.
      - After the timeout, C(glance-manage) and its statement are ended. The failure lists the connections that may hold
        the lock, as far as the account of the service can see them. Completed migrations are kept.
      - These connections are also displayed while the module waits.
    type: int
    default: 60
notes:
  - Concurrent runs of this module on several hosts exclude each other with a lock of the database server
    (C(GET_LOCK)). A run that waited finds the work done. The nodes of a Galera cluster have separate locks; there,
    use the same node on all hosts, or migrate on one host only.
  - If a killed run of this module left C(glance-manage) running on the same host, the module waits for it.
  - An interrupted creation is restarted if all tables belong to the Image service, all of them are empty, and no other
    connection uses the database. After an interrupted upgrade, the columns, indexes and tables of the interrupted
    revision are removed and created again if they contain no data.
  - If the server or the connection ends during a migration or while definitions are loaded, the module waits until the
    server, or another node of a cluster behind the same address, executes statements, locks it, and repeats the
    update. It issues a warning then. This includes a node that refuses changes, for example during a backup.
  - An interrupted loading of metadata definitions is recognized if the newest namespace has only the first definitions
    of its file; it is completed. Other missing definitions may have been removed on purpose, and are restored with
    O(metadefs_merge=true) only.
requirements:
  - PyMySQL on the host
  - The user C(root)
"""

EXAMPLES = r"""
- name: Populate the database
  become: true
  osops.glance.db_sync:
    metadefs: /etc/glance/metadefs

- name: Populate the database of a release without db check
  become: true
  osops.glance.db_sync:
    check: version

- name: Update the schema while the old release is running on other controllers
  become: true
  osops.glance.db_sync:
    phase: rolling

- name: Complete the update when all controllers run the new release
  become: true
  osops.glance.db_sync:
    phase: contract

- name: Verify that this controller can log in and that the schema exists
  become: true
  osops.glance.db_sync:
    phase: none

- name: Update the metadata definitions to the new release
  become: true
  osops.glance.db_sync:
    metadefs: /etc/glance/metadefs
    metadefs_merge: true
"""

RETURN = r"""
revision_before:
  description: The revision of the schema before the run; null if there was none, two revisions during an upgrade.
  returned: success
  type: str
  sample: ussuri_contract01
revision_after:
  description: The revision of the schema after the run, predicted in check mode; null if it is unknown.
  returned: success
  type: str
  sample: wallaby_contract01
database:
  description: The configured database; null if there is no configuration yet.
  returned: success
  type: str
  sample: controller:3306/glance
metadefs_loaded:
  description: The namespaces of metadata definitions that were loaded, completed or merged.
  returned: success
  type: list
  elements: str
  sample: ["OS::Compute::CPUMode"]
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._schema.argument_spec import OPTIONS
from ansible_collections.osops.glance.plugins.module_utils._schema.resource import SchemaResource


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), SchemaResource)


if __name__ == "__main__":
    main()
