"""The parent's side of a child process that answers one line of JSON with one line of JSON."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from skafu.model.errors import JudgeError

STDERR_SHOWN = 2000
"""How many bytes of what a dead child said last are read for the reason."""

PATIENCE = 5.0
"""Seconds a child gets to end by itself after its input was closed."""


class _Child:
    """One running process. The first line it prints is its hello."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None, cwd: Path | None) -> None:
        self.name = Path(command[-1]).name
        # A file takes any amount, so a talkative child never blocks; nobody reads it until the child is dead.
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed in `end`)
        try:
            self._process = subprocess.Popen(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env=None if env is None else dict(env),
                cwd=cwd,
                start_new_session=True,  # a process group of its own, to be killed as one
            )
        except OSError as error:
            self._stderr.close()
            raise JudgeError(f"{command[0]} cannot be started: {error.strerror or error}.") from error

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def exchange(self, line: bytes, time_limit: float) -> dict[str, Any]:
        """Send `line` (may be empty) and read one JSON object, or raise `JudgeError` and be dead."""
        expired = threading.Event()

        def expire() -> None:
            expired.set()
            self.kill()  # both the write and the read below then come back

        timer = threading.Timer(time_limit, expire)
        timer.daemon = True
        begun = time.monotonic()
        timer.start()
        try:
            answer = self._send_and_read(line)
        except BaseException:
            self.end(patience=0)
            raise
        finally:
            timer.cancel()
        # The clock decides and not the timer's thread alone, which a busy machine may wake after the answer came.
        if expired.is_set() or time.monotonic() - begun > time_limit:
            self.end(patience=0)
            raise JudgeError(f"{self.name} did not answer within {time_limit:.3g} s and was killed.")
        if not answer.endswith(b"\n"):
            raise JudgeError(self._obituary())
        try:
            decoded = json.loads(answer)
        except (ValueError, RecursionError):
            decoded = None
        if not isinstance(decoded, dict):
            self.end(patience=0)
            raise JudgeError(f"{self.name} answered something unreadable: {_excerpt(answer)}")
        return decoded

    def _send_and_read(self, line: bytes) -> bytes:
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:  # pragma: no cover  (both were asked for)
            raise JudgeError(f"{self.name} has no pipes.")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # dead: reading then gives the end
            stdin.write(line)
            stdin.flush()
        return stdout.readline()

    def _obituary(self) -> str:
        """How the child ended and what it said last, in one line."""
        self.end(patience=PATIENCE)
        code = self._process.returncode
        how = f"was ended by {_signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
        said = " | ".join(self._last_lines)
        return f"{self.name} {how}{': ' + said if said else ' and said nothing'}"

    def end(self, patience: float) -> None:
        """Let the child end within `patience` seconds, or kill it and everything it started."""
        if self._stderr.closed:
            return
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            if patience:
                self._process.wait(patience)
        self.kill()
        self._process.wait()
        self._last_lines = _last_lines(self._stderr)
        self._stderr.close()

    def kill(self) -> None:
        """End it at once, and everything it started; whoever waits for its answer reads the end instead."""
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()


class Worker:
    """A child process that is started at the first question and lives until `close`.

    A child that dies, stays silent or talks nonsense costs the question it was asked; the next one
    starts a fresh child. Questions from several threads are asked one after the other.

    Args:
        command: program and arguments.
        env: the whole environment of the child; None hands on our own.
        cwd: the folder it runs in.
        start_limit: seconds until its hello must have arrived.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        start_limit: float = 60.0,
    ) -> None:
        self._command = tuple(command)
        self._env = env
        self._cwd = cwd
        self._start_limit = start_limit
        self._lock = threading.RLock()
        self._cut_off = False
        self._child: _Child | None = None
        self._hello: dict[str, Any] = {}
        self._asked = 0

    @property
    def hello(self) -> dict[str, Any]:
        """What the child said first; starts it when it is not running.

        Raises:
            JudgeError: it cannot be started, or said nothing readable in time.
        """
        with self._lock:
            self._running()
            return self._hello

    def ask(self, request: Mapping[str, Any], time_limit: float) -> dict[str, Any]:
        """The child's answer to `request`, waiting `time_limit` seconds at most (and for its start).

        Raises:
            JudgeError: the child died, did not answer in time, answered something unreadable or an error.
        """
        with self._lock:
            self._asked += 1
            line = _line({**request, "id": self._asked})
            child = self._running()
            answer = child.exchange(line, time_limit)
            if answer.get("id") != self._asked:
                child.end(patience=0)
                raise JudgeError(f"{child.name} answered another question: {_excerpt(_line(answer))}")
            if "error" in answer:
                raise JudgeError(f"{child.name} failed: {answer['error']}")
            return answer

    def close(self) -> None:
        """End the child. Safe to call twice; a later question would start a new one.

        A question that another thread is waiting for is cut off: the child is killed, the question fails, and
        so does every later one.
        """
        if not self._lock.acquire(blocking=False):
            self._cut_off = True
            child = self._child
            if child is not None:
                child.kill()
            return
        try:
            if self._child is not None:
                self._child.end(PATIENCE)
                self._child = None
        finally:
            self._lock.release()

    def _running(self) -> _Child:
        if self._child is not None and self._child.alive:
            return self._child
        if self._child is not None:
            self._child.end(patience=0)
            self._child = None
        if self._cut_off:
            raise JudgeError("It was stopped.")
        self._child = child = _Child(self._command, self._env, self._cwd)
        self._hello = child.exchange(b"", self._start_limit)
        return child


def _line(message: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(message).encode("ascii") + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise JudgeError(f"The question cannot be written as JSON: {error}") from error


def _excerpt(answer: bytes) -> str:
    text = answer[:200].decode("utf-8", "replace").strip()
    return text or "an empty line"


def _last_lines(stderr: IO[bytes]) -> list[str]:
    size = stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, size - STDERR_SHOWN))
    lines = stderr.read().decode("utf-8", "replace").splitlines()
    return [line.strip() for line in lines if line.strip()][-3:]


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
