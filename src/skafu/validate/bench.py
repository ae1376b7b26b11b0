"""The judges at work: side by side, each in a process, asked only what nobody has answered before."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, wait
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from skafu.cache import Store
from skafu.model.estate import Estate, Seat, Stack, StackId
from skafu.model.finding import Errored, Finding, NotApplicable, Outcome, Ran
from skafu.model.judge import Judge
from skafu.validate.board import Board
from skafu.validate.keeping import WRONG, outcome_from_json, outcome_to_json
from skafu.validate.keys import digest, outcome_key, seat_digest
from skafu.validate.merge import merged
from skafu.validate.seating import JUDGES_THE_ESTATE, SAYS_WHAT_IS_KNOWN, SLOWEST_FIRST, open_judge
from skafu.validate.whole import judged

if TYPE_CHECKING:  # it brings subprocess, and a run that knows all answers starts none
    from skafu.adapters.worker import Worker

Progress = Callable[[str, StackId, Outcome], None]
"""Told each time a validator is done with a stack; called from several threads."""


@dataclass(frozen=True, slots=True)
class Judgements:
    """What the seated judges said.

    Attributes:
        outcomes: validator -> stack -> outcome, one for each pair.
        findings: all findings, those of one place merged, sorted by place, with fingerprints.
        versions: validator -> name -> version of the tools behind it.
    """

    outcomes: Mapping[str, Mapping[StackId, Outcome]]
    findings: tuple[Finding, ...]
    versions: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Court:
    """Who judges, and what they stand on.

    Attributes:
        seats: the validators.
        root: the repository, where the policies are.
        store: what was judged before.
        surroundings: a digest of the code and the versions that decide what judges say.
    """

    seats: tuple[Seat, ...]
    root: Path
    store: Store
    surroundings: str


class Bench:
    """Takes stacks one by one and has each judged by every seat; judges start with the first that needs them.

    Leaving it ends every process, at once if by an exception: Ctrl-C does not wait for an answer.

    Args:
        court: who judges.
        executor: runs the threads that ask judges; these are processes already.
        jobs: how many judges may be at work at once.
        progress: told of every outcome.
    """

    def __init__(self, court: Court, executor: Executor, jobs: int, progress: Progress) -> None:
        self._court = court
        self._executor = executor
        self._jobs = jobs
        self._progress = progress
        self._seats = {seat.name: seat for seat in court.seats if seat.judge in SLOWEST_FIRST}
        self._validators = tuple(seat for seat in court.seats if seat.judge == JUDGES_THE_ESTATE)
        self._digests: dict[str, str] = {}
        self._board = Board(sorted(self._seats, key=self._order))
        self._turn = threading.Lock()
        self._sitting: set[Judge | Worker] = set()
        self._workers: list[Future[None]] = []
        self._keys: dict[tuple[str, StackId], str] = {}
        self._outcomes: dict[str, dict[StackId, Outcome]] = {seat.name: {} for seat in court.seats}
        self._versions: dict[str, Mapping[str, str]] = {}
        self._ids: set[StackId] = set()

    def __enter__(self) -> Self:
        """Judges start later, with the first stack that needs one."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process."""
        self._board.stop()
        while not all(worker.done() for worker in self._workers):
            # A process may have been started since the last time round.
            for judge in self._all_sitting():
                with contextlib.suppress(OSError):
                    judge.close()
            wait(self._workers, timeout=0.1)

    def recall(
        self, outcomes: Mapping[str, Mapping[StackId, Outcome]], versions: Mapping[str, Mapping[str, str]]
    ) -> None:
        """Take over what was said about stacks that are exactly as they were."""
        for name, found in outcomes.items():
            for id_, outcome in found.items():
                self._ids.add(id_)
                self._heard(name, id_, outcome, versions.get(name, {}))

    def take(self, stack: Stack) -> None:
        """Have a stack judged; returns before it is."""
        self._ids.add(stack.id)
        spelled = digest(stack) if self._seats and not stack.obstacle else ""
        for name in sorted(self._seats, key=self._order):
            if stack.obstacle:
                self._heard(name, stack.id, _beyond(stack), None)
                continue
            key = outcome_key(self._seat_digest(name), spelled)
            if not self._remembered(name, stack.id, key):
                self._keys[name, stack.id] = key
                self._board.add(name, stack)
                if len(self._workers) < self._jobs:
                    self._workers.append(self._executor.submit(self._work))

    def take_estate(self, estate: Estate, stacks: Iterable[Stack]) -> None:
        """Have the whole estate judged by the team's validators, once; returns before it is.

        Args:
            estate: everything there is, so that what was not asked for can still be compared with.
            stacks: those that were asked for. Only what is said about them counts.
        """
        chosen = tuple(stacks)
        if self._validators and chosen:
            self._workers.append(self._executor.submit(self._ask_validators, estate, chosen))

    def judgements(self, known: tuple[Finding, ...]) -> Judgements:
        """Wait for all outcomes and bring together what they say about one place.

        Args:
            known: what loading, resolving and ordering found already; the `definitions` validator states it,
                and it counts whether or not that validator is seated.
        """
        self._board.close()
        for worker in wait(self._workers, return_when=FIRST_EXCEPTION).done:
            worker.result()
        for seat in self._court.seats:
            if seat.judge == SAYS_WHAT_IS_KNOWN:
                for id_ in sorted(self._ids):
                    said = Ran(tuple(finding for finding in known if id_ in finding.stacks))
                    self._heard(seat.name, id_, said, None)
            elif seat.judge == JUDGES_THE_ESTATE:
                self._versions.setdefault(seat.name, {})
            elif seat.name not in self._versions:  # there was no stack to ask it about
                with contextlib.closing(open_judge(seat, self._court.root)) as judge:
                    self._versions[seat.name] = judge.versions
        told = (
            one for found in self._outcomes.values() for said in found.values() for one in _findings(said)
        )
        return Judgements(self._outcomes, merged([*known, *told]), self._versions)

    def _work(self) -> None:
        """What each thread does: take a question, start the judge it is for unless it sits there already, ask."""
        name: str | None = None
        judge: Judge | None = None
        versions: Mapping[str, str] = {}
        try:
            while question := self._board.next(name):
                wanted, stack = question
                start = time.monotonic()
                first = wanted != name
                if judge is None or first:
                    self._leave(judge)
                    judge = self._sit(wanted)
                    name, versions = wanted, judge.versions
                outcome = judged(judge, stack)
                if self._board.stopped:
                    return
                self._board.answered(wanted, time.monotonic() - start, first=first)
                self._keep(self._keys[wanted, stack.id], outcome, versions)
                self._heard(wanted, stack.id, outcome, versions)
        finally:
            self._leave(judge)

    def _ask_validators(self, estate: Estate, chosen: tuple[Stack, ...]) -> None:
        # ruff: noqa: PLC0415 - a run may need none of it
        from skafu.validate.pages import own_worker
        from skafu.validate.validators import judged_by_validators

        worker = own_worker(self._court.root)
        with self._turn:
            self._sitting.add(worker)
        try:
            for name, outcomes in judged_by_validators(self._validators, estate, worker):
                if self._board.stopped:
                    return
                for stack in chosen:
                    outcome = _beyond(stack) if stack.obstacle else _limited(outcomes[stack.id], self._ids)
                    self._heard(name, stack.id, outcome, {})
        finally:
            self._leave(worker)

    def _heard(self, name: str, id_: StackId, outcome: Outcome, versions: Mapping[str, str] | None) -> None:
        with self._turn:
            self._outcomes[name][id_] = outcome
            if versions is not None:
                self._versions.setdefault(name, versions)
        self._progress(name, id_, outcome)

    def _remembered(self, name: str, id_: StackId, key: str) -> bool:
        body = self._court.store.get(key)
        if body is None:
            return False
        try:
            versions, said = json.loads(body)
            outcome, versions = outcome_from_json(said), dict(versions)
        except WRONG:
            return False
        self._heard(name, id_, outcome, versions)
        return True

    def _keep(self, key: str, outcome: Outcome, versions: Mapping[str, str]) -> None:
        if not isinstance(outcome, Errored):  # whatever failed is tried again each time
            body = json.dumps([dict(versions), outcome_to_json(outcome)], separators=(",", ":"))
            self._court.store.put(key, body.encode("ascii"))

    def _seat_digest(self, name: str) -> str:
        if name not in self._digests:
            court = self._court
            self._digests[name] = seat_digest(self._seats[name], court.surroundings, court.root)
        return self._digests[name]

    def _order(self, name: str) -> tuple[int, str]:
        return SLOWEST_FIRST.index(self._seats[name].judge), name

    def _sit(self, name: str) -> Judge:
        judge = open_judge(self._seats[name], self._court.root)
        with self._turn:
            self._sitting.add(judge)
        return judge

    def _leave(self, judge: Judge | Worker | None) -> None:
        if judge is not None:
            with self._turn:
                self._sitting.discard(judge)
            judge.close()

    def _all_sitting(self) -> Iterable[Judge | Worker]:
        with self._turn:
            return tuple(self._sitting)


def _beyond(stack: Stack) -> NotApplicable:
    return NotApplicable(f"{stack.id} cannot be judged: {stack.obstacle}")


def _limited(outcome: Outcome, ids: set[StackId]) -> Outcome:
    """Without the stacks that were not asked for."""
    if isinstance(outcome, NotApplicable):
        return outcome
    findings = tuple(
        replace(one, stacks=tuple(id_ for id_ in one.stacks if id_ in ids)) for one in outcome.findings
    )
    return replace(outcome, findings=findings)


def _findings(outcome: Outcome) -> tuple[Finding, ...]:
    return () if isinstance(outcome, NotApplicable) else outcome.findings
