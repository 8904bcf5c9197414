# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The features of the module ini that few tasks need.

Each function imports its code: Python compiles the code of a module in every run, which takes longer than the edit.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Mapping, Sequence

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.atomic_file import accept
from ansible_collections.osops.glance.plugins.module_utils._core.files import read
from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError
from ansible_collections.osops.glance.plugins.module_utils._ini.dialect import Dialect
from ansible_collections.osops.glance.plugins.module_utils._ini.document import document_of
from ansible_collections.osops.glance.plugins.module_utils._ini.mask import Mask
from ansible_collections.osops.glance.plugins.module_utils._ini.model import EditResult, Setting
from ansible_collections.osops.glance.plugins.module_utils._ini.rewrite import Rewriter

if TYPE_CHECKING:
    from ansible_collections.osops.glance.plugins.module_utils._ini.replacement import Replacement


def replacement_for(
    module: AnsibleModule, path: str, params: Mapping[str, Any], rewriter: Rewriter
) -> Replacement | None:
    """Return the replacement of the whole file; None without `base`."""
    if params["base"] is None:
        return None
    from ansible_collections.osops.glance.plugins.module_utils._ini.replacement import Replacement

    return Replacement(module, path, params, rewriter)


def keep_original(path: str, content: bytes) -> str:
    """Keep a copy of a file that was written by hand, and return its path."""
    from ansible_collections.osops.glance.plugins.module_utils._core import original

    return original.keep(path, content)


def check_for(module: AnsibleModule, path: str, validate: str | None, mask: Mask) -> Callable[[str], None]:
    """Return the check of new content; GlanceError if `validate` is not a command."""
    if not validate:
        return accept
    from ansible_collections.osops.glance.plugins.module_utils._core.validator import Validator
    from ansible_collections.osops.glance.plugins.module_utils._ini.oslo_validator import diagnosis_of, is_accepted

    diagnose = partial(diagnosis_of, keep=not module.check_mode)
    return Validator(module, validate, path, mask.text, diagnose, is_accepted).check


def shadowed_settings(params: Mapping[str, Any], dialect: Dialect, settings: Sequence[Setting]) -> list[dict[str, Any]]:
    """Return the settings that other files or the environment of the service override."""
    if not (params["also_read"] or params["environment"]):
        return []
    from ansible_collections.osops.glance.plugins.module_utils._ini import shadow

    paths = shadow.files_in(params["also_read"])
    others = [(path, document_of(read(path) or b"", path, dialect)) for path in paths]
    shadowed = shadow.shadowed_by_files(settings, others)
    if params["dialect"] == "oslo":
        shadowed += shadow.shadowed_by_environment(settings, params["environment"])
    return shadowed


def shadow_warnings(shadowed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a warning for each setting that is overridden."""
    if not shadowed:
        return []
    from ansible_collections.osops.glance.plugins.module_utils._ini.shadow import shadow_warning

    return list(map(shadow_warning, shadowed))


def text_diff(path: str, edited: EditResult, mask: Mask) -> str:
    """Return the changed lines for `--diff`; an empty string if there are none."""
    if not edited.line_edits:
        return ""
    from ansible_collections.osops.glance.plugins.module_utils._ini.diff import unified_diff

    return unified_diff(path, edited, mask)


def checked_schema_faults(params: Mapping[str, Any], settings: Sequence[Setting], mask: Mask) -> list[str]:
    """Return the faults against the schema, which are warnings; GlanceError if `schema_policy` makes them errors."""
    if not params["schema"] or params["schema_policy"] == "ignore":
        return []
    from ansible_collections.osops.glance.plugins.module_utils._ini.schema import schema_faults

    faults = schema_faults(read_schema(params["schema"]), settings, mask.is_secret_name)
    if faults and params["schema_policy"] == "error":
        raise GlanceError(f"{'; '.join(faults)}. Nothing was changed.")
    return faults


def read_schema(path: str) -> Any:
    try:
        return json.loads(read(path) or b"")
    except ValueError as error:
        raise GlanceError(f"{path} is not the output of `oslo-config-generator --format json`: {error}.") from error
