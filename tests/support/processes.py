# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Child processes for tests: output goes to a file, nothing outlives the `with` block. Starts and kills processes."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.waiting import wait_until

STOP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Child:
    """One running child process and the file that its standard output and error go to."""

    process: subprocess.Popen[bytes]
    output: Path

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self.process.pid

    @property
    def running(self) -> bool:
        """Whether the child has not ended yet."""
        return self.process.poll() is None

    def said(self) -> str:
        """Everything the child has written so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    def wait_for_text(self, text: str, *, seconds: float = 60.0) -> str:
        """Wait until the child has written `text`; return everything it has written.

        Raises:
            AssertionError: the time is up, or the child ended without writing it. Shows what it wrote.
        """

        def written_or_ended() -> bool:
            return text in self.said() or not self.running

        wait_until(written_or_ended, seconds=seconds, what=f"{text!r} in the output of {self.process.args!r}")
        said = self.said()
        assert text in said, f"{self.process.args!r} ended ({self.process.returncode}) before writing {text!r}:\n{said}"
        return said

    def wait(self, *, seconds: float = STOP_SECONDS) -> int:
        """Wait for the child to end by itself; return its exit code.

        Raises:
            AssertionError: it is still running when the time is up. Shows what it wrote.
        """
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            message = f"{self.process.args!r} still runs after {seconds:g} s:\n{self.said()}"
            raise AssertionError(message) from None

    def interrupt(self, *, seconds: float = STOP_SECONDS) -> int:
        """Ask the child to end as a person or a service manager would; return its exit code."""
        self.process.terminate()
        return self.wait(seconds=seconds)

    def kill(self) -> None:
        """End the child and everything it started in its session at once, as a crash would, and reap it."""
        if sys.platform == "win32":
            self.process.kill()
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)


@contextlib.contextmanager
def running(
    command: Sequence[str | Path],
    *,
    output: Path,
    environment: Mapping[str, str] | None = None,
    stdin: bytes = b"",
) -> Iterator[Child]:
    """Run `command` in a session of its own; kill whatever is left of it when the block ends.

    Args:
        command: program and arguments; use `sys.executable` for Python.
        output: file that standard output and error are appended to; its folder exists.
        environment: set on top of this process's own.
        stdin: what the child reads on standard input, at most a pipe's capacity (64 KiB).
    """
    with output.open("ab") as sink:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    child = Child(process, output)
    try:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(stdin)
        yield child
    finally:
        child.kill()
