#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ini
version_added: "0.1.0"
author:
  - The osops.glance authors (@osops)
short_description: Manage options in configuration files
description:
  - Sets any number of options of one file in one task, with one read and at most one write.
  - Everything that the task does not mention is preserved byte for byte. This includes comments, blank lines, order,
    spacing, line ends, continued lines, and repeated sections.
  - A new option is added below its commented default (C(#debug = false)), or else at the end of its section. A new
    section is added at the end of the file, and C([DEFAULT]) at the top.
  - Values are compared as the program reads them, regardless of their spelling. If all are correct, the file is not
    written.
  - Before the file is written, the new text is parsed by the rules of the O(dialect). The task
    fails, without a change, if the text does not have exactly the requested options in addition to the previous ones.
  - The file is replaced atomically. Its owner, mode, access lists, SELinux label and links are preserved. Concurrent
    runs lose no changes.
  - Secret values do not appear in the diff, the result, the log or error messages; the names of their options do.
extends_documentation_fragment:
  - ansible.builtin.files
  - osops.glance.attributes
  - osops.glance.ini
options:
  options:
    description:
      - The desired options, as a dictionary of sections. Each section is a dictionary of options.
      - A string is written unchanged, and a boolean as V(true) or V(false).
      - A list is written as a repeated option, one line for each item, unless O(list_style) is set.
      - A dictionary is written as C(key:value,key:value).
      - V(null) as a value removes the option. V(null) in place of a section removes the section.
      - The empty string is a value. An option with an empty value differs from an absent option.
      - The section V("") holds the lines before the first header, in the dialect V(generic).
    type: dict
    default: {}
  secrets:
    description:
      - Options as in O(options), whose values are hidden in all output and are written literally.
      - Values that are secret by the name of their option (see O(redact)) are hidden in O(options) as well.
    type: dict
    default: {}
  settings:
    description: Single options, for those that need individual parameters. They are set after those of O(options).
    type: list
    elements: dict
    default: []
    suboptions:
      section:
        description: The section.
        type: str
        required: true
      option:
        description: The option.
        type: str
        required: true
      value:
        description: The value, as in O(options). If it is omitted or V(null), the option is removed.
        type: raw
      bare:
        description: Whether the option is written without a delimiter and a value. Only the dialects V(mysql) and
          V(generic) support this.
        type: bool
        default: false
      secret:
        description: Whether the value is hidden in all output. A secret is written literally unless
          O(settings[].literal) is set.
        type: bool
        default: false
      literal:
        description: Overrides O(literal) for this option.
        type: bool
      list_style:
        description: Overrides O(list_style) for this option.
        type: str
        choices: [repeat, comma, bracket, lines]
      append:
        description: Overrides O(append) for this option.
        type: bool
      commented_default:
        description: Overrides O(commented_default) for this option.
        type: str
        choices: [keep, replace]
  literal:
    description:
      - Whether the program reads the values literally, even if they contain the sign of a reference.
      - Without it, C($name) in the dialect V(oslo) and C(%(name\)s) in V(ini) and V(paste) refer to another option.
      - With it, the sign is doubled in the file, as is the C(%) of specifiers in the dialect V(systemd).
      - The dialects V(rawini), V(mysql) and V(generic) have no references.
    type: bool
    default: false
  list_style:
    description:
      - The format of lists.
      - "V(repeat) repeats the option for each item. V(comma) writes C(a,b), and V(bracket) writes C([a,b]). V(lines)
        writes one item per line, with commas."
      - An empty list removes the option with V(repeat). Otherwise it is written as an empty value or C([]).
    type: str
    choices: [repeat, comma, bracket, lines]
    default: repeat
  append:
    description: Whether the items of a list are added to the current ones instead of replacing them.
    type: bool
    default: false
  exclusive:
    description:
      - Whether options that the task does not mention are removed.
      - "V(none): no. V(sections): in the named sections. V(file): in the whole file, with all other sections."
      - Comments in the remaining sections are preserved.
    type: str
    choices: [none, sections, file]
    default: none
  keep:
    description: Patterns of C(section/option), with C(*) and C(?), that O(exclusive) does not remove.
    type: list
    elements: str
    default: []
  base:
    description:
      - A text that replaces the content of the file before the options are set. Manual changes to the file are lost.
      - With an empty text, the file holds only the options.
    type: str
  managed_marker:
    description:
      - A text in the comment lines at the top of O(base) that marks the file as written by this task.
      - A file without the marker was written by another program or by hand. Before it is replaced, a copy is kept with
        the suffix C(.before-osops-) and the time, and a warning lists the options that are lost. This copy is
        independent of O(backup), and no other module removes it.
    type: str
  package_defaults:
    description:
      - Files with the options that the package sets when it is installed, in the same O(dialect). Files that do not
        exist are ignored.
      - A file whose options all have the same values in one of these was not changed by hand. It is replaced without
        the copy and the warning of O(managed_marker). The same holds for a file that C(dpkg) or C(rpm) reports as
        unchanged since its package was installed.
    type: list
    elements: path
    default: []
  commented_default:
    description: Whether a new option is added below its commented default (V(keep)) or replaces it (V(replace)).
    type: str
    choices: [keep, replace]
    default: keep
  style:
    description:
      - The spacing of new lines. V(keep) follows the file, V(spaces) writes C(a = b), and V(nospaces) writes C(a=b).
      - V(enforce) writes C(a = b) also where the value is correct but spelled differently.
    type: str
    choices: [keep, spaces, nospaces, enforce]
    default: keep
  remove_empty:
    description: Whether a section is removed with the last of its options if only blank lines remain in it.
    type: bool
    default: false
  allow_dash:
    description:
      - Whether C(log-file) is written with a dash although the file has C(log_file), in the dialect V(oslo).
      - oslo.config reads only C(log_file) from a file. By default, that option is set, with a warning.
    type: bool
    default: false
  create:
    description: Whether the file is created if it does not exist. Its mode is 0640 unless O(mode) is set.
    type: bool
    default: true
  follow:
    description: Whether the target of a symbolic link is changed. Otherwise a file replaces the link.
    type: bool
    default: true
  backup:
    description: Whether a copy of the old file, with a timestamp in its name, is kept in the same directory.
    type: bool
    default: false
  validate:
    description:
      - A command that checks the new content before it replaces the old one. V(%s) is the path of a temporary file that
        holds the new content.
      - The command runs without a shell.
      - The option definitions that C(oslo-config-validator) reads are kept in C(/var/cache/osops.glance). As long as
        the same Python packages are installed, it does not run for a file with only defined options and valid values.
    type: str
  repair:
    description:
      - Whether text after the closing bracket of a header is removed, and a missing end of the last line is added.
        Otherwise a file that the program cannot read is refused, with the line and the reason.
      - A byte order mark is always removed, with a warning, if the program cannot read it (V(oslo), V(paste),
        V(mysql)).
    type: bool
    default: false
  schema:
    description:
      - A file on the host with the output of C(oslo-config-generator --format json), which defines the options of the
        program.
      - Unknown options, deprecated names and values of the wrong type are reported, with the most similar name.
    type: path
  schema_policy:
    description: The reaction to faults that O(schema) reveals. V(ignore) does nothing, V(warn) prints warnings, and
      V(error) fails the task before anything is changed.
    type: str
    choices: [ignore, warn, error]
    default: warn
  also_read:
    description:
      - Files that the program reads after this one, and directories in which it reads all C(*.conf) files sorted by
        name.
      - Options that they set again are reported in RV(shadowed), with a warning.
    type: list
    elements: path
    default: []
  environment:
    description: The environment of the service. For oslo.config, variables such as C(OS_DATABASE__CONNECTION) override
      the file.
    type: dict
    default: {}
  mutable:
    description: Options, as C(section/option), that the program reads again when it reloads its files. See
      RV(reload_only).
    type: list
    elements: str
    default: []
attributes:
  platform:
    description: The supported platforms.
    platforms: posix
    support: full
seealso:
  - module: osops.glance.ini_info
"""

EXAMPLES = r"""
- name: Set any number of options
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    options:
      DEFAULT:
        debug: false
        workers: 4
      database:
        connection: "{{ glance_database_url }}"
      paste_deploy:
        flavor: keystone

- name: Repeat an option, write a list with commas, remove an option and a section
  osops.glance.ini:
    path: /etc/nova/nova.conf
    options:
      pci:
        alias: ['{"name": "a1"}', '{"name": "a2"}']
      DEFAULT:
        enabled_apis: osapi_compute,metadata
        use_neutron:
      cells:

- name: Set a password with special characters, and the attributes of the file
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    owner: root
    group: glance
    mode: "0640"
    secrets:
      keystone_authtoken:
        password: 'p@s/s%$w:rd#'

- name: Validate the new content with the program's own validator, and keep a copy of the old
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    backup: true
    validate: oslo-config-validator --input-file %s --namespace glance.api
    options:
      DEFAULT:
        image_size_cap: 1099511627776

- name: Set the list format and literal values of single options
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    settings:
      - section: DEFAULT
        option: enabled_import_methods
        value: [glance-direct, web-download]
        list_style: bracket
      - section: DEFAULT
        option: bind_host
        value: $my_ip
        literal: false

- name: Add an item to a repeated option
  osops.glance.ini:
    path: /etc/nova/nova.conf
    append: true
    options:
      pci:
        alias: ['{"name": "a3"}']

- name: Manage a section exclusively
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    exclusive: sections
    keep: [oslo_policy/policy_*]
    options:
      oslo_policy:
        enforce_scope: true

- name: Manage the whole file
  osops.glance.ini:
    path: /etc/glance/glance-image-import.conf
    base: |
      # Written by Ansible. Manual changes are lost.
    options:
      image_import_opts:
        image_import_plugins: '[image_conversion]'
      image_conversion:
        output_format: raw

- name: Change a pipeline of PasteDeploy
  osops.glance.ini:
    path: /etc/glance/glance-api-paste.ini
    dialect: paste
    options:
      pipeline:glance-api-keystone:
        pipeline: cors healthcheck http_proxy_to_wsgi versionnegotiation osprofiler authtoken context rootapp

- name: Set an option without a value, and one before the first section
  osops.glance.ini:
    path: /etc/app/app.cnf
    dialect: generic
    mode: "0644"
    options:
      "":
        lang: en
      server:
        max_connections: 4096
    settings:
      - section: server
        option: skip-name-resolve
        bare: true

- name: Set options of MariaDB
  osops.glance.ini:
    path: /etc/mysql/mariadb.conf.d/90-openstack.cnf
    dialect: mysql
    mode: "0644"
    options:
      mysqld:
        bind_address: 0.0.0.0
        max_connections: 4096

- name: Override settings of a systemd unit
  osops.glance.ini:
    path: /etc/systemd/system/glance-api.service.d/limits.conf
    dialect: systemd
    mode: "0644"
    options:
      Service:
        LimitNOFILE: 65536
        ExecStart: ["", /usr/bin/glance-api --config-dir /etc/glance]

- name: Set the index of pip
  osops.glance.ini:
    path: /etc/pip.conf
    dialect: rawini
    mode: "0644"
    secrets:
      global:
        index-url: https://ci:p%40ss@pypi.example.com/simple

- name: Write a literal percent sign for Python's configparser
  osops.glance.ini:
    path: /etc/app/app.ini
    dialect: ini
    literal: true
    options:
      log:
        format: '%(asctime)s %(message)s'

- name: Replace a commented default, and enforce the spacing
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    commented_default: replace
    style: enforce
    options:
      DEFAULT:
        show_multiple_locations: false

- name: Repair a file that its program cannot read, remove empty sections, and declare more secrets
  osops.glance.ini:
    path: /etc/app/broken.conf
    repair: true
    remove_empty: true
    redact: [^billing/account$]
    options:
      billing:
        account: 4711
      old:
        last_option:

- name: Write lists with commas, in a file that must exist, and replace a link with a file
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    create: false
    follow: false
    list_style: comma
    options:
      keystone_authtoken:
        memcached_servers: [controller1:11211, controller2:11211]

- name: Declare a secret, add an item, and replace a commented default
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    settings:
      - section: vendor
        option: pin
        value: "{{ vendor_pin }}"
        secret: true
      - section: oslo_messaging_notifications
        option: driver
        value: [messagingv2]
        append: true
      - section: DEFAULT
        option: debug
        value: true
        commented_default: replace

- name: Write an option with a dash for a plugin that reads it
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    allow_dash: true
    options:
      vendor:
        log-file: /var/log/vendor.log

- name: Check that the options exist and that nothing overrides them
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    schema: /usr/share/glance/schema.json
    schema_policy: error
    also_read: [/etc/glance/glance-api.conf.d]
    environment:
      OS_DEFAULT__WORKERS: "2"
    mutable: [DEFAULT/debug]
    options:
      DEFAULT:
        debug: true

- name: Replace a whole file, and keep a copy if it was written by hand
  osops.glance.ini:
    path: /etc/app/whole.conf
    base: "# Managed by Ansible (example)"
    managed_marker: Managed by Ansible
    package_defaults: [/usr/share/app/whole.conf]
    options:
      DEFAULT:
        debug: true
"""

RETURN = r"""
path:
  description: The path of the file, with all links resolved.
  type: str
  returned: always
changes:
  description:
    - The changed options, each with its section, option, action, before, after and line.
    - The action is V(added), V(updated), V(removed), V(deduplicated) (the value is the same, but was set more than
      once), V(reordered) or V(restyled).
    - A value is null if there is none, and a list if there are several. V(VALUE HIDDEN) replaces a secret.
  type: list
  elements: dict
  returned: always
  sample:
    - {section: DEFAULT, option: debug, action: added, before: null, after: 'true', line: 17}
unchanged:
  description: The number of options that had the desired values already.
  type: int
  returned: always
sections_added:
  description: The new sections.
  type: list
  elements: str
  returned: always
sections_removed:
  description: The removed sections.
  type: list
  elements: str
  returned: always
deduplicated:
  description: The options, as C(section/option), that were set more often than requested.
  type: list
  elements: str
  returned: always
shadowed:
  description: The settings that are overridden elsewhere, each with section, option, and the path and line or the
    variable.
  type: list
  elements: dict
  returned: always
repaired:
  description: Whether syntax was corrected that the program could not read.
  type: bool
  returned: always
restart_needed:
  description: Whether the program must be restarted because the configuration that it reads is different.
  type: bool
  returned: always
reload_only:
  description: Whether it is enough to reload the files because all changed options are in O(mutable).
  type: bool
  returned: always
created:
  description: Whether the file did not exist before.
  type: bool
  returned: always
backup_file:
  description: The path of the copy of the old file.
  type: str
  returned: when a backup was made
kept_file:
  description: The path of the copy of a file without O(managed_marker). It is permanent.
  type: str
  returned: when such a file was replaced
  sample: /etc/glance/glance-api.conf.before-osops-20261127T231500
checksum_before:
  description: The SHA-256 checksum of the old file, or null if it did not exist.
  type: str
  returned: always
checksum_after:
  description: The SHA-256 checksum of the new file.
  type: str
  returned: always
"""

import gc

if __name__ == "__main__":
    # Almost everything that the module allocates stays in use until it ends, so garbage collection only costs time.
    gc.disable()

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._ini.argument_spec import OPTIONS
from ansible_collections.osops.glance.plugins.module_utils._ini.resource import IniFile


def main() -> None:
    run(AnsibleModule(argument_spec=OPTIONS, add_file_common_args=True, supports_check_mode=True), IniFile)


if __name__ == "__main__":
    main()
