# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the new content of a file with the operator's command before it replaces the old one."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from typing import Callable, ContextManager, Iterator, List

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.osops.glance.plugins.module_utils._core.plan import GlanceError

# Returns the problems of the new content, given the path of the temporary file and the output of the command.
Diagnosis = Callable[[str, str], List[str]]
# Returns whether the command would accept the new content, given the command and the path of the temporary file.
Accepts = Callable[[List[str], str], bool]
# Is entered with the command while it runs.
Diagnose = Callable[[List[str]], ContextManager[Diagnosis]]


@contextmanager
def no_diagnosis(_command: list[str]) -> Iterator[Diagnosis]:
    """Return a diagnosis that finds nothing."""
    yield lambda _new, _output: []


def is_unknown(_command: list[str], _new: str) -> bool:
    """Return false: the command has to run."""
    return False


class Validator:
    """The command of the option `validate`.

    template: the command, with %s for the path of the file that holds the new content; None accepts any content.
    path: the file that is replaced, for messages.
    mask: removes secrets from the output of the command.
    diagnose: adds problems that the command does not report, or reports in fewer words.
    accepts: returns whether some content is valid without a run of the command.
    """

    def __init__(
        self,
        module: AnsibleModule,
        template: str | None,
        path: str,
        mask: Callable[[str], str] = str,
        diagnose: Diagnose = no_diagnosis,
        accepts: Accepts = is_unknown,
    ) -> None:
        try:
            self.command = shlex.split(template or "")
        except ValueError as error:
            raise GlanceError(f"`validate` is not a valid command ({error}): {template}") from error
        if template and not any("%s" in part for part in self.command):
            raise GlanceError(f"`validate` needs %s in place of the path of the new file: {template}")
        self.module = module
        self.template = template
        self.path = path
        self.mask = mask
        self.diagnose = diagnose
        self.accepts = accepts

    def check(self, new: str) -> None:
        """Raise GlanceError if the command refuses a file.

        new: the path of the temporary file.
        """
        if not self.command:
            return
        command = [part.replace("%s", new) for part in self.command]
        if self.accepts(command, new):
            return
        with self.diagnose(command) as diagnosis:
            status, output = self._run(command)
            problems = diagnosis(new, output)
        if problems:
            raise GlanceError(f"{self.path}: {self.mask(' '.join(problems))} Nothing was changed.")
        if status:
            output = output.replace(os.path.basename(new), os.path.basename(self.path)).strip()
            raise GlanceError(
                f"The new content of {self.path} is not valid: `{self._shown()}` failed with status {status}. Nothing "
                f"was changed. Output: {self.mask(output) or 'none'}"
            )

    def _run(self, command: list[str]) -> tuple[int, str]:
        """Return the exit status and the output."""
        try:
            status, out, err = self.module.run_command(command, handle_exceptions=False)
        except OSError as error:
            raise GlanceError(f"Cannot run `{self._shown()}` to validate the new file: {error.strerror}.") from error
        return status, out + err

    def _shown(self) -> str:
        """Return the command for messages, with the path of the file in place of the temporary one."""
        return str(self.template).replace("%s", self.path)
