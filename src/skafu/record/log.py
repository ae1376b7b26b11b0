"""Events, one line of JSON each, appended and flushed."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from skafu.model.errors import InputError, SkafuError
from skafu.model.event import Event
from skafu.model.finding import Errored, NotApplicable, Outcome
from skafu.model.finding_json import finding_to_json, not_evaluated_to_json
from skafu.model.place import Location
from skafu.model.subject import Subject
from skafu.model.verdict import Approved, Review, Verdict

FILE = "events.jsonl"

UNRECORDED = "skafu judges nothing that it cannot record."

SYNCED = frozenset(
    {
        "run-started",
        "run-decided",
        "deploy-started",
        "deploy-resumed",
        "lock-taken",
        "change-set-requested",
        "execution-requested",
        "prune-requested",
        "stack-done",
        "stack-failed",
        "deploy-finished",
    }
)
"""Kinds of events that are on the disk, with all before them, when `told` returns: a request leaves after its token
is safe, and a power cut does not undo the knowledge that a stack is done."""

Clock: TypeAlias = Callable[[], datetime]
"""The time now, with its time zone."""


def _now() -> datetime:
    return datetime.now(UTC)


class Log:
    """The log of one run. Its methods may be called from several threads.

    After the first event that could not be written nothing more is: whoever tells anything is refused, so that no
    thread begins what would leave no trace, and no line is put behind half of another.
    """

    def __init__(self, stream: TextIO, *, durable: bool, now: Clock = _now) -> None:
        self._stream = stream
        self._durable = durable
        self._now = now
        self._turn = threading.Lock()
        self._broken: OSError | None = None
        self._syncing = threading.Lock()
        self._written = self._synced = 0  # lines

    @classmethod
    def create(cls, folder: Path, *, now: Clock = _now) -> Log:
        """Start the log of a new run in `folder`, which must not have one yet.

        Raises:
            SkafuError: when it cannot be written; a run that leaves no record is not started.
        """
        try:
            folder.mkdir(parents=True)
            stream = (folder / FILE).open("x", encoding="utf-8")
            with suppress(OSError):  # not every file system has locks, and judging needs none
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _sync_names(folder)
        except OSError as error:
            message = f"the record of this run cannot be written to {folder}: {error.strerror or error}"
            raise SkafuError(message, hint=UNRECORDED) from None
        return cls(stream, durable=True, now=now)

    @classmethod
    def resume(cls, folder: Path, *, now: Clock = _now) -> Log:
        """Go on with the log in `folder`. Half a line that a crash left at its end is cut off.

        While a process has a log open, nobody else can; the lock is the kernel's and ends with the process.

        Raises:
            InputError: there is no such log, or its run still goes on.
            SkafuError: when it cannot be written.
        """
        try:
            stream = (folder / FILE).open("r+", encoding="utf-8")
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _mend(stream)
        except FileNotFoundError:
            raise InputError(f"there is no record of a run {folder.name}") from None
        except BlockingIOError:
            message = f"run {folder.name} still goes on: another process is writing its record"
            raise InputError(message, hint="Wait for it, or end that process.") from None
        except OSError as error:
            message = f"the record of run {folder.name} cannot be continued: {error.strerror or error}"
            raise SkafuError(message, hint=UNRECORDED) from None
        return cls(stream, durable=True, now=now)

    def started(self, run: str, time: str, command: str) -> None:
        """The run begins. `time` is ISO 8601 with its offset."""
        self._append("run-started", run=run, time=time, command=command)

    def resolved(self, stack: Subject) -> None:
        """A stack is known as it will be deployed."""
        self._append(
            "stack-resolved",
            stack=str(stack.id),
            definition=stack.definition.name,
            environment=stack.id.environment,
            account=stack.account.name,
            region=stack.id.region,
            digest=stack.digest,
        )

    def judged(self, validator: str, stack: str, outcome: Outcome) -> None:
        """A validator is done with a stack."""
        match outcome:
            case Errored(reason):
                self._append("outcome", validator=validator, stack=stack, status="errored", reason=reason)
            case NotApplicable(reason):
                self._append(
                    "outcome", validator=validator, stack=stack, status="not_applicable", reason=reason
                )
            case _:
                self._append("outcome", validator=validator, stack=stack, status="ran", reason="")

    def reviewed(self, review: Review) -> None:
        """The waivers were held against the whole estate."""
        warnings = [asdict(warning) for warning in review.warnings]
        self._append("waivers-reviewed", complete=review.complete, warnings=warnings)

    def decided(self, verdict: Verdict, tools: dict[str, str], validators: Iterable[str]) -> None:
        """The gate has spoken. `tools` is name -> version; `validators` is everyone who was seated."""
        for decided in verdict.decided:
            self._append(
                "finding",
                finding=finding_to_json(decided.finding),
                decision=decided.decision.value,
                waiver=decided.waiver,
            )
        for one in verdict.not_evaluated:
            self._append("not-evaluated", value=not_evaluated_to_json(one))
        for stack in verdict.stacks:
            approved = isinstance(stack, Approved)
            reasons = [] if isinstance(stack, Approved) else list(stack.reasons)
            gate = "approved" if approved else "blocked"
            self._append(
                "stack-decided",
                stack=str(stack.stack),
                digest=stack.digest,
                gate=gate,
                reasons=reasons,
                parts=dict(stack.parts) if isinstance(stack, Approved) else {},
            )
        gate = "approved" if verdict.approved else "blocked"
        self._append(
            "run-decided",
            gate=gate,
            reasons=list(verdict.reasons),
            tools=tools,
            validators=sorted(validators),
            judges=next((dict(one.judges) for one in verdict.stacks if isinstance(one, Approved)), {}),
        )

    def told(self, event: Event) -> None:
        """Something happened. The line says when (`at`: ISO 8601, UTC, milliseconds).

        Raises:
            SkafuError: when it cannot be written; then nothing further may be begun.
        """
        about = {} if event.stack is None else {"stack": str(event.stack)}
        at = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        self._append(event.kind, at=at, **about, **event.values)

    def close(self) -> None:
        """Nothing more will be said.

        Raises:
            SkafuError: when the end of the record cannot be written.
        """
        try:
            self._stream.close()
        except OSError as error:
            raise _unrecorded(error) from None

    def _append(self, event: str, **values: Any) -> None:
        line = json.dumps({"event": event, **values}, ensure_ascii=True, sort_keys=True)
        with self._turn:
            if self._broken is not None:
                raise _unrecorded(self._broken)
            try:
                self._stream.write(f"{line}\n")
                self._stream.flush()
            except OSError as error:
                self._broken = error
                raise _unrecorded(error) from None
            mine = self._written = self._written + 1
        if self._durable and event in SYNCED:
            self._sync(mine)

    def _sync(self, mine: int) -> None:
        """Return when so many lines are on the disk. Whoever comes while one is waiting for it shares the next wait."""
        with self._syncing:
            if self._synced >= mine:
                return
            with self._turn:
                if self._broken is not None:
                    raise _unrecorded(self._broken)
                written = self._written
            try:
                os.fsync(self._stream.fileno())
            except OSError as error:
                self._broken = error
                raise _unrecorded(error) from None
            self._synced = written


def _sync_names(folder: Path) -> None:
    """What is in a file is safe only when its name is."""
    for path in (folder, folder.parent):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _mend(log: TextIO) -> None:
    """Leave the log at its end, behind whole lines."""
    stream = log.buffer
    whole = stream.read()
    last = whole[whole.rfind(b"\n") + 1 :]
    stream.seek(0, os.SEEK_END)
    if last and _event(last) is not None:
        stream.write(b"\n")
    elif last:
        stream.seek(len(whole) - len(last))
        stream.truncate()
    stream.flush()


def _event(line: str | bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:  # not JSON, or not even text
        return None
    if isinstance(event, dict) and isinstance(event.get("event"), str):
        return event
    return None


def _unrecorded(error: OSError) -> SkafuError:
    message = f"the record of this run cannot be continued: {error.strerror or error}"
    return SkafuError(message, hint=UNRECORDED)


def read(lines: Iterable[str], file: str) -> list[dict[str, Any]]:
    """The events of a log. A last line that was cut off by a crash is left out.

    Raises:
        InputError: when any other line is no event.
    """
    events: list[dict[str, Any]] = []
    whole = list(lines)
    for number, line in enumerate(whole, start=1):
        event = _event(line)
        if event is None:
            if number == len(whole) and not line.endswith("\n"):
                break
            raise InputError("this line of the log is no event", at=Location(file, number))
        events.append(event)
    return events


def read_run(folder: Path) -> list[dict[str, Any]]:
    """The events of the run that is recorded in `folder`.

    Raises:
        InputError: there is no such record, or a line of it is no event.
    """
    file = folder / FILE
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            return read(lines, str(file))
    except OSError as error:
        message = f"the record of run {folder.name} cannot be read: {error.strerror or error}"
        raise InputError(message) from None
