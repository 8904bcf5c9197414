# Copyright (c) The osops.glance authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that run in the background or outlive the module. For all other commands, use run_command()."""

from __future__ import annotations

import subprocess
import threading
from typing import Any, Callable, Iterable, Iterator, Sequence

POLL_SECONDS = 1
STOP_SECONDS = 15

TIMED_OUT = 124  # the exit status of timeout(1)


def with_timeout(command: Sequence[str], seconds: float) -> list[str]:
    """Return the command with a time limit; when the limit is exceeded, the exit status is TIMED_OUT."""
    return ["timeout", f"{seconds:g}", *command]


class BackgroundCommand:
    """A command that runs in the background, with stdout and stderr in one stream."""

    def __init__(self, arguments: Sequence[str], inherited: Sequence[int] = ()) -> None:
        """Start the command.

        inherited: file descriptors that stay open while the command runs, even if this process ends.
        """
        # run_command() would block the module until the end of the command.
        self.process = subprocess.Popen(  # pylint: disable=ansible-bad-function
            arguments,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=inherited,
        )

    def wait(self, poll: Callable[[], None] | None = None) -> tuple[int, str]:
        """Wait for the command, and return its exit status and output.

        poll: called every second while the command runs. If it raises an exception, the command is stopped.
        """
        try:
            while True:
                try:
                    output, _none = self.process.communicate(timeout=POLL_SECONDS)
                    return self.process.returncode, output.decode("utf-8", "replace")
                except subprocess.TimeoutExpired:
                    if poll:
                        poll()
        except Exception:
            self.stop()
            raise

    def stop(self) -> None:
        """Terminate the command if it still runs; kill it if it does not end within STOP_SECONDS."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.communicate(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class FilterCommand:
    """A command that reads content from stdin and writes the result to stdout.

    status, error_output: the exit status and stderr of the command, set when the whole output was read.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        # run_command() would keep the whole output in memory.
        self._process: Any = subprocess.Popen(  # pylint: disable=ansible-bad-function
            arguments, cwd="/", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._failure: BaseException | None = None
        self.status = 0
        self.error_output = ""

    def chunks(self, content: Iterable[bytes], size: int) -> Iterator[bytes]:
        """Yield the output in chunks of `size` bytes; an exception that the content raises is raised here."""
        # One thread that both writes and reads would deadlock. A daemon thread does not keep Python from exiting.
        writer = threading.Thread(target=self._write, args=(content,), daemon=True)
        writer.start()
        output = self._process.stdout
        try:
            yield from iter(lambda: output.read(size), b"")
            writer.join()
            self._read_status()
        finally:
            self._process.kill()
            self._process.wait()
            for pipe in (output, self._process.stderr):
                pipe.close()
        if self._failure:
            raise self._failure

    def _write(self, content: Iterable[bytes]) -> None:
        try:
            with self._process.stdin as stdin:
                for chunk in content:
                    stdin.write(chunk)
        except BrokenPipeError:
            pass  # The command ended early; its exit status is reported.
        except BaseException as error:
            self._failure = error

    def _read_status(self) -> None:
        stderr = self._process.stderr.read()
        self.status = self._process.wait()
        self.error_output = stderr.decode("utf-8", "replace").strip() or f"status {self.status}"
