#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ini
version_added: "0.2.0"
author:
  - The osops.glance authors (@osops)
short_description: The options in a configuration file are these
description:
  - Brings any number of options of one file to their values in one task, with one read and at most one write.
  - What was not mentioned stays byte for byte. That is comments, blank lines, order, spacing, line ends, lines that
    continue a value, and sections that are there twice.
  - A new option stands right below its commented default (C(#debug = false)), else at the end of its section. A new
    section comes last, and DEFAULT first.
  - Values are compared as the program reads them, not as they are spelt. Where these are right already, the file is
    not touched.
  - Before anything is written, the new text is read back by the rules of the O(dialect). It must hold exactly what was
    asked for and, beside that, what was there; otherwise the task fails, and the file stays.
  - The file is replaced in one step, with its owner, mode, access lists, label and links kept. Runs at the same time
    lose nothing.
  - Secrets are shown nowhere, neither in the difference nor in the result, the log or an error; the names of their
    options are.
extends_documentation_fragment:
  - ansible.builtin.files
  - osops.glance.attributes
  - osops.glance.ini
options:
  options:
    description:
      - "What the options are to be: a dictionary of sections, each a dictionary of options."
      - A string is written as it is, a boolean as V(true) or V(false).
      - A list is an option that is repeated, one line for each item in their order, unless O(list_style) says
        otherwise.
      - A dictionary is written as C(key:value,key:value).
      - V(null) in place of a value removes the option, and in place of a section the whole section.
      - The empty string is a value. It is not the same as an option that is not there.
      - The section V("") is what stands before the first header, in the dialect V(generic).
    type: dict
    default: {}
  secrets:
    description:
      - Options as in O(options), whose values are shown nowhere and are written literally.
      - Values that are secret by their names (see O(redact)) are hidden in O(options) as well.
    type: dict
    default: {}
  settings:
    description: Options one by one, where one needs to be told apart from the others. They are set after those of
      O(options).
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
        description: The value, as in O(options). Left out or V(null), the option is removed.
        type: raw
      bare:
        description: Whether the option stands alone, without a delimiter and a value. The dialects V(mysql) and
          V(generic) have such options.
        type: bool
        default: false
      secret:
        description: Whether the value is shown nowhere, and is written literally unless O(settings[].literal) says
          otherwise.
        type: bool
        default: false
      literal:
        description: As O(literal), for this option.
        type: bool
      list_style:
        description: As O(list_style), for this option.
        type: str
        choices: [repeat, comma, bracket, lines]
      append:
        description: As O(append), for this option.
        type: bool
      commented_default:
        description: As O(commented_default), for this option.
        type: str
        choices: [keep, replace]
  literal:
    description:
      - Whether the program shall read the values as they are given here, even where they hold the sign that begins a
        reference.
      - Without it, C($name) in the dialect V(oslo) and C(%(name\)s) in V(ini) and V(paste) stand for the value of
        another option.
      - With it, the sign is doubled when it is written, as is the C(%) of specifiers in the dialect V(systemd).
      - The dialects V(rawini), V(mysql) and V(generic) have no such sign.
    type: bool
    default: false
  list_style:
    description:
      - How a list is written.
      - "V(repeat): the option, once for each item; V(comma): C(a,b); V(bracket): C([a,b]); V(lines): with commas, one
        item to a line."
      - An empty list is no option at all with V(repeat), and otherwise an empty value or C([]).
    type: str
    choices: [repeat, comma, bracket, lines]
    default: repeat
  append:
    description: Whether the items of a list are added to those that are there, instead of taking their place.
    type: bool
    default: false
  exclusive:
    description:
      - "What may hold nothing beside what is asked for: V(none); the V(sections) that are named; or the whole V(file),
        of which the other sections are removed too."
      - Comments in the sections that stay are kept.
    type: str
    choices: [none, sections, file]
    default: none
  keep:
    description: What O(exclusive) spares, as patterns of C(section/option) with C(*) and C(?).
    type: list
    elements: str
    default: []
  base:
    description:
      - A text from which the file is made anew, in place of what it holds. Then the file is this text with the options
        in it, and what was changed in it by hand is lost.
      - The empty text makes a file that holds the options and nothing else.
    type: str
  managed_marker:
    description:
      - A text in the comment lines at the top of O(base), which marks the file as written by this task.
      - A file without it was written by another program or by hand. Before it is replaced, a copy is kept, with
        C(.before-osops-) and the time after its name, and a warning lists the options that are lost. This copy is
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
    description: Whether a new option stands below its commented default and so keeps it, or replaces it.
    type: str
    choices: [keep, replace]
    default: keep
  style:
    description:
      - How new lines are spaced. V(keep) does it as the file does, V(spaces) writes C(a = b), V(nospaces) writes
        C(a=b).
      - V(enforce) writes C(a = b), also where the value is right already but is spelt in another way.
    type: str
    choices: [keep, spaces, nospaces, enforce]
    default: keep
  remove_empty:
    description: Whether a section goes with the last of its options, when there is nothing but blank lines beside it.
    type: bool
    default: false
  allow_dash:
    description:
      - Whether C(log-file) is written so where the file knows C(log_file), in the dialect V(oslo).
      - oslo.config reads only the latter from a file. Otherwise that is what is set, with a warning.
    type: bool
    default: false
  create:
    description: Whether the file is created when it is not there, with the mode 0640 unless O(mode) says otherwise.
    type: bool
    default: true
  follow:
    description: Whether a link is followed, and what it leads to is changed. Otherwise a file takes the place of the
      link.
    type: bool
    default: true
  backup:
    description: Whether a copy of the old file, with the time in its name, is kept beside it when it is changed.
    type: bool
    default: false
  validate:
    description:
      - A command that must accept the new content before it lands; V(%s) is the path of a temporary file that holds it.
      - It runs without a shell.
    type: str
  repair:
    description:
      - Whether a header that has something behind its bracket is put in order first, and the last line gets an end if
        it has none. Otherwise a file that the program cannot read is refused, with the line and the reason.
      - A byte order mark is removed in any case, with a warning, where the program cannot read the file because of it
        (V(oslo), V(paste), V(mysql)).
    type: bool
    default: false
  schema:
    description:
      - What the options of the program are, as C(oslo-config-generator --format json) prints it, in a file on the host.
      - Unknown options are told, with the nearest name, and so are deprecated names and values of the wrong type.
    type: path
  schema_policy:
    description: Whether what O(schema) finds is ignored, becomes a warning of the task, or an error before anything is
      changed.
    type: str
    choices: [ignore, warn, error]
    default: warn
  also_read:
    description:
      - Files that the program reads after this one, and directories of which it reads all C(*.conf) in the order of
        their names.
      - What they set too is told in RV(shadowed), with a warning.
    type: list
    elements: path
    default: []
  environment:
    description: The environment of the service. Variables such as C(OS_DATABASE__CONNECTION) stand above the file for
      oslo.config.
    type: dict
    default: {}
  mutable:
    description: The options, as C(section/option), that the program takes up when it reads its files again. See
      RV(reload_only).
    type: list
    elements: str
    default: []
attributes:
  platform:
    description: The hosts it works on.
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

- name: Set a password that may hold any character, and own the file's attributes
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    owner: root
    group: glance
    mode: "0640"
    secrets:
      keystone_authtoken:
        password: 'p@s/s%$w:rd#'

- name: Let the program's own validator judge the new content, and keep a copy of the old
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    backup: true
    validate: oslo-config-validator --input-file %s --namespace glance.api
    options:
      DEFAULT:
        image_size_cap: 1099511627776

- name: Say how a list is written, and what is literal, for single options
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

- name: Add to a repeated option what is not there yet
  osops.glance.ini:
    path: /etc/nova/nova.conf
    append: true
    options:
      pci:
        alias: ['{"name": "a3"}']

- name: Let a section hold this and nothing else
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    exclusive: sections
    keep: [oslo_policy/policy_*]
    options:
      oslo_policy:
        enforce_scope: true

- name: Own the whole file
  osops.glance.ini:
    path: /etc/glance/glance-image-import.conf
    base: |
      # Written by Ansible. What is changed here by hand is lost.
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

- name: Override a unit of systemd
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

- name: Write a file for Python's configparser in which a percent sign is a percent sign
  osops.glance.ini:
    path: /etc/app/app.ini
    dialect: ini
    literal: true
    options:
      log:
        format: '%(asctime)s %(message)s'

- name: Put the option in the place of its commented default, and space all that is named with blanks
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    commented_default: replace
    style: enforce
    options:
      DEFAULT:
        show_multiple_locations: false

- name: Mend a file that its program cannot read, drop what is empty then, and name more secrets
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

- name: Write the lists of this task with commas, in a file that must be there and is no link afterwards
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    create: false
    follow: false
    list_style: comma
    options:
      keystone_authtoken:
        memcached_servers: [controller1:11211, controller2:11211]

- name: Set a secret of a name that does not tell, add an item, and replace a commented default
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

- name: Write an option with a dash, which a plugin reads and oslo.config does not
  osops.glance.ini:
    path: /etc/glance/glance-api.conf
    allow_dash: true
    options:
      vendor:
        log-file: /var/log/vendor.log

- name: Look whether the options exist, and whether something else stands above them
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

- name: Replace a whole file, and keep a copy of one that was written by hand
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
  description: The file that was changed, behind all links.
  type: str
  returned: always
changes:
  description:
    - What became of the options that changed, each with its section, option, action, before, after and line.
    - The action is V(added), V(updated), V(removed), V(deduplicated) (the value is the same, and was given more than
      once), V(reordered) or V(restyled).
    - The values are null where there is none, and lists where there are several; V(VALUE HIDDEN) stands for a secret.
  type: list
  elements: dict
  returned: always
  sample:
    - {section: DEFAULT, option: debug, action: added, before: null, after: 'true', line: 17}
unchanged:
  description: How many of the options were as asked already.
  type: int
  returned: always
sections_added:
  description: The sections that are new.
  type: list
  elements: str
  returned: always
sections_removed:
  description: The sections that are gone.
  type: list
  elements: str
  returned: always
deduplicated:
  description: The options, as C(section/option), that were given more often than was asked for.
  type: list
  elements: str
  returned: always
shadowed:
  description: What stands above these options, each with section, option, and the path and line, or the variable.
  type: list
  elements: dict
  returned: always
repaired:
  description: Whether something was mended that kept the program from reading the file.
  type: bool
  returned: always
restart_needed:
  description: Whether the program must be restarted, because something that it reads is different.
  type: bool
  returned: always
reload_only:
  description: Whether it is enough to let it read its files again, since all that changed is in O(mutable).
  type: bool
  returned: always
created:
  description: Whether the file is new.
  type: bool
  returned: always
backup_file:
  description: The copy of the old file.
  type: str
  returned: when there is one
kept_file:
  description: The copy of a file without O(managed_marker). It is permanent.
  type: str
  returned: when there is one
  sample: /etc/glance/glance-api.conf.before-osops-20261127T231500
checksum_before:
  description: The SHA-256 of the old file, or null where there was none.
  type: str
  returned: always
checksum_after:
  description: The SHA-256 of the new file.
  type: str
  returned: always
"""

import gc

if __name__ == "__main__":
    # All that is loaded and read is kept to the end: a collector would look for garbage in it in vain, again and again.
    gc.disable()

import codecs
import hashlib
import json
import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core import atomic_file, original
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement, run
from ansible_collections.osops.glance.plugins.module_utils._ini import diff as _ini_report
from ansible_collections.osops.glance.plugins.module_utils._ini import lint
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.document import (
    Document,
    ParseError,
    decoded,
    document_of,
    parse,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.edit import Desired, EditResult, compared, edit, mended
from ansible_collections.osops.glance.plugins.module_utils._ini.layout import Layout
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import (
    Values,
    is_managed,
    loss,
    set_by_hand,
    values_of,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.packaged import is_as_installed
from ansible_collections.osops.glance.plugins.module_utils._ini.request import DOCUMENT_OPTIONS, request_of

LIST_STYLES = ["repeat", "comma", "bracket", "lines"]
OPTIONS: dict[str, Any] = {
    **DOCUMENT_OPTIONS,
    # What is marked no_log stays out of the log and of messages about wrong parameters; the rest _ini_report masks.
    "options": {"type": "dict", "default": {}, "no_log": True},
    "secrets": {"type": "dict", "default": {}, "no_log": True},
    "settings": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "section": {"type": "str", "required": True},
            "option": {"type": "str", "required": True},
            "value": {"type": "raw", "no_log": True},
            "bare": {"type": "bool", "default": False},
            "secret": {"type": "bool", "default": False, "no_log": False},
            "literal": {"type": "bool"},
            "list_style": {"type": "str", "choices": LIST_STYLES},
            "append": {"type": "bool"},
            "commented_default": {"type": "str", "choices": ["keep", "replace"]},
        },
    },
    "literal": {"type": "bool", "default": False},
    "list_style": {"type": "str", "choices": LIST_STYLES, "default": "repeat"},
    "append": {"type": "bool", "default": False},
    "exclusive": {"type": "str", "choices": ["none", "sections", "file"], "default": "none"},
    "keep": {"type": "list", "elements": "str", "default": []},
    "base": {"type": "str", "no_log": True},
    "managed_marker": {"type": "str"},
    "package_defaults": {"type": "list", "elements": "path", "default": []},
    "commented_default": {"type": "str", "choices": ["keep", "replace"], "default": "keep"},
    "style": {"type": "str", "choices": ["keep", "spaces", "nospaces", "enforce"], "default": "keep"},
    "remove_empty": {"type": "bool", "default": False},
    "allow_dash": {"type": "bool", "default": False},
    "create": {"type": "bool", "default": True},
    "follow": {"type": "bool", "default": True},
    "backup": {"type": "bool", "default": False},
    "validate": {"type": "str"},
    "repair": {"type": "bool", "default": False},
    "schema": {"type": "path"},
    "schema_policy": {"type": "str", "choices": ["ignore", "warn", "error"], "default": "warn"},
    "also_read": {"type": "list", "elements": "path", "default": []},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "mutable": {"type": "list", "elements": "str", "default": []},
}
# How often the edit is worked out again when somebody else changes the file in between.
ATTEMPTS = 5


class Ini:
    """One file of options, brought to what was asked for."""

    @classmethod
    def predict(cls, module: AnsibleModule) -> Ini:
        return PredictedImages(module)

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params: dict[str, Any] = module.params
        self.dialect = DIALECTS[self.params["dialect"]]
        self.is_oslo = self.params["dialect"] == "oslo"
        self.path = atomic_file.real_path(self.params["path"], self.params["follow"])
        self.refuse_lost_directory()
        self.mask = _ini_report.mask_of(self.params)
        # From here on nothing is hidden by its value, which would blot out short ones everywhere, but by its place.
        try:
            self.mask.redact(self.params["redact"])
        finally:
            module.params = _ini_report.parameters(self.params, self.mask)
            module.no_log_values = set()
        self.request = request_of(self.params, self.dialect)
        self.mask.places = self.request.secrets
        self.target = atomic_file.Target(
            module,
            self.path,
            module.load_file_common_arguments(module.params, path=self.path),
            validate=self.params["validate"],
            backup=self.params["backup"],
            unsafe_writes=self.params["unsafe_writes"],
            mask=self.mask.text,
        )
        self.lock: int | None = None
        self.backup: str | None = None
        self.kept: str | None = None

    def plan(self) -> Plan:
        self.lock = atomic_file.lock(self.path)
        return self.look()

    def look(self) -> Plan:
        """Work out what becomes of the file as it is now."""
        self.warnings: list[str] = []
        self.desired = self.request.desired
        self.old = atomic_file.read(self.path)
        self.refuse_to_create()
        before = self.document(self.old or b"")
        self.edited = self.owned(before) if self.params["base"] is not None else self.in_place(before)
        text = decoded(self.old or b"")
        self.repaired = before.text() != text and self.params["base"] is None
        if self.repaired:
            self.edited = mended(self.edited, text)
        self.new = self.edited.after.text().encode("utf-8", "surrogateescape")
        self.drift = self.target.drift()
        self.shadowed = self.looked_around()
        plan = Plan(tuple(self.steps()))
        if plan.changed:
            self.mask.learn(before)
            self.mask.learn(self.edited.after)
        self.loses_original = self.is_original(before)
        if self.loses_original:
            self.warnings.append(self.loss_warning(before))
        names = atomic_file.hard_links(self.path)
        if self.new != self.old and names > 1 and not self.params["unsafe_writes"]:
            self.warnings.append(f"{self.path} has {names} names; the others keep the old content.")
        return plan

    def refuse_to_create(self) -> None:
        if self.old is None and not self.params["create"]:
            raise GlanceError(f"There is no file {self.path}, and `create: false` says not to make one.")

    def refuse_lost_directory(self) -> None:
        folder = os.path.dirname(self.path)
        if self.params["create"] and not os.path.isdir(folder):
            what = f"The directory {folder}"
            raise MissingRequirement(
                what, f"Cannot create {self.path}: there is no directory {folder}. Create it first."
            )

    def document(self, content: bytes) -> Document:
        """Return the file as its program reads it; one that is made anew need not be readable."""
        if content.startswith(codecs.BOM_UTF8) and not self.dialect.bom:
            self.warnings.append(f"{self.path}: the byte order mark is removed; {self.dialect.reader} cannot read it.")
        try:
            return document_of(content, self.path, self.dialect, mend=self.params["repair"])
        except GlanceError:
            if self.params["base"] is None:
                raise
            return parse("", self.dialect)

    def in_place(self, before: Document) -> EditResult:
        """Return the file with the options in it."""
        if self.is_oslo:
            layout = Layout(before)
            settings, renamed = lint.with_underscores(layout, self.desired.settings, self.params["allow_dash"])
            self.mask.places = self.request.secrets | {
                before.place(now.section, now.option)
                for asked, now in zip(self.desired.settings, settings)
                if before.place(asked.section, asked.option) in self.request.secrets
            }
            self.desired = self.desired._replace(settings=settings)
            self.warnings += renamed
            self.warnings += lint.warnings_of(before, layout, self.request.references, self.mask.is_named, settings)
        return edited_or_refused(before, self.desired, self.path)

    def owned(self, before: Document) -> EditResult:
        """Return the file made anew."""
        try:
            base = parse(self.params["base"], self.dialect)
        except ParseError as fault:
            raise GlanceError(f"`base`, {fault}: {self.dialect.reader} could not read it.") from fault
        return compared(before, edited_or_refused(base, self.desired, self.path).after)

    def is_original(self, before: Document) -> bool:
        """Return whether the file is about to be replaced and was not written by this task or by its package."""
        marker, text = self.params["managed_marker"], decoded(self.old or b"")
        if self.params["base"] is None or not marker or self.new == self.old or not text.strip():
            return False
        is_unreadable = not before.lines
        if is_managed(text, marker) or not (is_unreadable or self.set_by_hand(before)):
            return False
        return not is_as_installed(self.module, self.path, self.old or b"")

    def set_by_hand(self, before: Document) -> Values:
        packaged = [atomic_file.read(path) for path in self.params["package_defaults"]]
        documents = [self.document(content) for content in packaged if content]
        return set_by_hand(values_of(before), map(values_of, documents))

    def loss_warning(self, before: Document) -> str:
        lost = loss(self.set_by_hand(before), values_of(self.edited.after))
        return " ".join(
            [
                f"{self.path} was not written by this collection and is replaced.",
                f"A copy is kept as {original.pattern(self.path)}.",
                *lost.sentences(),
            ]
        )

    def looked_around(self) -> list[dict[str, Any]]:
        """Hold the options against the schema, and return what stands above them."""
        settings = self.desired.settings
        if self.params["schema"] and self.params["schema_policy"] != "ignore":
            faults = lint.schema_faults(self.schema(), settings, self.mask.is_named)
            if faults and self.params["schema_policy"] == "error":
                raise GlanceError(f"{'; '.join(faults)}. Nothing was changed.")
            self.warnings += faults
        others = [
            (path, document_of(atomic_file.read(path) or b"", path, self.dialect))
            for path in also_read(self.params["also_read"])
        ]
        shadowed = lint.shadowed(settings, others)
        if self.is_oslo:
            shadowed += lint.shadowed_by_environment(settings, self.params["environment"])
        self.warnings += map(lint.shadow_in_words, shadowed)
        return shadowed

    def schema(self) -> Any:
        content = atomic_file.read(self.params["schema"])
        try:
            return json.loads(content or b"")
        except ValueError as error:
            raise GlanceError(
                f"{self.params['schema']} is not what `oslo-config-generator --format json` prints: {error}."
            ) from error

    def steps(self) -> list[Step]:
        steps = [Step(f"{change.section}/{change.option}", change.action) for change in self.edited.changes]
        if self.old is None:
            steps.append(Step("file", "create"))
        elif not steps and self.new != self.old:
            steps.append(Step("text", "update"))
        if self.drift:
            steps.append(Step("attributes", "update"))
        return steps

    def apply(self, plan: Plan) -> Plan:
        """Write the file; where somebody else changed it meanwhile, work it out again."""
        for _attempt in range(ATTEMPTS):
            try:
                self.write()
                return plan
            except atomic_file.ConflictError:
                plan = self.look()
        raise GlanceError(f"{self.path} is changed by somebody else all the time; nothing was written.")

    def write(self) -> None:
        if self.new != self.old:
            self.backup = self.target.write(self.old, self.new, self.keep_original)
        elif self.drift:
            self.target.settle()
        names = ", ".join(f"{change.section}/{change.option} {change.action}" for change in self.edited.changes)
        self.module.log(f"{self.path}: {names or 'no option changed'}")

    def keep_original(self) -> None:
        if self.loses_original:
            self.kept = original.keep(self.path, self.old or b"")

    def result(self, plan: Plan) -> dict[str, Any]:
        changes = self.edited.changes
        restart_needed, reload_only = lint.restart(changes, self.params["mutable"])
        return {
            "path": self.path,
            "changes": _ini_report.changes_of(changes, self.edited.after, self.mask),
            "unchanged": self.edited.unchanged,
            "sections_added": self.edited.sections_added,
            "sections_removed": self.edited.sections_removed,
            "deduplicated": [f"{change.section}/{change.option}" for change in changes if change.is_deduplicated],
            "shadowed": self.shadowed,
            "repaired": self.repaired,
            "restart_needed": restart_needed or self.repaired,
            "reload_only": reload_only and not self.repaired,
            "created": self.old is None,
            "checksum_before": None if self.old is None else hashlib.sha256(self.old).hexdigest(),
            "checksum_after": hashlib.sha256(self.new).hexdigest(),
            "diff": self.diff(),
            "warnings": [self.mask.text(warning) for warning in self.warnings],
            **({"backup_file": self.backup} if self.backup else {}),
            **({"kept_file": self.kept} if self.kept else {}),
        }

    def diff(self) -> list[dict[str, Any]]:
        text = _ini_report.unified(self.path, self.edited, self.mask)
        return [*([{"prepared": text}] if text else []), *([self.drift] if self.drift else [])]


class PredictedImages(Ini):
    """What is predicted where the directory of the file is not there yet."""

    def refuse_lost_directory(self) -> None: ...


def edited_or_refused(document: Document, desired: Desired, path: str) -> EditResult:
    try:
        return edit(document, desired)
    except GlanceError as error:
        raise GlanceError(f"{path}: {error}. Nothing was changed.") from error


def also_read(paths: list[str]) -> list[str]:
    """Return the files among these, and those that oslo.config reads in the directories among them."""
    files: list[str] = []
    for path in paths:
        if os.path.isdir(path):
            files += (os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(".conf"))
        else:
            files.append(path)
    return files


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, add_file_common_args=True, supports_check_mode=True)
    run(module, Ini)


if __name__ == "__main__":
    main()
