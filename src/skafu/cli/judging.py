"""The way through, from declarations to a recorded verdict. It composes stages and decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path
from typing import TypeAlias

from skafu import __version__
from skafu.cache import NOTHING, Store
from skafu.cli.progress import progress
from skafu.gate import Case, decide, review
from skafu.model.estate import Estate, Seat, Stack, StackId
from skafu.model.finding import Finding, Outcome
from skafu.model.report import Report
from skafu.model.subject import Subject
from skafu.model.verdict import Thresholds, Verdict, Waiver
from skafu.record import Log, read, report_of
from skafu.validate import (
    Bench,
    Court,
    Judgements,
    Remembered,
    Supported,
    remember,
    with_controls,
    worth_keeping,
)
from skafu.validate.policy_files import plan_policies


@dataclass(frozen=True, slots=True)
class Fresh:
    """Stacks that were resolved in this run.

    Attributes:
        stacks: none where a template could not be read.
        known: what loading, resolving and ordering found.
        key: under which the whole part may be kept; empty if it may not.
        estate: everything there is beside these; None where the stacks belong to no estate.
        inputs: the files and folders it was made from and that the key does not know, path -> fingerprint.
    """

    stacks: tuple[Stack, ...]
    known: tuple[Finding, ...]
    key: str = ""
    estate: Estate | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def subjects(self) -> tuple[Stack, ...]:
        """The stacks, by the name that they have in what is remembered."""
        return self.stacks


Part: TypeAlias = Fresh | Remembered
"""One template of a scan, or a whole estate."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be judged, by whom, and how strictly.

    Attributes:
        parts: what to judge; taken one by one, so that judges begin while the next is being resolved.
        steps: how many outcomes there will be, for the progress bar.
        seats: the validators.
        thresholds: from which severity on a finding blocks.
        waivers: the registered exceptions.
        root: the repository.
        today: the day the waivers are held against.
        supported: the controls that Checkov's checks and cfn-lint's rules support; findings bear them.
        store: what was worked out before.
        standing: a digest of the code and versions that decide every outcome.
        judges: what an approval is bound to beside the stack, name -> SHA-256.
        whole: whether the parts are the whole estate; of anything less nobody can say which waivers are unused.
    """

    parts: Iterable[Part]
    steps: int
    seats: tuple[Seat, ...]
    thresholds: Thresholds
    waivers: tuple[Waiver, ...]
    root: Path
    today: date
    supported: Supported = field(default_factory=dict)
    store: Store = NOTHING
    standing: str = ""
    judges: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False


def judge(task: Task, log: Log, jobs: int) -> Verdict:
    """Judge and decide, recording every step; the report is read back from the log."""
    subjects: dict[StackId, Subject] = {}
    known: list[Finding] = []
    fresh: list[Fresh] = []
    court = Court(task.seats, task.root, task.store, task.standing)
    with progress(task.steps) as advance, ThreadPoolExecutor(max_workers=max(jobs, 1)) as executor:

        def told(validator: str, id_: StackId, outcome: Outcome) -> None:
            log.judged(validator, str(id_), outcome)
            advance(f"{validator}: {id_}")

        with Bench(court, executor, jobs, told) as bench:
            for part in task.parts:
                known += part.known
                for subject in part.subjects:
                    subjects[subject.id] = subject
                    log.resolved(subject)
                if isinstance(part, Remembered):
                    bench.recall(part.outcomes, part.versions)
                else:
                    fresh.append(part)
                    for stack in part.stacks:
                        bench.take(stack)
                    if part.estate is not None:
                        bench.take_estate(part.estate, part.stacks)
            judged = bench.judgements(tuple(known))
    for part in fresh:
        _keep(part, judged, task.store)
    names = tuple(seat.name for seat in task.seats)
    findings = with_controls(judged.findings, task.supported)
    case = Case(
        subjects,
        names,
        judged.outcomes,
        findings,
        task.thresholds,
        task.waivers,
        task.today,
        task.judges,
        _plan_rules(task),
    )
    if task.whole:
        log.reviewed(review(case))
    verdict = decide(case)
    versions = {tool: version for tools in judged.versions.values() for tool, version in tools.items()}
    log.decided(verdict, {"skafu": __version__, **dict(sorted(versions.items()))}, names)
    return verdict


def in_memory(task: Task, jobs: int) -> Report:
    """Judge something that belongs to no repository; its log is not kept."""
    stream = StringIO()
    judge(task, Log(stream, durable=False), jobs)
    return report_of(read(stream.getvalue().splitlines(keepends=True), "the log"))


def recorded(task: Task, folder: Path, time: str, command: str, jobs: int) -> Report:
    """Judge, with the log kept in `folder`, and read the report back from there."""
    with closing(Log.create(folder)) as log:
        log.started(folder.name, time, command)
        judge(task, log, jobs)
    file = folder / "events.jsonl"
    with file.open(encoding="utf-8") as lines:
        return report_of(read(lines, str(file)))


def exit_code(report: Report) -> int:
    """2 if any input could not be used, 4 if a judge failed, 1 if blocked, 0 if approved."""
    if any(decided.finding.bad_input for decided in report.findings):
        return 2
    if any(outcome.status == "errored" for outcome in report.outcomes):
        return 4
    return 0 if report.gate == "approved" else 1


def _plan_rules(task: Task) -> frozenset[str]:
    return plan_policies(task.root) if task.whole and task.waivers else frozenset()


def _keep(part: Fresh, judged: Judgements, store: Store) -> None:
    if part.key:
        kept = worth_keeping({stack.id: stack for stack in part.stacks}, part.known, judged)
        if kept is not None:
            remember(store, part.key, part.inputs, kept)
