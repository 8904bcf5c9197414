"""Further runs on a converged host."""

from __future__ import annotations

from typing import Any, Callable

Play = Callable[..., Any]


def test_check_mode_reports_no_change(play: Play) -> None:
    run = play("site", "--check", "--diff")
    assert (run.rc, run.changed) == (0, 0), run.output


def test_verify_uploads_and_downloads_an_image(play: Play) -> None:
    run = play("verify")
    assert (run.rc, run.changed) == (0, 0), run.output
    assert "bytes" in run.output
