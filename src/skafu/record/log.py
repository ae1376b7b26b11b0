"""Events, one line of JSON each, appended and flushed."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from skafu.model.errors import InputError, SkafuError
from skafu.model.finding import Errored, NotApplicable, Outcome
from skafu.model.finding_json import finding_to_json, not_evaluated_to_json
from skafu.model.place import Location
from skafu.model.subject import Subject
from skafu.model.verdict import Approved, Review, Verdict

FILE = "events.jsonl"

UNRECORDED = "skafu judges nothing that it cannot record."


class Log:
    """The log of one run. Its methods may be called from several threads."""

    def __init__(self, stream: TextIO, *, durable: bool) -> None:
        self._stream = stream
        self._durable = durable
        self._turn = threading.Lock()

    @classmethod
    def create(cls, folder: Path) -> Log:
        """Start the log of a new run in `folder`, which must not have one yet.

        Raises:
            SkafuError: when it cannot be written; a run that leaves no record is not started.
        """
        try:
            folder.mkdir(parents=True)
            return cls((folder / FILE).open("x", encoding="utf-8"), durable=True)
        except OSError as error:
            message = f"the record of this run cannot be written to {folder}: {error.strerror or error}"
            raise SkafuError(message, hint=UNRECORDED) from None

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
                "stack-decided", stack=str(stack.stack), digest=stack.digest, gate=gate, reasons=reasons
            )
        gate = "approved" if verdict.approved else "blocked"
        self._append(
            "run-decided",
            gate=gate,
            reasons=list(verdict.reasons),
            tools=tools,
            validators=sorted(validators),
        )

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
            try:
                self._stream.write(f"{line}\n")
                self._stream.flush()
                if self._durable and event in {"run-started", "run-decided"}:
                    os.fsync(self._stream.fileno())
            except OSError as error:
                raise _unrecorded(error) from None


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
        try:
            event = json.loads(line)
        except json.JSONDecodeError:
            if number == len(whole) and not line.endswith("\n"):
                break
            event = None
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            raise InputError("this line of the log is no event", at=Location(file, number))
        events.append(event)
    return events
