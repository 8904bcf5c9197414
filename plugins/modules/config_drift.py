#!/usr/bin/python
# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: config_drift
short_description: Report what a deployment would take away from an Image service
version_added: "0.2.0"
description:
  - Compares the configuration files on a host with the desired ones, and warns of what the change would remove. It
    changes nothing.
  - "Warnings name options that were set by hand, accounts with another password, another database, stores that are
    dropped or moved, and configuration and policy files in force that this collection does not manage."
  - If a store kind is dropped that images need, or a directory of images that was set by hand is replaced, the module
    fails with the number of these images. It reads them from the database with the connection of the present
    configuration.
  - Values of options are not reported.
author:
  - The osops.glance authors (@osops)
extends_documentation_fragment:
  - osops.glance.attributes.read_only
options:
  files:
    description:
      - The desired content of each file, by path. Each is a dictionary of sections, as in
        O(osops.glance.ini#module:options).
    type: dict
    required: true
  mode:
    description: Whether the files are replaced (V(replace)) or the options are set in them (V(merge)).
    type: str
    choices: [replace, merge]
    default: replace
  managed_marker:
    description: A text that marks a file as written by this collection, as in M(osops.glance.ini).
    type: str
    required: true
  package_defaults:
    description: For each path, files with the options that the package sets, as in M(osops.glance.ini).
    type: dict
    default: {}
  unit_files:
    description: Units and other files that are replaced.
    type: list
    elements: path
    default: []
  policy:
    description: The policies of the service.
    type: dict
    default: {}
    suboptions:
      path:
        description: The file in the policy directory that this collection writes.
        type: path
      rules:
        description: The desired rules in it.
        type: dict
        default: {}
      files:
        description: Policy files that the service reads in addition to that directory.
        type: list
        elements: path
        default: []
  host:
    description: The name of the host in messages.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Report what would be lost
  become: true
  osops.glance.config_drift:
    host: "{{ inventory_hostname }}"
    managed_marker: (osops.glance)
    files:
      /etc/glance/glance-api.conf:
        DEFAULT:
          enabled_backends: fs:file
        glance_store:
          default_backend: fs
        fs:
          filesystem_store_datadir: /var/lib/glance/images/
"""

RETURN = r"""
lost:
  description: What the deployment would take away. Each sentence is a warning, too.
  type: list
  elements: str
  returned: success
  sample: ["controller: /etc/systemd/system/glance-api.service was not written by this collection and is replaced."]
"""

import glob
import os
from typing import Any, Iterator

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core import original
from ansible_collections.osops.glance.plugins.module_utils._core.files import read
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._core.runner import run
from ansible_collections.osops.glance.plugins.module_utils._host import drift, store_loss
from ansible_collections.osops.glance.plugins.module_utils._ini.document import Document, decoded, document_of
from ansible_collections.osops.glance.plugins.module_utils._ini.loss import (
    Values,
    is_managed,
    listed,
    loss,
    set_by_hand,
    values_of,
)
from ansible_collections.osops.glance.plugins.module_utils._ini.packaged import is_as_installed
from ansible_collections.osops.glance.plugins.module_utils._schema.login import log_in
from ansible_collections.osops.glance.plugins.module_utils._schema.revisions import target_of

OPTIONS: dict[str, Any] = {
    "files": {"type": "dict", "required": True, "no_log": True},
    "mode": {"type": "str", "choices": ["replace", "merge"], "default": "replace"},
    "managed_marker": {"type": "str", "required": True},
    "package_defaults": {"type": "dict", "default": {}},
    "unit_files": {"type": "list", "elements": "path", "default": []},
    "policy": {
        "type": "dict",
        "default": {},
        "options": {
            "path": {"type": "path"},
            "rules": {"type": "dict", "default": {}},
            "files": {"type": "list", "elements": "path", "default": []},
        },
    },
    "host": {"type": "str", "required": True},
}
# The file with the options of the stores.
STORES_FILE = "glance-api.conf"


class Drift:
    """The difference between the files on the host and the desired ones; the plan is always empty."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params: dict[str, Any] = module.params
        # Short values among the desired options, such as `true`, must not blot out the messages, which hold no values.
        module.no_log_values = set()
        module.params = {**module.params, "files": sorted(self.params["files"])}
        self.replaced = self.params["mode"] == "replace"
        self.refusals: list[str] = []
        self.lost: list[str] = []

    def plan(self) -> Plan:
        found = [*self.config_warnings(), *self.directory_warnings(), *self.unit_warnings(), *self.policy_warnings()]
        self.lost = [f"{self.params['host']}: {warning}" for warning in found]
        if self.refusals:
            for warning in self.lost:
                self.module.warn(warning)
            told = " ".join(f"{refusal}." for refusal in self.refusals)
            raise GlanceError(f"{self.params['host']}: {told} Nothing was changed.")
        return Plan()

    def apply(self, plan: Plan) -> None: ...

    def result(self, plan: Plan) -> dict[str, Any]:
        return {"lost": self.lost, "warnings": self.lost}

    def config_warnings(self) -> Iterator[str]:
        for path, sections in self.params["files"].items():
            content = read(path)
            if content is None:
                continue
            try:
                document = document_of(content, path, drift.OSLO)
            except GlanceError:
                yield f"{path} cannot be parsed. What is lost in it was not compared."
                continue
            yield from self.file_warnings(path, document, sections)

    def file_warnings(self, path: str, document: Document, sections: Any) -> Iterator[str]:
        """Yield what is lost in one configuration file."""
        before = values_of(document)
        after = drift.values_afterwards(document, drift.desired_values(sections), self.replaced)
        managed = is_managed(document.text(), self.params["managed_marker"])
        if self.replaced:
            lost = loss(set_by_hand(before, self.packaged(path)), after)
            if any(lost) and (managed or not self.is_as_installed(path)):
                yield from drift.loss_warnings(path, lost, managed, original.pattern(path))
        yield from drift.account_warnings(path, before, after)
        if os.path.basename(path) == STORES_FILE:
            yield from self.store_warnings(path, before, after, managed)

    def directory_warnings(self) -> Iterator[str]:
        """Yield the files that the service reads in addition to its configuration file, in its default directories."""
        folders = [f"{path}.d" for path in self.params["files"]]
        folders += sorted({os.path.join(os.path.dirname(path), "glance.conf.d") for path in self.params["files"]})
        for path in (path for folder in folders for path in sorted(glob.glob(f"{glob.escape(folder)}/*.conf"))):
            try:
                names = [f"{place.section}/{place.option}" for place in self.parsed(path).places]
            except GlanceError:
                names = ["(the file cannot be parsed)"]
            if names and not self.is_as_installed(path):
                yield drift.directory_warning(path, names)

    def parsed(self, path: str) -> Document:
        return document_of(read(path) or b"", path, drift.OSLO)

    def packaged(self, path: str) -> Iterator[Values]:
        for default in self.params["package_defaults"].get(path, ()):
            content = read(default)
            if content:
                yield values_of(document_of(content, default, drift.OSLO))

    def is_as_installed(self, path: str) -> bool:
        return is_as_installed(self.module, path, read(path) or b"")

    # Stores ------------------------------------------------------------------------------------------------------

    def store_warnings(self, path: str, before: Values, after: Values, managed: bool) -> Iterator[str]:
        """Yield what becomes of the stores, and note which images are the reason to refuse that."""
        old, new = store_loss.stores_of(before), store_loss.stores_of(after)
        lost = store_loss.change(old, new)
        told = store_loss.change_message(lost, old, new)
        if not lost:
            if told:
                yield f"{path}: {told}"
            return
        try:
            found, encrypted = store_loss.unreadable(self.locations(path, before), lost)
        except GlanceError as error:
            # The kinds that a service has by default may never have been in use.
            if not old.is_default or lost.directories:
                yield f"{path}: {told} Whether images are stored there could not be checked: {error}"
            return
        fatal = [one for one in found if not (managed and one.directory)]
        self.refusals += [f"{path}: {store_loss.message(one, new)}" for one in fatal]
        if encrypted:
            yield f"{path}: {told} The locations of {encrypted} images are encrypted and could not be checked."
        elif not fatal and (found or not old.is_default or lost.directories):
            yield " ".join([f"{path}: {told}", *(f"{store_loss.message(one, new)}." for one in found)])

    def locations(self, path: str, before: Values) -> list[Any]:
        target = target_of(drift.connection(before), path)
        if not target.is_mysql:
            raise GlanceError(f"{target} is not a MySQL or MariaDB database.")
        with log_in(target, path) as database:
            if not database.rows("SHOW TABLES LIKE 'image_locations'"):
                return []
            return database.rows(store_loss.LOCATIONS)

    # Units and policies ------------------------------------------------------------------------------------------

    def unit_warnings(self) -> Iterator[str]:
        for path in self.params["unit_files"]:
            content = read(path)
            if not content or is_managed(decoded(content), self.params["managed_marker"]) or self.is_as_installed(path):
                continue
            kept = original.pattern(path)
            yield f"{path} was not written by this collection and is replaced. A copy is kept as {kept}."

    def policy_warnings(self) -> Iterator[str]:
        policy = self.params["policy"]
        own: str = policy.get("path") or ""
        if own:
            present = drift.rules_in(decoded(read(own) or b""))
            gone = [rule for rule in present if rule not in policy["rules"]]
            if gone:
                rules = listed(gone)
                yield f"{own} has rules that glance_api_policy does not contain: {rules}. They are removed."
        for path in [*policy.get("files", ()), *beside(own)]:
            content = read(path) if os.path.isfile(path) else None
            rules_there = drift.rules_in(decoded(content or b""))
            if content and rules_there and not is_as_installed(self.module, path, content):
                is_read_later = os.path.dirname(path) == os.path.dirname(own) and path > own
                yield drift.policy_warning(path, rules_there, policy["rules"] if is_read_later else ())


def beside(path: str) -> list[str]:
    """Return the other files in the directory of a file, as oslo.policy reads them: no hidden ones, sorted by name."""
    folder = os.path.dirname(path)
    if not os.path.isdir(folder):
        return []
    names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    return [os.path.join(folder, name) for name in names if os.path.join(folder, name) != path]


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True)
    run(module, Drift)


if __name__ == "__main__":
    main()
