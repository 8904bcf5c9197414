#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: database
short_description: Manage the database of a service, its accounts and their grants
version_added: "0.1.0"
description:
  - Manage a database, the accounts of one user and their grants on this database in one call, with one connection.
  - A password is set only if it differs from the one on the server. The module sends the hash of the password as
    PyMySQL encodes it. Characters such as C(é) are supported, and the server does not receive the password itself.
    The exception is a server that validates passwords; see the notes.
  - An account with another authentication plugin, such as C(unix_socket) or C(ed25519), is changed to
    C(mysql_native_password), which the driver of the services supports. A locked account is unlocked.
  - Omitted options are not changed. Accounts of the user from other hosts, and grants on other databases, are not
    changed either.
  - Only C(CREATE), C(ALTER), C(GRANT), C(SET PASSWORD) and similar statements are used, which a Galera cluster executes
    on all nodes, so one node is sufficient.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.attributes
options:
  state:
    description:
      - V(present) creates and updates the database, the accounts and the grants.
      - V(absent) removes the accounts of O(user) from O(hosts) and, with O(remove_data), the database.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: The name of the database.
    type: str
    required: true
  encoding:
    description:
      - The default encoding of the database, for new tables that specify none.
      - If omitted, the encoding of an existing database is not changed. A new database gets the encoding of
        O(collation), or V(utf8).
    type: str
  collation:
    description:
      - The default collation of the database, for new tables that specify none.
      - If omitted, the collation of an existing database is not changed. A new database gets the server's default for
        the encoding.
    type: str
  user:
    description:
      - The user name of the service.
      - If omitted, accounts and grants are not managed.
    type: str
  password:
    description:
      - The password of the accounts. Required to create an account.
      - Only characters of Latin-1 are allowed, since PyMySQL can send no others.
    type: str
  hosts:
    description:
      - The hosts from which O(user) may log in, each with its own account; C(%) and C(_) are wildcards.
      - The module warns about an unmanaged account that is more specific than one of these and refuses O(password).
    type: list
    elements: str
    default: [localhost, "%"]
  privileges:
    description:
      - The privileges of each account on the database, as C(GRANT) names them. Other privileges on this database or on
        single tables in it are revoked, and so is C(GRANT OPTION).
      - The Image service needs V(SELECT), V(INSERT), V(UPDATE) and V(DELETE) to run, and V(CREATE), V(ALTER), V(DROP)
        and V(INDEX) to migrate its schema. V(REFERENCES) is for foreign keys, although MariaDB 10.11 creates them
        without it. Migrations in phases (C(glance-manage db expand)) may create triggers, for example in Zed, and then
        need V(TRIGGER).
    type: list
    elements: str
    default: [ALL]
  tls:
    description:
      - Whether the accounts must log in with TLS (C(REQUIRE SSL)).
      - If omitted, the requirement of an existing account is not changed, and a new account has none.
    type: bool
  remove_data:
    description: Whether O(state=absent) drops the database with all its data.
    type: bool
    default: false
  dump_directory:
    description:
      - The directory for a dump of the database before it is dropped. The dump is compressed with gzip, and only its
        owner can read it.
      - The directory is created if it does not exist. If omitted, no dump is written.
    type: path
  login_host:
    description: The host of the server. If omitted, O(login_unix_socket), O(config_file) or localhost is used.
    type: str
  login_port:
    description: The port of the server.
    type: int
    default: 3306
  login_unix_socket:
    description:
      - The paths where the socket of a server on this host may be. The first one that exists is used.
      - It has priority over O(login_host).
    type: list
    elements: path
  login_user:
    description: The administrator. If omitted, the user in O(config_file) or the system user is used.
    type: str
  login_password:
    description: The password of the administrator. If omitted, the password in O(config_file) is used.
    type: str
  login_ca_cert:
    description: The file with the CA certificates that verify the server. If set, the administrator uses TLS.
    type: path
  config_file:
    description: A file with a section C([client]) that provides values for omitted options, if the file exists.
    type: path
    default: ~/.my.cnf
  connect_timeout:
    description: Timeout for the login in seconds, including the name resolution.
    type: int
    default: 30
  lock_timeout:
    description:
      - Timeout in seconds for a lock that another connection holds, such as C(FLUSH TABLES WITH READ LOCK) of a
        backup.
      - It is also the timeout for a node of a Galera cluster that refuses changes, for example during a backup.
      - The failure lists the connections that may hold it. They are also displayed while the module waits.
    type: int
    default: 60
  timeout:
    description:
      - Timeout for a single statement in seconds.
      - It is also the maximum time during which the dump may produce no output.
    type: int
    default: 300
notes:
  - A server with a password validation plugin (C(simple_password_check), C(cracklib_password_check)) and
    C(strict_password_validation), its default, refuses hashes. For such a server, the password is sent as text with
    C(SET PASSWORD), which the server writes to its binary log as a hash. A new account first gets a random password.
  - The module excludes such statements from the slow query log. It also excludes them from the general log if the
    administrator has the privilege C(SUPER); otherwise it issues a warning. MariaDB masks passwords in the audit log
    (C(server_audit)). The plugin C(sql_errlog) records a refused statement with the password.
  - For such a server, use O(login_ca_cert) or the socket, so that the password is not sent unencrypted.
requirements:
  - PyMySQL on the host
  - MariaDB 10.2 or later
"""

EXAMPLES = r"""
- name: Create the database of Glance and its accounts
  become: true
  osops.glance.database:
    login_unix_socket: /run/mysqld/mysqld.sock
    name: glance
    user: glance
    password: "{{ glance_database_password }}"

- name: Grant two controllers only the privileges that Glance needs, with TLS
  osops.glance.database:
    login_host: db.example.com
    login_user: root
    login_password: "{{ database_root_password }}"
    login_ca_cert: /etc/ssl/certs/ca-certificates.crt
    name: glance
    user: glance
    password: "{{ glance_database_password }}"
    hosts: [10.0.0.11, 10.0.0.12]
    privileges: [SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES]
    tls: true

- name: Remove the accounts and keep the data
  become: true
  osops.glance.database:
    login_unix_socket: /run/mysqld/mysqld.sock
    name: glance
    user: glance
    state: absent
"""

RETURN = r"""
actions:
  description: The change of each resource, also in check mode - V(create), V(update) or V(remove).
  returned: success
  type: dict
  sample: {"database glance": create, "account glance@localhost": update}
accounts:
  description: The accounts of O(user) that the module manages.
  returned: when O(state=present)
  type: list
  elements: str
  sample: ["glance@localhost", "glance@%"]
dump:
  description: The path of the dump; null if none was written.
  returned: success
  type: str
  sample: /var/backups/glance/glance-20261121T123456.sql.gz
server:
  description: The version of the server.
  returned: success
  type: str
  sample: 10.11.6-MariaDB-0+deb12u1
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._mysql.argument_spec import OPTIONS
from ansible_collections.osops.glance.plugins.module_utils._mysql.resource import DatabaseResource


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True), DatabaseResource)


if __name__ == "__main__":
    main()
