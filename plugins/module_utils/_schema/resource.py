# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema of the Image service's database."""

from __future__ import annotations

from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError, Plan
from ansible_collections.osops.glance.plugins.module_utils._core.runner import MissingRequirement
from ansible_collections.osops.glance.plugins.module_utils._schema.config import read_database_url
from ansible_collections.osops.glance.plugins.module_utils._schema.login import LoginRefused
from ansible_collections.osops.glance.plugins.module_utils._schema.planner import predicted_plan
from ansible_collections.osops.glance.plugins.module_utils._schema.state import State
from ansible_collections.osops.glance.plugins.module_utils._schema.sync import SchemaSync, metadefs_directory
from ansible_collections.osops.glance.plugins.module_utils._schema.target import parse_database_url

SPANNED = (
    "The migration adds the schemas of several releases: {}. A service of the previous release is tested with the next "
    "one only, or with the next SLURP release."
)


class SchemaResource:
    """The schema and the metadata definitions in the configured database."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._config_file: str = module.params["config_file"]
        self._command: str | None = module.get_bin_path(module.params["glance_manage"])
        self._url = read_database_url(self._config_file)
        self._sync: SchemaSync | None = None

    @classmethod
    def predict(cls, module: AnsibleModule) -> PredictedSchema:
        return PredictedSchema(module)

    def plan(self) -> Plan:
        if not self._url or not self._command:
            return predicted_plan(self._module.params["phase"], metadefs_directory(self._module.params))
        target = parse_database_url(self._url, self._config_file)
        runuser = self._module.get_bin_path("runuser") or "runuser"
        self._sync = SchemaSync(target, self._command, runuser, self._module.params, self._module.warn)
        try:
            return self._sync.plan()
        except LoginRefused as refused:
            raise self._missing_login(refused, str(target)) from None

    def apply(self, plan: Plan) -> Plan:
        if not self._sync:
            raise self._missing_requirement()
        return self._sync.apply()

    def result(self, plan: Plan) -> dict[str, Any]:
        if not self._sync:
            return return_values(database=None)
        sync = self._sync
        warnings = [SPANNED.format(", ".join(sync.spanned))] if len(sync.spanned) > 1 else []
        return {**return_values(str(sync.target), sync.before, sync.after, sync.namespaces), "warnings": warnings}

    def _missing_requirement(self) -> GlanceError:
        """Return the error for the requirement without which the database cannot be accessed."""
        if not self._command:
            command = self._module.params["glance_manage"]
            return GlanceError(f"There is no {command} on this host: install the Image service first.")
        if self._url is None:
            return GlanceError(f"There is no {self._config_file} on this host: configure the Image service first.")
        return GlanceError(
            f"{self._config_file} has no `connection` in section [database], so the database is unknown."
        )

    def _missing_login(self, refused: LoginRefused, database: str) -> MissingRequirement:
        """Return the error for a refused login, which becomes a warning in check mode."""
        assumption = "that the schema is current" if refused.has_database else "an empty database"
        return MissingRequirement(
            "login to the database",
            str(refused),
            warning=f"{refused} This is not a failure in check mode, since an earlier task of the run may set the "
            f"account and the database. The prediction assumes {assumption}.",
            predict=partial(PredictedSchema, database=database, is_current=refused.has_database),
        )


class PredictedSchema:
    """The predicted result if the database cannot be accessed yet."""

    def __init__(self, module: AnsibleModule, database: str | None = None, is_current: bool = False) -> None:
        """Prepare the prediction.

        database: the configured database, if it is known.
        is_current: whether the prediction assumes that the schema is current.
        """
        self._params = module.params
        self._database = database
        self._is_current = is_current

    def plan(self) -> Plan:
        if self._is_current:
            return Plan()
        return predicted_plan(self._params["phase"], metadefs_directory(self._params))

    def apply(self, plan: Plan) -> None:
        """Make no change: only check mode predicts."""

    def result(self, plan: Plan) -> dict[str, Any]:
        return return_values(self._database)


def return_values(
    database: str | None, before: State | None = None, after: State | None = None, namespaces: list[str] | None = None
) -> dict[str, Any]:
    """Return the return values of the module."""
    return {
        "revision_before": before.revision if before else None,
        "revision_after": after.revision if after else None,
        "database": database,
        "metadefs_loaded": namespaces or [],
    }
