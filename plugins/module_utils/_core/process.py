# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that run while the module does something else, or that outlive it; for all others there is run_command."""

from __future__ import annotations

import subprocess
import threading
from typing import Any, Callable, Iterable, Iterator, Sequence

LOOK_SECONDS = 1
STOP_SECONDS = 15

TIMED_OUT = 124  # the exit status of timeout(1)


def limited(command: Sequence[str], seconds: float) -> list[str]:
    """Return a command that is ended after some seconds, with the exit status TIMED_OUT."""
    return ["timeout", f"{seconds:g}", *command]


class Command:
    """A command that runs beside this module."""

    def __init__(self, arguments: Sequence[str], keep: Sequence[int] = ()) -> None:
        """Start it; the descriptors in `keep` stay open as long as it runs, whatever becomes of this process."""
        self.process = subprocess.Popen(
            arguments,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=keep,
        )

    def end(self, look: Callable[[], None] | None = None) -> tuple[int, str]:
        """Wait for the end, and return the status and the output.

        look: called every second until then. If it raises an exception, the command is stopped.
        """
        try:
            while True:
                try:
                    output, _none = self.process.communicate(timeout=LOOK_SECONDS)
                    return self.process.returncode, output.decode("utf-8", "replace")
                except subprocess.TimeoutExpired:
                    if look:
                        look()
        except Exception:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the command if it still runs; it has some seconds to end in order."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Filter:
    """A command that content is passed through, in pieces."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._process: Any = subprocess.Popen(
            arguments, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._failure: BaseException | None = None
        self.status = 0
        self.complaint = ""

    def pieces(self, content: Iterable[bytes], size: int) -> Iterator[bytes]:
        """Yield what comes out; an error of the content is raised here."""
        # Whoever both writes and reads waits for himself, so a thread writes; it must not keep Python from ending.
        feeder = threading.Thread(target=self._feed, args=(content,), daemon=True)
        feeder.start()
        output = self._process.stdout
        try:
            yield from iter(lambda: output.read(size), b"")
            feeder.join()
            self._end()
        finally:
            self._process.kill()
            self._process.wait()
            for pipe in (output, self._process.stderr):
                pipe.close()
        if self._failure:
            raise self._failure

    def _feed(self, content: Iterable[bytes]) -> None:
        try:
            with self._process.stdin as stdin:
                for piece in content:
                    stdin.write(piece)
        except BrokenPipeError:
            pass  # its status tells why it does not read on
        except BaseException as error:
            self._failure = error

    def _end(self) -> None:
        said = self._process.stderr.read()
        self.status = self._process.wait()
        self.complaint = said.decode("utf-8", "replace").strip() or f"status {self.status}"
