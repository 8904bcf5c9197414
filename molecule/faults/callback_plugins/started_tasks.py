"""Write the name of each task to a file when it starts, so that a test can kill the run during any task."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "started_tasks"

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        # Runs of Molecule itself load this callback without the variable.
        with open(os.environ.get("OSOPS_STARTED_TASKS", os.devnull), "a", encoding="utf-8") as file:
            file.write(f"{task.get_name()}\n")
