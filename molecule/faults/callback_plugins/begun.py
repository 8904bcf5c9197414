"""Write down each task as it begins, so that a run can be ended in the middle of any of them."""

from __future__ import annotations

import os
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):  # type: ignore[misc]
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "begun"

    def v2_runner_on_start(self, host: Any, task: Any) -> None:
        # Molecule's own runs have it, too, and nobody who waits for it.
        with open(os.environ.get("OSOPS_BEGUN", os.devnull), "a", encoding="utf-8") as file:
            file.write(f"{task.get_name()}\n")
