"""What further runs say of a host that is as it should be."""

from __future__ import annotations

from typing import Any, Callable

Play = Callable[..., Any]


def test_check_mode_reports_nothing_on_a_converged_host(play: Play) -> None:
    run = play("site", "--check", "--diff")
    assert (run.rc, run.changed) == (0, 0), run.output


def test_verify_proves_upload_and_download(play: Play) -> None:
    run = play("verify")
    assert (run.rc, run.changed) == (0, 0), run.output
    assert "bytes" in run.output
