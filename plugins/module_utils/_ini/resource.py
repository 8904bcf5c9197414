# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manage the options of one configuration file."""

from __future__ import annotations

import hashlib
import os
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import AtomicFile, ConflictError
from ansible_collections.osops.glance.plugins.module_utils._core.files import hard_links, read, real_path
from ansible_collections.osops.glance.plugins.module_utils._core.lock import lock_directory_of
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan, Step
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import DIALECTS
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask, mask_for, masked_parameters
from ansible_collections.osops.glance.plugins.module_utils._ini.report import describe_changes, service_action
from ansible_collections.osops.glance.plugins.module_utils._ini.request import request_of
from ansible_collections.osops.glance.plugins.module_utils._ini.rewrite import Rewriter
from ansible_collections.osops.glance.plugins.module_utils._ini.when_needed import (
    check_for,
    checked_schema_faults,
    keep_original,
    replacement_for,
    shadow_warnings,
    shadowed_settings,
    text_diff,
)

# How often the edit is computed again if another process changes the file in between.
ATTEMPTS = 5


class IniFile:
    """A configuration file with the options that a task specifies."""

    @classmethod
    def predict(cls, module: AnsibleModule) -> IniFile:
        return PredictedIniFile(module)

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params: dict[str, Any] = module.params
        self.dialect = DIALECTS[self.params["dialect"]]
        self.path = real_path(self.params["path"], self.params["follow"])
        # Before the options are masked: a prediction reads them again.
        self.require_directory()
        self.mask = hide_secrets(module)
        request = request_of(self.params, self.dialect)
        self.mask.places = request.secrets
        self.rewriter = Rewriter(self.path, self.params, self.dialect, request, self.mask)
        self.replacement = replacement_for(module, self.path, self.params, self.rewriter)
        self.file = AtomicFile(
            module,
            self.path,
            module.load_file_common_arguments(module.params, path=self.path),
            check=check_for(module, self.path, self.params["validate"], self.mask),
            backup=self.params["backup"],
            unsafe_writes=self.params["unsafe_writes"],
        )
        self.backup_file: str | None = None
        self.kept_file: str | None = None

    def require_directory(self) -> None:
        directory = os.path.dirname(self.path)
        if self.params["create"] and not os.path.isdir(directory):
            raise MissingRequirement(
                f"The directory {directory}",
                f"Cannot create {self.path}: the directory {directory} does not exist. Create it first.",
                warning=f"The directory {directory} does not exist yet; the prediction assumes that it is created.",
            )

    def plan(self) -> Plan:
        """Compute the edit from the current content of the file. Reading needs no lock."""
        old = read(self.path)
        if old is None and not self.params["create"]:
            raise GlanceError(f"{self.path} does not exist, and `create: false` does not allow to create it.")
        self.rewrite = self.rewriter.rewrite(old)
        self.drift = self.file.drift()
        self.shadowed = shadowed_settings(self.params, self.dialect, self.rewrite.settings)
        self.loses_original = self.replacement is not None and self.replacement.loses_original(self.rewrite)
        plan = Plan(tuple(self.steps()))
        if plan.changed:
            self.mask.add_secrets_of(self.rewrite.before)
            self.mask.add_secrets_of(self.rewrite.edited.after)
        self.warnings = self.collect_warnings()
        return plan

    def collect_warnings(self) -> list[str]:
        """Return the warnings; GlanceError if `schema_policy` makes a fault an error."""
        faults = checked_schema_faults(self.params, self.rewrite.settings, self.mask)
        warnings = [*self.rewrite.warnings, *faults, *shadow_warnings(self.shadowed)]
        if self.replacement and self.loses_original:
            warnings.append(self.replacement.warning(self.rewrite))
        links = hard_links(self.path)
        if self.is_different() and links > 1 and not self.params["unsafe_writes"]:
            warnings.append(f"{self.path} has {links} hard links; the others keep the old content.")
        return warnings

    def is_different(self) -> bool:
        return self.rewrite.new != self.rewrite.old

    def steps(self) -> list[Step]:
        steps = [Step(f"{change.section}/{change.option}", change.action) for change in self.rewrite.edited.changes]
        if self.rewrite.old is None:
            steps.append(Step("file", "create"))
        elif not steps and self.is_different():
            steps.append(Step("text", "update"))
        if self.drift:
            steps.append(Step("attributes", "update"))
        return steps

    def apply(self, plan: Plan) -> Plan:
        """Write the file; if another process changed it in the meantime, compute the edit again."""
        # The descriptor keeps the lock until the process ends.
        self.lock = lock_directory_of(self.path)
        for _attempt in range(ATTEMPTS):
            try:
                self.write()
                return plan
            except ConflictError:
                plan = self.plan()
        raise GlanceError(
            f"Another process changed {self.path} during each of {ATTEMPTS} attempts. Nothing was written."
        )

    def write(self) -> None:
        if self.is_different():
            self.backup_file = self.file.write(self.rewrite.old, self.rewrite.new, self.keep_original)
        elif self.drift:
            self.file.apply_attributes()
        changes = self.rewrite.edited.changes
        names = ", ".join(f"{change.section}/{change.option} {change.action}" for change in changes)
        self.module.log(f"{self.path}: {names or 'no option changed'}")

    def keep_original(self) -> None:
        if self.loses_original:
            self.kept_file = keep_original(self.path, self.rewrite.old or b"")

    def result(self, plan: Plan) -> dict[str, Any]:
        old, new, edited = self.rewrite.old, self.rewrite.new, self.rewrite.edited
        changes, is_repaired = edited.changes, self.rewrite.is_repaired
        restart_needed, reload_only = service_action(changes, self.params["mutable"])
        return {
            "path": self.path,
            "changes": describe_changes(changes, edited.after, self.mask),
            "unchanged": edited.unchanged,
            "sections_added": edited.sections_added,
            "sections_removed": edited.sections_removed,
            "deduplicated": [
                f"{change.section}/{change.option}" for change in edited.changes if change.is_deduplicated
            ],
            "shadowed": self.shadowed,
            "repaired": is_repaired,
            "restart_needed": restart_needed or is_repaired,
            "reload_only": reload_only and not is_repaired,
            "created": old is None,
            "checksum_before": None if old is None else hashlib.sha256(old).hexdigest(),
            "checksum_after": hashlib.sha256(new).hexdigest(),
            "diff": self.diff(),
            "warnings": [self.mask.text(warning) for warning in self.warnings],
            **({"backup_file": self.backup_file} if self.backup_file else {}),
            **({"kept_file": self.kept_file} if self.kept_file else {}),
        }

    def diff(self) -> list[dict[str, Any]]:
        text = text_diff(self.path, self.rewrite.edited, self.mask)
        return [*([{"prepared": text}] if text else []), *([self.drift] if self.drift else [])]


class PredictedIniFile(IniFile):
    """The prediction for a file whose directory does not exist yet."""

    def require_directory(self) -> None:
        """Accept a missing directory: an earlier task creates it."""


def hide_secrets(module: AnsibleModule) -> Mask:
    """Return the mask for the parameters of a task, and hide the secrets in what AnsibleModule returns of them.

    AnsibleModule returns `params` with every result and failure, and removes `no_log_values` from all of its output,
    which would also remove equal text that is not secret: every `1` for a secret `1`. ansible-core has no interface to
    hide values by their place, so both attributes are replaced.
    """
    params = module.params
    mask = mask_for(params)
    try:
        mask.add_patterns(params["redact"])
    finally:
        module.params = masked_parameters(params, mask)
        module.no_log_values = set()
    return mask
